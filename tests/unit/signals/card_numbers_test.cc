#include "service/signals/card_numbers.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::signals {
namespace {

// The numbers are those that issuers publish for tests.
TEST(CardNumbers, AreCountedWithAndWithoutGroups) {
  EXPECT_EQ(CountCardNumbers("my card is 4111 1111 1111 1111, ok?"), 1);
  EXPECT_EQ(CountCardNumbers("4111111111111111"), 1);
  EXPECT_EQ(CountCardNumbers("4111-1111-1111-1111"), 1);
  EXPECT_EQ(CountCardNumbers("3782 822463 10005"), 1);
  EXPECT_EQ(CountCardNumbers("2223003122003222"), 1);
  EXPECT_EQ(CountCardNumbers("5555555555554444 and 6011111111111117"), 2);
}

TEST(CardNumbers, OtherNumbersAreNone) {
  for (const char* text :
       {"", "4", "4111 1111 1111 1112", "4111  1111 1111 1111",
        "call 4111 1111", "build 20240101123456", "0000000000000000",
        "5555555555555555", "41111111111111114111111111111111",
        "x4111-1111-1111-1111-1", "1111111111111117",
        "3.14159265358979323846264338327950288419716939937510"}) {
    EXPECT_EQ(CountCardNumbers(text), 0) << text;
  }
}

TEST(CardNumbers, ALongRunOfDigitsIsOneNumberAndNone) {
  EXPECT_EQ(CountCardNumbers(std::string(65536, '4')), 0);
}

}  // namespace
}  // namespace sluice::signals
