// sluiced: files and flags become a configuration, a store, rules and a server;
// then signals are waited for.

#include <fmt/format.h>
#include <malloc.h>
#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <random>

#include "absl/synchronization/mutex.h"
#include "service/access/key_ring.h"
#include "service/access/offline.h"
#include "service/base/clock.h"
#include "service/config.h"
#include "service/gateway/akismet_callback.h"
#include "service/gateway/gateway.h"
#include "service/gateway/upstream.h"
#include "service/history/memory_history.h"
#include "service/learner.h"
#include "service/moderator.h"
#include "service/network/ares_resolver.h"
#include "service/network/network_checks.h"
#include "service/others.h"
#include "service/retention.h"
#include "service/rpc/gate.h"
#include "service/rpc/log.h"
#include "service/rpc/metrics_exporter.h"
#include "service/rpc/server.h"
#include "service/rules_keeper.h"
#include "service/rules_watcher.h"
#include "service/secret.h"
#include "service/store/backup.h"
#include "service/store/postgres_store.h"
#include "service/store/sqlite_store.h"
#include "service/text/fold.h"
#include "service/warm_up.h"
#include "service/webhook/dispatcher.h"

namespace sluice {
namespace {

int Fail(std::string_view message) {
  fmt::print(stderr, "sluiced: {}\n", message);
  return 1;
}

sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);  // a file limit is an error of the store's
  return signals;
}

uint64_t Random() {
  thread_local std::random_device device;
  return static_cast<uint64_t>(device()) << 32 | device();
}

void SayDiagnostics(const RulesKeeper::Result& result) {
  for (const v1::Diagnostic& diagnostic : result.diagnostics) {
    const bool error = diagnostic.severity() == v1::Diagnostic::SEVERITY_ERROR;
    rpc::Log(error ? v1::LogConfig::LEVEL_ERROR : v1::LogConfig::LEVEL_WARNING,
             "rules",
             {{"at", fmt::format("{}:{}:{}", diagnostic.file(),
                                 diagnostic.line(), diagnostic.column())},
              {"message", diagnostic.message()}});
  }
}

void SayReload(const RulesKeeper::Result& result, std::string_view cause) {
  SayDiagnostics(result);
  const char* outcome = !result.loaded   ? "refused, those in force stay"
                        : result.changed ? "taken"
                                         : "unchanged";
  rpc::Log(
      result.loaded ? v1::LogConfig::LEVEL_INFO : v1::LogConfig::LEVEL_ERROR,
      "reload", {{"rules", outcome}, {"cause", std::string(cause)}});
}

void SayDemoted(std::string_view site, const v1::RuleDemotion& demotion) {
  const auto share = [](int64_t hits, int64_t comments) {
    return fmt::format("{} of {}", hits, comments);
  };
  rpc::Log(
      v1::LogConfig::LEVEL_WARNING, "rule demoted to hold",
      {{"site", std::string(site)},
       {"rule", demotion.rule()},
       {"hits", share(demotion.hits(), demotion.comments())},
       {"before", share(demotion.hits_before(), demotion.comments_before())},
       {"next", "sluice rules confirm " + demotion.rule()}});
}

// Reloads the rules when their files change, if the system can tell.
std::unique_ptr<RulesWatcher> WatchRules(RulesKeeper* keeper) {
  absl::StatusOr<std::unique_ptr<RulesWatcher>> watcher =
      RulesWatcher::Start(keeper->folders(), {}, [keeper] {
        const std::optional<RulesKeeper::Result> result =
            keeper->LoadIfChanged();
        if (result.has_value()) SayReload(*result, "files");
      });
  if (watcher.ok()) return *std::move(watcher);
  rpc::Log(v1::LogConfig::LEVEL_WARNING,
           "the rule files are not watched; send SIGHUP after a change",
           {{"error", std::string(watcher.status().message())}});
  return nullptr;
}

