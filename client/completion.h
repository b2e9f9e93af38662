#pragma once

#include <string>

namespace CLI {
class App;
}

namespace sluice::client {

// The script that makes a shell complete `sluice`: commands, their flags, the
// values of flags that have few, ids of held comments. Made from the commands
// themselves. Empty for a shell that is none of bash, zsh and fish.
std::string CompletionScript(const CLI::App& app, const std::string& shell);

}  // namespace sluice::client
