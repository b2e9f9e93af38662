#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "client/command_line.h"

namespace sluice::client {

namespace {

constexpr const char* kFilterHelp =
    "Filter, as 'author.email = \"a@b.example\" AND reason:newcomer'";

}  // namespace

void CommandLine::AddQueueCommands() {
  CLI::App* queue =
      Add(app_.get(), "queue", "List what waits for a moderator",
          "sluice queue --order score\n"
          "         sluice queue --filter 'links > 2 AND create_time > -1d'",
          [this](const Streams& io) { return Queue(options_, queue_, io); });
  queue->add_option("--state", queue_.state, "Which comments [held]")
      ->type_name("held|accepted|rejected|any");
  queue->add_option("--order", queue_.order, "What comes first [oldest]")
      ->type_name("oldest|newest|score|campaign");
  queue->add_option("--filter", queue_.filter, kFilterHelp);
  queue->add_option("--limit", queue_.limit, "Entries at most [50]")
      ->check(CLI::PositiveNumber);
  queue->add_flag("--all", queue_.all, "Every entry");
  Paged(queue);
  CLI::App* review =
      Add(app_.get(), "review",
          "Work through the queue, full-screen; ? lists the keys",
          "sluice review\n         sluice review --filter 'reason:newcomer' "
          "--order oldest",
          [this](const Streams& io) { return Review(options_, review_, io); });
  review->add_option("--filter", review_.filter,
                     "Only what matches, as reason:newcomer");
  review->add_option("--order", review_.order, "What comes first [campaign]")
      ->type_name("campaign|oldest|newest|score")
      ->check(CLI::IsMember({"campaign", "oldest", "newest", "score"})
                  .description(""));
  CLI::App* show =
      Add(app_.get(), "show", "Show one comment with its reasons and history",
          "sluice show c42",
          [this](const Streams& io) { return Show(options_, id_, io); });
  show->add_option("id", id_, "The comment")->required();
  Paged(show);
  AddDecide("accept", "Publish comments", v1::VERDICT_ACCEPT);
  AddDecide("reject", "Do not publish comments", v1::VERDICT_REJECT);
  CLI::App* undo =
      Add(app_.get(), "undo", "Take back a decision, or a whole batch of them",
          "sluice undo c42\n         sluice undo --batch b0123456789abcdef",
          [this](const Streams& io) { return Undo(options_, undo_, io); });
  undo->add_option("id", undo_.id, "The comment");
  undo->add_option("--batch", undo_.batch, "The batch, as it was printed");
  CLI::App* claim =
      Add(app_.get(), "claim", "Say that you work on comments, or no longer do",
          "sluice claim c42 c43 --minutes 30",
          [this](const Streams& io) { return Claim(options_, claim_, io); });
  claim->add_option("ids", claim_.ids, "The comments")->required();
  claim->add_option("--minutes", claim_.minutes, "For so long [10]")
      ->check(CLI::Range(1, 1440));
  claim->add_flag("--release", claim_.release, "Give them back");
  CLI::App* stats =
      Add(app_.get(), "stats", "Count entries by state, and draw the last days",
          "sluice stats --days 30",
          [this](const Streams& io) { return Stats(options_, days_, io); });
  stats->add_option("--days", days_, "Days to draw [0]")
      ->check(CLI::Range(0, 366));
  Add(app_.get(), "health", "Say whether the server can be reached",
      "sluice health",
      [this](const Streams& io) { return Health(options_, io); });
}

void CommandLine::AddDecide(const char* name, const char* about,
                            v1::Verdict verdict) {
  CLI::App* command =
      Add(app_.get(), name, about,
          fmt::format("sluice {0} c42 c43\n"
                      "         sluice {0} --campaign c42 --dry-run\n"
                      "         sluice queue --json | jq -r .name | sluice {0} "
                      "-",
                      name)
              .c_str(),
          [this, verdict](const Streams& io) {
            return Decide(options_, verdict, decide_, io);
          });
  command->add_option("ids", decide_.ids,
                      "Comments; - reads ids from standard input");
  command->add_option(
      "--filter", decide_.filter,
      "All held comments that match instead, once you said yes");
  command->add_option("--campaign", decide_.campaign,
                      "All held comments of this campaign, or of the campaign "
                      "of this comment");
  command->add_option(
      "--reason", decide_.reason,
      "Reason code: spam, abuse, off_topic, duplicate, personal_data, ok, or "
      "one of the policy's");
  command->add_option("--note", decide_.note, "A note for other moderators");
  command->add_option("--etag", decide_.etag,
                      "Decide only if the entry is still as it was seen");
  command->add_flag("--dry-run", decide_.dry_run,
                    "Only count what matches and show some");
  command->add_flag("--yes", decide_.yes, "Do not ask");
}

void CommandLine::AddAuthorFlags(CLI::App* command) {
  command->add_option("id", author_.id, "The author of this comment");
  command->add_option("--email", author_.email, "By e-mail address");
  command->add_option("--author-id", author_.author_id,
                      "By the site's id of a signed-in author");
}

void CommandLine::AddHistoryCommands() {
  CLI::App* history =
      Add(app_.get(), "history", "List an author's comments, newest first",
          "sluice history c42\n         sluice history --email a@b.example",
          [this](const Streams& io) { return History(options_, author_, io); });
  AddAuthorFlags(history);
  history->add_option("--name", author_.name, "By name");
  history->add_option("--limit", author_.limit, "Entries at most [50]")
      ->check(CLI::PositiveNumber);
  Paged(history);
  CLI::App* similar = Add(
      app_.get(), "similar", "List comments like one", "sluice similar c42",
      [this](const Streams& io) { return Similar(options_, id_, limit_, io); });
  similar->add_option("id", id_, "The comment")->required();
  similar->add_option("--limit", limit_, "Entries at most [20]")
      ->check(CLI::Range(1, 200));
  Paged(similar);
  CLI::App* erase =
      Add(app_.get(), "erase", "Remove what identifies an author, for good",
          "sluice erase --email a@b.example --dry-run",
          [this](const Streams& io) { return Erase(options_, author_, io); });
  AddAuthorFlags(erase);
  erase->add_flag("--dry-run", author_.dry_run, "Only tell what it would be");
  erase->add_flag("--yes", author_.yes, "Do not ask");
}

void CommandLine::AddDataCommands() {
  CLI::App* watch =
      Add(app_.get(), "watch", "Follow what moderators decide",
          "sluice watch --json --from start",
          [this](const Streams& io) { return Watch(options_, watch_, io); });
  watch->add_option("--from", watch_.from,
                    "`start`, or the token where an earlier watch ended [now]");
  CLI::App* webhooks = Add(
      app_.get(), "webhooks",
      "Show webhook calls that were given up, or retry them",
      "sluice webhooks --retry",
      [this](const Streams& io) { return Webhooks(options_, webhooks_, io); });
  webhooks->add_flag("--retry", webhooks_.retry, "Try them again");
  webhooks->add_option("letters", webhooks_.ids, "With --retry: only these");
  CLI::App* exported =
      Add(app_.get(), "export",
          "Print comments as JSON lines, with what people decided",
          "sluice export > all.jsonl\n"
          "         sluice export --filter 'state:* AND moderator:*' | sluice "
          "rules test --comments -",
          [this](const Streams& io) { return Export(options_, export_, io); });
  exported->add_option("--filter", export_.filter, "Which [state:*]");
  exported->add_flag("--full", export_.full,
                     "Whole entries, with signals and reasons");
  CLI::App* import =
      Add(app_.get(), "import",
          "Take in comments of the past with what people decided",
          "sluice import site.WordPress.xml\n"
          "         sluice import judged.csv --dry-run\n"
          "JSON lines as `sluice export` prints them; a CSV whose first line "
          "names its columns (text, label, author, email, url, date, id ...); "
          "a WordPress export. An id that is there already is left alone.",
          [this](const Streams& io) { return Import(options_, import_, io); });
  import->add_option("file", import_.file, "The file; - is standard input")
      ->required();
  import->add_option("--format", import_.format, "[by what is in it]")
      ->type_name("jsonl|csv|wordpress|mbox");
  import
      ->add_option("--as", import_.as,
                   "What people decided of all of them [as the file says]")
      ->type_name("spam|good");
  import->add_flag("--dry-run", import_.dry_run,
                   "Only read it and say what there is");
}

}  // namespace sluice::client
