#include "client/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ostream>

#include "client/print.h"

namespace sluice::client {

constexpr std::chrono::milliseconds kEvery{200};

Progress::Progress(std::ostream* err, std::string_view noun, uint64_t whole)
    : err_(isatty(STDERR_FILENO) != 0 ? err : nullptr),
      noun_(noun),
      whole_(whole) {}

Progress::~Progress() {
  if (err_ != nullptr) *err_ << "\r\x1b[K" << std::flush;
}

void Progress::Say(int64_t count, uint64_t part) {
  if (err_ == nullptr) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + kEvery;
  *err_ << fmt::format("\r\x1b[K{} {}", Grouped(count), noun_);
  if (whole_ > 0)
    *err_ << fmt::format("  {} %",
                         std::min<uint64_t>(100, 100 * part / whole_));
  *err_ << std::flush;
}

}  // namespace sluice::client
