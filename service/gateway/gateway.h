#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "service/base/clock.h"
#include "service/gateway/http.h"
#include "service/gateway/upstream.h"
#include "sluice/v1/config.pb.h"

namespace sluice::gateway {

// Keys of 32 bytes, each derived from the server's secret for one purpose.
struct GatewayKeys {
  std::string comment_id;  // ids of comments that come without one
  std::string seal;        // what is kept for callbacks
};

// The doors of HTTP: a port of their own, behind which each request becomes a
// call of the services. docs/http.md.
class Gateway {
 public:
  // Starts to serve. `config`, `upstream` and `clock` must outlive it. Errors:
  // INVALID_ARGUMENT for a configuration that cannot be (an address beyond
  // loopback without `insecure` among that), UNAVAILABLE if the address cannot
  // be listened on.
  static absl::StatusOr<std::unique_ptr<Gateway>> Start(
      const v1::ServerConfig* config, Upstream* upstream, const Clock* clock,
      GatewayKeys keys);
  // Every request it handed to the services must have been answered by then.
  ~Gateway();

  const std::string& address() const;

  // As HttpServer::Stop. What is at work with the services may be answered
  // later, into nothing.
  void Stop(std::chrono::milliseconds at_most);

 private:
  class Impl;
  Gateway();
  std::unique_ptr<Impl> impl_;
};

// Whether a page of this origin may call, by `http.origins`. A request without
// an Origin does not come from a page of another site.
bool IsOriginAllowed(const v1::HttpConfig& config, std::string_view origin);

// `path`, from its slash on, without the prefix that the configuration names;
// empty if it has not got it.
std::string_view WithoutPrefix(std::string_view prefix, std::string_view path);

}  // namespace sluice::gateway
