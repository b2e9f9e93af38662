#include <CLI/CLI.hpp>

#include "client/command_line.h"

namespace sluice::client {

void CommandLine::AddRulesCommands() {
  CLI::App* rules =
      app_->add_subcommand("rules", "Check, show and reload rules");
  rules->group(group_);
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
  CLI::App* test =
      Add(rules, "test", "Try a folder of rules on comments that people judged",
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
      Add(rules, "show", "The rules in force", "sluice rules show --tag links",
          [this](const Streams& io) {
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
  AddRulesHistoryCommands(rules);
}

void CommandLine::AddRulesHistoryCommands(CLI::App* rules) {
  const auto add_since = [this](CLI::App* command) {
    command->add_option("--since", rules_history_.since,
                        "Only comments checked since: 90d, 12h, 4w or a date "
                        "as 2026-01-31 [all]");
  };
  CLI::App* diff =
      Add(rules, "diff",
          "What new rules would have decided otherwise, over the stored "
          "comments",
          "sluice rules diff rules.new/ --since 90d\n"
          "NEW_DIR stands for the common folder; a site's own folder is laid "
          "over it as the server has it.\n"
          "Replayed are the comments and facts as they were stored; what "
          "people decided stands beside each change.\n"
          "Exit status: 1 if a comment that a person accepted would be "
          "rejected now.",
          [this](const Streams& io) {
            return RulesDiff(options_, rules_history_, io);
          });
  diff->add_option("new_dir", rules_history_.folder, "The folder of new rules")
      ->required();
  add_since(diff);
  diff->add_option("--limit", rules_history_.limit,
                   "Changes to print; 0: every one [50]")
      ->check(CLI::NonNegativeNumber);
  CLI::App* stats =
      Add(rules, "stats", "Each rule's record: hits, precision, cost, oddities",
          "sluice rules stats --since 30d", [this](const Streams& io) {
            return RulesStatistics(options_, rules_history_, io);
          });
  add_since(stats);
  Paged(stats);
  stats->add_flag("--by-version", rules_history_.by_version,
                  "One line for each version of the ruleset");
  CLI::App* tune =
      Add(rules, "tune",
          "Scores that fit what people decided, as a patch to look at",
          "sluice rules tune -o tune.patch && cd rules && patch -p1 < "
          "../tune.patch",
          [this](const Streams& io) {
            return RulesTune(options_, rules_history_, io);
          });
  add_since(tune);
  tune->add_option("-o,--output", rules_history_.output,
                   "Where the patch goes [standard output]");
  CLI::App* draft = Add(
      rules, "draft", "A rule that tells comments from accepted ones, to edit",
      "sluice rules draft c42 c43 -o rules/campaign.yaml",
      [this](const Streams& io) {
        return RulesDraft(options_, rules_history_, io);
      });
  draft
      ->add_option("ids", rules_history_.ids,
                   "Comments; - reads ids from standard input")
      ->required();
  draft->add_option("-o,--output", rules_history_.output,
                    "The file to write [standard output]");
}

}  // namespace sluice::client
