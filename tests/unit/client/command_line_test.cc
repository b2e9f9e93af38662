#include "client/command_line.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <string>

#include "client/completion.h"
#include "client/man_page.h"

namespace sluice::client {
namespace {

// Calls `check` with each command's path, `rules check` among them.
template <typename Check>
void ForEachCommand(const CLI::App& app, Check check) {
  for (const CLI::App* child : app.get_subcommands({})) {
    check(child->get_name(), *child);
    for (const CLI::App* below : child->get_subcommands({}))
      check(child->get_name() + " " + below->get_name(), *below);
  }
}

TEST(CommandLine, EveryCommandHasAnExample) {
  const CommandLine line;
  int commands = 0;
  ForEachCommand(line.app(), [&](const std::string& path, const CLI::App& app) {
    ++commands;
    if (!app.get_subcommands({}).empty()) return;
    EXPECT_NE(app.get_footer().find("sluice " + path), std::string::npos)
        << path;
    EXPECT_FALSE(app.get_description().empty()) << path;
  });
  EXPECT_GT(commands, 25);
}

TEST(CommandLine, EveryFlagIsDescribed) {
  const CommandLine line;
  ForEachCommand(line.app(), [](const std::string& path, const CLI::App& app) {
    for (const CLI::Option* option : app.get_options())
      EXPECT_FALSE(option->get_description().empty())
          << path << " " << option->get_name();
  });
}

TEST(Completion, KnowsEveryCommandAndFlag) {
  const CommandLine line;
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = CompletionScript(line.app(), shell);
    ForEachCommand(line.app(), [&](const std::string& path,
                                   const CLI::App& app) {
      EXPECT_NE(script.find(app.get_name()), std::string::npos)
          << shell << " " << path;
      for (const CLI::Option* option : app.get_options()) {
        if (option->get_lnames().empty()) continue;
        EXPECT_NE(script.find(option->get_lnames().front()), std::string::npos)
            << shell << " " << path << " " << option->get_name();
      }
    });
  }
  EXPECT_EQ(CompletionScript(line.app(), "csh"), "");
}

TEST(ManPages, ThereIsOneForEachCommand) {
  const CommandLine line;
  const std::vector<ManPage> pages = ManPages(line.app());
  size_t commands = 1;
  ForEachCommand(line.app(),
                 [&](const std::string&, const CLI::App&) { ++commands; });
  EXPECT_EQ(pages.size(), commands);
  for (const ManPage& page : pages) {
    for (const char* section : {".SH NAME", ".SH SYNOPSIS", ".SH OPTIONS"})
      EXPECT_NE(page.text.find(section), std::string::npos) << page.name;
  }
}

}  // namespace
}  // namespace sluice::client
