#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "service/base/clock.h"
#include "service/moderator.h"
#include "sluice/v1/config.pb.h"
#include "sluice/v1/ruleset.pb.h"

namespace sluice {

// Turns folders of rule files into the moderator's sites: read, checked as a
// whole, swapped at once. A folder that does not load changes nothing: the
// sites in force stay, and what is wrong can be asked for. Thread-safe.
class RulesKeeper {
 public:
  // `config` names the folders (already absolute or relative to the working
  // directory) and the sites. The moderator and the clock must outlive it.
  RulesKeeper(const v1::ServerConfig& config, Moderator* moderator,
              const Clock* clock);

  struct Result {
    bool loaded = false;
    bool changed = false;  // some site has another version than before
    std::vector<v1::Diagnostic> diagnostics;
  };

  // Reads the folders; takes them if they are sound.
  Result Load();

  // The same, but only if the files are others than those that were last read,
  // taken or not. If they are not but a date in the rules in force has passed,
  // those are made anew without what lapsed. Else nothing.
  std::optional<Result> LoadIfChanged();

  // The folders it reads.
  std::vector<std::string> folders() const;

  // What is wrong with the files on disk, of the last Load that failed; empty
  // if the last one was taken.
  std::vector<v1::Diagnostic> problems() const;

  // When the sites in force were taken.
  Time load_time() const;

 private:
  using Folder = absl::StatusOr<std::vector<ruleset::SourceFile>>;
  using Folders = std::map<std::string, Folder>;

  std::shared_ptr<const Folders> Read() const;
  Result Take(std::shared_ptr<const Folders> folders);
  Result MakeSites(const Folders& folders, Sites* out) const;
  bool HasLapsed() const;

  const v1::ServerConfig config_;
  Moderator* const moderator_;
  const Clock* const clock_;
  std::mutex loading_;                    // one Load at a time
  std::shared_ptr<const Folders> read_;   // the last; guarded by loading_
  std::shared_ptr<const Folders> taken_;  // in force; guarded by loading_
  mutable std::mutex mutex_;
  std::vector<v1::Diagnostic> problems_;  // guarded by mutex_
  Time load_time_;                        // guarded by mutex_
};

}  // namespace sluice
