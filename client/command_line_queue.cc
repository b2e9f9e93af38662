#include <fmt/format.h>

#include "client/command_line.h"

namespace sluice::client {

void CommandLine::AddQueueCommands() {
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
  CLI::App* review = Add(
      &app_, "review", "Work through the queue, full-screen; ? lists the keys",
      "sluice review\n         sluice review --filter 'reason:newcomer' "
      "--order oldest",
      [this](const Streams& io) { return Review(options_, review_, io); });
  review->add_option("--filter", review_.filter,
                     "Only what matches, as reason:newcomer");
  review
      ->add_option("--order", review_.order,
                   "campaign, oldest, newest or score [campaign]")
      ->check(CLI::IsMember({"campaign", "oldest", "newest", "score"}));
  CLI::App* show =
      Add(&app_, "show", "Show one comment with its reasons and history",
          "sluice show c42",
          [this](const Streams& io) { return Show(options_, id_, io); });
  show->add_option("id", id_, "The comment")->required();
  AddDecide("accept", "Publish comments", v1::VERDICT_ACCEPT);
  AddDecide("reject", "Do not publish comments", v1::VERDICT_REJECT);
  Add(&app_, "stats", "Count entries by state", "sluice stats",
      [this](const Streams& io) { return Stats(options_, io); });
  Add(&app_, "health", "Say whether the server can be reached", "sluice health",
      [this](const Streams& io) { return Health(options_, io); });
}

void CommandLine::AddDecide(const char* name, const char* about,
                            v1::Verdict verdict) {
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

}  // namespace sluice::client
