#include "service/ruleset/policy_loader.h"

#include <fmt/format.h>

#include <set>

#include "service/signals/form_signals.h"

namespace sluice::ruleset {
namespace {

markup::Action ActionOf(v1::HtmlAction action) {
  switch (action) {
    case v1::HTML_ACTION_PRUNE:
      return markup::Action::kPrune;
    case v1::HTML_ACTION_ESCAPE:
      return markup::Action::kEscape;
    case v1::HTML_ACTION_HOLD:
      return markup::Action::kHold;
    case v1::HTML_ACTION_REJECT:
      return markup::Action::kReject;
    default:
      return markup::Action::kStrip;
  }
}

markup::HtmlPolicySpec SpecOf(const v1::Policy& policy) {
  markup::HtmlPolicySpec spec;
  const v1::HtmlRules& html = policy.html();
  for (const std::string& entry : html.typed()) {
    const size_t bracket = entry.find('[');
    std::string attribute =
        bracket == std::string::npos ? "" : entry.substr(bracket + 1);
    if (!attribute.empty() && attribute.back() == ']') attribute.pop_back();
    spec.typed.push_back({entry.substr(0, bracket), attribute});
  }
  for (const auto& [tag, becomes] : html.made())
    spec.made.emplace_back(tag, becomes);
  for (const auto& [kind, action] : html.on())
    spec.actions.emplace_back(kind, ActionOf(action));
  spec.prune.assign(html.prune().begin(), html.prune().end());
  spec.schemes.assign(policy.links().schemes().begin(),
                      policy.links().schemes().end());
  spec.relative_urls = policy.links().relative();
  if (!policy.links().rel().empty())
    spec.rel = policy.links().rel() == "-" ? "" : policy.links().rel();
  spec.link_bare_urls = policy.links().link_bare_urls();
  spec.newlines_are_breaks = html.newlines_are_breaks();
  spec.defuse_templates = html.defuse_templates();
  if (html.max_depth() > 0) spec.limits.max_depth = html.max_depth();
  if (html.max_combining_marks() > 0)
    spec.limits.max_combining_marks = html.max_combining_marks();
  return spec;
}

template <typename Number, typename Message>
void Default(Number value, Number (Message::*get)() const,
             void (Message::*set)(Number), Message* message) {
  if ((message->*get)() == 0) (message->*set)(value);
}

void FillDefaults(v1::Policy* policy) {
  Default(3.0, &v1::Policy::hold_at, &v1::Policy::set_hold_at, policy);
  Default(8.0, &v1::Policy::reject_at, &v1::Policy::set_reject_at, policy);
  if (policy->default_format() == v1::FORMAT_UNSPECIFIED)
    policy->set_default_format(v1::FORMAT_MARKDOWN_EXTRA);
  v1::ClassifierRules* model = policy->mutable_classifier();
  Default(4.0, &v1::ClassifierRules::max_score,
          &v1::ClassifierRules::set_max_score, model);
  Default(2.0, &v1::ClassifierRules::max_discount,
          &v1::ClassifierRules::set_max_discount, model);
  Default<uint32_t>(20, &v1::ClassifierRules::min_spam,
                    &v1::ClassifierRules::set_min_spam, model);
  Default<uint32_t>(20, &v1::ClassifierRules::min_good,
                    &v1::ClassifierRules::set_min_good, model);
  v1::BreakerRules* breaker = policy->mutable_breaker();
  Default(5.0, &v1::BreakerRules::factor, &v1::BreakerRules::set_factor,
          breaker);
  Default(0.1, &v1::BreakerRules::min_share, &v1::BreakerRules::set_min_share,
          breaker);
  Default(0.5, &v1::BreakerRules::new_share, &v1::BreakerRules::set_new_share,
          breaker);
  Default<uint32_t>(50, &v1::BreakerRules::min_comments,
                    &v1::BreakerRules::set_min_comments, breaker);
  Default<uint32_t>(20, &v1::BreakerRules::min_hits,
                    &v1::BreakerRules::set_min_hits, breaker);
  Default<uint32_t>(1000, &v1::BreakerRules::watch_comments,
                    &v1::BreakerRules::set_watch_comments, breaker);
  Default<uint32_t>(86'400, &v1::FormRules::max_age_seconds,
                    &v1::FormRules::set_max_age_seconds,
                    policy->mutable_form());
  v1::RulesetLimits* limits = policy->mutable_limits();
  Default<uint32_t>(64, &v1::RulesetLimits::max_slow_rules,
                    &v1::RulesetLimits::set_max_slow_rules, limits);
  Default<uint32_t>(5'000, &v1::RulesetLimits::max_pattern_size,
                    &v1::RulesetLimits::set_max_pattern_size, limits);
  Default<uint32_t>(5 << 20, &v1::RulesetLimits::max_pattern_bytes,
                    &v1::RulesetLimits::set_max_pattern_bytes, limits);
}

void CheckBreaker(const v1::BreakerRules& breaker, Report* report) {
  if (breaker.factor() < 1) report->Error("breaker.factor", "is at least 1");
  const auto check_share = [report](const char* name, double share) {
    if (share <= 0 || share > 1)
      report->Error(fmt::format("breaker.{}", name),
                    "is a share above 0, and at most 1");
  };
  check_share("min_share", breaker.min_share());
  check_share("new_share", breaker.new_share());
}

constexpr int kMaxQuizzes = 64;
constexpr size_t kMaxQuizId = 64;

// A token carries the id: it must be short and without the token's own marks.
bool IsQuizId(const std::string& id) {
  return !id.empty() && id.size() <= kMaxQuizId &&
         id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
             std::string::npos;
}

void CheckQuizzes(const v1::FormRules& form, Report* report) {
  if (form.quizzes_size() > kMaxQuizzes)
    report->Error("form.quizzes", "at most 64 quizzes are allowed");
  std::set<std::string> ids;
  for (int i = 0; i < form.quizzes_size(); ++i) {
    const v1::Quiz& quiz = form.quizzes(i);
    const std::string path = fmt::format("form.quizzes[{}]", i);
    if (!IsQuizId(quiz.id())) {
      report->Error(path,
                    "a quiz needs an id of a-z, 0-9 and hyphens, at most "
                    "64 bytes");
    } else if (!ids.insert(quiz.id()).second) {
      report->Error(
          path + ".id",
          fmt::format("the id '{}' is taken by another quiz", quiz.id()));
    }
    if (quiz.question().empty()) report->Error(path, "a quiz needs a question");
    if (quiz.answers().empty())
      report->Error(path, "a quiz needs one right answer or more");
    for (int j = 0; j < quiz.answers_size(); ++j) {
      if (signals::NormalAnswer(quiz.answers(j)).empty()) {
        report->Error(fmt::format("{}.answers[{}]", path, j),
                      "an answer needs a character that can be seen");
      }
    }
  }
}

// Where the entry stands that MakeHtmlPolicy complains of.
std::string PathOf(const v1::Policy& policy, const std::string& entry) {
  const v1::HtmlRules& html = policy.html();
  for (int i = 0; i < html.typed_size(); ++i) {
    const std::string& typed = html.typed(i);
    if (typed == entry || typed.substr(0, typed.find('[')) == entry)
      return fmt::format("html.typed[{}]", i);
  }
  for (const auto& [tag, becomes] : html.made()) {
    if (tag == entry || becomes == entry) return "html.made." + tag;
  }
  if (html.on().count(entry) > 0) return "html.on." + entry;
  for (int i = 0; i < html.prune_size(); ++i) {
    if (html.prune(i) == entry) return fmt::format("html.prune[{}]", i);
  }
  for (int i = 0; i < policy.links().schemes_size(); ++i) {
    if (policy.links().schemes(i) == entry)
      return fmt::format("links.schemes[{}]", i);
  }
  return "html";
}

}  // namespace

void FinishPolicy(v1::Policy* policy, markup::HtmlPolicy* html,
                  Report* report) {
  FillDefaults(policy);
  if (policy->hold_at() >= policy->reject_at()) {
    report->Error("hold_at",
                  fmt::format("hold_at ({}) must be below reject_at ({})",
                              policy->hold_at(), policy->reject_at()));
  }
  CheckBreaker(policy->breaker(), report);
  CheckQuizzes(policy->form(), report);
  if (!policy->has_html()) {
    *html = markup::DefaultHtmlPolicy();
    return;
  }
  absl::StatusOr<markup::HtmlPolicy> made =
      markup::MakeHtmlPolicy(SpecOf(*policy));
  if (made.ok()) {
    *html = *std::move(made);
    return;
  }
  const std::string message(made.status().message());
  report->Error(PathOf(*policy, message.substr(0, message.find(": "))),
                message);
}

}  // namespace sluice::ruleset
