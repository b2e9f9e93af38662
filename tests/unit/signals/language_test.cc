#include "service/signals/language.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::signals {
namespace {

TEST(DetectLanguage, WritesBcp47) {
  struct Case {
    const char* tag;
    const char* text;
  };
  for (const Case& c : std::vector<Case>{
           {"ru", "Спасибо за статью, я раньше не думал о втором случае."},
           {"el", "Ευχαριστώ για το άρθρο, δεν το είχα σκεφτεί ποτέ έτσι."},
           {"he", "תודה על המאמר, לא חשבתי על המקרה השני לפני כן בכלל."},
           {"ja",
            "記事をありがとうございます。二番目の場合は考えていませんでした。"},
           {"fr",
            "Merci pour cet article, je n'avais jamais pensé au deuxième "
            "cas avant de vous lire."}}) {
    const Language language = DetectLanguage(c.text);
    EXPECT_EQ(language.tag, c.tag) << c.text;
    EXPECT_GT(language.confidence, 0.7) << c.text;
  }
}

TEST(DetectLanguage, IsSilentWhereThereIsNothingToGoBy) {
  for (const std::string& text :
       {std::string(), std::string("ok"), std::string(5000, '7'),
        std::string(100, ' '), std::string("\xF0\x9F\x98\x80")})
    EXPECT_LT(DetectLanguage(text).confidence, kSureOfLanguage) << text;
}

TEST(DetectLanguage, IsCutAtACharactersBorder) {
  const std::string sentence =
      "Спасибо за статью, я раньше не думал о втором случае.";
  for (size_t i = 0; i < 3; ++i) {
    const std::string text =
        sentence + std::string(kMaxLanguageBytes - sentence.size() - i, ' ') +
        "яяя";
    EXPECT_EQ(DetectLanguage(text).tag, "ru") << i;
  }
}

TEST(LanguageDiffers, OnlyWhereBothAreKnownAndOneIsSure) {
  struct Case {
    const char* text;
    double confidence;
    const char* page;
    bool differs;
  };
  for (const Case& c : std::vector<Case>{{"de", 0.9, "en", true},
                                         {"de", 0.9, "", false},
                                         {"", 0, "en", false},
                                         {"de", 0.6, "en", false},
                                         {"en", 0.9, "EN-us", false},
                                         {"zh-Hant", 0.9, "zh", false},
                                         {"no", 0.9, "nb", false},
                                         {"da", 0.9, "no", false},
                                         {"hr", 0.9, "sr-Latn", false},
                                         {"he", 0.9, "iw", false},
                                         {"pt", 0.9, "es", true}}) {
    EXPECT_EQ(LanguageDiffers({c.text, c.confidence}, c.page), c.differs)
        << c.text << " on " << c.page;
  }
}

}  // namespace
}  // namespace sluice::signals
