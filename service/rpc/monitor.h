#pragma once

#include <grpcpp/health_check_service_interface.h>

#include <map>
#include <string>
#include <thread>

#include "service/base/mutex.h"
#include "service/rpc/services.h"

namespace sluice::rpc {

// Tells grpc.health.v1 every second how the server stands. Services by name:
//
//   ""  and sluice.v1.*   the process serves: alive
//   ready                 it answers checks: no problem is fatal
//   store rules tls keys  whether this part has a problem
//
// A problem that comes or goes is a line in the log, once.
class Monitor {
 public:
  // `health` and `context` must outlive it.
  Monitor(const ServiceContext* context,
          grpc::HealthCheckServiceInterface* health);
  ~Monitor();

  // Looks now.
  void Look();

 private:
  void Run();

  const ServiceContext& context_;
  grpc::HealthCheckServiceInterface* const health_;
  std::map<std::string, std::string> known_;  // part -> what was wrong
  Mutex mutex_;
  CondVar stopped_;
  bool stop_ SLUICE_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace sluice::rpc
