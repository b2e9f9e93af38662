#include "service/rpc/ruleset_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "service/base/resource_name.h"
#include "service/replay/backtest.h"
#include "service/replay/draft.h"
#include "service/replay/score_patch.h"
#include "service/replay/statistics.h"
#include "service/replay/tune.h"
#include "service/rpc/backtest_stream.h"
#include "service/rpc/refused.h"
#include "service/ruleset/source.h"

namespace sluice::rpc {
namespace {

constexpr size_t kMaxRulesetBytes = 4 << 20;

// Times outside of what protobuf allows mean the beginning or the end, too.
std::optional<Time> TimeOf(const google::protobuf::Timestamp& time) {
  constexpr int64_t kMaxSeconds = 253'402'300'799;  // the year 9999
  return Time{std::chrono::seconds(std::clamp<int64_t>(
                  time.seconds(), -kMaxSeconds, kMaxSeconds)) +
              std::chrono::microseconds(time.nanos() / 1000)};
}

absl::Status NotLoaded(const std::vector<v1::Diagnostic>& diagnostics) {
  std::string message = "the rule files do not load";
  for (const v1::Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity() == v1::Diagnostic::SEVERITY_ERROR)
      message += "\n" + ruleset::FormatDiagnostic(diagnostic);
  }
  // A status must fit into the headers of an answer.
  constexpr size_t kMaxMessage = 4000;
  if (message.size() > kMaxMessage) {
    message.resize(message.rfind('\n', kMaxMessage));
    message += "\nand more; `sluice rules check` has them all";
  }
  return absl::FailedPreconditionError(message);
}

// Does the work on the thread of long jobs and finishes the call, or refuses
// it.
template <typename CallPtr, typename Work>
void RunJob(HistoryJobs* jobs, const CallPtr& call, Work work) {
  const absl::Status status =
      jobs->Start([call, work = std::move(work)]() -> std::function<void()> {
        const absl::Status result = work();
        return [call, result] { call->Finish(result); };
      });
  if (!status.ok()) call->Finish(status);
}

std::vector<ruleset::SourceFile> AllOf(const RulesKeeper::Sources& sources) {
  std::vector<ruleset::SourceFile> files = sources.common;
  files.insert(files.end(), sources.own.begin(), sources.own.end());
  return files;
}

// Lines before a diff's first header are read by people alone.
std::string PatchText(const replay::ScorePatch& patch) {
  std::string out;
  for (const std::string& line : patch.left_out)
    out += "# not in this patch: " + line + "\n";
  return out + patch.diff;
}

}  // namespace

absl::Status FilesOf(
    const google::protobuf::RepeatedPtrField<v1::RulesetFile>& in,
    std::vector<ruleset::SourceFile>* files) {
  size_t bytes = 0;
  for (const v1::RulesetFile& file : in) {
    bytes += file.content().size();
    files->push_back({file.path(), file.content()});
  }
  if (bytes <= kMaxRulesetBytes) return absl::OkStatus();
  return InvalidArgument({{"files", "are larger than 4 MiB in all"}});
}

absl::Status RulesetHistory::Admit(const std::string& parent,
                                   replay::WalkOptions* options) {
  return AdmitSite(context_.admit, "parent", parent, &options->site);
}

Site RulesetHistory::SiteInForce(const std::string& id) const {
  return context_.moderator->sites()->at(id);
}

