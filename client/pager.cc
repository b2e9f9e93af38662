#include "client/pager.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <string>

namespace sluice::client {
namespace {

std::string Command() {
  for (const char* name : {"SLUICE_PAGER", "PAGER"}) {
    if (const char* value = std::getenv(name); value != nullptr) return value;
  }
  return "less";
}

// In the child: reads from the pipe, or is gone.
[[noreturn]] void BecomePager(const std::string& command, int from) {
  dup2(from, STDIN_FILENO);
  close(from);
  // F: end where all fits; R: colours; X: leave what was shown on the screen.
  setenv("LESS", "FRX", 0);
  execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
  _exit(127);
}

}  // namespace

Pager::Pager() {
  const std::string command = Command();
  if (isatty(STDOUT_FILENO) == 0 || command.empty() || command == "cat") return;
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return;
  child_ = fork();
  if (child_ == 0) BecomePager(command, ends[0]);
  close(ends[0]);
  if (child_ > 0) dup2(ends[1], STDOUT_FILENO);
  close(ends[1]);
}

Pager::~Pager() {
  if (child_ < 0) return;
  std::cout.flush();
  close(STDOUT_FILENO);  // the end of what it reads
  while (waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace sluice::client
