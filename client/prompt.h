#pragma once

#include <string>

#include "client/commands.h"

namespace sluice::client {

enum class Answer { kYes, kNo, kNobody };

// Asks on a terminal and waits for a line; `y` and `yes` are yes. Where
// standard input is not a terminal nobody is asked: says that `command` needs
// --yes.
Answer Ask(const std::string& question, const std::string& command,
           const Streams& io);

// What a command that went no further exits with.
int AnswerExit(Answer answer);

}  // namespace sluice::client
