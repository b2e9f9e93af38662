// What a PostgreSQL takes of checks, and the disk they need.
//
//   store_postgres_bench [--connection LINE] [--checks N] [--in-flight N]
//   [--replicas N]
//
// Without a connection it starts the PostgreSQL that is installed, for itself,
// with fsync on. Prints, for callers that wait for each hold: checks a second
// and what one waits for; then for accepts, written behind; then the bytes a
// comment takes, indexes included, and those of its log (WAL).

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "service/store/postgres_store.h"
#include "tests/bench/store_fill.h"
#include "tests/unit/store/postgres_server.h"
#include "tests/unit/store/testing.h"

namespace sluice::store {
namespace {

struct Settings {
  std::string connection;
  int64_t checks = 4000;
  int in_flight = 64;
  int replicas = 2;
};

double SecondsSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
      .count();
}

v1::Checked CheckNumber(int64_t i, int64_t all, v1::Verdict verdict) {
  v1::Checked checked = FillCheck(i, all);
  checked.mutable_decision()->set_verdict(verdict);
  return checked;
}

// Callers in turn on the replicas; each has one check under way. Seconds that
// each waited, sorted.
std::vector<double> Run(const std::vector<std::unique_ptr<Store>>& stores,
                        const Settings& settings, int64_t first,
                        v1::Verdict verdict) {
  std::atomic<int64_t> next{first};
  const int64_t end = first + settings.checks;
  std::vector<std::vector<double>> waited(
      static_cast<size_t>(settings.in_flight));
  std::vector<std::thread> callers;
  for (size_t c = 0; c < waited.size(); ++c) {
    callers.emplace_back([&, c] {
      Store* const store = stores[c % stores.size()].get();
      for (int64_t i = next++; i < end; i = next++) {
        const auto begin = std::chrono::steady_clock::now();
        const auto record = Record(
            store, CheckNumber(i, 2 * settings.checks, verdict), FillTime(i),
            verdict == v1::VERDICT_ACCEPT ? Durability::kBehind
                                          : Durability::kBeforeAnswer);
        if (!record.ok()) {
          std::fprintf(stderr, "%s\n", record.status().ToString().c_str());
          if (!absl::IsResourceExhausted(record.status())) std::abort();
        }
        waited[c].push_back(SecondsSince(begin));
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  std::vector<double> all;
  for (const auto& some : waited)
    all.insert(all.end(), some.begin(), some.end());
  std::sort(all.begin(), all.end());
  return all;
}

void Main(Settings settings) {
  PostgresServer* server = nullptr;
  if (settings.connection.empty()) {
    server = PostgresServer::Get(true);
    if (server == nullptr) {
      std::fprintf(stderr, "PostgreSQL is not installed\n");
      std::exit(1);
    }
    settings.connection = server->NewDatabase();
  }
  std::vector<std::unique_ptr<Store>> stores;
  for (int i = 0; i < settings.replicas; ++i)
    stores.push_back(OpenPostgresOrDie({.conninfo = settings.connection}));
  const auto ask = [&](const std::string& sql) {
    return std::atof(
        PostgresServer::ExecuteAt(settings.connection, sql).c_str());
  };
  const double log_before =
      ask("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn");
  int64_t first = 0;
  for (v1::Verdict verdict : {v1::VERDICT_HOLD, v1::VERDICT_ACCEPT}) {
    const auto begin = std::chrono::steady_clock::now();
    const std::vector<double> waited = Run(stores, settings, first, verdict);
    for (const auto& store : stores) (void)store->Flush();
    first += settings.checks;
    std::printf("%-8s %7.0f checks/s   median %6.2f ms   p99 %6.2f ms\n",
                verdict == v1::VERDICT_HOLD ? "held" : "accepted",
                static_cast<double>(settings.checks) / SecondsSince(begin),
                waited[waited.size() / 2] * 1000,
                waited[waited.size() * 99 / 100] * 1000);
  }
  const double comments = ask("SELECT count(*) FROM entries");
  const double bytes = ask("SELECT pg_database_size(current_database())");
  const double log =
      ask("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn") - log_before;
  int64_t commits = 0;
  for (const auto& store : stores) commits += store->Stats().commits;
  std::printf(
      "%.0f comments, %lld commits; bytes a comment: %.0f in tables and "
      "indexes (an empty database is 9 MB), %.0f in the log; body %.0f\n",
      comments, static_cast<long long>(commits), (bytes - 9e6) / comments,
      log / comments, ask("SELECT avg(length(body)) FROM events"));
}

}  // namespace
}  // namespace sluice::store

int main(int argc, char** argv) {
  sluice::store::Settings settings;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--connection") == 0)
      settings.connection = argv[i + 1];
    else if (std::strcmp(argv[i], "--checks") == 0)
      settings.checks = std::atoll(argv[i + 1]);
    else if (std::strcmp(argv[i], "--in-flight") == 0)
      settings.in_flight = std::atoi(argv[i + 1]);
    else if (std::strcmp(argv[i], "--replicas") == 0)
      settings.replicas = std::atoi(argv[i + 1]);
  }
  sluice::store::Main(settings);
}
