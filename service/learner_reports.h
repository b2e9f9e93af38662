#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sluice/v1/event.pb.h"

namespace sluice {

// What reports say of a comment that no moderator decided, and how much it
// weighs beside a moderator's decision, which weighs 1.
struct ReportedOpinion {
  bool spam = false;
  double weight = 0;
};

// Weighs reports so that nobody can teach the model by reporting much:
//
//  - one reader alone says nothing: it takes two more on one side than on the
//    other, and readers without a pseudonym are one together;
//  - each reader is heard on the first kMaxHeard comments alone;
//  - a comment's weight is at most kMaxWeight however many report it; the
//    site's own report weighs that much at once.
//
// For one training: the order of the comments decides on whom a reader is
// heard. Not thread-safe.
class ReportWeigher {
 public:
  static constexpr int kMaxHeard = 10;
  static constexpr double kMaxWeight = 0.3;
  // Reports as a whole weigh no more than this part of the decisions.
  static constexpr double kMaxShare = 0.2;

  // `events` of one comment. Nothing: its reports are not to be learned.
  std::optional<ReportedOpinion> Weigh(const std::vector<v1::Event>& events);

 private:
  std::map<std::string, int> heard_;  // comments, by reporter
};

}  // namespace sluice
