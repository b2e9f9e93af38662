#include <CLI/CLI.hpp>

#include "client/command_line.h"

namespace sluice::client {

void CommandLine::AddLearnCommands() {
  CLI::App* learn = app_->add_subcommand(
      "learn", "How good the site's model is, and what it learns from");
  learn->group(group_);
  learn->require_subcommand(1);
  learn->fallthrough();
  CLI::App* report = Add(
      learn, "report",
      "Show precision and recall by threshold, calibration, the learning "
      "curve and the loudest features",
      "sluice learn report --good-lost 0.005",
      [this](const Streams& io) { return LearnReport(options_, learn_, io); });
  report
      ->add_option("--good-lost", learn_.good_lost,
                   "The part of good comments that may be lost [0.001]")
      ->check(CLI::Range(0.0001, 0.5).description(""));
  Paged(report);
  CLI::App* import =
      Add(learn, "import",
          "Take in a site's past, train the model on it, show how good it is",
          "sluice learn import site.WordPress.xml\n"
          "         sluice learn import spam.mbox --as spam\n"
          "The files of `sluice import`. What was imported can be undone: "
          "`sluice undo --batch`.",
          [this](const Streams& io) {
            return LearnImport(options_, import_, learn_, io);
          });
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
  Add(learn, "retrain", "Train the model anew from all that people decided",
      "sluice learn retrain",
      [this](const Streams& io) { return LearnRetrain(options_, io); });
}

}  // namespace sluice::client
