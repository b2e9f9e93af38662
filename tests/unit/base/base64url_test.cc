#include "service/base/base64url.h"

#include <gtest/gtest.h>

#include <random>

namespace sluice {
namespace {

TEST(Base64Url, WritesWhatTheStandardSays) {
  EXPECT_EQ(Base64Url(""), "");
  EXPECT_EQ(Base64Url("f"), "Zg");
  EXPECT_EQ(Base64Url("fo"), "Zm8");
  EXPECT_EQ(Base64Url("foobar"), "Zm9vYmFy");
  EXPECT_EQ(Base64Url("\xfb\xff\xfe"), "-__-");
}

TEST(Base64Url, ReadsBackWhatItWrote) {
  std::mt19937 random(1);
  for (size_t size = 0; size < 100; ++size) {
    std::string bytes;
    for (size_t i = 0; i < size; ++i)
      bytes.push_back(static_cast<char>(random()));
    EXPECT_EQ(FromBase64Url(Base64Url(bytes)), bytes);
  }
}

// A token must have one spelling, or one that was used could be used again.
TEST(Base64Url, RefusesASecondSpelling) {
  for (const char* text : {"Zg==", "Zh", "Z", "Zm9=", "Zm 8", "Zm+8", "Zm9"})
    EXPECT_FALSE(FromBase64Url(text).has_value()) << text;
}

}  // namespace
}  // namespace sluice
