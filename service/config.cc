#include "service/config.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "service/base/resource_name.h"
#include "service/ruleset/yaml_loader.h"

namespace sluice {
namespace {

constexpr std::string_view kDefaultListen = "127.0.0.1:7711";
constexpr size_t kMaxConfigBytes = 1 << 20;

template <typename Number, typename Message>
void Default(Number value, Number (Message::*get)() const,
             void (Message::*set)(Number), Message* message) {
  if ((message->*get)() == 0) (message->*set)(value);
}

void FillLimits(v1::Limits* limits) {
  Default<uint32_t>(1 << 20, &v1::Limits::max_message_bytes,
                    &v1::Limits::set_max_message_bytes, limits);
  Default<uint32_t>(65'536, &v1::Limits::max_comment_bytes,
                    &v1::Limits::set_max_comment_bytes, limits);
  Default<uint32_t>(256, &v1::Limits::max_concurrent_checks,
                    &v1::Limits::set_max_concurrent_checks, limits);
  Default<uint32_t>(256, &v1::Limits::max_batch, &v1::Limits::set_max_batch,
                    limits);
}

void FillPostgres(v1::PostgresConfig* postgres) {
  Default<uint32_t>(4, &v1::PostgresConfig::readers,
                    &v1::PostgresConfig::set_readers, postgres);
  Default<uint32_t>(5'000, &v1::PostgresConfig::timeout_ms,
                    &v1::PostgresConfig::set_timeout_ms, postgres);
  Default<uint32_t>(500, &v1::PostgresConfig::poll_ms,
                    &v1::PostgresConfig::set_poll_ms, postgres);
}

void FillStore(v1::StoreConfig* store) {
  if (store->has_postgres())
    FillPostgres(store->mutable_postgres());
  else if (store->sqlite().empty())
    store->set_sqlite("sluice.db");
  Default<uint32_t>(8192, &v1::StoreConfig::max_pending,
                    &v1::StoreConfig::set_max_pending, store);
  Default<uint32_t>(100, &v1::StoreConfig::write_behind_ms,
                    &v1::StoreConfig::set_write_behind_ms, store);
}

void FillHistory(v1::HistoryConfig* history) {
  Default<uint32_t>(200'000, &v1::HistoryConfig::max_comments,
                    &v1::HistoryConfig::set_max_comments, history);
  Default<uint32_t>(200'000, &v1::HistoryConfig::max_keys,
                    &v1::HistoryConfig::set_max_keys, history);
  Default<uint32_t>(100'000, &v1::HistoryConfig::warm_comments,
                    &v1::HistoryConfig::set_warm_comments, history);
  Default<uint32_t>(100'000, &v1::HistoryConfig::max_tokens,
                    &v1::HistoryConfig::set_max_tokens, history);
  Default<uint32_t>(50'000, &v1::HistoryConfig::max_authors,
                    &v1::HistoryConfig::set_max_authors, history);
  Default<uint32_t>(5, &v1::HistoryConfig::regular_accepted,
                    &v1::HistoryConfig::set_regular_accepted, history);
  Default<uint32_t>(30, &v1::HistoryConfig::window_days,
                    &v1::HistoryConfig::set_window_days, history);
}

void FillNetwork(v1::NetworkConfig* network) {
  Default<uint32_t>(300, &v1::NetworkConfig::timeout_ms,
                    &v1::NetworkConfig::set_timeout_ms, network);
  Default<uint32_t>(100'000, &v1::NetworkConfig::max_cached,
                    &v1::NetworkConfig::set_max_cached, network);
}

void FillAccess(v1::AccessConfig* access) {
  Default<double>(1000, &v1::AccessConfig::calls_per_second,
                  &v1::AccessConfig::set_calls_per_second, access);
  Default<uint32_t>(2000, &v1::AccessConfig::burst,
                    &v1::AccessConfig::set_burst, access);
  Default<uint32_t>(256, &v1::AccessConfig::concurrent_calls,
                    &v1::AccessConfig::set_concurrent_calls, access);
}

void FillDefaults(v1::ServerConfig* config) {
  if (config->listen().empty()) config->set_listen(std::string(kDefaultListen));
  if (config->rules().empty()) config->set_rules("rules");
  if (config->sites().empty()) config->add_sites()->set_id("default");
  FillStore(config->mutable_store());
  FillLimits(config->mutable_limits());
  FillHistory(config->mutable_history());
  FillNetwork(config->mutable_network());
  FillAccess(config->mutable_access());
  for (v1::WebhookConfig& webhook : *config->mutable_webhooks()) {
    Default<uint32_t>(12, &v1::WebhookConfig::max_attempts,
                      &v1::WebhookConfig::set_max_attempts, &webhook);
    Default<uint32_t>(10'000, &v1::WebhookConfig::timeout_ms,
                      &v1::WebhookConfig::set_timeout_ms, &webhook);
  }
  Default<uint32_t>(10, &v1::ServerConfig::shutdown_seconds,
                    &v1::ServerConfig::set_shutdown_seconds, config);
}

std::string Beside(const std::filesystem::path& folder,
                   const std::string& path) {
  if (path.empty() || path == ":memory:" || folder.empty()) return path;
  return (folder / path).string();
}

void ResolvePaths(const std::filesystem::path& folder,
                  v1::ServerConfig* config) {
  config->set_rules(Beside(folder, config->rules()));
  config->mutable_store()->set_sqlite(Beside(folder, config->store().sqlite()));
  if (config->store().has_postgres()) {
    v1::PostgresConfig* postgres = config->mutable_store()->mutable_postgres();
    postgres->set_connection_file(Beside(folder, postgres->connection_file()));
  }
  v1::NetworkConfig* network = config->mutable_network();
  network->set_country_file(Beside(folder, network->country_file()));
  network->set_asn_file(Beside(folder, network->asn_file()));
  config->set_secret_file(Beside(folder, config->secret_file()));
  v1::TlsConfig* tls = config->mutable_tls();
  tls->set_cert_file(Beside(folder, tls->cert_file()));
  tls->set_key_file(Beside(folder, tls->key_file()));
  tls->set_client_ca_file(Beside(folder, tls->client_ca_file()));
  for (v1::WebhookConfig& webhook : *config->mutable_webhooks())
    webhook.set_secret_file(Beside(folder, webhook.secret_file()));
  for (v1::SiteConfig& site : *config->mutable_sites())
    site.set_rules(Beside(folder, site.rules()));
}

absl::Status CheckAddress(std::string_view key, const std::string& listen) {
  const size_t colon = listen.rfind(':');
  const std::string_view port =
      colon == std::string::npos ? ""
                                 : std::string_view(listen).substr(colon + 1);
  const bool digits = !port.empty() && port.size() <= 5 &&
                      port.find_first_not_of("0123456789") == port.npos;
  if (colon != 0 && digits && std::stoi(std::string(port)) <= 65'535)
    return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("{}: '{}' is not host:port, as 127.0.0.1:7711", key, listen));
}

absl::Status CheckListen(const v1::ServerConfig& config) {
  const std::string& listen = config.listen();
  if (absl::Status status = CheckAddress("listen", listen); !status.ok())
    return status;
  if (config.insecure() || IsLoopback(listen) ||
      !config.tls().cert_file().empty())
    return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("listen: {} is reachable from other machines and calls are "
                  "not encrypted; listen on 127.0.0.1, name certificates under "
                  "`tls`, or say `insecure: true` (--insecure) if something in "
                  "front protects the port",
                  listen));
}

absl::Status CheckTls(const v1::ServerConfig& config) {
  const v1::TlsConfig& tls = config.tls();
  if (tls.cert_file().empty() == tls.key_file().empty() &&
      (tls.client_ca_file().empty() || !tls.cert_file().empty()))
    return absl::OkStatus();
  return absl::InvalidArgumentError(
      "tls: cert_file and key_file are both needed");
}

absl::Status CheckAccess(const v1::ServerConfig& config) {
  constexpr double kMostPerSecond = 1e6;
  constexpr uint32_t kMost = 1'000'000;
  const v1::AccessConfig& access = config.access();
  if (access.calls_per_second() > 0 &&
      access.calls_per_second() <= kMostPerSecond && access.burst() <= kMost &&
      access.concurrent_calls() <= kMost)
    return absl::OkStatus();
  return absl::InvalidArgumentError(
      "access: calls_per_second, burst and concurrent_calls are above 0 and at "
      "most 1,000,000");
}

absl::Status CheckMetrics(const v1::ServerConfig& config) {
  const std::string& listen = config.metrics().listen();
  if (!listen.empty()) {
    absl::Status status = CheckAddress("metrics.listen", listen);
    if (!status.ok()) return status;
    if (!IsLoopback(listen) && !config.metrics().insecure()) {
      return absl::InvalidArgumentError(fmt::format(
          "metrics.listen: {} is reachable from other machines; listen on "
          "127.0.0.1, or say `insecure: true` under `metrics` if they may read "
          "counts and the names of sites and rules",
          listen));
    }
  }
  const std::string& debug = config.debug_listen();
  if (debug.empty()) return absl::OkStatus();
  absl::Status status = CheckAddress("debug_listen", debug);
  if (!status.ok() || IsLoopback(debug)) return status;
  return absl::InvalidArgumentError(
      "debug_listen: only a loopback address, as 127.0.0.1:7713");
}

absl::Status CheckStore(const v1::ServerConfig& config) {
  if (!config.store().has_postgres()) return absl::OkStatus();
  const v1::PostgresConfig& postgres = config.store().postgres();
  if (!config.store().sqlite().empty())
    return absl::InvalidArgumentError(
        "store: sqlite and postgres are both set; choose one");
  if (postgres.connection().empty() == postgres.connection_file().empty())
    return absl::InvalidArgumentError(
        "store.postgres: set connection, as 'host=db.example.com "
        "dbname=sluice', or connection_file");
  if (config.secret_file().empty())
    return absl::InvalidArgumentError(
        "secret_file: needed with store.postgres, the same for every sluiced "
        "on the database");
  return absl::OkStatus();
}

absl::Status CheckSites(const v1::ServerConfig& config) {
  std::set<std::string> seen;
  for (const v1::SiteConfig& site : config.sites()) {
    const std::string name = SiteName(site.id());
    if (!ParseResourceName(name).valid ||
        site.id().find('/') != std::string::npos) {
      return absl::InvalidArgumentError(fmt::format(
          "sites: '{}' is not a site id; use 1 to {} of a-z, 0-9 and -",
          site.id(), kMaxSiteId));
    }
    if (!seen.insert(site.id()).second) {
      return absl::InvalidArgumentError(
          fmt::format("sites: '{}' is named twice", site.id()));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckLimits(const v1::ServerConfig& config) {
  const v1::Limits& limits = config.limits();
  constexpr uint32_t kMostCommentBytes =
      1 << 20;  // spans are 32 bits wide and every step is sized for it
  if (limits.max_comment_bytes() > kMostCommentBytes) {
    return absl::InvalidArgumentError(
        fmt::format("limits.max_comment_bytes: at most {}", kMostCommentBytes));
  }
  if (limits.max_message_bytes() < limits.max_comment_bytes()) {
    return absl::InvalidArgumentError(
        "limits.max_message_bytes: must not be below limits.max_comment_bytes");
  }
  return absl::OkStatus();
}

absl::Status CheckHistory(const v1::ServerConfig& config) {
  constexpr uint32_t kMost = 100'000'000;
  const v1::HistoryConfig& history = config.history();
  if (history.max_comments() <= kMost && history.max_keys() <= kMost)
    return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("history: max_comments and max_keys are at most {}", kMost));
}

absl::Status CheckNetwork(const v1::ServerConfig& config) {
  constexpr int kMostLists = 16;
  constexpr uint32_t kMostMilliseconds = 10'000;
  const v1::NetworkConfig& network = config.network();
  if (network.ip_lists_size() + network.domain_lists_size() > kMostLists) {
    return absl::InvalidArgumentError(
        fmt::format("network: at most {} lists", kMostLists));
  }
  if (network.timeout_ms() > kMostMilliseconds) {
    return absl::InvalidArgumentError(
        fmt::format("network.timeout_ms: at most {}", kMostMilliseconds));
  }
  return absl::OkStatus();
}

// What is wrong with a webhook; empty: nothing.
std::string WrongWith(const v1::ServerConfig& config,
                      const v1::WebhookConfig& webhook) {
  constexpr size_t kMostUrl = 2048;
  constexpr uint32_t kMostAttempts = 100;
  constexpr uint32_t kMostMilliseconds = 60'000;
  const std::string& url = webhook.url();
  const size_t scheme = url.rfind("https://", 0) == 0  ? 8
                        : url.rfind("http://", 0) == 0 ? 7
                                                       : 0;
  const bool plain = std::all_of(url.begin(), url.end(),
                                 [](char c) { return c > ' ' && c < 0x7f; });
  if (scheme == 0 || url.size() == scheme || url.size() > kMostUrl || !plain)
    return "url is not an http or https URL";
  const std::string host = url.substr(0, url.find_first_of("/?#", scheme));
  if (host.find('@') != std::string::npos)
    return "url has a user name or password; the signature is what proves a "
           "call";
  if (webhook.secret_file().empty()) return "secret_file is missing";
  if (webhook.max_attempts() > kMostAttempts)
    return fmt::format("max_attempts is at most {}", kMostAttempts);
  if (webhook.timeout_ms() > kMostMilliseconds)
    return fmt::format("timeout_ms is at most {}", kMostMilliseconds);
  const bool known = std::any_of(
      config.sites().begin(), config.sites().end(),
      [&](const auto& site) { return site.id() == webhook.site(); });
  if (!webhook.site().empty() && !known)
    return fmt::format("site '{}' is not one of sites", webhook.site());
  return "";
}

absl::Status CheckWebhooks(const v1::ServerConfig& config) {
  constexpr int kMostWebhooks = 16;
  if (config.webhooks_size() > kMostWebhooks) {
    return absl::InvalidArgumentError(
        fmt::format("webhooks: at most {}", kMostWebhooks));
  }
  std::set<std::pair<std::string, std::string>> seen;
  for (const v1::WebhookConfig& webhook : config.webhooks()) {
    std::string wrong = WrongWith(config, webhook);
    if (!seen.emplace(webhook.url(), webhook.site()).second)
      wrong = "is there twice";
    if (!wrong.empty()) {
      return absl::InvalidArgumentError(
          fmt::format("webhooks: '{}': {}", webhook.url(), wrong));
    }
  }
  return absl::OkStatus();
}

absl::Status ReadFile(const std::string& path, v1::ServerConfig* config) {
  std::ifstream in(path, std::ios::binary);
  if (!in)
    return absl::InvalidArgumentError(
        fmt::format("{}: the configuration file cannot be read", path));
  ruleset::SourceFile file{path,
                           std::string(std::istreambuf_iterator<char>(in), {})};
  if (file.content.size() > kMaxConfigBytes) {
    return absl::InvalidArgumentError(
        fmt::format("{}: is larger than {} bytes", path, kMaxConfigBytes));
  }
  std::vector<v1::Diagnostic> diagnostics;
  if (ruleset::LoadYaml(file, config, &diagnostics)) return absl::OkStatus();
  std::string message;
  for (const v1::Diagnostic& diagnostic : diagnostics) {
    if (!message.empty()) message += "\n";
    message += ruleset::FormatDiagnostic(diagnostic);
  }
  return absl::InvalidArgumentError(message);
}

// What `sluiced key create` takes; `sluice key create` takes the same.
void AddKeyCommand(CLI::App* app, Flags* flags) {
  CLI::App* key = app->add_subcommand("key", "Keys of callers, offline");
  key->require_subcommand(1);
  CLI::App* create = key->add_subcommand(
      "create",
      "Make a key in the store, while no server has it open, and print it");
  create->fallthrough();
  key->fallthrough();
  create
      ->add_option_function<std::vector<std::string>>(
          "--scope",
          [flags](const std::vector<std::string>& scopes) {
            for (std::string scope : scopes) {
              std::transform(scope.begin(), scope.end(), scope.begin(),
                             [](unsigned char c) { return std::toupper(c); });
              v1::Scope value = v1::SCOPE_UNSPECIFIED;
              if (!v1::Scope_Parse("SCOPE_" + scope, &value))
                throw CLI::ValidationError("--scope",
                                           "check, review, rules or admin");
              flags->key.add_scopes(value);
            }
          },
          "What for: check, review, rules, admin; may be repeated")
      ->required();
  create->add_option_function<std::vector<std::string>>(
      "--for-site",
      [flags](const std::vector<std::string>& sites) {
        for (const std::string& site : sites) flags->key.add_sites(site);
      },
      "For which sites; may be repeated [all]");
  create->add_option_function<std::string>(
      "--label",
      [flags](const std::string& label) { flags->key.set_label(label); },
      "What it is for, in your words");
  create->add_flag_callback(
      "--akismet", [flags] { flags->key.set_form(v1::Key::FORM_AKISMET); },
      "Twelve characters, for clients of Akismet; for check and one site");
  create->callback([flags] {
    flags->create_key = true;
    flags->key.set_all_sites(flags->key.sites().empty());
  });
}

}  // namespace

bool IsLoopback(std::string_view listen) {
  const std::string_view host = listen.substr(0, listen.rfind(':'));
  return host == "localhost" || host == "[::1]" || host.substr(0, 4) == "127.";
}

ParsedFlags ParseFlags(int argc, char** argv) {
  ParsedFlags parsed;
  CLI::App app{
      "sluiced: the comment gate. Serves ModerationService, ReviewService, "
      "RulesetService, KeyService and AdminService over gRPC."};
  app.add_option("--config", parsed.flags.config,
                 "Configuration file (every key has a default)");
  app.add_option(
      "--listen", parsed.flags.listen,
      "host:port to listen on; port 0 takes a free one [127.0.0.1:7711]");
  app.add_option("--rules", parsed.flags.rules, "Folder of rule files [rules]");
  app.add_option("--sqlite", parsed.flags.sqlite,
                 "SQLite file of the store [sluice.db]");
  app.add_option("--restore", parsed.flags.restore,
                 "Put this backup in the place of the store and end; the store "
                 "before stays beside");
  app.add_flag("--insecure", parsed.flags.insecure,
               "Listen beyond loopback without encryption or keys");
  AddKeyCommand(&app, &parsed.flags);
  app.set_version_flag("--version", "sluiced " SLUICE_VERSION);
  app.footer(
      "Example: sluiced --config /etc/sluice/sluice.yaml\n`sluiced key create "
      "--help` makes keys while no server runs. SIGHUP reads the "
      "rules again, SIGTERM ends it.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    parsed.exit_now = true;
    parsed.exit_code = app.exit(error) == 0 ? 0 : 2;
  }
  return parsed;
}

absl::StatusOr<v1::ServerConfig> ReadConfig(const Flags& flags) {
  v1::ServerConfig config;
  if (!flags.config.empty()) {
    if (absl::Status status = ReadFile(flags.config, &config); !status.ok())
      return status;
  }
  FillDefaults(&config);
  ResolvePaths(std::filesystem::path(flags.config).parent_path(), &config);
  if (!flags.listen.empty()) config.set_listen(flags.listen);
  if (!flags.rules.empty()) config.set_rules(flags.rules);
  if (!flags.sqlite.empty()) config.mutable_store()->set_sqlite(flags.sqlite);
  if (flags.insecure) config.set_insecure(true);
  for (const auto& check :
       {CheckListen, CheckStore, CheckTls, CheckAccess, CheckMetrics,
        CheckSites, CheckLimits, CheckHistory, CheckNetwork, CheckWebhooks}) {
    absl::Status status = check(config);
    if (!status.ok() && !flags.config.empty()) {
      status = absl::InvalidArgumentError(
          fmt::format("{}: {}", flags.config, std::string(status.message())));
    }
    if (!status.ok()) return status;
  }
  return config;
}

}  // namespace sluice
