#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "service/base/clock.h"
#include "service/moderator.h"
#include "service/ruleset/source.h"
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

  // A site as it would be, for replays; none if the files do not load.
  struct Trial {
    std::optional<Site> site;
    std::vector<v1::Diagnostic> diagnostics;
  };
  // With `common` in place of the common folder; the site's own folder is laid
  // over it as it was last taken. REQUIRES: the site is known.
  Trial Try(const std::string& site, std::vector<ruleset::SourceFile> common);
  // With all folders as they are on disk.
  Trial TryDisk(const std::string& site);

  // The files a site's rules in force were made of.
  struct Sources {
    std::vector<ruleset::SourceFile> common;  // without those replaced by own
    std::vector<ruleset::SourceFile> own;     // of the site's own folder
    std::string own_folder;                   // empty: it has none
  };
  Sources SourcesOf(const std::string& site);

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
  ruleset::LoadOptions MakeLoadOptions() const;
  const v1::SiteConfig* ConfigOf(const std::string& site) const;
  Trial Try(const Folders& folders, const std::string& site) const;
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
