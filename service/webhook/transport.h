#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace sluice::webhook {

// One POST.
struct Request {
  int64_t id = 0;
  std::string url;
  std::string body;       // JSON
  std::string signature;  // value of Sluice-Signature
  std::chrono::milliseconds timeout{10'000};
  bool allow_private = false;
};

struct Answer {
  int64_t id = 0;
  int status = 0;     // of HTTP; 0: there was none
  std::string error;  // why there was none
};

// Makes calls, many at once. Used by one thread, but for Wake.
class Transport {
 public:
  virtual ~Transport() = default;
  // Its answer comes out of Wait, once, within its timeout.
  virtual void Send(Request request) = 0;
  // Waits for answers; none after `at_most`, or once Wake was called.
  virtual std::vector<Answer> Wait(std::chrono::milliseconds at_most) = 0;
  // Ends a Wait, or the next one. Any thread.
  virtual void Wake() = 0;
};

// By libcurl. Follows no redirects, uses no proxy, reads no credentials, takes
// http and https alone, and looks at the address that a name resolved to when
// it connects, so that no name leads past IsPublicAddress.
absl::StatusOr<std::unique_ptr<Transport>> MakeCurlTransport();

}  // namespace sluice::webhook
