#include "service/ruleset/rules_test.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>

#include "service/base/wilson.h"
#include "service/markup/render.h"
#include "service/signals/observe.h"

namespace sluice::ruleset {
namespace {

v1::Comment CommentOf(const v1::LabelledComment& labelled,
                      const std::string& site) {
  v1::Comment out;
  out.set_name(fmt::format("sites/{}/comments/test", site));
  out.set_body(labelled.text());
  out.mutable_author()->set_name(labelled.author());
  out.mutable_author()->set_email(labelled.email());
  out.mutable_author()->set_url(labelled.url());
  out.mutable_page()->set_title(labelled.page_title());
  out.mutable_page()->set_url(labelled.page_url());
  if (!labelled.ip().empty() || !labelled.user_agent().empty()) {
    out.mutable_client()->set_ip(labelled.ip());
    out.mutable_client()->set_user_agent(labelled.user_agent());
  }
  return out;
}

Time TimeOf(const std::string& created_at, Time now) {
  using google::protobuf::util::TimeUtil;
  google::protobuf::Timestamp time;
  if (!TimeUtil::FromString(created_at, &time)) return now;
  return Time{
      std::chrono::microseconds(TimeUtil::TimestampToMicroseconds(time))};
}

}  // namespace

RulesTest::RulesTest(std::shared_ptr<const Ruleset> ruleset, std::string site,
                     Time now)
    : ruleset_(std::move(ruleset)),
      site_(std::move(site)),
      now_(now),
      records_(ruleset_->rules().size()) {
  for (size_t i = 0; i < records_.size(); ++i)
    rules_.emplace(ruleset_->rules()[i].id(), i);
}

absl::Status RulesTest::Add(const v1::LabelledComment& labelled) {
  const auto label =
      std::find(kLabels.begin(), kLabels.end(), labelled.label());
  if (label == kLabels.end()) {
    return absl::InvalidArgumentError(
        fmt::format("label is spam, abuse or ham, not '{}'", labelled.label()));
  }
  if (labelled.text().empty())
    return absl::InvalidArgumentError("text is empty");
  const v1::Comment comment = CommentOf(labelled, site_);
  const Time now = TimeOf(labelled.created_at(), now_);
  const markup::Rendering rendering = markup::Render(
      comment.body(),
      signals::FormatOf(labelled.format(), ruleset_->policy().default_format()),
      ruleset_->html_policy(), "test");
  signals::Views views(comment, rendering);
  const v1::Signals signals =
      signals::Observe(&views, {}, ruleset_->lists_facts(), now);
  const Outcomes outcomes = Match(*ruleset_, {&views, &signals, site_, now});
  const v1::Verdict verdict =
      Decide(*ruleset_, outcomes, rendering, std::nullopt, {}, now).verdict();
  ++verdicts_[static_cast<size_t>(label - kLabels.begin())][verdict];
  Count(outcomes, rendering, verdict, labelled.label() != "ham", now);
  return absl::OkStatus();
}

// A rule decides alone where the verdict would be another without its hit; what
// asks for it by rule("id") keeps its own.
void RulesTest::Count(const Outcomes& outcomes,
                      const markup::Rendering& rendering, v1::Verdict verdict,
                      bool bad, Time now) {
  for (const std::string& name : outcomes.unfinished) {
    constexpr std::string_view kRule = "rule.";
    if (name.substr(0, kRule.size()) != kRule) continue;
    const auto rule = rules_.find(name.substr(kRule.size()));
    if (rule != rules_.end()) ++records_[rule->second].failed;
  }
  for (size_t i = 0; i < outcomes.hits.size(); ++i) {
    const size_t rule = outcomes.hits[i].rule;
    Record& record = records_[rule];
    ++record.hits;
    record.bad += bad ? 1 : 0;
    if (ruleset_->rules()[rule].mode() == v1::MODE_SHADOW) continue;
    Outcomes without = outcomes;
    without.hits.erase(without.hits.begin() + static_cast<ptrdiff_t>(i));
    const v1::Decision other =
        Decide(*ruleset_, without, rendering, std::nullopt, {}, now);
    if (other.verdict() == verdict) continue;
    ++(bad ? record.decides_bad : record.decides_good);
  }
  CountPairs(outcomes.hits);
}

void RulesTest::CountPairs(const std::vector<Hit>& hits) {
  for (size_t i = 0; i < hits.size(); ++i) {
    for (size_t j = i + 1; j < hits.size(); ++j) {
      const auto [low, high] = std::minmax(hits[i].rule, hits[j].rule);
      const uint64_t key = static_cast<uint64_t>(low) << 32 | high;
      const auto pair = pairs_.find(key);
      if (pair != pairs_.end()) {
        ++pair->second;
      } else if (pairs_.size() < kMaxPairs) {
        pairs_.emplace(key, 1);
      }
    }
  }
}

v1::RulesTestReport RulesTest::Report() const {
  v1::RulesTestReport out;
  out.set_version(ruleset_->version());
  for (size_t label = 0; label < kLabels.size(); ++label) {
    const auto& counts = verdicts_[label];
    const int64_t sum = counts[v1::VERDICT_ACCEPT] + counts[v1::VERDICT_HOLD] +
                        counts[v1::VERDICT_REJECT];
    out.set_comments(out.comments() + sum);
    if (sum == 0) continue;
    v1::LabelOutcome& line = *out.add_labels();
    line.set_label(kLabels[label]);
    line.set_accepted(counts[v1::VERDICT_ACCEPT]);
    line.set_held(counts[v1::VERDICT_HOLD]);
    line.set_rejected(counts[v1::VERDICT_REJECT]);
  }
  // The most overlapping rule of each: the most common hits, then the first.
  std::vector<std::pair<int64_t, size_t>> nearest(records_.size(), {0, 0});
  const auto consider = [&nearest](size_t rule, size_t other, int64_t common) {
    auto& best = nearest[rule];
    if (common > best.first || (common == best.first && other < best.second))
      best = {common, other};
  };
  for (const auto& [key, common] : pairs_) {
    consider(key >> 32, key & UINT32_MAX, common);
    consider(key & UINT32_MAX, key >> 32, common);
  }
  std::vector<size_t> order(records_.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [this](size_t a, size_t b) {
    return records_[a].hits > records_[b].hits;
  });
  for (size_t i : order) {
    const Record& record = records_[i];
    const v1::Rule& rule = ruleset_->rules()[i];
    v1::RuleOutcome& line = *out.add_rules();
    line.set_id(rule.id());
    line.set_source(ruleset_->sources()[i]);
    line.set_verdict(rule.verdict());
    line.set_score(rule.score());
    line.set_shadow(rule.mode() == v1::MODE_SHADOW);
    line.set_hits(record.hits);
    line.set_bad_hits(record.bad);
    line.set_decides_bad(record.decides_bad);
    line.set_decides_good(record.decides_good);
    line.set_failed(record.failed);
    if (record.hits == 0) continue;
    const double hits = static_cast<double>(record.hits);
    line.set_bad_share(static_cast<double>(record.bad) / hits);
    const Interval interval = WilsonInterval(record.bad, record.hits, kZ95);
    line.set_bad_share_low(interval.low);
    line.set_bad_share_high(interval.high);
    if (nearest[i].first == 0) continue;
    line.set_overlap_id(ruleset_->rules()[nearest[i].second].id());
    line.set_overlap(static_cast<double>(nearest[i].first) / hits);
  }
  return out;
}

}  // namespace sluice::ruleset