void SayPurged(std::string_view site,
               const absl::StatusOr<store::PurgeResult>& result) {
  if (!result.ok()) {
    rpc::Log(v1::LogConfig::LEVEL_WARNING, "retention could not finish",
             {{"site", std::string(site)},
              {"error", std::string(result.status().message())}});
    return;
  }
  rpc::Log(v1::LogConfig::LEVEL_INFO, "retention",
           {{"site", std::string(site)},
            {"addresses", std::to_string(result->purged)},
            {"comments", std::to_string(result->removed)}});
}

// Serves until SIGTERM or SIGINT.
void WaitForEnd(const sigset_t& signals, RulesKeeper* keeper) {
  for (int signal = 0; sigwait(&signals, &signal) == 0 && signal == SIGHUP;)
    SayReload(keeper->Load(), "SIGHUP");
}

std::vector<std::string> SiteIds(const v1::ServerConfig& config) {
  std::vector<std::string> ids;
  for (const v1::SiteConfig& site : config.sites()) ids.push_back(site.id());
  return ids;
}

// What the first comment should not have to pay for: the folding table, and
// pages that glibc would give back after every large comment.
void WarmUp() {
  constexpr int kKeptBytes = 64 << 20;
  mallopt(M_MMAP_THRESHOLD, kKeptBytes);
  mallopt(M_TRIM_THRESHOLD, kKeptBytes);
  text::Fold("");
}

absl::StatusOr<std::string> SecretOf(const v1::ServerConfig& config) {
  if (!config.secret_file().empty())
    return ReadSecret(config.secret_file(), false);
  if (config.store().sqlite() == ":memory:") return MakeSecret();
  return ReadSecret(config.store().sqlite() + ".secret", true);
}

// What asks the network; null members where nothing is asked.
struct Network {
  std::unique_ptr<network::AddressFiles> files;
  std::unique_ptr<network::Resolver> resolver;
  std::unique_ptr<network::NetworkChecks> checks;
};

absl::StatusOr<Network> StartNetwork(const v1::NetworkConfig& config,
                                     const Clock* clock) {
  Network out;
  const bool lists = config.ip_lists_size() + config.domain_lists_size() > 0;
  const bool files =
      !config.country_file().empty() || !config.asn_file().empty();
  if (!lists && !files) return out;
  absl::StatusOr<std::unique_ptr<network::AddressFiles>> opened =
      network::AddressFiles::Open(config.country_file(), config.asn_file());
  if (!opened.ok()) return opened.status();
  out.files = *std::move(opened);
  if (lists) {
    absl::StatusOr<std::unique_ptr<network::Resolver>> started =
        network::StartAresResolver(
            {{config.servers().begin(), config.servers().end()},
             std::chrono::milliseconds(config.timeout_ms())});
    if (!started.ok()) return started.status();
    out.resolver = *std::move(started);
  }
  out.checks = std::make_unique<network::NetworkChecks>(
      network::NetworkOptions{
          {config.ip_lists().begin(), config.ip_lists().end()},
          {config.domain_lists().begin(), config.domain_lists().end()},
          config.max_cached()},
      out.resolver.get(), out.files.get(), clock);
  return out;
}

// One line of a file, without the white space around it.
absl::StatusOr<std::string> ConnectionOf(const v1::PostgresConfig& config) {
  if (config.connection_file().empty()) return config.connection();
  std::ifstream file(config.connection_file());
  std::string line;
  std::getline(file, line);
  const size_t begin = line.find_first_not_of(" \t\r");
  if (begin == std::string::npos) {
    return absl::InvalidArgumentError(fmt::format(
        "store.postgres.connection_file: {} has no connection in its first "
        "line, as \"host=db.example.com dbname=sluice password=...\"",
        config.connection_file()));
  }
  return line.substr(begin, line.find_last_not_of(" \t\r") + 1 - begin);
}

