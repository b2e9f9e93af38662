// markdown_compare DIR [--failures N] [--suite NAME]
//
// Renders every document of DIR/mdtest.jsonl and DIR/oracle.jsonl with all of
// Markdown Extra allowed and compares the structure with what PHP Markdown
// Extra makes of it. Prints the passes by suite and by construct, then one bar
// line each. Exit status 0 if all bars hold, 1 if one is short, 2 if the data
// cannot be read, 77 if it is absent.

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "service/markup/policy.h"
#include "service/markup/render.h"
#include "structure.h"

namespace sluice::markup_test {
namespace {

struct Tally {
  int passed = 0;
  int all = 0;
  int by_design = 0;  // not counted in `all`
  double share() const { return all == 0 ? 0 : double(passed) / all; }
};

struct Options {
  std::string folder;
  std::string suite;  // empty: all
  int failures = 0;   // to print
};

class Comparison {
 public:
  explicit Comparison(Options options) : options_(std::move(options)) {}

  bool ReadFile(const std::string& name, bool mdtest) {
    std::ifstream file(options_.folder + "/" + name);
    if (!file) return false;
    std::string line;
    while (std::getline(file, line)) {
      if (!line.empty()) Compare(nlohmann::json::parse(line), mdtest);
    }
    return true;
  }

  bool Print() const {
    for (const auto& [name, tally] : suites_) {
      fmt::print("suite {:22} {:5} of {:5}  {:.2f} %", name, tally.passed,
                 tally.all, 100 * tally.share());
      if (tally.by_design > 0) {
        fmt::print(
            "  (and {} where PHP Markdown makes an element of `x<y ...>`, "
            "which is text here on purpose: {:.2f} % with them)",
            tally.by_design,
            100.0 * tally.passed / (tally.all + tally.by_design));
      }
      fmt::print("\n");
    }
    for (const auto& [name, tally] : constructs_) {
      fmt::print("with <{}> {} of {}\n", name, tally.passed, tally.all);
    }
    bool held = true;
    const Tally& mdtest = Suite("mdtest");
    held &= Bar("markdown_mdtest", mdtest.passed, 58);
    held &= Bar("markdown_oracle_blocks", Suite("mdtest-blocks").share(), 0.97);
    held &= Bar("markdown_oracle_comments", Suite("synthetic-comments").share(),
                0.97);
    held &= Bar("markdown_oracle_commonmark",
                Suite("commonmark-inputs").share(), 0.92);
    return held;
  }

 private:
  const Tally& Suite(const std::string& name) const {
    static const Tally kNone;
    const auto found = suites_.find(name);
    return found == suites_.end() ? kNone : found->second;
  }

  static bool Bar(const char* name, double value, double limit) {
    const bool held = value >= limit;
    fmt::print("bar {} {:.4g} {:.4g} {}\n", name, value, limit,
               held ? "ok" : "short");
    return held;
  }

  void Compare(const nlohmann::json& row, bool mdtest) {
    const std::string suite =
        mdtest ? std::string("mdtest") : row.at("suite").get<std::string>();
    if (!options_.suite.empty() && suite != options_.suite) return;
    const std::string input = row.at("input");
    const std::string expected = row.at("expected");
    markup::HtmlPolicy policy = markup::PermissiveHtmlPolicy();
    policy.link_bare_urls = false;
    policy.relative_urls = true;
    Schemes(expected, &policy.schemes);
    const markup::Rendering rendering =
        markup::Render(input, markup::Format::kMarkdownExtra, policy, "c1-");
    const std::string want = Structure(expected);
    const std::string got = Structure(rendering.html);
    std::set<std::string> unknown;
    UnknownElements(expected, &unknown);
    const bool passed = want == got;
    Tally& tally = suites_[suite];
    if (!passed && !unknown.empty()) {
      ++tally.by_design;
      return;
    }
    Count(&tally, passed);
    std::set<std::string> elements;
    Elements(expected, &elements);
    for (const std::string& name : elements) Count(&constructs_[name], passed);
    if (!passed && shown_++ < options_.failures) {
      const std::string id = row.at(mdtest ? "name" : "id").get<std::string>();
      fmt::print("=== {} {}\n{}\n--- want\n{}--- got\n{}--- html\n{}\n", suite,
                 id, input, want, got, rendering.html);
    }
  }

  static void Count(Tally* tally, bool passed) {
    ++tally->all;
    tally->passed += passed;
  }

  Options options_;
  std::map<std::string, Tally> suites_;
  std::map<std::string, Tally> constructs_;
  int shown_ = 0;
};

int Main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--failures" && i + 1 < argc) {
      options.failures = std::atoi(argv[++i]);
    } else if (argument == "--suite" && i + 1 < argc) {
      options.suite = argv[++i];
    } else {
      options.folder = argument;
    }
  }
  if (options.folder.empty()) {
    fmt::print("usage: markdown_compare DIR [--failures N] [--suite NAME]\n");
    return 2;
  }
  if (!std::ifstream(options.folder + "/mdtest.jsonl")) {
    fmt::print("markdown_compare: left out, there is no {}/mdtest.jsonl here\n",
               options.folder);
    return 77;
  }
  Comparison comparison(options);
  if (!comparison.ReadFile("mdtest.jsonl", true) ||
      !comparison.ReadFile("oracle.jsonl", false)) {
    fmt::print("markdown_compare: {} cannot be read\n", options.folder);
    return 2;
  }
  return comparison.Print() ? 0 : 1;
}

}  // namespace
}  // namespace sluice::markup_test

int main(int argc, char** argv) {
  return sluice::markup_test::Main(argc, argv);
}
