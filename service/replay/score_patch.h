#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "service/ruleset/source.h"
#include "sluice/v1/ruleset_service.pb.h"

namespace sluice::replay {

struct ScorePatch {
  // A unified diff that `patch -p1` and `git apply` take in the folder of the
  // files; empty if nothing changes.
  std::string diff;
  // Why a score is not in it: `rule 'x' (a.yaml:3): ...`, one line each.
  std::vector<std::string> left_out;
  std::vector<ruleset::SourceFile> files;  // all of them, as they become
};

// Writes scores into the rule files: the number after `score:` alone changes,
// so that comments and layout stay. A rule that the data contradict is put into
// shadow instead, since a score of 0 does not load.
ScorePatch PatchScores(
    std::vector<ruleset::SourceFile> files,
    const google::protobuf::RepeatedPtrField<v1::TunedScore>& scores);

}  // namespace sluice::replay
