#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "service/judge.h"
#include "service/ruleset/ruleset.h"
#include "service/store/memory_store.h"

// Small verbs for tests of replays.
namespace sluice::replay {

inline Time At(int64_t seconds) {
  return Time(std::chrono::seconds(1'700'000'000 + seconds));
}

inline Site SiteOf(std::vector<ruleset::SourceFile> files,
                   const std::string& id = "blog") {
  ruleset::LoadOptions options;
  options.now = At(0);
  const ruleset::LoadResult loaded = ruleset::LoadRuleset(files, options);
  for (const v1::Diagnostic& diagnostic : loaded.diagnostics)
    EXPECT_NE(diagnostic.severity(), v1::Diagnostic::SEVERITY_ERROR)
        << ruleset::FormatDiagnostic(diagnostic);
  return {id, loaded.ruleset->lists_facts(), loaded.ruleset};
}

// A rule of words that adds a score, as YAML.
inline std::string WordRule(const std::string& id, const std::string& word,
                            const std::string& score) {
  return "  - id: " + id + "\n    why: A word\n    words: [" + word +
         "]\n    score: " + score + "\n";
}

// Checks comments by a site and lets people decide on them.
class History {
 public:
  explicit History(Site site) : site_(std::move(site)) {}

  // Returns the comment's name; its time is At(its number)
  // but for MoveClock.
  std::string Check(const std::string& body,
                    v1::Verdict human = v1::VERDICT_UNSPECIFIED) {
    v1::Comment comment;
    comment.set_body(body);
    return Check(std::move(comment), human);
  }
  std::string Check(v1::Comment comment,
                    v1::Verdict human = v1::VERDICT_UNSPECIFIED) {
    const std::string name =
        "sites/" + site_.id + "/comments/c" + std::to_string(++count_);
    v1::Checked checked;
    comment.set_name(name);
    *checked.mutable_comment() = std::move(comment);
    Judgement judgement =
        Judge(site_, nullptr, checked.comment(), {}, {}, At(offset_ + count_));
    *checked.mutable_signals() = std::move(judgement.signals);
    *checked.mutable_decision() = std::move(judgement.decision);
    checked.set_html(std::move(judgement.html));
    store_.RecordCheck(std::move(checked), At(offset_ + count_),
                       store::Durability::kBeforeAnswer,
                       [](absl::StatusOr<store::CheckRecord> record) {
                         EXPECT_TRUE(record.ok()) << record.status();
                       });
    if (human != v1::VERDICT_UNSPECIFIED) {
      v1::EntryDecision decision;
      decision.set_name(name);
      decision.set_verdict(human);
      store_.Decide({decision}, "ann", "", At(offset_ + count_),
                    [](absl::StatusOr<store::Store::DecideResults> results) {
                      EXPECT_TRUE(results.ok() && results->front().ok());
                    });
    }
    return name;
  }

  // Comments from then on come `seconds` later.
  void MoveClock(int64_t seconds) { offset_ += seconds; }

  store::MemoryStore* store() { return &store_; }
  const Site& site() const { return site_; }

 private:
  const Site site_;
  store::MemoryStore store_;
  int64_t count_ = 0;
  int64_t offset_ = 0;
};

}  // namespace sluice::replay
