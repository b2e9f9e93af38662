#include "service/history/bounded_table.h"

#include <gtest/gtest.h>

#include "service/base/keyed_hash.h"

namespace sluice::history {
namespace {

TEST(BoundedTable, KeepsWhatIsPutIntoIt) {
  BoundedTable<uint32_t> table(1000);
  for (uint64_t i = 1; i <= 300; ++i) table.Touch(SpreadBits(i), 1) = i;
  for (uint64_t i = 1; i <= 300; ++i) {
    ASSERT_NE(table.Find(SpreadBits(i)), nullptr) << i;
    EXPECT_EQ(*table.Find(SpreadBits(i)), i);
  }
  EXPECT_EQ(table.Find(SpreadBits(301)), nullptr);
  EXPECT_EQ(table.Find(0), nullptr);
}

TEST(BoundedTable, AFloodOfKeysTakesTheLongestUntouchedFirst) {
  BoundedTable<uint32_t> table(8);  // one set
  for (uint64_t key = 1; key <= 8; ++key) table.Touch(key, key) = key;
  table.Touch(1, 100);
  table.Touch(9, 101) = 9;
  EXPECT_EQ(table.Find(2), nullptr) << "the oldest makes room";
  EXPECT_NE(table.Find(1), nullptr) << "touched since";
  EXPECT_EQ(*table.Find(9), 9u);
}

TEST(BoundedTable, ATouchedKeyThatIsNewBeginsAtZero) {
  BoundedTable<uint32_t> table(8);
  for (uint64_t key = 1; key <= 8; ++key) table.Touch(key, 1) = 77;
  EXPECT_EQ(table.Touch(9, 2), 0u);
  table.Erase(9);
  EXPECT_EQ(table.Find(9), nullptr);
  EXPECT_EQ(table.Touch(9, 3), 0u);
}

}  // namespace
}  // namespace sluice::history
