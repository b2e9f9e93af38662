#include "service/rpc/metrics_exporter.h"

#include <fmt/format.h>
#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>

#include <cmath>
#include <exception>
#include <limits>
#include <utility>
#include <vector>

#include "service/rpc/methods.h"
#include "service/rpc/state.h"

namespace sluice::rpc {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr const char* kStepNames[kSteps] = {"render",   "recall", "observe",
                                            "classify", "match",  "record"};
constexpr const char* kVerdictNames[Metrics::kVerdicts] = {"none", "accept",
                                                           "hold", "reject"};

using Labels = std::vector<std::pair<const char*, std::string>>;

class Collector final : public prometheus::Collectable {
 public:
  explicit Collector(const ServiceContext* context) : context_(*context) {}
  std::vector<MetricFamily> Collect() const override;

 private:
  const ServiceContext& context_;
};

// Builds the families one after the other.
class Families {
 public:
  void Begin(const char* name, const char* help, MetricType type) {
    MetricFamily& family = all_.emplace_back();
    family.name = name;
    family.help = help;
    family.type = type;
  }
  void Add(const Labels& labels, double value) {
    ClientMetric& metric = AddMetric(labels);
    metric.counter.value = value;
    metric.gauge.value = value;
  }
  void AddTiming(const Labels& labels, const Timing::Read& read) {
    prometheus::ClientMetric::Histogram& out = AddMetric(labels).histogram;
    out.sample_count = read.count;
    out.sample_sum = read.seconds;
    uint64_t sum = 0;
    for (size_t i = 0; i < read.counts.size(); ++i) {
      sum += read.counts[i];
      const double bound = i < Timing::kBounds.size()
                               ? static_cast<double>(Timing::kBounds[i]) * 1e-6
                               : std::numeric_limits<double>::infinity();
      out.bucket.push_back({sum, bound});
    }
  }
  void One(const char* name, const char* help, MetricType type, double value) {
    Begin(name, help, type);
    Add({}, value);
  }
  std::vector<MetricFamily> Take() { return std::move(all_); }

 private:
  ClientMetric& AddMetric(const Labels& labels) {
    ClientMetric& metric = all_.back().metric.emplace_back();
    for (const auto& [name, value] : labels)
      metric.label.push_back({name, value});
    return metric;
  }

