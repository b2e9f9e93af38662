#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/server_context.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "service/access/caller.h"
#include "service/access/key_ring.h"
#include "service/rpc/log.h"
#include "service/rpc/methods.h"
#include "service/rpc/metrics.h"

namespace sluice::rpc {

// A call that was let in, or is to be told why not.
struct Visit {
  size_t method = 0;      // index into Methods(), and of its figures
  std::string_view name;  // as `CheckComment`
  std::string trace;      // of `traceparent`, 32 hex digits; empty: none
  access::Permit permit;  // counts as a call at work until it goes
  std::chrono::steady_clock::time_point begin;
  const access::Caller& caller() const { return permit.caller(); }
};

// The one place where calls are authorised. Thread-safe; what it is made of
// must outlive it.
//
// Every handler goes through Enter before it parses, and through Allow with
// each message before it looks at anything: refusals say what the key lacks,
// never whether what was asked for exists.
class Gate {
 public:
  // Keys of one server; the figures may be null.
  Gate(const access::KeyRing* keys, Metrics* metrics);

  // The caller, its scope, its limits and its deadline. `method` is one of
  // Methods(). Leave must follow, whatever the answer. Errors:
  // UNAUTHENTICATED, PERMISSION_DENIED (ErrorInfo), RESOURCE_EXHAUSTED
  // (RetryInfo), DEADLINE_EXCEEDED.
  absl::Status Enter(std::string_view method,
                     const grpc::CallbackServerContext& context,
                     Visit* visit) const;

  // The sites that a message names, and what a batch costs. Errors: as above;
  // UNAUTHENTICATED once the key has ended.
  absl::Status Allow(const Visit& visit,
                     const google::protobuf::Message& request) const;

  // For each message of a stream that is a call of its own: Allow, and what it
  // costs.
  absl::Status AllowNext(const Visit& visit,
                         const google::protobuf::Message& request) const;

  // The end of a call: its figures, and its line of the log.
  void Leave(const Visit& visit, const absl::Status& status,
             LogFields notes) const;

  Metrics* metrics() const { return metrics_; }

 private:
  using Path = std::vector<const google::protobuf::FieldDescriptor*>;
  struct Entry {
    const MethodAccess* access;
    size_t index;
    std::vector<Path> paths;  // of MethodAccess::names
    // The field of a batch whose entries each cost one call, or null.
    const google::protobuf::FieldDescriptor* batch = nullptr;
  };

  absl::Status Identify(const grpc::CallbackServerContext& context,
                        Visit* visit, access::Caller* caller) const;

  const access::KeyRing& keys_;
  Metrics* const metrics_;
  std::unordered_map<std::string_view, Entry> methods_;
  std::vector<const Entry*> by_index_;
};

// The trace id of a W3C `traceparent`, version 00 or a later one that begins
// like it; empty if it is not valid.
std::string_view TraceIdOf(std::string_view traceparent);

}  // namespace sluice::rpc
