#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string_view>

namespace sluice::client {

// `12,345 comments  40 %` on a terminal's standard error, rewritten in place at
// most five times a second and gone at the end; nothing elsewhere.
class Progress {
 public:
  // `whole` of the units `Say` is given `part` in; 0: unknown, no share is
  // told.
  Progress(std::ostream* err, std::string_view noun, uint64_t whole);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Say(int64_t count, uint64_t part);

 private:
  std::ostream* const err_;  // null: not a terminal
  const std::string_view noun_;
  const uint64_t whole_;
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace sluice::client
