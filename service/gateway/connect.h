#pragma once

#include <google/protobuf/descriptor.h>

#include <string_view>

#include "service/gateway/http.h"
#include "service/gateway/upstream.h"
#include "sluice/v1/config.pb.h"

namespace sluice::gateway {

// Connect's protocol (connectrpc.com/docs/protocol) for the unary methods of
// the package sluice.v1: POST of JSON or Protocol Buffers to
// `/sluice.v1.Service/Method`. Thread-safe. Outlives every request it was
// given, until that has been answered.
class ConnectDoor {
 public:
  // Both must outlive it.
  ConnectDoor(const v1::ServerConfig* config, Upstream* upstream);

  // Whether the path is one of this protocol's, be there such a method or not.
  static bool IsItsPath(std::string_view path);

  void Handle(std::string_view path, HttpRequest request, HttpDone done);

 private:
  const v1::ServerConfig& config_;
  Upstream* const upstream_;
};

}  // namespace sluice::gateway
