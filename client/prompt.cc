#include "client/prompt.h"

#include <fmt/format.h>
#include <unistd.h>

#include <istream>
#include <ostream>

namespace sluice::client {

Answer Ask(const std::string& question, const std::string& command,
           const Streams& io) {
  if (isatty(STDIN_FILENO) == 0) {
    io.err << question << "\n"
           << fmt::format(
                  "sluice: nobody is there to answer; `{} --yes` does it, "
                  "--dry-run only tells\n",
                  command);
    return Answer::kNobody;
  }
  io.err << question << " [y/N] " << std::flush;
  std::string line;
  std::getline(io.in, line);
  if (line == "y" || line == "Y" || line == "yes") return Answer::kYes;
  io.err << "nothing was done\n";
  return Answer::kNo;
}

int AnswerExit(Answer answer) {
  return answer == Answer::kNobody ? kUsage : kFailed;
}

}  // namespace sluice::client
