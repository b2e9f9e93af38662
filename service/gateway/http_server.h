#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "service/gateway/http.h"

namespace sluice::gateway {

struct HttpServerOptions {
  std::string listen;  // `address:port`, the address as numbers or `localhost`
  int threads = 2;
  size_t max_header_bytes = 32 << 10;
  size_t max_body_bytes = 1 << 20;
  // Of one more, the one that has waited longest for its next request is
  // closed; if all are at work, the new one is.
  int max_connections = 1024;
  // Time for a request to begin and to come whole, for each of its two parts,
  // headers and body; however slowly its bytes drip.
  std::chrono::milliseconds read_timeout{30'000};
  std::chrono::milliseconds write_timeout{30'000};
};

// An HTTP/1.1 server on a port of its own: keep-alive, requests that are
// pipelined answered one after the other, `Expect: 100-continue`, chunked
// bodies. What is no HTTP gets 400, what is too large 413 or 431, and the
// connection ends. No TLS.
class HttpServer {
 public:
  // `handler` is called on threads of the server's. Errors: UNAVAILABLE if the
  // address cannot be listened on, INVALID_ARGUMENT if it is none.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(
      const HttpServerOptions& options, HttpHandler handler);
  // As Stop with no time. The handler's `done` may still be called later.
  ~HttpServer();

  // `address:port` with the port that was really taken.
  const std::string& address() const { return address_; }

  // Takes no new connections and requests, lets requests at work be answered
  // until the time is up, and closes the rest. Returns when its threads ended.
  void Stop(std::chrono::milliseconds at_most);

 private:
  class Impl;
  HttpServer() = default;

  std::shared_ptr<Impl> impl_;  // shared with connections
  std::string address_;
};

}  // namespace sluice::gateway
