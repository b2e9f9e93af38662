#include "service/history/regulars.h"

#include <gtest/gtest.h>

namespace sluice::history {
namespace {

using signals::Likeness;

class RegularsTest : public ::testing::Test {
 protected:
  void Accept(const std::string& name, uint64_t identity, int times = 1,
              uint64_t site = 1) {
    const std::string skeleton = signals::NameSkeleton(name);
    const uint64_t key = Regulars::Key(site, skeleton, identity);
    regulars_.See(key, site, name, skeleton, 1000);
    for (int i = 0; i < times; ++i) regulars_.Change(key, 1, 1000);
  }

  Regulars::Found Like(const std::string& name, uint64_t identity = 0,
                       uint64_t site = 1) const {
    const std::string skeleton = signals::NameSkeleton(name);
    return regulars_.Like(site, skeleton,
                          Regulars::Key(site, skeleton, identity));
  }

  Regulars regulars_{1000, 3};
};

TEST_F(RegularsTest, EnoughAcceptedCommentsMakeARegular) {
  Accept("Ann Miller", 7, 2);
  EXPECT_EQ(Like("Ann Miller").likeness, Likeness::kNone);
  Accept("Ann Miller", 7);
  EXPECT_EQ(Like("ANN  Miller").likeness, Likeness::kSame);
  EXPECT_EQ(Like("ANN  Miller").name, "Ann Miller");
  EXPECT_EQ(Like("Ann Milller").likeness, Likeness::kSame);
  EXPECT_EQ(Like("Ann Miler").likeness, Likeness::kSame);
  EXPECT_EQ(Like("Ann Miller", 8).likeness, Likeness::kSame);
  EXPECT_EQ(Like("Ann Miller", 7).likeness, Likeness::kNone)
      << "nobody imitates themselves";
}

TEST_F(RegularsTest, OneAcceptedCommentIsKnownLongBeforeARegular) {
  const uint64_t key = Regulars::Key(1, signals::NameSkeleton("Ann Miller"), 7);
  EXPECT_FALSE(regulars_.HasAccepted(key));
  Accept("Ann Miller", 7);
  EXPECT_TRUE(regulars_.HasAccepted(key));
  EXPECT_FALSE(regulars_.IsRegular(key));
  regulars_.Change(key, -1, 0);
  EXPECT_FALSE(regulars_.HasAccepted(key));
}

TEST_F(RegularsTest, NearNamesAreFoundWhereverTheyDiffer) {
  Accept("Robert Wagner", 7, 3);
  for (const char* name :
       {"Robert Wagnar", "Obert Wagner", "Robert Wagners", "Rboert Wagner",
        "Robert Wagne", "Xobert Wagner", "Robert Wqgner"})
    EXPECT_EQ(Like(name).likeness, Likeness::kNear) << name;
  for (const char* name : {"Robert Wagnxx", "Robert", "Wagner", ""})
    EXPECT_EQ(Like(name).likeness, Likeness::kNone) << name;
}

TEST_F(RegularsTest, ShortNamesAreNearToNothing) {
  Accept("Anna", 7, 3);
  EXPECT_EQ(Like("Anna").likeness, Likeness::kSame);
  EXPECT_EQ(Like("Anne").likeness, Likeness::kNone);
  Accept("\xE7\x8E\x8B\xE5\xB0\x8F\xE6\x98\x8E", 8, 3);
  EXPECT_EQ(Like("\xE7\x8E\x8B\xE5\xB0\x8F\xE6\x9C\x8B").likeness,
            Likeness::kNone)
      << "one character of three";
}

TEST_F(RegularsTest, AnUndoneDecisionMakesNoRegular) {
  Accept("Ann Miller", 7, 3);
  const uint64_t key = Regulars::Key(1, signals::NameSkeleton("Ann Miller"), 7);
  EXPECT_TRUE(regulars_.IsRegular(key));
  regulars_.Change(key, -1, 1000);
  EXPECT_FALSE(regulars_.IsRegular(key));
  EXPECT_EQ(Like("Ann Miller").likeness, Likeness::kNone);
  for (int i = 0; i < 5; ++i) regulars_.Change(key, -1, 1000);
  regulars_.Change(key, 1, 1000);
  EXPECT_FALSE(regulars_.IsRegular(key)) << "it does not go below zero";
}

TEST_F(RegularsTest, SitesAndNamelessIdentitiesAreApart) {
  Accept("Ann Miller", 7, 3, 2);
  EXPECT_EQ(Like("Ann Miller").likeness, Likeness::kNone);
  EXPECT_EQ(Like("Ann Miller", 0, 2).likeness, Likeness::kSame);
  EXPECT_EQ(Regulars::Key(1, "", 7), 0u);
  EXPECT_EQ(Regulars::Key(1, "ann", 0), 0u);
}

TEST_F(RegularsTest, AFloodOfNamesCostsNoMemory) {
  const size_t bytes = regulars_.bytes();
  for (uint64_t i = 0; i < 50'000; ++i)
    Accept("Name " + std::to_string(i), i + 1, 3);
  EXPECT_EQ(regulars_.bytes(), bytes);
}

}  // namespace
}  // namespace sluice::history
