#include "tests/bench/evasion/disguise.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "service/text/fold_forms.h"

namespace sluice::text {
namespace {

constexpr std::string_view kPayloads[] = {
    "viagra",         "cialis",          "casino",         "payday loans",
    "cheap pills",    "free money",      "online poker",   "buy followers",
    "forex signals",  "crypto giveaway", "replica watch",  "weight loss",
    "escort service", "hot singles",     "work from home", "earn dollars",
    "seo services",   "backlinks",       "guest post",     "bitcoin investment",
    "click here",     "limited offer",   "pharmacy",       "steroids",
    "essay writing",  "credit repair",   "slot gacor",     "betting tips",
    "whatsapp",       "telegram channel"};

bool Finds(std::string_view entry, const Folded& folded) {
  for (const FoldForm& form : FoldForms(entry)) {
    for (size_t at = folded.text.find(form.text); at != std::string::npos;
         at = folded.text.find(form.text, at + 1)) {
      const ByteSpan span = {static_cast<uint32_t>(at),
                             static_cast<uint32_t>(at + form.text.size())};
      if (!IsWholeWords(folded, span)) continue;
      if (!form.stretched_only || IsStretched(folded, span)) return true;
    }
  }
  return false;
}

double ShareFound(const evasion::Disguise& disguise) {
  constexpr uint32_t kSeeds = 20;
  int found = 0;
  int all = 0;
  for (const std::string_view payload : kPayloads) {
    const std::string text =
        "Hello friends, get " + std::string(payload) + " today at our website!";
    for (uint32_t seed = 0; seed < kSeeds; ++seed) {
      ++all;
      found += Finds(payload, Fold(disguise.apply(text, seed)));
    }
  }
  return 100.0 * found / all;
}

TEST(Disguises, AreTwentyAndAMixtureWithNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const evasion::Disguise& disguise : evasion::Disguises()) {
    names.insert(disguise.name);
    EXPECT_NE("Cheap Casinos here", disguise.apply("Cheap Casinos here", 1))
        << disguise.name;
    EXPECT_EQ(disguise.apply("Cheap Casinos here", 1),
              disguise.apply("Cheap Casinos here", 1));
  }
  EXPECT_EQ(21u, names.size());
}

TEST(Disguises, ThatAreTextAreUndoneByFolding) {
  double sum = 0;
  int count = 0;
  for (const evasion::Disguise& disguise : evasion::Disguises()) {
    if (!disguise.text_level) continue;
    const double share = ShareFound(disguise);
    RecordProperty(std::string(disguise.name), std::to_string(share));
    std::printf("%-16s %6.2f %%\n", std::string(disguise.name).c_str(), share);
    EXPECT_GE(share, 90.0) << disguise.name;
    sum += share;
    ++count;
  }
  EXPECT_EQ(18, count);
  EXPECT_GE(sum / count, 97.0);
}

}  // namespace
}  // namespace sluice::text
