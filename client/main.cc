// sluice: the command line. Flags, environment and the configuration file
// become options; each command is a function of commands.h.

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>

#include "client/commands.h"

namespace sluice::client {
namespace {

constexpr const char* kFooter =
    "Exit status: 0 accepted or done, 10 held, 11 rejected, 1 failed, 2 wrong "
    "usage, 3 server not reached, 4 refused.\n"
    "Environment: SLUICE_SERVER, SLUICE_SITE, SLUICE_MODERATOR, NO_COLOR. "
    "File: ~/.config/sluice/config (key = value).";

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

void Take(const std::string& key, const std::string& value, Options* options) {
  if (value.empty()) return;
  if (key == "server") options->server = value;
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
                                          {"moderator", "SLUICE_MODERATOR"}}) {
    Take(key, Environment(name), &options);
  }
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 40)
    options.width = size.ws_col;
  return options;
}

void AddCommentFlags(CLI::App* command, CommentFlags* flags) {
  command->add_option("file", flags->file,
                      "The comment's text; - is standard input [-]");
  command->add_option("--author", flags->author, "Name of the author");
  command->add_option("--email", flags->email, "Address of the author");
  command->add_option("--url", flags->url, "Home page of the author");
  command->add_option("--page-url", flags->page_url, "URL of the page");
  command->add_option("--page-title", flags->page_title, "Title of the page");
  command->add_option("--ip", flags->ip, "Address the comment came from");
  command->add_option("--format", flags->format,
                      "markdown, html or plain [the site's]");
  command->add_option("--id", flags->id,
                      "The comment's own id; checking it twice is one entry");
}

// The commands, and what was asked of them.
class CommandLine {
 public:
  CommandLine() : options_(DefaultOptions()) {
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.footer(kFooter);
    app_.set_version_flag("--version", "sluice " SLUICE_VERSION);
    app_.add_option("--server", options_.server,
                    "host:port of the server [" + options_.server + "]");
    app_.add_option("--site", options_.site, "Site [" + options_.site + "]");
    app_.add_option("--moderator", options_.moderator,
                    "Who decides [" + options_.moderator + "]");
    app_.add_option("--timeout", options_.timeout_seconds,
                    "Seconds to wait for an answer [10]");
    app_.add_flag("--json", options_.json, "Print JSON");
    app_.add_option("--color", options_.colour, "auto, always or never [auto]")
        ->transform(CLI::CheckedTransformer(
            std::map<std::string, ColourWish>{{"auto", ColourWish::kAuto},
                                              {"always", ColourWish::kAlways},
                                              {"never", ColourWish::kNever}},
            CLI::ignore_case));
    AddCommentCommands();
    AddQueueCommands();
    AddRulesCommands();
  }

