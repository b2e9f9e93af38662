// Which names are watched, and why a new inotify instance a round: a folder can
// be reached through symbolic links, and any of them can be swapped. So each
// round resolves every path by hand, watches the name of each link on the way
// in the directory that holds it, and then lets the callee read. What changed
// before the new watches were set is seen by that read, what changes after it
// is seen by the watches: nothing falls between.

#include "service/rules_watcher.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

namespace sluice {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxSteps = 256;        // of one path, links followed
constexpr size_t kMaxEntries = 4'096;    // of one folder that are looked at
constexpr size_t kMaxDirectories = 512;  // watched at once

constexpr uint32_t kEvents =
    IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO |
    IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

// Directories, and the names in them that matter; "" is every name.
using Names = std::map<std::string, std::set<std::string>>;

// Puts the parts of a path before what is left to follow.
void Prepend(const fs::path& path, std::deque<fs::path>* left) {
  std::vector<fs::path> parts;
  for (const fs::path& part : path) {
    if (!part.empty() && part != ".") parts.push_back(part);
  }
  left->insert(left->begin(), parts.begin(), parts.end());
}

// Follows a path as the kernel would, and notes each name on the way whose
// change would make it lead elsewhere. Returns where it leads, "" if nowhere.
fs::path Follow(const fs::path& path, Names* names) {
  std::error_code error;
  std::deque<fs::path> left;
  Prepend(fs::absolute(path, error), &left);
  fs::path at = "/";
  for (size_t step = 0; !left.empty(); ++step) {
    if (step == kMaxSteps) return {};
    const fs::path part = left.front();
    left.pop_front();
    if (part == "/" || part == "..") {
      at = part == "/" ? fs::path("/") : at.parent_path();
      continue;
    }
    const fs::path here = at / part;
    const fs::file_status status = fs::symlink_status(here, error);
    const bool link = fs::is_symlink(status);
    if (left.empty() || link || !fs::exists(status))
      (*names)[at.string()].insert(part.string());
    if (!fs::exists(status)) return {};
    if (!link) {
      at = here;
      continue;
    }
    const fs::path target = fs::read_symlink(here, error);
    if (error) return {};
    Prepend(target, &left);
  }
  return at;
}

// A folder with everything in it, and where the links in it lead.
void FollowFolder(const fs::path& folder, Names* names) {
  const fs::path real = Follow(folder, names);
  std::error_code error;
  if (real.empty() || !fs::is_directory(real, error)) return;
  (*names)[real.string()].insert("");
  size_t count = 0;
  for (fs::directory_iterator entry(real, error), end;
       !error && entry != end && count < kMaxEntries;
       entry.increment(error), ++count) {
    std::error_code gone;
    if (entry->is_symlink(gone)) Follow(entry->path(), names);
  }
}

class Watches {
 public:
  static std::optional<Watches> Make(const std::vector<std::string>& folders) {
    Watches out;
    out.inotify_ = FileDescriptor(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!out.inotify_.valid()) return std::nullopt;
    Names names;
    for (const std::string& folder : folders) {
      FollowFolder(folder, &names);
      FollowFolder(fs::path(folder) / "lists", &names);
    }
    for (auto& [directory, wanted] : names) {
      if (out.names_.size() == kMaxDirectories) break;
      const int watch =
          inotify_add_watch(out.inotify_.get(), directory.c_str(), kEvents);
      if (watch >= 0) out.names_[watch].merge(wanted);
    }
    return out;
  }

  int fd() const { return inotify_.get(); }

  // Takes what waits; whether any of it matters.
  bool Take() const {
    alignas(inotify_event) char buffer[16 << 10];
    bool matters = false;
    for (;;) {
      const ssize_t size = read(inotify_.get(), buffer, sizeof buffer);
      if (size <= 0) return matters;
      for (ssize_t at = 0; at < size;) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
        matters = Matters(*event) || matters;
        at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      }
    }
  }

 private:
  bool Matters(const inotify_event& event) const {
    if ((event.mask & (IN_Q_OVERFLOW | IN_DELETE_SELF | IN_MOVE_SELF)) != 0)
      return true;
    const auto names = names_.find(event.wd);
    if (names == names_.end() || event.len == 0) return false;
    return names->second.count("") > 0 || names->second.count(event.name) > 0;
  }

  FileDescriptor inotify_;
  std::map<int, std::set<std::string>> names_;  // by watch
};

}  // namespace

void Burst::OnEvent(Time now) {
  if (!open_) first_ = now;
  open_ = true;
  last_ = now;
}

Burst::Time Burst::end() const {
  return std::min(last_ + quiet_, first_ + longest_);
}

absl::StatusOr<std::unique_ptr<RulesWatcher>> RulesWatcher::Start(
    std::vector<std::string> folders, const Options& options,
    std::function<void()> changed) {
  FileDescriptor stop(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  const FileDescriptor trial(inotify_init1(IN_CLOEXEC));
  if (!stop.valid() || !trial.valid()) {
    return absl::ResourceExhaustedError(
        fmt::format("no inotify instance: {}", std::strerror(errno)));
  }
  return std::unique_ptr<RulesWatcher>(new RulesWatcher(
      std::move(folders), options, std::move(changed), std::move(stop)));
}

RulesWatcher::RulesWatcher(std::vector<std::string> folders,
                           const Options& options,
                           std::function<void()> changed, FileDescriptor stop)
    : folders_(std::move(folders)),
      options_(options),
      changed_(std::move(changed)),
      stop_(std::move(stop)),
      thread_([this] { Run(); }) {}

RulesWatcher::~RulesWatcher() {
  eventfd_write(stop_.get(), 1);
  thread_.join();
}

// Without an instance (the user's limit was reached meanwhile) the sweep goes
// on alone, and each round tries again.
void RulesWatcher::Run() {
  using Clock = std::chrono::steady_clock;
  for (;;) {
    const std::optional<Watches> watches = Watches::Make(folders_);
    changed_();
    Burst burst(options_.quiet, options_.longest);
    const Clock::time_point sweep = Clock::now() + options_.sweep;
    for (;;) {
      const Clock::time_point end = burst.open() ? burst.end() : sweep;
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(
          std::max(Clock::duration::zero(), end - Clock::now()));
      pollfd waited[] = {{stop_.get(), POLLIN, 0},
                         {watches ? watches->fd() : -1, POLLIN, 0}};
      const int ready = poll(waited, 2, static_cast<int>(left.count()));
      if (waited[0].revents != 0) return;
      if (ready > 0 && watches->Take()) burst.OnEvent(Clock::now());
      if (Clock::now() >= (burst.open() ? burst.end() : sweep)) break;
    }
  }
}

}  // namespace sluice
