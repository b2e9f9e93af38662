// What the shipped rules alone make of labelled comments: how much spam they
// reject and hold, and how many good comments. Usage: rules_quality
// FOLDER_OF_JSONL

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "service/moderator.h"
#include "service/ruleset/ruleset.h"
#include "tests/quality/labelled.h"

namespace sluice::quality {
namespace {

struct Tally {
  size_t spam = 0, spam_rejected = 0, spam_held = 0;
  size_t good = 0, good_rejected = 0, good_held = 0;
  void Add(const Tally& other) {
    spam += other.spam;
    spam_rejected += other.spam_rejected;
    spam_held += other.spam_held;
    good += other.good;
    good_rejected += other.good_rejected;
    good_held += other.good_held;
  }
};

double Percent(size_t part, size_t whole) {
  return whole == 0
             ? 0
             : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

void Print(const std::string& name, const Tally& tally) {
  fmt::print(
      "{:16} spam {:6}: rejected {:5.1f} %, held {:5.1f} %   good {:6}: "
      "rejected {:5.2f} %, held {:5.2f} %\n",
      name, tally.spam, Percent(tally.spam_rejected, tally.spam),
      Percent(tally.spam_held, tally.spam), tally.good,
      Percent(tally.good_rejected, tally.good),
      Percent(tally.good_held, tally.good));
}

using RuleHits =
    std::map<std::string, std::pair<size_t, size_t>>;  // spam, good

Tally Play(const Site& site, const std::vector<Labelled>& set, RuleHits* hits) {
  Tally tally;
  for (const Labelled& labelled : set) {
    const v1::Decision decision =
        Judge(site, nullptr, labelled.comment, {}, {}, Time{}).decision;
    const bool rejected = decision.verdict() == v1::VERDICT_REJECT;
    const bool held = decision.verdict() == v1::VERDICT_HOLD;
    ++(labelled.spam ? tally.spam : tally.good);
    (labelled.spam ? tally.spam_rejected : tally.good_rejected) += rejected;
    (labelled.spam ? tally.spam_held : tally.good_held) += held;
    for (const v1::Reason& reason : decision.reasons()) {
      auto& [spam, good] = (*hits)[reason.id()];
      ++(labelled.spam ? spam : good);
    }
  }
  return tally;
}

int Main(const std::string& folder) {
  const auto files = ruleset::ReadFolder(SLUICE_SOURCE_DIR "/rules");
  if (!files.ok()) return 1;
  const ruleset::LoadResult loaded = ruleset::LoadRuleset(*files, {});
  if (loaded.ruleset == nullptr) return 1;
  const Site site{"default", loaded.ruleset->lists_facts(), loaded.ruleset};
  Tally blogs;
  RuleHits hits;
  for (const char* name :
       {"blog_pr", "blog_wp", "blog_ham", "datacamp", "youtube", "judol_id",
        "telegram_ru_en", "telegram_zh", "instagram_id", "sms", "abuse_en",
        "abuse_de", "abuse_zh", "abuse_ko"}) {
    const std::vector<Labelled> set =
        ReadLabelled(fmt::format("{}/{}.jsonl", folder, name));
    if (set.empty()) {
      fmt::print("{:16} left out: {}/{}.jsonl is absent\n", name, folder, name);
      continue;
    }
    const bool blog = std::string_view(name).substr(0, 5) == "blog_" ||
                      std::string_view(name) == "datacamp";
    RuleHits elsewhere;
    const Tally tally = Play(site, set, blog ? &hits : &elsewhere);
    Print(name, tally);
    if (blog) blogs.Add(tally);
  }
  if (blogs.good == 0) return 0;
  Print("blogs, pooled", blogs);
  fmt::print("\nrule on the blog sets: hits on spam, hits on good comments\n");
  for (const auto& [id, counts] : hits)
    fmt::print("  {:32} {:6} {:6}\n", id, counts.first, counts.second);
  const double rejected = Percent(blogs.good_rejected, blogs.good);
  const double held = Percent(blogs.good_held, blogs.good);
  fmt::print("bar rules_good_rejected_percent {:.3f} 0.1 {}\n", rejected,
             rejected <= 0.1 ? "ok" : "short");
  fmt::print("bar rules_good_held_percent {:.3f} 1.0 {}\n", held,
             held <= 1.0 ? "ok" : "short");
  return 0;
}

}  // namespace
}  // namespace sluice::quality

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: rules_quality FOLDER_OF_JSONL\n");
    return 2;
  }
  return sluice::quality::Main(argv[1]);
}