  int Run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return app_.exit(error) == 0 ? 0 : kUsage;
    }
    return run_(io_);
  }

 private:
  using Action = std::function<int(const Streams&)>;

  CLI::App* Add(CLI::App* parent, const char* name, const char* about,
                const char* example, Action action) {
    CLI::App* command = parent->add_subcommand(name, about);
    command->fallthrough();
    command->footer(fmt::format("Example: {}", example));
    command->callback([this, action = std::move(action)] { run_ = action; });
    return command;
  }

  void AddCommentCommands() {
    CLI::App* check = Add(
        &app_, "check", "Judge a comment: verdict, reasons, safe HTML",
        "sluice check comment.md --author Ann --url https://ann.example/",
        [this](const Streams& io) { return Check(options_, comment_, io); });
    AddCommentFlags(check, &comment_);
    check->add_flag("--dry-run", comment_.dry_run, "Judge, but store nothing");
    CLI::App* preview = Add(
        &app_, "preview", "Show a comment's safe HTML, without a verdict",
        "sluice preview comment.md",
        [this](const Streams& io) { return Preview(options_, comment_, io); });
    AddCommentFlags(preview, &comment_);
    CLI::App* report = Add(
        &app_, "report", "Say that a comment is spam, or is not",
        "sluice report c42 --ham",
        [this](const Streams& io) { return Report(options_, id_, !ham_, io); });
    report->add_option("id", id_, "The comment")->required();
    report->add_flag("--ham,!--spam", ham_, "It is not spam");
  }

  void AddQueueCommands() {
    CLI::App* queue =
        Add(&app_, "queue", "List what waits for a moderator",
            "sluice queue --order score",
            [this](const Streams& io) { return Queue(options_, queue_, io); });
    queue->add_option("--state", queue_.state,
                      "held, accepted or rejected [held]");
    queue->add_option("--order", queue_.order,
                      "oldest, newest or score [oldest]");
    queue->add_option("--limit", queue_.limit, "Entries at most [50]")
        ->check(CLI::PositiveNumber);
    queue->add_flag("--all", queue_.all, "Every entry");
    CLI::App* show =
        Add(&app_, "show", "Show one comment with its reasons and history",
            "sluice show c42",
            [this](const Streams& io) { return Show(options_, id_, io); });
    show->add_option("id", id_, "The comment")->required();
    AddDecide("accept", "Publish comments", v1::VERDICT_ACCEPT);
    AddDecide("reject", "Do not publish comments", v1::VERDICT_REJECT);
    Add(&app_, "stats", "Count entries by state", "sluice stats",
        [this](const Streams& io) { return Stats(options_, io); });
    Add(&app_, "health", "Say whether the server can be reached",
        "sluice health",
        [this](const Streams& io) { return Health(options_, io); });
  }

  void AddDecide(const char* name, const char* about, v1::Verdict verdict) {
    CLI::App* command =
        Add(&app_, name, about,
            fmt::format("sluice {} c42 c43\n         sluice queue --json | jq "
                        "-r .name | sluice {} -",
                        name, name)
                .c_str(),
            [this, verdict](const Streams& io) {
              return Decide(options_, verdict, decide_, io);
            });
    command
        ->add_option("ids", decide_.ids,
                     "Comments; - reads ids from standard input")
        ->required();
    command->add_option(
        "--reason", decide_.reason,
        "Reason code: spam, abuse, off_topic, duplicate, personal_data, ok");
    command->add_option("--note", decide_.note, "A note for other moderators");
    command->add_option("--etag", decide_.etag,
                        "Decide only if the entry is still as it was seen");
  }

  void AddRulesCommands() {
    CLI::App* rules =
        app_.add_subcommand("rules", "Check, show and reload rules");
    rules->require_subcommand(1);
    rules->fallthrough();
    CLI::App* check =
        Add(rules, "check", "Check a folder of rules, without a server",
            "sluice rules check --strict rules/   # as a pre-commit hook\n"
            "Exit status: 0 they load, 1 they do not (with --strict: nor "
            "without a warning), 2 the folder cannot be read.",
            [this](const Streams& io) {
              return RulesCheck(options_, rules_check_, io);
            });
    check->add_option("folder", rules_check_.folder, "The folder [rules]");
    check->add_flag("--strict", rules_check_.strict, "Warnings fail too");
    check
        ->add_option("--sites", rules_check_.sites,
                     "Sites the server knows, to check `sites:` against")
        ->delimiter(',')
        ->allow_extra_args(false);
    CLI::App* test = Add(
        rules, "test", "Try a folder of rules on comments that people judged",
        "sluice rules test rules/ --comments judged.jsonl\n"
        "Each line is {\"text\": ..., \"author\": ..., \"label\": "
        "\"spam\"|\"abuse\"|\"ham\"}; see docs/rules.md.",
        [this](const Streams& io) {
          return RulesTest(options_, rules_test_, io);
        });
    test->add_option("folder", rules_test_.folder, "The folder [rules]");
    test->add_option("--comments", rules_test_.comments,
                     "JSON lines; - is standard input")
        ->required();
    CLI::App* schema =
        Add(rules, "schema", "The JSON Schema of rule files, for an editor",
            "sluice rules schema policy > policy.schema.json",
            [this](const Streams& io) { return RulesSchema(schema_, io); });
    schema->add_option("kind", schema_,
                       "rules, policy (policy.yaml) or config (sluice.yaml) "
                       "[rules]");
    Add(rules, "status",
        "The version in force, and what is wrong with the files on disk",
        "sluice rules status",
        [this](const Streams& io) { return RulesStatus(options_, io); });
    CLI::App* show =
        Add(rules, "show", "The rules in force",
            "sluice rules show --tag links", [this](const Streams& io) {
              return RulesShow(options_, rules_show_, io);
            });
    show->add_option("--tag", rules_show_.tag, "Only rules with this tag");
    show->add_option("--owner", rules_show_.owner, "Only this owner's");
    Add(rules, "reload", "Let the server read its rule files again",
        "sluice rules reload",
        [this](const Streams& io) { return RulesReload(options_, io); });
    CLI::App* confirm = Add(
        rules, "confirm",
        "Take a rule as it is that the breaker has demoted to hold",
        "sluice rules confirm many-links",
        [this](const Streams& io) { return RulesConfirm(options_, id_, io); });
    confirm->add_option("rule", id_, "Its id")->required();
    CLI::App* explain = Add(
        rules, "explain", "Every step of judging a comment: a file, - or an id",
        "sluice rules explain c42", [this](const Streams& io) {
          return RulesExplain(options_, comment_, io);
        });
    AddCommentFlags(explain, &comment_);
  }

  CLI::App app_{"sluice: talk to the comment gate."};
  Options options_;
  CommentFlags comment_;
  QueueFlags queue_;
  DecideFlags decide_;
  std::string id_;
  RulesCheckFlags rules_check_;
  RulesTestFlags rules_test_;
  std::string schema_ = "rules";
  RulesShowFlags rules_show_;
  bool ham_ = false;
  Action run_;
  Streams io_{std::cin, std::cout, std::cerr};
};

}  // namespace
}  // namespace sluice::client

int main(int argc, char** argv) {
  return sluice::client::CommandLine().Run(argc, argv);
}
