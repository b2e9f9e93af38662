#include "client/command_line.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "client/completion.h"
#include "client/man_page.h"
#include "client/pager.h"

namespace sluice::client {
namespace {

constexpr const char* kFooter =
    "Exit status: 0 accepted or done, 10 held, 11 rejected, 1 failed, 2 wrong "
    "usage, 3 server not reached, 4 refused.\n"
    "Environment: SLUICE_SERVER, SLUICE_SITE, SLUICE_MODERATOR, SLUICE_KEY, "
    "SLUICE_KEY_FILE, SLUICE_TLS_CA, NO_COLOR. "
    "File: ~/.config/sluice/config (key = value).";

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

void Take(const std::string& key, const std::string& value, Options* options) {
  if (value.empty()) return;
  if (key == "server") options->server.address = value;
  if (key == "key") options->server.key = value;
  if (key == "key_file") options->server.key_file = value;
  if (key == "tls") options->server.tls = value != "no" && value != "false";
  if (key == "tls_ca") options->server.tls_ca = value;
  if (key == "tls_cert") options->server.tls_cert = value;
  if (key == "tls_key") options->server.tls_key = value;
  if (key == "site") options->site = value;
  if (key == "moderator") options->moderator = value;
}

// Later ones win: the file, the environment, then the flags.
Options DefaultOptions() {
  Options options;
  Take("moderator", Environment("USER"), &options);
  const std::string home = Environment("XDG_CONFIG_HOME").empty()
                               ? Environment("HOME") + "/.config"
                               : Environment("XDG_CONFIG_HOME");
  std::ifstream file(home + "/sluice/config");
  for (std::string line; std::getline(file, line);) {
    const size_t equals = line.find('=');
    if (line.empty() || line.front() == '#' || equals == std::string::npos)
      continue;
    const auto trim = [](std::string text) {
      text.erase(0, text.find_first_not_of(" \t"));
      text.erase(text.find_last_not_of(" \t\r") + 1);
      return text;
    };
    Take(trim(line.substr(0, equals)), trim(line.substr(equals + 1)), &options);
  }
  for (const auto& [key, name] :
       std::map<std::string, const char*>{{"server", "SLUICE_SERVER"},
                                          {"site", "SLUICE_SITE"},
                                          {"moderator", "SLUICE_MODERATOR"},
                                          {"key", "SLUICE_KEY"},
                                          {"key_file", "SLUICE_KEY_FILE"},
                                          {"tls", "SLUICE_TLS"},
                                          {"tls_ca", "SLUICE_TLS_CA"},
                                          {"tls_cert", "SLUICE_TLS_CERT"},
                                          {"tls_key", "SLUICE_TLS_KEY"}}) {
    Take(key, Environment(name), &options);
  }
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 40)
    options.width = size.ws_col;
  return options;
}

}  // namespace

void AddCommentFlags(CLI::App* command, CommentFlags* flags) {
  command->add_option("file", flags->file,
                      "The comment's text; - is standard input [-]");
  command->add_option("--author", flags->author, "Name of the author");
  command->add_option("--email", flags->email, "Address of the author");
  command->add_option("--url", flags->url, "Home page of the author");
  command->add_option("--page-url", flags->page_url, "URL of the page");
  command->add_option("--page-title", flags->page_title, "Title of the page");
  command->add_option("--ip", flags->ip, "Address the comment came from");
  command
      ->add_option("--format", flags->format,
                   "How to read the text [as the site does]")
      ->type_name("markdown|html|plain");
  command->add_option("--id", flags->id,
                      "The comment's own id; checking it twice is one entry");
}

