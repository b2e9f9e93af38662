// sluice watch: what moderators decide, one line each, across lost connections.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ostream>
#include <thread>

#include "client/commands.h"
#include "client/print.h"

namespace sluice::client {
namespace {

constexpr std::chrono::milliseconds kFirstPause{500};
constexpr std::chrono::milliseconds kMaxPause{15'000};

std::string WatchLine(const v1::WatchVerdictsResponse& message) {
  return fmt::format("{}  {}{}{}\n", ShortId(message.name()),
                     StateWord(message.state()),
                     message.undone() ? " again" : "",
                     message.reason_code().empty()
                         ? ""
                         : " as " + Visible(message.reason_code(), false));
}

}  // namespace

int Watch(const Options& options, const WatchFlags& flags, const Streams& io) {
  v1::WatchVerdictsRequest request;
  request.set_parent("sites/" + options.site);
  request.set_resume_token(flags.from == "start" ? "0" : flags.from);
  Connection connection(options.server, options.timeout_seconds);
  std::chrono::milliseconds pause = kFirstPause;
  bool reached = false;
  while (true) {
    const absl::Status status = connection.Watch(
        request, [&](const v1::WatchVerdictsResponse& message) {
          reached = true;
          pause = kFirstPause;
          request.set_resume_token(message.resume_token());
          if (!message.name().empty()) {
            io.out << (options.json ? Json(message, true) : WatchLine(message))
                   << std::flush;
          }
        });
    // What was never there, or will be refused again, is an error; what was
    // there will be there again.
    if (!reached || ExitCodeOf(status) == kRefused) return Say(status, io);
    io.err << fmt::format(
        "sluice: the connection is lost; trying again (or go on later with "
        "--from {})\n",
        request.resume_token());
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, kMaxPause);
  }
}

}  // namespace sluice::client
