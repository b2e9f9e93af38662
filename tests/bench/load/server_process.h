#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace sluice::bench {

// A server that this program started. Not thread-safe. Ends it when it goes.
class ServerProcess {
 public:
  // Runs `command` with its log in `folder`/log and waits until that says
  // "listening on ADDRESS". Ends the program if it does not within a minute.
  ServerProcess(const std::vector<std::string>& command,
                const std::string& folder);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  const std::string& address() const { return address_; }

  // Processor time of all its threads so far.
  std::chrono::nanoseconds Cpu() const;

  // MiB of memory that is resident.
  double ResidentMiB() const;

 private:
  pid_t pid_ = -1;
  std::string address_;
};

}  // namespace sluice::bench
