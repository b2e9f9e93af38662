// The commands for whoever runs the server.

#include <CLI/CLI.hpp>

#include "client/command_line.h"

namespace sluice::client {

void CommandLine::AddAdminCommands() {
  CLI::App* admin = app_->add_subcommand("admin", "How the server stands");
  admin->group(group_);
  admin->require_subcommand(1);
  admin->fallthrough();
  Add(admin, "backup", "Write the store, as it is now, into a file",
      "sluice admin backup /var/backups/sluice.db\n"
      "Checks go on meanwhile. `sluiced --restore FILE` puts it in place.",
      [this](const Streams& io) { return Backup(options_, file_, io); })
      ->add_option("file", file_,
                   "The file; replaced once the new one is whole")
      ->required();
}

}  // namespace sluice::client
