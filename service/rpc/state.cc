#include "service/rpc/state.h"

#include <fmt/format.h>

#include <algorithm>

#include "service/rpc/tls_files.h"

namespace sluice::rpc {
namespace {

google::protobuf::Timestamp TimestampOf(Time time) {
  const int64_t micros = time.time_since_epoch().count();
  google::protobuf::Timestamp out;
  out.set_seconds(micros / 1'000'000);
  out.set_nanos(static_cast<int32_t>(micros % 1'000'000) * 1000);
  return out;
}

v1::Problem ProblemOf(std::string_view part, std::string description,
                      bool fatal) {
  v1::Problem problem;
  problem.set_part(std::string(part));
  problem.set_description(std::move(description));
  problem.set_fatal(fatal);
  return problem;
}

bool HasTls(const ServiceContext& context) {
  return !context.config->tls().cert_file().empty();
}

void FindTlsProblems(const ServiceContext& context,
                     std::vector<v1::Problem>* problems) {
  constexpr auto kSoon = std::chrono::days(14);
  if (!HasTls(context)) return;
  const absl::StatusOr<TlsFiles> facts = ReadTlsFiles(context.config->tls());
  const Time now = context.moderator->clock().Now();
  if (!facts.ok()) {
    problems->push_back(ProblemOf(
        "tls",
        fmt::format("{}; connections are served with the files as they were",
                    std::string(facts.status().message())),
        false));
  } else if (facts->expire_time <= now) {
    problems->push_back(ProblemOf(
        "tls", "the certificate has expired; put a new one in its place",
        true));
  } else if (facts->expire_time - now < kSoon) {
    problems->push_back(ProblemOf(
        "tls",
        fmt::format(
            "the certificate expires in {} days",
            std::chrono::floor<std::chrono::days>(facts->expire_time - now)
                .count()),
        false));
  }
}

void ReadSites(const ServiceContext& context, v1::GetStatusResponse* out) {
  const std::shared_ptr<const Sites> sites = context.moderator->sites();
  for (const auto& [id, site] : *sites) {
    v1::SiteStatus* status = out->add_sites();
    status->set_site(id);
    status->set_ruleset_version(site.ruleset->version());
    const auto model = context.moderator->model(id);
    if (model != nullptr) status->set_model_version(model->version());
    status->set_demoted_rules(
        static_cast<int32_t>(context.moderator->demotions(id).size()));
    const absl::StatusOr<store::Counts> counts =
        context.moderator->store()->Count(id);
    if (!counts.ok()) continue;  // FindProblems tells it
    status->set_held(counts->held);
    if (counts->oldest_held.has_value())
      *status->mutable_oldest_held_time() = TimestampOf(*counts->oldest_held);
  }
}

void ReadStore(const ServiceContext& context, v1::StoreStatus* out) {
  const store::StoreStats stats = context.moderator->store()->Stats();
  out->set_pending(stats.pending);
  out->set_commits(stats.commits);
  out->set_failed_commits(stats.failed_commits);
  out->set_events(stats.events);
  out->set_lost(stats.lost);
}

}  // namespace

std::vector<v1::Problem> FindProblems(const ServiceContext& context) {
  std::vector<v1::Problem> problems;
  const absl::Status store = context.moderator->store()->Health();
  if (!store.ok()) {
    problems.push_back(
        ProblemOf("store",
                  fmt::format("events cannot be stored: {}; holds and rejects "
                              "are answered UNAVAILABLE until they can",
                              std::string(store.message())),
                  true));
  }
  FindTlsProblems(context, &problems);
  const size_t mistakes = context.keeper->problems().size();
  if (mistakes > 0) {
    problems.push_back(ProblemOf(
        "rules",
        fmt::format("the rule files on disk have {} mistakes and are not in "
                    "force; `sluice rules status` has them",
                    mistakes),
        false));
  }
  if (context.keys->DemandsKeys() && !context.keys->HasAdmin()) {
    problems.push_back(ProblemOf(
        "keys",
        "no key of scope ADMIN is valid; stop the server and make one with "
        "`sluiced key create`",
        false));
  }
  std::stable_sort(problems.begin(), problems.end(),
                   [](const v1::Problem& a, const v1::Problem& b) {
                     return a.fatal() > b.fatal();
                   });
  return problems;
}

v1::GetStatusResponse ReadState(const ServiceContext& context) {
  v1::GetStatusResponse out;
  out.set_version(context.version);
  *out.mutable_start_time() = TimestampOf(context.start_time);
  bool ready = true;
  for (v1::Problem& problem : FindProblems(context)) {
    ready = ready && !problem.fatal();
    *out.add_problems() = std::move(problem);
  }
  out.set_ready(ready);
  ReadSites(context, &out);
  ReadStore(context, out.mutable_store());
  *out.mutable_rules_load_time() = TimestampOf(context.keeper->load_time());
  out.set_rule_problems(
      static_cast<int32_t>(context.keeper->problems().size()));
  out.set_tls(HasTls(context));
  if (HasTls(context)) {
    const absl::StatusOr<TlsFiles> facts = ReadTlsFiles(context.config->tls());
    if (facts.ok())
      *out.mutable_certificate_expire_time() = TimestampOf(facts->expire_time);
  }
  out.set_keys(context.keys->CountValid());
  out.set_calls_at_work(
      static_cast<int32_t>(context.gate->metrics()->at_work()));
  return out;
}

}  // namespace sluice::rpc
