#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "client/commands.h"

// What the commands that ask the server's history share.
namespace sluice::client {

// Waits long enough for a server that looks at its whole history first.
Connection HistoryConnection(const Options& options);

// Seconds since 1970 of `90d`, `12h`, `30m`, `4w` before now, or of a date.
// Empty: no time.
absl::StatusOr<std::optional<int64_t>> SinceSeconds(const std::string& text);

// Says what is wrong with the command; returns the exit status for it.
int SayUsage(const absl::Status& status, const Streams& io);

// Fills the part of a request that all of them have.
template <typename Request>
absl::Status BeginRequest(const Options& options,
                          const RulesHistoryFlags& flags, Request* request) {
  request->set_parent("sites/" + options.site);
  const absl::StatusOr<std::optional<int64_t>> since =
      SinceSeconds(flags.since);
  if (!since.ok()) return since.status();
  if (since->has_value()) request->mutable_since()->set_seconds(**since);
  return absl::OkStatus();
}

}  // namespace sluice::client
