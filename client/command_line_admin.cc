// The commands for whoever runs the server, and the flags by which every
// command proves itself to it.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>

#include "client/command_line.h"

namespace sluice::client {

void AddConnectionFlags(CLI::App* app, ServerAddress* server) {
  app->add_option("--key", server->key,
                  "The key; others on this machine see flags: better "
                  "--key-file or SLUICE_KEY");
  app->add_option("--key-file", server->key_file,
                  "File whose first line is the key");
  app->add_flag("--tls", server->tls,
                "Encrypt; trust the system's authorities");
  app->add_option("--tls-ca", server->tls_ca,
                  "Encrypt; trust the authorities of this file");
  app->add_option("--tls-cert", server->tls_cert,
                  "Encrypt; prove oneself by this certificate");
  app->add_option("--tls-key", server->tls_key, "Its private key");
}

void CommandLine::AddAdminCommands() {
  CLI::App* key = app_->add_subcommand("key", "Who may call, and what for");
  key->group(group_);
  key->require_subcommand(1);
  key->fallthrough();
  CLI::App* create =
      Add(key, "create", "Make a key; it is shown once",
          "sluice key create --scope check --label 'blog backend'\n"
          "         sluice key create --scope admin --all-sites\n"
          "         sluice key create --scope check --akismet --for-site blog",
          [this](const Streams& io) { return KeyCreate(options_, key_, io); });
  create
      ->add_option_function<std::vector<std::string>>(
          "--scope",
          [this](const std::vector<std::string>& scopes) {
            for (std::string scope : scopes) {
              std::transform(scope.begin(), scope.end(), scope.begin(),
                             [](unsigned char c) { return std::toupper(c); });
              v1::Scope value = v1::SCOPE_UNSPECIFIED;
              if (!v1::Scope_Parse("SCOPE_" + scope, &value))
                throw CLI::ValidationError("--scope",
                                           "check, review, rules or admin");
              key_.request.add_scopes(value);
            }
          },
          "What for; may be repeated")
      ->required()
      ->type_name("check|review|rules|admin");
  create->add_option("--for-site", key_.sites,
                     "For which sites; may be repeated [--site's]");
  create->add_flag("--all-sites", key_.all_sites,
                   "For every site, also for those to come");
  create->add_option_function<std::string>(
      "--label",
      [this](const std::string& label) { key_.request.set_label(label); },
      "What it is for, in your words");
  create->add_option("--days", key_.days, "Days until it expires [never]")
      ->check(CLI::Range(1, 36'500));
  create->add_flag_callback(
      "--akismet", [this] { key_.request.set_form(v1::Key::FORM_AKISMET); },
      "Twelve characters, for clients of Akismet; for check and one site");
  create->add_option_function<double>(
      "--calls-per-second",
      [this](double calls) {
        key_.request.mutable_limits()->set_calls_per_second(calls);
      },
      "Calls a second on average [the server's]");
  create->add_option_function<uint32_t>(
      "--burst",
      [this](uint32_t burst) {
        key_.request.mutable_limits()->set_burst(burst);
      },
      "Calls at once after a pause [the server's]");
  create->add_option_function<uint32_t>(
      "--concurrent-calls",
      [this](uint32_t calls) {
        key_.request.mutable_limits()->set_concurrent_calls(calls);
      },
      "Calls at work at once [the server's]");
  Paged(Add(key, "list", "List keys, and when each was last used",
            "sluice key list",
            [this](const Streams& io) { return KeyList(options_, io); }));
  Add(key, "revoke", "End a key, now", "sluice key revoke 3kq8x0pz",
      [this](const Streams& io) { return KeyRevoke(options_, key_, io); })
      ->add_option("id", key_.id, "The key, as `key list` names it")
      ->required();
  Add(key, "whoami", "Say what the key that is used may do",
      "sluice key whoami",
      [this](const Streams& io) { return KeyWhoAmI(options_, io); });

  CLI::App* admin = app_->add_subcommand("admin", "How the server stands");
  admin->group(group_);
  admin->require_subcommand(1);
  admin->fallthrough();
  Add(admin, "status", "Say what runs, how it stands, and what is wrong",
      "sluice admin status",
      [this](const Streams& io) { return AdminStatus(options_, io); });
  Add(admin, "backup", "Write the store, as it is now, into a file",
      "sluice admin backup /var/backups/sluice.db\n"
      "Checks go on meanwhile. `sluiced --restore FILE` puts it in place.",
      [this](const Streams& io) { return Backup(options_, file_, io); })
      ->add_option("file", file_,
                   "The file; replaced once the new one is whole")
      ->required();
}

}  // namespace sluice::client