RulesetHistory::BacktestReactor* RulesetHistory::Backtest(
    Server server, const v1::BacktestRulesetRequest& request) {
  Visit visit;
  absl::Status entered =
      context_.gate->Enter("BacktestRuleset", *server, &visit);
  if (entered.ok()) entered = context_.gate->Allow(visit, request);
  if (!entered.ok())
    return Refuse<BacktestReactor>(context_.gate, visit, entered);
  auto* stream = new BacktestStream(context_.gate, std::move(visit),
                                    server);  // deletes itself after End
  replay::WalkOptions options;
  std::vector<ruleset::SourceFile> files;
  absl::Status status = Admit(request.parent(), &options);
  if (status.ok()) status = FilesOf(request.files(), &files);
  if (request.has_since()) options.since = TimeOf(request.since());
  options.cancelled = [stream] { return stream->cancelled(); };
  if (status.ok()) {
    status = jobs_.Start([=, this]() -> std::function<void()> {
      const RulesKeeper::Trial trial =
          files.empty() ? context_.keeper->TryDisk(options.site)
                        : context_.keeper->Try(options.site, files);
      absl::Status result = NotLoaded(trial.diagnostics);
      if (trial.site) {
        result = replay::RunBacktest(
            context_.moderator->store(), SiteInForce(options.site), *trial.site,
            options, [stream](v1::BacktestRulesetResponse message) {
              return stream->Write(std::move(message));
            });
      }
      stream->Drain();
      return [=] { stream->End(result); };
    });
  }
  if (!status.ok()) stream->End(status);
  return stream;
}

void RulesetHistory::Statistics(Server server, StatisticsCall::Ptr call) {
  const v1::GetRuleStatisticsRequest& request = *call->request();
  replay::WalkOptions options;
  if (absl::Status status = Admit(request.parent(), &options); !status.ok())
    return call->Finish(status);
  if (request.has_since()) options.since = TimeOf(request.since());
  options.cancelled = [server] { return server->IsCancelled(); };
  RunJob(&jobs_, call, [=, this, raw = call.get()] {
    return replay::CollectStatistics(
        context_.moderator->store(), SiteInForce(options.site), options,
        raw->request()->by_version(), raw->response());
  });
}

void RulesetHistory::Tune(Server server, TuneCall::Ptr call) {
  const v1::TuneScoresRequest& request = *call->request();
  replay::WalkOptions options;
  if (absl::Status status = Admit(request.parent(), &options); !status.ok())
    return call->Finish(status);
  if (request.has_since()) options.since = TimeOf(request.since());
  options.cancelled = [server] { return server->IsCancelled(); };
  RunJob(&jobs_, call, [=, this, response = call->response()] {
    absl::Status status =
        replay::TuneScores(context_.moderator->store(),
                           SiteInForce(options.site), options, response);
    if (!status.ok() || response->scores().empty()) return status;
    const replay::ScorePatch patch = replay::PatchScores(
        context_.keeper->SourcesOf(options.site).common, response->scores());
    const RulesKeeper::Trial trial =
        context_.keeper->Try(options.site, patch.files);
    if (!trial.site) return NotLoaded(trial.diagnostics);
    response->set_patch(PatchText(patch));
    return status;
  });
}

void RulesetHistory::Draft(Server server, DraftCall::Ptr call) {
  const v1::DraftRuleRequest& request = *call->request();
  replay::WalkOptions options;
  if (absl::Status status = Admit(request.parent(), &options); !status.ok())
    return call->Finish(status);
  if (absl::Status status = AdmitNames(request, options.site); !status.ok())
    return call->Finish(status);
  options.cancelled = [server] { return server->IsCancelled(); };
  RunJob(&jobs_, call, [=, this, raw = call.get()] {
    const auto& names = raw->request()->names();
    const replay::DraftSource source{
        {names.begin(), names.end()},
        AllOf(context_.keeper->SourcesOf(options.site)),
        context_.moderator->clock().Now()};
    return replay::DraftRule(context_.moderator->store(),
                             SiteInForce(options.site), options, source,
                             raw->response());
  });
}

absl::Status RulesetHistory::AdmitNames(const v1::DraftRuleRequest& request,
                                        const std::string& site) const {
  const auto count = static_cast<size_t>(request.names_size());
  if (count == 0 || count > replay::kMaxDraftNames)
    return InvalidArgument({{"names", "name 1 to 200 comments"}});
  for (size_t i = 0; i < count; ++i) {
    const std::string field = fmt::format("names[{}]", i);
    const std::string& name = request.names(static_cast<int>(i));
    absl::Status status = AdmitCommentName(context_.admit, field, name);
    if (!status.ok()) return status;
    if (ParseResourceName(name).site != site)
      return InvalidArgument({{field, "is not of the site of `parent`"}});
  }
  return absl::OkStatus();
}

}  // namespace sluice::rpc
