#include "service/text/skeleton.h"

#include <gtest/gtest.h>

#include "service/text/squeeze.h"

namespace sluice::text {
namespace {

TEST(Skeleton, NamesThatLookAlikeShareOne) {
  struct Pair {
    const char* known;
    const char* impostor;
  };
  constexpr Pair kPairs[] = {
      {"Scott", "Ѕсоtt"},        // Cyrillic
      {"Scott", "Sc0tt"},        // a digit
      {"Scott", "S c o t t ."},  // separators
      {"Scott", "Scotţ"},        // a mark
      {"Alison", "AIison"},      // capital i for l
      {"Alison", "A1ison"},      // one for l
      {"Emma", "Ernma"},         // r n for m
      {"Tom", "ТОМ"},            // wholly Cyrillic
      {"Oscar", "Οѕсаr"},        // Greek and Cyrillic
      {"Will", "VVill"},         // v v for w
      {"Anna", "Ana"},           // a doubled letter
      {"Rob", "Roь"},            // a loose likeness
      {"Mark", "Ma\u200Brk"},    // an invisible character
  };
  for (const Pair& pair : kPairs) {
    EXPECT_EQ(Skeleton(pair.known), Skeleton(pair.impostor)) << pair.impostor;
  }
}

TEST(Skeleton, OtherNamesDoNot) {
  EXPECT_NE(Skeleton("Scott"), Skeleton("Scot Alexander"));
  EXPECT_NE(Skeleton("Tom"), Skeleton("Tim"));
  EXPECT_NE(Skeleton("王伟"), Skeleton("王芳"));
}

TEST(Skeleton, IsEmptyForANameOfPunctuation) { EXPECT_EQ("", Skeleton("-.!")); }

TEST(Squeeze, KeepsLettersAndDigitsAndTheWayBack) {
  const std::string folded = "via-gra, 5 mg 微 信!";
  const Squeezed squeezed = Squeeze(folded);
  EXPECT_EQ("viagra5mg微信", squeezed.text);
  EXPECT_EQ((ByteSpan{0, 7}), squeezed.map.Map({0, 6}));
  EXPECT_EQ((ByteSpan{9, 10}), squeezed.map.Map({6, 7}));
}

}  // namespace
}  // namespace sluice::text
