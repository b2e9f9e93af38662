#include "tests/bench/load/server_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace sluice::bench {
namespace {

constexpr int kStartTries = 600;
constexpr std::chrono::milliseconds kPause{100};

std::string Read(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

// Empty until the whole line is there.
std::string AddressIn(const std::string& log) {
  constexpr char kBefore[] = "listening on ";
  const size_t at = log.find(kBefore);
  if (at == std::string::npos || log.find('\n', at) == std::string::npos)
    return "";
  const size_t begin = at + sizeof(kBefore) - 1;
  return log.substr(begin, log.find_first_of(" \n\"", begin) - begin);
}

}  // namespace

ServerProcess::ServerProcess(const std::vector<std::string>& command,
                             const std::string& folder) {
  const std::string log = folder + "/log";
  std::vector<char*> arguments;
  for (const std::string& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    const int out = open(log.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  for (int i = 0; i < kStartTries && address_.empty(); ++i) {
    std::this_thread::sleep_for(kPause);
    address_ = AddressIn(Read(log));
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) break;
  }
  if (address_.empty()) {
    fmt::print(stderr, "{} did not start: {}\n", command[0], Read(log));
    std::exit(1);
  }
}

ServerProcess::~ServerProcess() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

std::chrono::nanoseconds ServerProcess::Cpu() const {
  int64_t sum = 0;
  for (const auto& task : std::filesystem::directory_iterator(
           fmt::format("/proc/{}/task", pid_))) {
    std::ifstream file(task.path() / "schedstat");
    int64_t spent = 0;
    file >> spent;
    sum += spent;
  }
  return std::chrono::nanoseconds(sum);
}

double ServerProcess::ResidentMiB() const {
  std::ifstream file(fmt::format("/proc/{}/statm", pid_));
  int64_t pages = 0;
  file >> pages >> pages;
  return static_cast<double>(pages * sysconf(_SC_PAGESIZE)) / (1 << 20);
}

}  // namespace sluice::bench
