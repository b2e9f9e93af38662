#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "service/rpc/services.h"

namespace sluice::rpc {

// Serves the figures to Prometheus: `/metrics` over HTTP on a port of its own,
// with two threads of its own. docs/operations.md lists the figures. What is
// read of the store is read when it is asked for.
class MetricsExporter {
 public:
  // `context` must outlive it. UNAVAILABLE: the address cannot be listened on.
  static absl::StatusOr<std::unique_ptr<MetricsExporter>> Start(
      const std::string& listen, const ServiceContext* context);
  ~MetricsExporter();

  // `host:port` with the port that was really taken.
  const std::string& address() const { return address_; }

 private:
  struct Parts;
  MetricsExporter();

  std::string address_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace sluice::rpc
