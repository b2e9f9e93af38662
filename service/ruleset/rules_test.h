#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "service/ruleset/ruleset.h"
#include "sluice/v1/rules_test.pb.h"

namespace sluice::ruleset {

// Judges labelled comments by a ruleset, one after the other, and keeps the
// record of each rule. The pipeline is the server's without a history (each
// author is new), a model and the site's hosts. Memory is bounded by the number
// of rules and kMaxPairs, not by the number of comments. For one thread.
class RulesTest {
 public:
  // `site` is what rules for some sites are matched against.
  RulesTest(std::shared_ptr<const Ruleset> ruleset, std::string site, Time now);

  // Errors: INVALID_ARGUMENT for a label that is none, or without a text.
  absl::Status Add(const v1::LabelledComment& labelled);

  v1::RulesTestReport Report() const;

  // Pairs of rules that hit one comment and whose overlap is counted; of those
  // met after them none is.
  static constexpr size_t kMaxPairs = 1'000'000;

 private:
  struct Record {
    int64_t hits = 0;
    int64_t bad = 0;
    int64_t decides_bad = 0;
    int64_t decides_good = 0;
    int64_t failed = 0;
  };
  static constexpr std::array<const char*, 3> kLabels = {"spam", "abuse",
                                                         "ham"};

  void Count(const Outcomes& outcomes, const markup::Rendering& rendering,
             v1::Verdict verdict, bool bad, Time now);
  void CountPairs(const std::vector<Hit>& hits);

  const std::shared_ptr<const Ruleset> ruleset_;
  const std::string site_;
  const Time now_;
  std::vector<Record> records_;                       // by rule
  std::unordered_map<std::string, size_t> rules_;     // by id
  std::unordered_map<uint64_t, int64_t> pairs_;       // smaller << 32 | larger
  std::array<std::array<int64_t, 4>, 3> verdicts_{};  // by label and verdict
};

}  // namespace sluice::ruleset
