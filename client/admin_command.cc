// sluice admin: how the server stands.

#include <fmt/format.h>

#include <ostream>

#include "client/commands.h"
#include "client/print.h"

namespace sluice::client {
namespace {

std::string SiteLine(const v1::SiteStatus& site) {
  std::string line =
      fmt::format("  {}: {} held", Visible(site.site(), false), site.held());
  if (site.has_oldest_held_time()) {
    line += fmt::format(" (the oldest for {})",
                        Age(NowSeconds() - site.oldest_held_time().seconds()));
  }
  line += fmt::format(", rules {}", site.ruleset_version());
  line += site.model_version().empty()
              ? ", nothing learned yet"
              : fmt::format(", model {}", site.model_version());
  if (site.demoted_rules() > 0)
    line += fmt::format(", {} rules demoted", site.demoted_rules());
  return line + "\n";
}

std::string StatusText(const v1::GetStatusResponse& status) {
  const int64_t now = NowSeconds();
  std::string out = fmt::format("sluiced {}, up for {}: {}\n", status.version(),
                                Age(now - status.start_time().seconds()),
                                status.ready() ? "ready" : "NOT READY");
  for (const v1::Problem& problem : status.problems()) {
    out += fmt::format("{} {}: {}\n", problem.fatal() ? "!!" : "! ",
                       problem.part(), Visible(problem.description(), false));
  }
  if (status.problems().empty()) out += "nothing is wrong that it knows of\n";
  out += "sites\n";
  for (const v1::SiteStatus& site : status.sites()) out += SiteLine(site);
  const v1::StoreStatus& store = status.store();
  out += fmt::format(
      "store: {} events in {} commits, {} failed, {} waiting, {} lost\n",
      store.events(), store.commits(), store.failed_commits(), store.pending(),
      store.lost());
  out += fmt::format("rules: loaded {} ago, {} mistakes on disk\n",
                     Age(now - status.rules_load_time().seconds()),
                     status.rule_problems());
  out +=
      status.has_certificate_expire_time()
          ? fmt::format("calls: encrypted, the certificate is good for {}; ",
                        Age(status.certificate_expire_time().seconds() - now))
          : std::string("calls: not encrypted; ");
  out += status.keys() == 0 ? std::string("no keys")
                            : fmt::format("{} keys", status.keys());
  return out + fmt::format("; {} at work\n", status.calls_at_work());
}

}  // namespace

int AdminStatus(const Options& options, const Streams& io) {
  Connection connection(options.server, options.timeout_seconds);
  v1::GetStatusResponse response;
  if (absl::Status status = connection.Status({}, &response); !status.ok())
    return Say(status, io);
  io.out << (options.json ? Json(response, false) : StatusText(response));
  return response.ready() ? kAccept : kFailed;
}

}  // namespace sluice::client
