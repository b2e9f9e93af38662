#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace sluice::client {

struct ManPage {
  std::string name;  // `sluice-rules-check`
  std::string text;  // roff, for section 1
};

// A page for sluice and one for each command, made from the commands
// themselves.
std::vector<ManPage> ManPages(const CLI::App& app);

}  // namespace sluice::client