  std::vector<MetricFamily> all_;
};

double Seconds(const google::protobuf::Timestamp& time) {
  return static_cast<double>(time.seconds()) + time.nanos() * 1e-9;
}

void AddCalls(const Metrics& metrics, Families* out) {
  const std::vector<MethodAccess>& methods = Methods();
  out->Begin("sluice_calls_total", "Calls that ended, by method and status",
             MetricType::Counter);
  for (size_t method = 0; method < methods.size(); ++method) {
    for (size_t code = 0; code < Metrics::kCodes; ++code) {
      const uint64_t calls = metrics.calls(method, code);
      // OK is there from the start, so that a rate has a first value.
      if (calls == 0 && code != 0) continue;
      out->Add({{"service", std::string(methods[method].service)},
                {"method", std::string(methods[method].method)},
                {"code", absl::StatusCodeToString(
                             static_cast<absl::StatusCode>(code))}},
               static_cast<double>(calls));
    }
  }
  out->Begin("sluice_call_duration_seconds",
             "From a call's arrival at its handler to its answer",
             MetricType::Histogram);
  for (size_t method = 0; method < methods.size(); ++method) {
    const Timing::Read read = metrics.call_time(method).read();
    if (read.count > 0)
      out->AddTiming({{"method", std::string(methods[method].method)}}, read);
  }
  out->One("sluice_calls_at_work", "Calls that have not ended",
           MetricType::Gauge, static_cast<double>(metrics.at_work()));
}

void AddChecks(const Metrics& metrics, Families* out) {
  out->Begin("sluice_check_step_duration_seconds",
             "How long each step of a check took", MetricType::Histogram);
  for (size_t step = 0; step < kSteps; ++step)
    out->AddTiming({{"step", kStepNames[step]}},
                   metrics.step_time(step).read());
  out->Begin("sluice_verdicts_total", "Checks that were answered, by verdict",
             MetricType::Counter);
  for (const auto& [site, counts] : metrics.sites()) {
    for (size_t verdict = 1; verdict < Metrics::kVerdicts; ++verdict)
      out->Add({{"site", site}, {"verdict", kVerdictNames[verdict]}},
               static_cast<double>(counts.verdicts[verdict].load()));
  }
  out->Begin("sluice_degraded_checks_total",
             "Checks of which a part could not finish", MetricType::Counter);
  for (const auto& [site, counts] : metrics.sites())
    out->Add({{"site", site}}, static_cast<double>(counts.degraded.load()));
  out->Begin("sluice_unfinished_total", "What could not finish, by its kind",
             MetricType::Counter);
  for (const auto& [what, count] : metrics.unfinished())
    out->Add({{"what", what}}, static_cast<double>(count));
  out->Begin("sluice_rule_hits_total",
             "Decisions that a rule had a part in, by site and rule",
             MetricType::Counter);
  for (const auto& [key, hits] : metrics.rule_hits())
    out->Add({{"site", key.first}, {"rule", key.second}},
             static_cast<double>(hits));
}

void AddSites(const v1::GetStatusResponse& state, double now, Families* out) {
  out->Begin("sluice_queue_entries", "Comments that wait for a moderator",
             MetricType::Gauge);
  for (const v1::SiteStatus& site : state.sites())
    out->Add({{"site", site.site()}}, static_cast<double>(site.held()));
  out->Begin("sluice_queue_oldest_age_seconds",
             "How long the oldest of them has waited; 0: none waits",
             MetricType::Gauge);
  for (const v1::SiteStatus& site : state.sites()) {
    const double age = site.has_oldest_held_time()
                           ? now - Seconds(site.oldest_held_time())
                           : 0;
    out->Add({{"site", site.site()}}, std::max(age, 0.0));
  }
  out->Begin("sluice_ruleset_info", "The rules in force; the value is 1",
             MetricType::Gauge);
  for (const v1::SiteStatus& site : state.sites())
    out->Add({{"site", site.site()}, {"version", site.ruleset_version()}}, 1);
  out->Begin("sluice_model_info", "The model in use; the value is 1",
             MetricType::Gauge);
  for (const v1::SiteStatus& site : state.sites())
    out->Add({{"site", site.site()}, {"version", site.model_version()}}, 1);
  out->Begin("sluice_demoted_rules", "Rules that the breaker lets only hold",
             MetricType::Gauge);
  for (const v1::SiteStatus& site : state.sites())
    out->Add({{"site", site.site()}},
             static_cast<double>(site.demoted_rules()));
}

void AddStore(const v1::StoreStatus& store, Families* out) {
  out->One("sluice_store_pending_events", "Events that wait to be written",
           MetricType::Gauge, static_cast<double>(store.pending()));
  out->One("sluice_store_commits_total", "Transactions that added events",
           MetricType::Counter, static_cast<double>(store.commits()));
  out->One("sluice_store_failed_commits_total",
           "Transactions that were rolled back", MetricType::Counter,
           static_cast<double>(store.failed_commits()));
  out->One("sluice_store_events_total", "Events written since the start",
           MetricType::Counter, static_cast<double>(store.events()));
  out->One("sluice_store_lost_events_total",
           "Accepted comments whose events could never be written",
           MetricType::Counter, static_cast<double>(store.lost()));
}

std::vector<MetricFamily> Collector::Collect() const {
  Families out;
  const v1::GetStatusResponse state = ReadState(context_);
  const double now =
      static_cast<double>(
          context_.moderator->clock().Now().time_since_epoch().count()) *
      1e-6;
  out.Begin("sluice_build_info", "The server's version; the value is 1",
            MetricType::Gauge);
  out.Add({{"version", state.version()}}, 1);
  out.One("sluice_start_time_seconds", "When it was started", MetricType::Gauge,
          Seconds(state.start_time()));
  out.One("sluice_ready", "1: it answers checks", MetricType::Gauge,
          state.ready() ? 1 : 0);
  out.Begin("sluice_problem", "1: this part needs a person", MetricType::Gauge);
  for (const char* part : kParts) {
    double there = 0;
    for (const v1::Problem& problem : state.problems())
      if (problem.part() == part) there = 1;
    out.Add({{"part", part}}, there);
  }
  AddCalls(*context_.gate->metrics(), &out);
  AddChecks(*context_.gate->metrics(), &out);
  AddSites(state, now, &out);
  AddStore(state.store(), &out);
  out.One("sluice_rules_load_time_seconds",
          "When the rules in force were taken", MetricType::Gauge,
          Seconds(state.rules_load_time()));
  out.One("sluice_rule_problems",
          "Mistakes in the rule files on disk, which are not in force",
          MetricType::Gauge, state.rule_problems());
  out.One("sluice_keys", "Keys that are valid", MetricType::Gauge,
          state.keys());
  if (state.has_certificate_expire_time()) {
    out.One("sluice_tls_certificate_expire_time_seconds",
            "When the server's certificate expires", MetricType::Gauge,
            Seconds(state.certificate_expire_time()));
  }
  return out.Take();
}

}  // namespace

struct MetricsExporter::Parts {
  std::shared_ptr<Collector> collector;
  std::unique_ptr<prometheus::Exposer> exposer;
};

MetricsExporter::MetricsExporter() = default;
MetricsExporter::~MetricsExporter() = default;

absl::StatusOr<std::unique_ptr<MetricsExporter>> MetricsExporter::Start(
    const std::string& listen, const ServiceContext* context) {
  std::unique_ptr<MetricsExporter> out(new MetricsExporter);
  out->parts_ = std::make_unique<Parts>();
  out->parts_->collector = std::make_shared<Collector>(context);
  std::string where = listen;  // CivetWeb takes numbers only
  if (where.rfind("localhost:", 0) == 0) where.replace(0, 9, "127.0.0.1");
  try {
    out->parts_->exposer = std::make_unique<prometheus::Exposer>(where, 2);
  } catch (const std::exception&) {
    return absl::UnavailableError(fmt::format(
        "cannot listen on {} for metrics: another program has the port, or "
        "the address is not of this machine",
        listen));
  }
  out->parts_->exposer->RegisterCollectable(out->parts_->collector);
  out->address_ =
      fmt::format("{}:{}", where.substr(0, where.rfind(':')),
                  out->parts_->exposer->GetListeningPorts().front());
  return out;
}

}  // namespace sluice::rpc
