#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>

#include "service/access/key_ring.h"
#include "service/learner.h"
#include "service/moderator.h"
#include "service/rpc/admit.h"
#include "service/rpc/gate.h"
#include "service/rpc/watch_hub.h"
#include "service/rules_keeper.h"
#include "sluice/v1/config.pb.h"

namespace sluice::rpc {

// What the services share. Outlives them.
struct ServiceContext {
  Moderator* moderator;
  RulesKeeper* keeper;
  Learner* learner;
  AdmitRules admit;
  v1::Limits limits;
  access::KeyRing* keys;
  const Gate* gate;
  const v1::ServerConfig* config;
  std::string version;  // of the server
  Time start_time;
};

// The service for web backends. Every method answers without a thread of gRPC
// waiting. The hub serves its watchers and outlives it.
std::unique_ptr<grpc::Service> MakeModerationService(
    const ServiceContext* context, WatchHub* hub);

// The service for moderators.
std::unique_ptr<grpc::Service> MakeReviewService(const ServiceContext* context);

// The service for rule authors.
std::unique_ptr<grpc::Service> MakeRulesetService(
    const ServiceContext* context);

// The services for whoever runs the server.
std::unique_ptr<grpc::Service> MakeKeyService(const ServiceContext* context);
std::unique_ptr<grpc::Service> MakeAdminService(const ServiceContext* context);

// grpc.reflection.v1, of all that this server serves.
std::unique_ptr<grpc::Service> MakeReflectionService();
// The service for those who look after the models.
std::unique_ptr<grpc::Service> MakeLearningService(
    const ServiceContext* context);

}  // namespace sluice::rpc
