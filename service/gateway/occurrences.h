#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "service/base/clock.h"
#include "service/base/mutex.h"

namespace sluice::gateway {

// How often a comment that looks the same has come lately. A client without
// ids of its own may send one comment twice because the first answer did not
// reach it, and a spammer may send one text a thousand times: the former is the
// same comment, the latter must be counted. Remembers kMaxKnown of them, those
// seen last. Thread-safe.
class Occurrences {
 public:
  static constexpr size_t kMaxKnown = 50'000;
  // For so long a repetition may be the same comment again.
  static constexpr std::chrono::minutes kSame{2};

  struct Guess {
    uint64_t occurrence = 0;
    bool same = false;   // it came within kSame
    bool known = false;  // it is remembered at all
  };

  // Which occurrence a comment, by its id as the first one, may be now.
  Guess Find(std::string_view id, Time now);

  void Set(const std::string& id, uint64_t occurrence, Time now);

 private:
  struct Known {
    uint64_t occurrence;
    Time time;
    std::list<std::string>::iterator place;
  };
  Mutex mutex_;
  std::unordered_map<std::string, Known> known_ SLUICE_GUARDED_BY(mutex_);
  std::list<std::string> newest_first_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::gateway
