#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "service/judge.h"
#include "service/replay/walk.h"
#include "service/ruleset/source.h"
#include "sluice/v1/ruleset_service.pb.h"

namespace sluice::replay {

// What a draft is made of and checked against.
struct DraftSource {
  std::vector<std::string> names;          // of the comments to catch
  std::vector<ruleset::SourceFile> files;  // of the site's rules in force
  Time now;
};

// Writes a rule file for comments: the fewest words, phrases and domains that
// cover them, chosen by how much more often they stand in these and in other
// comments that people rejected than in accepted ones. In at most one accepted
// comment of a thousand an entry may stand. Examples are cut from the comments
// and from the accepted ones most like them, without personal data. The file
// loads beside `files`, and what it hits in the history is counted.
//
// Errors: NOT_FOUND for a comment that is not stored, FAILED_PRECONDITION if
// nothing tells them from accepted ones, and those of WalkHistory.
absl::Status DraftRule(store::Store* store, Site site,
                       const WalkOptions& options, const DraftSource& source,
                       v1::DraftRuleResponse* response);

inline constexpr size_t kMaxDraftNames = 200;
inline constexpr size_t kMaxDraftEntries = 12;

}  // namespace sluice::replay
