#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ostream>

#include "client/commands.h"
#include "client/print.h"
#include "service/base/clock.h"
#include "service/ruleset/json_schema.h"
#include "service/ruleset/ruleset.h"

namespace sluice::client {
namespace {

bool IsError(const v1::Diagnostic& diagnostic) {
  return diagnostic.severity() == v1::Diagnostic::SEVERITY_ERROR;
}

std::string Counted(ptrdiff_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string Summary(const ruleset::LoadResult& loaded, ptrdiff_t errors,
                    ptrdiff_t warnings) {
  const std::string also =
      warnings == 0 ? "" : ", " + Counted(warnings, "warning");
  if (loaded.ruleset == nullptr) {
    return fmt::format("{}{}; the rules do not load", Counted(errors, "error"),
                       also);
  }
  int examples = 0;
  for (const v1::Rule& rule : loaded.ruleset->rules())
    examples += rule.examples().hit_size() + rule.examples().miss_size();
  return fmt::format("OK  {} rules, {} examples{}, version {}",
                     loaded.ruleset->rules().size(), examples, also,
                     loaded.ruleset->version());
}

absl::Status GetRules(const Options& options,
                      v1::GetRulesetResponse* response) {
  v1::GetRulesetRequest request;
  request.set_parent("sites/" + options.site);
  Connection connection(options.server, options.timeout_seconds);
  return connection.Rules(request, response);
}

std::string RulesetLine(const v1::GetRulesetResponse& response) {
  return fmt::format("version {}  {} rules  hold at {:g}, reject at {:g}\n",
                     response.version(), response.rules_size(),
                     response.policy().hold_at(),
                     response.policy().reject_at());
}

std::string DemotionText(const v1::RuleDemotion& demotion) {
  const std::string before =
      demotion.comments_before() == 0
          ? "it is new"
          : fmt::format("{} of {} before it was edited", demotion.hits_before(),
                        demotion.comments_before());
  return fmt::format(
      "demoted  {}  hit {} of {} comments, {}; it can only hold until\n"
      "         `sluice rules confirm {}` or another edit\n",
      demotion.rule(), demotion.hits(), demotion.comments(), before,
      demotion.rule());
}

std::string RuleLine(const v1::Rule& rule) {
  const std::string effect = rule.verdict() != v1::VERDICT_UNSPECIFIED
                                 ? VerdictWord(rule.verdict())
                                 : fmt::format("{:+g}", rule.score());
  std::string out = fmt::format(
      "  {:>7}  {}{}  {}", effect, rule.id(),
      rule.mode() == v1::MODE_SHADOW ? " (shadow)" : "", rule.why());
  const auto add = [&out](const char* what, const std::string& value) {
    if (!value.empty()) out += fmt::format("  {} {}", what, value);
  };
  const std::string tags = fmt::format("{}", fmt::join(rule.tags(), ", "));
  const std::string sites = fmt::format("{}", fmt::join(rule.sites(), ", "));
  if (!rule.owner().empty() || !rule.until().empty() || !tags.empty() ||
      !rule.review_by().empty() || !sites.empty())
    out += "\n          ";
  add("owner", rule.owner());
  add("for", sites);
  add("tags", tags);
  add("until", rule.until());
  add("review by", rule.review_by());
  return out + "\n";
}

}  // namespace

absl::StatusOr<ruleset::LoadResult> LoadRules(
    const std::string& folder, const std::vector<std::string>& sites) {
  const absl::StatusOr<std::vector<ruleset::SourceFile>> files =
      ruleset::ReadFolder(folder);
  if (!files.ok()) return files.status();
  ruleset::LoadOptions load;
  load.now = SystemClock().Now();
  load.sites = sites;
  ruleset::LoadResult loaded = ruleset::LoadRuleset(*files, load);
  const std::string slash = !folder.empty() && folder.back() == '/' ? "" : "/";
  for (v1::Diagnostic& diagnostic : loaded.diagnostics)
    diagnostic.set_file(folder + slash + diagnostic.file());
  return loaded;
}

// The same code as the server's loader, without a server.
int RulesCheck(const Options& options, const RulesCheckFlags& flags,
               const Streams& io) {
  absl::StatusOr<ruleset::LoadResult> loaded =
      LoadRules(flags.folder, flags.sites);
  if (!loaded.ok()) {
    io.err << "sluice: " << std::string(loaded.status().message()) << "\n";
    return kUsage;
  }
  const auto& told = loaded->diagnostics;
  for (const v1::Diagnostic& diagnostic : told) {
    io.out << (options.json ? Json(diagnostic, true)
                            : ruleset::FormatDiagnostic(diagnostic) + "\n");
  }
  const auto errors = std::count_if(told.begin(), told.end(), IsError);
  const auto warnings = static_cast<ptrdiff_t>(told.size()) - errors;
  const bool failed =
      loaded->ruleset == nullptr || (flags.strict && warnings > 0);
  if (!options.json) io.out << Summary(*loaded, errors, warnings) << "\n";
  return failed ? kFailed : kAccept;
}

int RulesSchema(const std::string& kind, const Streams& io) {
  const absl::StatusOr<std::string> schema = ruleset::JsonSchemaOf(kind);
  if (schema.ok()) {
    io.out << *schema;
    return kAccept;
  }
  io.err << "sluice: " << std::string(schema.status().message()) << "\n";
  return kUsage;
}

int RulesStatus(const Options& options, const Streams& io) {
  v1::GetRulesetResponse response;
  if (absl::Status status = GetRules(options, &response); !status.ok())
    return Say(status, io);
  if (options.json) {
    io.out << Json(response, false);
  } else {
    io.out << RulesetLine(response);
    for (const v1::Diagnostic& problem : response.problems())
      io.out << ruleset::FormatDiagnostic(problem) << "\n";
    for (const v1::RuleDemotion& demotion : response.demotions())
      io.out << DemotionText(demotion);
    if (!response.problems().empty())
      io.out << "the files on disk do not load; the version above stays in "
                "force\n";
  }
  return response.problems().empty() ? kAccept : kFailed;
}

int RulesShow(const Options& options, const RulesShowFlags& flags,
              const Streams& io) {
  v1::GetRulesetResponse response;
  if (absl::Status status = GetRules(options, &response); !status.ok())
    return Say(status, io);
  if (!options.json) io.out << RulesetLine(response);
  for (const v1::Rule& rule : response.rules()) {
    const auto& tags = rule.tags();
    if (!flags.tag.empty() &&
        std::find(tags.begin(), tags.end(), flags.tag) == tags.end())
      continue;
    if (!flags.owner.empty() && rule.owner() != flags.owner) continue;
    io.out << (options.json ? Json(rule, true) : RuleLine(rule));
  }
  return kAccept;
}

int RulesConfirm(const Options& options, const std::string& rule,
                 const Streams& io) {
  v1::ConfirmRuleRequest request;
  request.set_parent("sites/" + options.site);
  request.set_rule(rule);
  v1::ConfirmRuleResponse response;
  Connection connection(options.server, options.timeout_seconds);
  if (absl::Status status = connection.Confirm(request, &response);
      !status.ok())
    return Say(status, io);
  io.out << fmt::format("{}  confirmed\n", rule);
  return kAccept;
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
  // A server that watches its files may have been faster than the command.
  const std::string since =
      response.changed()
          ? "taken now"
          : fmt::format("nothing new since it was taken {} ago",
                        Age(NowSeconds() - response.load_time().seconds()));
  io.out << fmt::format("in force  version {}  {}\n", response.version(),
                        since);
  return kAccept;
}

}  // namespace sluice::client
