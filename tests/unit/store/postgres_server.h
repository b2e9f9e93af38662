#pragma once

#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "service/store/postgres_store.h"

// Debian's PostgreSQL, started by the test for itself: a cluster in a temporary
// folder, reached by a socket there, run by an unprivileged user, and gone with
// the test.
namespace sluice::store {

class PostgresServer {
 public:
  // The one of this program, started at the first call; null if PostgreSQL is
  // not installed. `fsync` where the time to the disk is measured.
  static PostgresServer* Get(bool fsync = false) {
    static const std::unique_ptr<PostgresServer> server = Start(fsync);
    return server.get();
  }

  ~PostgresServer() {
    if (process_ > 0) {
      Signal(SIGCONT);
      Signal(SIGQUIT);  // "immediate shutdown"
      waitpid(process_, nullptr, 0);
    }
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  // To the postmaster alone.
  void Signal(int signal) {
    if (process_ > 0) kill(process_, signal);
  }
  // Stops as a crash would, and starts again.
  void Restart() {
    Signal(SIGQUIT);
    waitpid(process_, nullptr, 0);
    Run();
  }

  // A database that nobody has used yet.
  std::string NewDatabase() {
    static std::atomic<int> count{0};
    const std::string name = "test_" + std::to_string(++count);
    Execute("postgres", "CREATE DATABASE " + name + " TEMPLATE template0");
    return ConnInfo(name);
  }

  std::string ConnInfo(const std::string& database) const {
    return "host=" + folder_ + " user=sluice dbname=" + database;
  }

  // Runs SQL as the owner; the first column of the first row, if any.
  std::string Execute(const std::string& database, const std::string& sql) {
    return ExecuteAt(ConnInfo(database), sql);
  }
  static std::string ExecuteAt(const std::string& conninfo,
                               const std::string& sql) {
    PGconn* connection = PQconnectdb(conninfo.c_str());
    PGresult* result = PQexec(connection, sql.c_str());
    std::string value;
    if (PQresultStatus(result) != PGRES_COMMAND_OK &&
        PQresultStatus(result) != PGRES_TUPLES_OK) {
      std::fprintf(stderr, "%s: %s\n", sql.c_str(), PQerrorMessage(connection));
    } else if (PQntuples(result) > 0) {
      value = PQgetvalue(result, 0, 0);
    }
    PQclear(result);
    PQfinish(connection);
    return value;
  }

 private:
  static std::string Programs() {
    for (const char* version : {"17", "16", "15"}) {
      const std::string folder =
          std::string("/usr/lib/postgresql/") + version + "/bin";
      if (std::filesystem::exists(folder + "/initdb")) return folder;
    }
    return "";
  }

  static std::unique_ptr<PostgresServer> Start(bool fsync) {
    const std::string programs = Programs();
    if (programs.empty()) return nullptr;
    std::unique_ptr<PostgresServer> server(new PostgresServer);
    server->programs_ = programs;
    server->fsync_ = fsync ? "fsync=on" : "fsync=off";
    std::string name =
        (std::filesystem::temp_directory_path() / "sluice-postgres-XXXXXX")
            .string();
    server->folder_ = mkdtemp(name.data());
    if (geteuid() == 0) {
      const passwd* user = getpwnam("postgres");
      if (user == nullptr) user = getpwnam("nobody");
      server->user_ = user->pw_name;
      if (chown(server->folder_.c_str(), user->pw_uid, user->pw_gid) != 0)
        return nullptr;
    }
    const std::string data = server->folder_ + "/data";
    const pid_t init = server->Spawn(
        {programs + "/initdb", "--pgdata=" + data, "--username=sluice",
         "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"});
    int status = 0;
    if (init <= 0 || waitpid(init, &status, 0) != init || status != 0)
      return nullptr;
    return server->Run() ? std::move(server) : nullptr;
  }

  bool Run() {
    process_ = Spawn({programs_ + "/postgres", "-D", folder_ + "/data", "-k",
                      folder_, "-c", "listen_addresses=", "-c", fsync_, "-c",
                      "max_connections=200", "-c", "shared_buffers=32MB"});
    constexpr int kTries = 3000;
    const std::string conninfo = ConnInfo("postgres");
    for (int i = 0; i < kTries; ++i) {
      if (PQping(conninfo.c_str()) == PQPING_OK) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  // As the unprivileged user, silent, ended with this program.
  pid_t Spawn(std::vector<std::string> arguments) {
    std::vector<std::string> words = {"setpriv", "--pdeathsig=QUIT"};
    if (!user_.empty()) {
      words.insert(words.end(),
                   {"--reuid=" + user_, "--regid=" + user_, "--init-groups"});
    }
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::fflush(nullptr);
    const pid_t child = fork();
    if (child != 0) return child;
    const std::string log = folder_ + "/log";
    (void)!std::freopen("/dev/null", "r", stdin);
    (void)!std::freopen(log.c_str(), "a", stdout);
    (void)!std::freopen(log.c_str(), "a", stderr);
    (void)!chdir(folder_.c_str());
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    execvp("setpriv", pointers.data());
    _exit(127);
  }

  std::string programs_;
  std::string folder_;
  std::string fsync_;
  std::string user_;  // empty: we are not root
  pid_t process_ = -1;
};

inline std::unique_ptr<Store> OpenPostgresOrDie(PostgresOptions options) {
  absl::StatusOr<std::unique_ptr<Store>> store = OpenPostgresStore(options);
  if (!store.ok()) {
    std::fprintf(stderr, "%s\n", store.status().ToString().c_str());
    std::abort();
  }
  return *std::move(store);
}

}  // namespace sluice::store
