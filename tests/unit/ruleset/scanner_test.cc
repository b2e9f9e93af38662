#include "service/ruleset/scanner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

namespace sluice::ruleset {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

using Found = std::vector<std::pair<uint32_t, uint32_t>>;

Found Scan(const Scanner& scanner, std::string_view text) {
  Found out;
  scanner.Scan(text, [&out](uint32_t literal, uint32_t begin) {
    out.emplace_back(literal, begin);
  });
  return out;
}

Found BruteForce(const std::vector<std::string>& literals,
                 std::string_view text) {
  Found out;
  for (uint32_t i = 0; i < literals.size(); ++i) {
    for (size_t at = text.find(literals[i]); at != std::string_view::npos;
         at = text.find(literals[i], at + 1))
      out.emplace_back(i, static_cast<uint32_t>(at));
  }
  std::sort(out.begin(), out.end());
  return out;
}

TEST(Scanner, FindsLiteralsOfEveryLength) {
  const Scanner scanner({"a", "bc", "def", "ghij", "klmnopqrstuvwxyz"});
  EXPECT_THAT(Scan(scanner, "a bc def ghij klmnopqrstuvwxyz"),
              UnorderedElementsAre(Pair(0, 0), Pair(1, 2), Pair(2, 5),
                                   Pair(3, 9), Pair(4, 14)));
}

TEST(Scanner, FindsWhatOverlapsAndWhatIsAtTheEnds) {
  const Scanner scanner({"aaaa", "aaaaa", "aa"});
  EXPECT_THAT(
      Scan(scanner, "aaaaa"),
      UnorderedElementsAre(Pair(0, 0), Pair(0, 1), Pair(1, 0), Pair(2, 0),
                           Pair(2, 1), Pair(2, 2), Pair(2, 3)));
  EXPECT_THAT(Scan(scanner, "a"), IsEmpty());
  EXPECT_THAT(Scan(scanner, ""), IsEmpty());
}

TEST(Scanner, ReportsEqualLiteralsAll) {
  const Scanner scanner({"same", "same"});
  EXPECT_THAT(Scan(scanner, "same"),
              UnorderedElementsAre(Pair(0, 0), Pair(1, 0)));
}

TEST(Scanner, OfNothingFindsNothing) {
  EXPECT_THAT(Scan(Scanner(), "text"), IsEmpty());
  EXPECT_THAT(Scan(Scanner(std::vector<std::string>{}), "text"), IsEmpty());
}

TEST(Scanner, EachLiteralIsReportedInTheOrderOfTheText) {
  const Scanner scanner({"word"});
  EXPECT_THAT(Scan(scanner, "word word"), ElementsAre(Pair(0, 0), Pair(0, 5)));
}

TEST(Scanner, TakesLiteralsLongerThanItLooksForGramsIn) {
  const std::string large = std::string(10'000, 'x') + "needle";
  const Scanner scanner({large});
  EXPECT_THAT(Scan(scanner, "y" + large + "y"), ElementsAre(Pair(0, 1)));
  EXPECT_THAT(Scan(scanner, large.substr(1)), IsEmpty());
}

// Small alphabets, so that literals share grams, bytes beside grams and places.
TEST(Scanner, AgreesWithASearchForEachLiteral) {
  std::mt19937 random(11);
  const auto made = [&random](size_t size, const std::string& letters) {
    std::string out;
    for (size_t i = 0; i < size; ++i)
      out.push_back(letters[random() % letters.size()]);
    return out;
  };
  size_t hits = 0;
  for (const std::string letters :
       {"ab", "abcd", "ab \xD0\xB0\xFF", "aeinst"}) {
    for (int round = 0; round < 200; ++round) {
      std::vector<std::string> literals;
      for (int i = 0; i < 60; ++i)
        literals.push_back(made(1 + random() % 12, letters));
      const Scanner scanner(literals);
      // Past the size of a block, too.
      const std::string text = made(random() % 1500, letters);
      Found found = Scan(scanner, text);
      std::sort(found.begin(), found.end());
      ASSERT_EQ(found, BruteForce(literals, text));
      hits += found.size();
    }
  }
  EXPECT_GT(hits, 1'000'000u);
}

// Literals that differ only at their ends must not share their grams: a text of
// what they share would be compared with all of them.
TEST(Scanner, LiteralsWithACommonBeginAreKeptApart) {
  std::vector<std::string> literals;
  for (int i = 0; i < 1000; ++i)
    literals.push_back("https://spam" + std::to_string(1000 + i) + "/x");
  const Scanner scanner(literals);
  EXPECT_LT(scanner.MaxLoad(), 20u);
}

}  // namespace
}  // namespace sluice::ruleset
