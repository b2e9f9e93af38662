#pragma once

#include <functional>
#include <iostream>
#include <memory>
#include <set>
#include <string>

#include "client/commands.h"

namespace CLI {
class App;
}

namespace sluice::client {

// The commands of `sluice`, their flags, and what was asked of them. Flags,
// environment and configuration file become options; each command is a function
// of commands.h.
class CommandLine {
 public:
  CommandLine();
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  // The process's exit status.
  int Run(int argc, char** argv);

  // All commands, for completions and manual pages.
  const CLI::App& app() const { return *app_; }

 private:
  using Action = std::function<int(const Streams&)>;

  CLI::App* Add(CLI::App* parent, const char* name, const char* about,
                const char* example, Action action);
  void AddCommentCommands();
  void AddQueueCommands();
  void AddDecide(const char* name, const char* about, v1::Verdict verdict);
  void AddAuthorFlags(CLI::App* command);
  void AddHistoryCommands();
  void AddDataCommands();
  void AddLearnCommands();
  void AddRulesCommands();
  void AddRulesHistoryCommands(CLI::App* rules);
  void AddAdminCommands();
  void AddShellCommands();
  // What the command prints goes through a pager.
  void Paged(CLI::App* command) { paged_.insert(command); }
  int WriteManPages(const Streams& io) const;

  const std::unique_ptr<CLI::App> app_;
  std::string group_;  // of the commands that are added next
  Options options_;
  CommentFlags comment_;
  QueueFlags queue_;
  ReviewFlags review_;
  DecideFlags decide_;
  UndoFlags undo_;
  ClaimFlags claim_;
  AuthorFlags author_;
  WatchFlags watch_;
  WebhookFlags webhooks_;
  ExportFlags export_;
  ImportFlags import_;
  KeyFlags key_;
  LearnFlags learn_;
  int days_ = 0;
  int limit_ = 20;
  std::string shell_;
  std::string file_;
  std::string folder_;
  bool no_pager_ = false;
  std::set<const CLI::App*> paged_;
  std::string id_;
  RulesCheckFlags rules_check_;
  RulesTestFlags rules_test_;
  std::string schema_ = "rules";
  RulesShowFlags rules_show_;
  RulesHistoryFlags rules_history_;
  bool ham_ = false;
  Action run_;
  Streams io_{std::cin, std::cout, std::cerr};
};

// How commands prove themselves to the server.
void AddConnectionFlags(CLI::App* app, ServerAddress* server);

// Where commands find the comment they are about.
void AddCommentFlags(CLI::App* command, CommentFlags* flags);

}  // namespace sluice::client