CommandLine::CommandLine()
    : app_(std::make_unique<CLI::App>("Talk to the comment gate.", "sluice")),
      options_(DefaultOptions()) {
  app_->require_subcommand(1);
  app_->fallthrough();
  app_->footer(kFooter);
  app_->set_version_flag("--version", "sluice " SLUICE_VERSION);
  app_->add_option("--server", options_.server.address,
                   "host:port of the server [127.0.0.1:7711]");
  AddConnectionFlags(app_.get(), &options_.server);
  app_->add_option("--site", options_.site, "Site [default]");
  app_->add_option("--moderator", options_.moderator, "Who decides [$USER]");
  app_->add_option("--timeout", options_.timeout_seconds,
                   "Seconds to wait for an answer [10]");
  app_->add_flag("--no-pager", no_pager_, "Print at once, whatever the length");
  app_->add_flag("--json", options_.json, "Print JSON");
  app_->add_option("--color", options_.colour, "auto, always or never [auto]")
      ->transform(
          CLI::CheckedTransformer(
              std::map<std::string, ColourWish>{{"auto", ColourWish::kAuto},
                                                {"always", ColourWish::kAlways},
                                                {"never", ColourWish::kNever}},
              CLI::ignore_case)
              .description(""))
      ->type_name("auto|always|never");
  group_ = "Comments";
  AddCommentCommands();
  group_ = "The queue";
  AddQueueCommands();
  AddHistoryCommands();
  group_ = "Data";
  AddDataCommands();
  AddLearnCommands();
  group_ = "Rules and the rest";
  AddRulesCommands();
  group_ = "The server";
  AddAdminCommands();
  group_ = "Rules and the rest";
  AddShellCommands();
}

CommandLine::~CommandLine() = default;

int CommandLine::Run(int argc, char** argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app_->exit(error) == 0 ? 0 : kUsage;
  }
  bool paged = false;
  for (const CLI::App* command : paged_) paged = paged || command->parsed();
  if (!paged || no_pager_) return run_(io_);
  // Asked before standard output is a pipe.
  options_.colour =
      UseColour(options_.colour) ? ColourWish::kAlways : ColourWish::kNever;
  const Pager pager;
  return run_(io_);
}

CLI::App* CommandLine::Add(CLI::App* parent, const char* name,
                           const char* about, const char* example,
                           Action action) {
  CLI::App* command = parent->add_subcommand(name, about);
  if (parent == app_.get()) command->group(group_);
  command->fallthrough();
  command->footer(fmt::format("Examples: {}", example));
  command->callback([this, action = std::move(action)] { run_ = action; });
  return command;
}

void CommandLine::AddShellCommands() {
  CLI::App* completion = Add(
      app_.get(), "completion", "Print the script that completes commands",
      "source <(sluice completion bash)", [this](const Streams& io) {
        const std::string script = CompletionScript(*app_, shell_);
        if (script.empty()) {
          io.err << "sluice: there are completions for bash, zsh and fish\n";
          return static_cast<int>(kUsage);
        }
        io.out << script;
        return static_cast<int>(kAccept);
      });
  completion->add_option("shell", shell_, "bash, zsh or fish")->required();
  CLI::App* man = Add(app_.get(), "man", "Write the manual pages into a folder",
                      "sluice man ~/.local/share/man/man1",
                      [this](const Streams& io) { return WriteManPages(io); });
  man->add_option("folder", folder_, "The folder, made if there is none")
      ->required();
}

int CommandLine::WriteManPages(const Streams& io) const {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  for (const ManPage& page : ManPages(*app_)) {
    const std::string path = folder_ + "/" + page.name + ".1";
    std::ofstream out(path, std::ios::binary);
    if (!(out << page.text << std::flush)) {
      io.err << fmt::format("sluice: {} cannot be written\n", path);
      return kFailed;
    }
  }
  return kAccept;
}

void CommandLine::AddCommentCommands() {
  CLI::App* check =
      Add(app_.get(), "check", "Judge a comment: verdict, reasons, safe HTML",
          "sluice check comment.md --author Ann --url https://ann.example/",
          [this](const Streams& io) { return Check(options_, comment_, io); });
  AddCommentFlags(check, &comment_);
  check->add_flag("--dry-run", comment_.dry_run, "Judge, but store nothing");
  CLI::App* preview = Add(
      app_.get(), "preview", "Show a comment's safe HTML, without a verdict",
      "sluice preview comment.md",
      [this](const Streams& io) { return Preview(options_, comment_, io); });
  AddCommentFlags(preview, &comment_);
  CLI::App* report = Add(
      app_.get(), "report", "Say that a comment is spam, or is not",
      "sluice report c42 --ham",
      [this](const Streams& io) { return Report(options_, id_, !ham_, io); });
  report->add_option("id", id_, "The comment")->required();
  report->add_flag("--ham,!--spam", ham_, "It is not spam");
}

}  // namespace sluice::client
