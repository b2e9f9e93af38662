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
}

}  // namespace sluice::client