absl::StatusOr<std::unique_ptr<store::Store>> OpenStore(
    const v1::StoreConfig& config, const KeyedHash& history_hash) {
  const std::chrono::milliseconds write_behind(config.write_behind_ms());
  // as the moderator asks for a name's record
  const auto fold_name = [](std::string_view name) {
    return text::Fold(name).text;
  };
  const auto begun_by = [history_hash](std::string_view name) {
    return history::CampaignBegunBy(history_hash(name));
  };
  if (!config.has_postgres()) {
    return store::OpenSqliteStore({.path = config.sqlite(),
                                   .max_pending = config.max_pending(),
                                   .write_behind = write_behind,
                                   .fold_name = fold_name,
                                   .begun_by = begun_by});
  }
  absl::StatusOr<std::string> connection = ConnectionOf(config.postgres());
  if (!connection.ok()) return connection.status();
  return store::OpenPostgresStore(
      {.conninfo = *std::move(connection),
       .max_pending = config.max_pending(),
       .write_behind = write_behind,
       .fold_name = fold_name,
       .begun_by = begun_by,
       .readers = config.postgres().readers(),
       .timeout = std::chrono::milliseconds(config.postgres().timeout_ms()),
       .poll = std::chrono::milliseconds(config.postgres().poll_ms())});
}

// `sluiced key create`.
int CreateKey(const v1::ServerConfig& config, const v1::CreateKeyRequest& key) {
  const SystemClock clock;
  const absl::StatusOr<std::string> secret = SecretOf(config);
  if (!secret.ok()) return Fail(std::string(secret.status().message()));
  const std::vector<std::string> known = SiteIds(config);
  for (const std::string& site : key.sites()) {
    if (std::find(known.begin(), known.end(), site) == known.end())
      return Fail(fmt::format("the configuration has no site '{}'", site));
  }
  const absl::StatusOr<std::unique_ptr<store::Store>> store =
      OpenStore(config.store(), DeriveHash(*secret, "history"));
  if (!store.ok()) return Fail(std::string(store.status().message()));
  const absl::StatusOr<v1::CreateKeyResponse> made = access::CreateOffline(
      (*store)->keys(), &clock, DeriveKey(*secret, access::kHashPurpose), key);
  if (!made.ok()) return Fail(std::string(made.status().message()));
  fmt::print(stderr, "key {}; it is shown this once:\n", made->key().id());
  fmt::print("{}\n", made->secret());
  return 0;
}

absl::StatusOr<std::unique_ptr<access::KeyRing>> OpenKeys(
    const v1::ServerConfig& config, const std::string& secret,
    store::Store* store, const Clock* clock) {
  access::KeyRing::Options options;
  options.hash_key = DeriveKey(secret, access::kHashPurpose);
  options.required = config.access().required();
  options.limits = {config.access().calls_per_second(), config.access().burst(),
                    config.access().concurrent_calls()};
  absl::StatusOr<std::unique_ptr<access::KeyRing>> keys =
      access::KeyRing::Open(store->keys(), clock, std::move(options));
  if (!keys.ok() || config.insecure() || IsLoopback(config.listen()) ||
      (*keys)->HasAdmin())
    return keys;
  return absl::FailedPreconditionError(fmt::format(
      "listen: {} is reachable from other machines and there is no key of "
      "scope ADMIN; make one with `sluiced key create --scope admin`, or say "
      "`insecure: true` (--insecure) if something in front protects the port",
      config.listen()));
}

// Before what takes in the news goes.
struct StopFollowing {
  store::Store* store;
  ~StopFollowing() { store->FollowOthers(nullptr); }
};

// Calls of what moderators decide, to clients of Akismet's protocol.
void AddAkismetHooks(const v1::ServerConfig& config,
                     const std::string& seal_key,
                     std::vector<webhook::Hook>* hooks) {
  if (config.http().listen().empty()) return;
  for (const v1::SiteConfig& site : config.sites()) {
    if (site.hosts().empty() && site.akismet().callback_hosts().empty())
      continue;
    webhook::Hook hook;
    hook.webhook = {"akismet callback", site.id()};
    hook.allow_private = site.akismet().allow_private();
    hook.make_call = [site, seal_key](const v1::Entry& entry,
                                      const v1::WatchVerdictsResponse& change)
        -> std::optional<webhook::OwnCall> {
      std::optional<gateway::Callback> call =
          gateway::CallbackFor(site, seal_key, entry, change);
      if (!call.has_value()) return std::nullopt;
      return webhook::OwnCall{std::move(call->url), std::move(call->body)};
    };
    hooks->push_back(std::move(hook));
  }
}

