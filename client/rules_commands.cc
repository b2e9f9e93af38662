#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ostream>

#include "client/commands.h"
#include "client/print.h"
#include "service/base/clock.h"
#include "service/ruleset/ruleset.h"

namespace sluice::client {
namespace {

bool IsError(const v1::Diagnostic& diagnostic) {
  return diagnostic.severity() == v1::Diagnostic::SEVERITY_ERROR;
}

}  // namespace

// The same code as the server's loader, without a server.
int RulesCheck(const Options& options, const std::string& folder,
               const Streams& io) {
  const absl::StatusOr<std::vector<ruleset::SourceFile>> files =
      ruleset::ReadFolder(folder);
  if (!files.ok()) {
    io.err << "sluice: " << std::string(files.status().message()) << "\n";
    return kUsage;
  }
  ruleset::LoadOptions load;
  load.now = SystemClock().Now();
  ruleset::LoadResult loaded = ruleset::LoadRuleset(*files, load);
  for (v1::Diagnostic& diagnostic : loaded.diagnostics) {
    const std::string slash =
        !folder.empty() && folder.back() == '/' ? "" : "/";
    diagnostic.set_file(folder + slash + diagnostic.file());
    io.out << (options.json ? Json(diagnostic, true)
                            : ruleset::FormatDiagnostic(diagnostic) + "\n");
  }
  if (loaded.ruleset == nullptr) {
    const auto errors = std::count_if(loaded.diagnostics.begin(),
                                      loaded.diagnostics.end(), IsError);
    if (!options.json)
      io.out << fmt::format("{} error{}; the rules do not load\n", errors,
                            errors == 1 ? "" : "s");
    return kFailed;
  }
  if (!options.json) {
    int examples = 0;
    for (const v1::Rule& rule : loaded.ruleset->rules()) {
      examples += rule.examples().hit_size() + rule.examples().miss_size();
    }
    io.out << fmt::format("OK  {} rules, {} examples, version {}\n",
                          loaded.ruleset->rules().size(), examples,
                          loaded.ruleset->version());
  }
  return kAccept;
}

int RulesStatus(const Options& options, bool with_rules, const Streams& io) {
  v1::GetRulesetRequest request;
  request.set_parent("sites/" + options.site);
  v1::GetRulesetResponse response;
  Connection connection(options.server, options.timeout_seconds);
  if (absl::Status status = connection.Rules(request, &response); !status.ok())
    return Say(status, io);
  if (options.json) {
    io.out << Json(response, false);
    return kAccept;
  }
  io.out << fmt::format("version {}  {} rules  hold at {:g}, reject at {:g}\n",
                        response.version(), response.rules_size(),
                        response.policy().hold_at(),
                        response.policy().reject_at());
  for (const v1::Rule& rule : response.rules()) {
    if (!with_rules) break;
    const std::string effect = rule.verdict() != v1::VERDICT_UNSPECIFIED
                                   ? VerdictWord(rule.verdict())
                                   : fmt::format("{:+g}", rule.score());
    io.out << fmt::format("  {:>7}  {}{}  {}\n", effect, rule.id(),
                          rule.mode() == v1::MODE_SHADOW ? " (shadow)" : "",
                          rule.why());
  }
  for (const v1::Diagnostic& problem : response.problems())
    io.out << ruleset::FormatDiagnostic(problem) << "\n";
  if (!response.problems().empty())
    io.out
        << "the files on disk do not load; the version above stays in force\n";
  return response.problems().empty() ? kAccept : kFailed;
}

int RulesReload(const Options& options, const Streams& io) {
  v1::ReloadRulesResponse response;
  Connection connection(options.server, options.timeout_seconds);
  if (absl::Status status =
          connection.Reload(v1::ReloadRulesRequest(), &response);
      !status.ok()) {
    return Say(status, io);
  }
  if (options.json) {
    io.out << Json(response, false);
    return kAccept;
  }
  for (const v1::Diagnostic& diagnostic : response.diagnostics()) {
    io.out << ruleset::FormatDiagnostic(diagnostic) << "\n";
  }
  io.out << fmt::format("{}  version {}\n",
                        response.changed() ? "taken" : "unchanged",
                        response.version());
  return kAccept;
}

}  // namespace sluice::client
