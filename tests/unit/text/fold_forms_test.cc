#include "service/text/fold_forms.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::text {
namespace {

// What a word list does: any form, on word borders, stretched where it must be.
bool Matches(std::string_view entry, std::string_view text) {
  const Folded folded = Fold(text);
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

TEST(FoldForms, FindStretchedWordsWithDoubledLetters) {
  EXPECT_TRUE(Matches("free", "freeeee stuff"));
  EXPECT_TRUE(Matches("free", "frrree stuff"));
  EXPECT_TRUE(Matches("cool", "coool"));
  EXPECT_TRUE(Matches("pills", "cheap pillllls"));
  EXPECT_TRUE(Matches("bookkeeper", "bookkeeeeper"));
  EXPECT_TRUE(Matches("viagra", "viaaaagraaa"));
  EXPECT_TRUE(Matches("казино", "казинооо"));
}

TEST(FoldForms, DoNotTakeAShorterWordForALongerOne) {
  EXPECT_FALSE(Matches("meet", "we met"));
  EXPECT_FALSE(Matches("loose", "you lose"));
  EXPECT_FALSE(Matches("ass", "as if"));
  EXPECT_TRUE(Matches("meet", "meeeet"));
}

TEST(FoldForms, OneFormForMostWords) {
  EXPECT_EQ(1u, FoldForms("viagra").size());
  EXPECT_EQ(1u, FoldForms("加微信").size());
  EXPECT_EQ(2u, FoldForms("free").size());
  EXPECT_LE(FoldForms("aabbccddeeffgghh").size(), kMaxForms);
}

TEST(IsWholeWords, KeepsToBordersUnlessLettersWereSpacedOut) {
  EXPECT_FALSE(Matches("anal", "analysis"));
  EXPECT_TRUE(Matches("viagra", "b u y v i a g r a n o w"));
  EXPECT_TRUE(Matches("buy", "b u y v i a g r a n o w"));
  EXPECT_FALSE(Matches("via", "viagra w.o.r.l.d"));
  EXPECT_TRUE(Matches("微信", "请加微信号"));
}

}  // namespace
}  // namespace sluice::text
