#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace sluice::network {

// What became of one question for the IPv4 addresses of a name.
struct DnsAnswer {
  enum class Kind {
    kFound,   // `addresses` are there
    kNone,    // there is surely no such name or address
    kFailed,  // nobody said: a time-out, a refusal, an answer that makes no
              // sense
  };
  Kind kind = Kind::kFailed;
  std::vector<uint32_t> addresses;  // host byte order
  std::chrono::seconds ttl{0};      // how long the answer holds; 0 if it failed
};

// Who asks the domain name system; an interface because the outside world is
// behind it. Thread-safe.
class Resolver {
 public:
  virtual ~Resolver() = default;

  // Asks, and calls `done` exactly once within the resolver's time-out: before
  // this returns, or on a thread of its own, which `done` must not block.
  using Done = std::function<void(DnsAnswer)>;
  virtual void Lookup(const std::string& name, Done done) = 0;
};

}  // namespace sluice::network
