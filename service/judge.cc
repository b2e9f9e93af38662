// render (Rendered), observe, classify, match, decide (Judge).

#include "service/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "google/protobuf/util/message_differencer.h"
#include "service/base/resource_name.h"
#include "service/classifier/report.h"
#include "service/text/utf8.h"

namespace sluice {
namespace {

using ::google::protobuf::util::MessageDifferencer;

// Footnote anchors must differ between the comments of a page: c-{comment id},
// in the alphabet that Render takes.
std::string AnchorPrefix(std::string_view name) {
  std::string prefix = "c-";
  for (char c : ParseResourceName(name).comment) {
    const char lower =
        c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool allowed =
        (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
    prefix.push_back(allowed ? lower : '-');
  }
  return prefix;
}

markup::Rendering RenderComment(const ruleset::Ruleset& rules,
                                const v1::Comment& comment) {
  return markup::Render(
      comment.body(),
      signals::FormatOf(comment.format(), rules.policy().default_format()),
      rules.html_policy(), AnchorPrefix(comment.name()));
}

// The model's opinion, put among the signals too. None while the model is off
// or has not seen what the policy asks for.
std::optional<ruleset::Classification> Classify(const v1::Policy& policy,
                                                const classifier::Model* model,
                                                signals::Views* views,
                                                v1::Signals* signals) {
  const v1::ClassifierRules& wanted = policy.classifier();
  if (model == nullptr || wanted.off()) return std::nullopt;
  if (model->spam_seen() < wanted.min_spam() ||
      model->good_seen() < wanted.min_good())
    return std::nullopt;
  const double probability =
      model->Judge(classifier::Extract(views, *signals)).probability;
  signals->mutable_classifier()->set_spam(probability);
  signals->mutable_classifier()->set_ready(true);
  return ruleset::Classification{probability, true, model->version()};
}

// The last steps: match and decide.
v1::Decision Decide(
    const Site& site,
    const std::optional<ruleset::Classification>& classification,
    std::vector<std::string> unfinished, Time now, const v1::Signals& signals,
    Rendered* rendered) {
  const ruleset::Ruleset& rules = *site.ruleset;
  const markup::Rendering& rendering = rendered->rendering();
  const ruleset::Outcomes outcomes =
      ruleset::Match(rules, {rendered->views(), &signals, site.id, now});
  if (site.demoted == nullptr) {
    return ruleset::Decide(rules, outcomes, rendering, classification,
                           std::move(unfinished), now);
  }
  return ruleset::DecideDemoted(rules, outcomes, rendering, classification,
                                unfinished, *site.demoted, now);
}

void Publish(const markup::Rendering& rendering, Judgement* out) {
  out->removed = RemovedOf(rendering);
  out->html = rendering.html;
}

}  // namespace

std::vector<v1::Removed> RemovedOf(const markup::Rendering& rendering) {
  std::vector<v1::Removed> out;
  for (const markup::Removal& removal : rendering.removals) {
    v1::Removed& removed = out.emplace_back();
    removed.set_kind(std::string(markup::RemovalKindName(removal.kind)));
    removed.set_name(removal.name);
    removed.set_begin(removal.source.begin);
    removed.set_end(removal.source.end);
  }
  return out;
}

Rendered::Rendered(const Site& site, const v1::Comment& comment)
    : comment_(comment),
      rendering_(RenderComment(*site.ruleset, comment)),
      views_(comment, rendering_) {}

Judgement Judge(const Site& site, const classifier::Model* model,
                Rendered* rendered, const signals::History& history,
                std::vector<std::string> unfinished, Time now,
                StepTimes* times) {
  const ruleset::Ruleset& rules = *site.ruleset;
  signals::Views* views = rendered->views();
  StepWatch watch(times);

  // observe
  Judgement out;
  out.signals = signals::Observe(views, history, site.facts, now);
  watch.Done(Step::kObserve);

  // classify: before the rules, so that they may ask for its probability
  const std::optional<ruleset::Classification> classification =
      Classify(rules.policy(), model, views, &out.signals);
  watch.Done(Step::kClassify);

  // match, decide
  out.decision = Decide(site, classification, std::move(unfinished), now,
                        out.signals, rendered);
  if (classification.has_value() &&
      out.decision.verdict() != v1::VERDICT_ACCEPT)
    NameLoudest(*model, rendered, out.signals, &out.decision);
  Publish(rendered->rendering(), &out);
  watch.Done(Step::kMatch);
  return out;
}

void NameLoudest(const classifier::Model& model, Rendered* rendered,
                 const v1::Signals& signals, v1::Decision* decision) {
  constexpr size_t kNamed = 6;
  const auto reason =
      std::find_if(decision->mutable_reasons()->begin(),
                   decision->mutable_reasons()->end(), [](const v1::Reason& r) {
                     return r.kind() == v1::Reason::KIND_CLASSIFIER;
                   });
  if (reason == decision->mutable_reasons()->end()) return;
  std::vector<std::string> names;
  const classifier::Features features =
      classifier::Extract(rendered->views(), signals, &names);
  // Among the matches, whose texts are personal: they go when the comment's do.
  for (const auto& [name, log_odds] :
       classifier::Loudest(model, features, std::move(names), kNamed)) {
    constexpr size_t kMaxName = 240;  // bytes
    std::string shown = name.substr(0, kMaxName);
    if (!text::IsValidUtf8(shown)) {  // letters that were cut from a character
      std::replace_if(
          shown.begin(), shown.end(),
          [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
    }
    reason->add_matches()->set_text(
        fmt::format("{} ({:+.2f})", shown, log_odds));
  }
}

Judgement Judge(const Site& site, const classifier::Model* model,
                const v1::Comment& comment, const signals::History& history,
                std::vector<std::string> unfinished, Time now) {
  Rendered rendered(site, comment);
  return Judge(site, model, &rendered, history, std::move(unfinished), now);
}

Judgement JudgeAgain(const Site& site, const v1::Checked& checked, Time then) {
  Rendered rendered(site, checked.comment());
  Judgement out;
  out.signals = checked.signals();
  out.decision = DecideAgain(site, checked, then, &rendered);
  Publish(rendered.rendering(), &out);
  return out;
}

v1::Decision DecideAgain(const Site& site, const v1::Checked& checked,
                         Time then, Rendered* rendered) {
  const v1::Signals& signals = checked.signals();
  std::optional<ruleset::Classification> classification;
  if (signals.classifier().ready()) {
    classification = {signals.classifier().spam(), true,
                      checked.decision().model_version()};
  }
  // What was not known then is not known now; rules are tried anew.
  std::vector<std::string> unfinished;
  for (const std::string& name : checked.decision().unfinished()) {
    if (name.substr(0, 5) != "rule." && name.substr(0, 6) != "match.")
      unfinished.push_back(name);
  }
  return Decide(site, classification, std::move(unfinished), then, signals,
                rendered);
}

bool RendersAlike(const Site& a, const Site& b) {
  // What Rendered reads of a policy.
  const auto part = [](const Site& site) {
    const v1::Policy& policy = site.ruleset->policy();
    v1::Policy out;
    if (policy.has_html()) *out.mutable_html() = policy.html();
    *out.mutable_links() = policy.links();
    out.set_default_format(policy.default_format());
    return out;
  };
  return MessageDifferencer::Equals(part(a), part(b));
}

classifier::Features FeaturesOf(const Site& site, const v1::Checked& checked) {
  Rendered rendered(site, checked.comment());
  return classifier::Extract(rendered.views(), checked.signals());
}

v1::ExplainCommentResponse ExplanationOf(const Site& site, Rendered* rendered,
                                         Judgement judgement, Time now) {
  signals::Views& views = *rendered->views();
  v1::ExplainCommentResponse response;
  for (auto& outcome : ruleset::Explain(
           *site.ruleset, {&views, &judgement.signals, site.id, now})) {
    *response.add_rules() = std::move(outcome);
  }
  for (int view = v1::VIEW_TEXT; view < v1::View_ARRAYSIZE; ++view) {
    const auto which = static_cast<v1::View>(view);
    (*response.mutable_views())[ruleset::ViewName(which)] =
        std::string(views.Text(which));
  }
  *response.mutable_signals() = std::move(judgement.signals);
  *response.mutable_decision() = std::move(judgement.decision);
  response.set_html(std::move(judgement.html));
  return response;
}

}  // namespace sluice