// The doors of HTTP; null members where none is open.
struct Doors {
  std::unique_ptr<gateway::Upstream> upstream;
  std::unique_ptr<gateway::Gateway> gateway;
};

absl::StatusOr<Doors> OpenDoors(const v1::ServerConfig& config,
                                const std::string& secret, const Clock* clock,
                                rpc::Server* server) {
  Doors doors;
  if (config.http().listen().empty()) return doors;
  doors.upstream = gateway::MakeUpstream(server->InProcessChannel());
  absl::StatusOr<std::unique_ptr<gateway::Gateway>> gateway =
      gateway::Gateway::Start(&config, doors.upstream.get(), clock,
                              {DeriveKey(secret, "akismet comment id"),
                               DeriveKey(secret, "akismet callback")});
  if (!gateway.ok()) return gateway.status();
  doors.gateway = *std::move(gateway);
  rpc::Log(v1::LogConfig::LEVEL_INFO,
           fmt::format("http on {}", doors.gateway->address()), {});
  return doors;
}

int Run(const v1::ServerConfig& config, const sigset_t& signals) {
  const SystemClock clock;
  const absl::StatusOr<std::string> secret = SecretOf(config);
  if (!secret.ok()) return Fail(std::string(secret.status().message()));
  const KeyedHash history_hash = DeriveHash(*secret, "history");
  absl::StatusOr<std::unique_ptr<store::Store>> store =
      OpenStore(config.store(), history_hash);
  if (!store.ok()) return Fail(std::string(store.status().message()));

  history::MemoryHistory history(
      {.max_comments = config.history().max_comments(),
       .max_keys = config.history().max_keys(),
       .max_tokens = config.history().max_tokens(),
       .max_authors = config.history().max_authors(),
       .regular_accepted = config.history().regular_accepted(),
       .window = std::chrono::days(config.history().window_days())});
  absl::StatusOr<Network> network = StartNetwork(config.network(), &clock);
  if (!network.ok()) return Fail(std::string(network.status().message()));
  Moderator moderator(
      store->get(), &clock,
      {&history, {history_hash, DeriveKey(*secret, "form token")}},
      network->checks.get());
  moderator.set_on_demoted(SayDemoted);
  absl::StatusOr<std::unique_ptr<access::KeyRing>> keys =
      OpenKeys(config, *secret, store->get(), &clock);
  if (!keys.ok()) return Fail(std::string(keys.status().message()));
  rpc::Metrics metrics(SiteIds(config));
  if (!config.metrics().listen().empty()) {
    moderator.set_on_steps(
        [&metrics](const StepTimes& times) { metrics.CountSteps(times); });
  }
  const rpc::Gate gate(keys->get(), &metrics);
  RulesKeeper keeper(config, &moderator, &clock);
  const RulesKeeper::Result rules = keeper.Load();
  if (!rules.loaded) {
    for (const v1::Diagnostic& diagnostic : rules.diagnostics) {
      fmt::print(stderr, "{}\n", ruleset::FormatDiagnostic(diagnostic));
    }
    return Fail(
        "the rule files do not load; correct them, or try them with `sluice "
        "rules check`");
  }
  SayDiagnostics(rules);

  Learner learner(store->get(), &moderator);
  if (const absl::Status learned = learner.LearnFromStore(SiteIds(config));
      !learned.ok()) {
    return Fail(std::string(learned.message()));
  }

  if (const absl::Status warm = WarmUpHistory(store->get(), moderator,
                                              config.history().warm_comments());
      !warm.ok()) {
    return Fail(std::string(warm.message()));
  }

  (*store)->FollowOthers([&](const std::vector<store::Other>& others) {
    TakeIn(others, &moderator, &learner);
  });
  const StopFollowing stop_following{store->get()};

  absl::StatusOr<std::vector<webhook::Hook>> hooks = webhook::ReadHooks(config);
  if (!hooks.ok()) return Fail(std::string(hooks.status().message()));
  AddAkismetHooks(config, DeriveKey(*secret, "akismet callback"), &*hooks);
  absl::StatusOr<std::unique_ptr<webhook::Webhooks>> webhooks =
      webhook::Webhooks::Start(store->get(), &clock, Random, *hooks);
  if (!webhooks.ok()) return Fail(std::string(webhooks.status().message()));

  const auto is_known_site = [&moderator](std::string_view site) {
    const std::shared_ptr<const Sites> sites = moderator.sites();
    return sites->find(site) != sites->end();
  };
  const rpc::ServiceContext context{
      &moderator,
      &keeper,
      &learner,
      {config.limits().max_comment_bytes(), is_known_site, Random},
      config.limits(),
      keys->get(),
      &gate,
      &config,
      SLUICE_VERSION,
      clock.Now()};
  absl::StatusOr<std::unique_ptr<rpc::Server>> server =
      rpc::Server::Start(config, &context);
  if (!server.ok()) return Fail(std::string(server.status().message()));
  std::unique_ptr<rpc::MetricsExporter> exporter;
  if (!config.metrics().listen().empty()) {
    absl::StatusOr<std::unique_ptr<rpc::MetricsExporter>> started =
        rpc::MetricsExporter::Start(config.metrics().listen(), &context);
    if (!started.ok()) return Fail(std::string(started.status().message()));
    exporter = *std::move(started);
    rpc::Log(v1::LogConfig::LEVEL_INFO,
             fmt::format("metrics on {}", exporter->address()), {});
  }
  if (!(*server)->debug_address().empty()) {
    rpc::Log(v1::LogConfig::LEVEL_INFO,
             fmt::format("channelz on {}", (*server)->debug_address()), {});
  }
  absl::StatusOr<Doors> doors =
      OpenDoors(config, *secret, &clock, server->get());
  if (!doors.ok()) return Fail(std::string(doors.status().message()));
  rpc::Log(
      v1::LogConfig::LEVEL_INFO,
      fmt::format("listening on {}", (*server)->address()),
      {{"version", SLUICE_VERSION},
       {"ruleset", moderator.sites()->begin()->second.ruleset->version()}});

  std::optional<Retention> retention(std::in_place, &moderator, SayPurged);
  std::unique_ptr<RulesWatcher> watcher = WatchRules(&keeper);
  WaitForEnd(signals, &keeper);
  watcher.reset();
  retention.reset();
  rpc::Log(v1::LogConfig::LEVEL_INFO, "stopping", {});
  exporter.reset();
  const std::chrono::seconds shutdown(config.shutdown_seconds());
  if (doors->gateway != nullptr) doors->gateway->Stop(shutdown);
  (*server)->Shutdown(shutdown);
  webhooks->reset();
  network->resolver.reset();  // what still waits for it is judged without
  const absl::Status flushed = (*store)->Flush();
  if (!flushed.ok()) return Fail(std::string(flushed.message()));
  rpc::Log(v1::LogConfig::LEVEL_INFO, "stopped", {});
  return 0;
}

int Restore(const std::string& backup, const std::string& path) {
  const absl::StatusOr<std::string> kept = store::RestoreStore(backup, path);
  if (!kept.ok()) return Fail(std::string(kept.status().message()));
  fmt::print("{} is in place as {}{}\n", backup, path,
             kept->empty() ? "" : "; the store before is " + *kept);
  return 0;
}

int Main(int argc, char** argv) {
  const sigset_t signals = BlockSignals();
  const ParsedFlags parsed = ParseFlags(argc, argv);
  if (parsed.exit_now) return parsed.exit_code;
  const absl::StatusOr<v1::ServerConfig> config = ReadConfig(parsed.flags);
  if (!config.ok()) return Fail(std::string(config.status().message()));
  if (!parsed.flags.restore.empty())
    return Restore(parsed.flags.restore, config->store().sqlite());
  rpc::SetUpLog(config->log());
  if (parsed.flags.create_key) return CreateKey(*config, parsed.flags.key);
  WarmUp();
  return Run(*config, signals);
}

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) {
  // Debian's abseil aborts on any lock-order cycle, in its own users' locks
  // too.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  return sluice::Main(argc, argv);
}
