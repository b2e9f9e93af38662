#include "service/text/offset_map.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace sluice::text {
namespace {

// The same map as a plain table: for each derived byte, its origin span.
struct Table {
  std::vector<ByteSpan> bytes;

  ByteSpan Map(ByteSpan derived) const {
    return {bytes[derived.begin].begin, bytes[derived.end - 1].end};
  }
  Table Compose(const Table& inner) const {
    Table table;
    for (const ByteSpan span : bytes) table.bytes.push_back(inner.Map(span));
    return table;
  }
};

struct Both {
  OffsetMap map;
  Table table;
};

// A random map whose origin has `origin_size` bytes.
Both RandomMap(std::mt19937& random, uint32_t origin_size) {
  Both both;
  uint32_t at = 0;
  while (at < origin_size) {
    at += random() % 3;  // dropped
    const uint32_t span = std::min<uint32_t>(
        1 + random() % 4, origin_size - std::min(at, origin_size));
    if (at >= origin_size) break;
    if (random() % 2 == 0) {
      both.map.AppendCopied(span, at);
      for (uint32_t i = 0; i < span; ++i) {
        both.table.bytes.push_back({at + i, at + i + 1});
      }
    } else {
      const uint32_t size = random() % 4;
      both.map.AppendReplaced(size, {at, at + span});
      for (uint32_t i = 0; i < size; ++i) {
        both.table.bytes.push_back({at, at + span});
      }
    }
    at += span;
  }
  return both;
}

void ExpectSame(const Both& both) {
  const auto size = static_cast<uint32_t>(both.table.bytes.size());
  ASSERT_EQ(size, both.map.derived_size());
  for (uint32_t begin = 0; begin < size; ++begin) {
    for (uint32_t end = begin + 1; end <= size; ++end) {
      ASSERT_EQ(both.table.Map({begin, end}), both.map.Map({begin, end}))
          << begin << " " << end;
    }
  }
}

TEST(OffsetMap, AgreesWithATableOfBytes) {
  std::mt19937 random(1);
  for (int i = 0; i < 500; ++i) ExpectSame(RandomMap(random, random() % 40));
}

TEST(OffsetMap, ComposesLikeTablesOfBytes) {
  std::mt19937 random(2);
  for (int i = 0; i < 1000; ++i) {
    const Both inner = RandomMap(random, 1 + random() % 40);
    const Both outer =
        RandomMap(random, static_cast<uint32_t>(inner.map.derived_size()));
    ExpectSame(
        {outer.map.Compose(inner.map), outer.table.Compose(inner.table)});
  }
}

TEST(OffsetMap, IsMonotoneAndStaysInside) {
  std::mt19937 random(3);
  for (int i = 0; i < 500; ++i) {
    const uint32_t origin_size = 1 + random() % 40;
    const Both both = RandomMap(random, origin_size);
    ByteSpan last;
    for (uint32_t at = 0; at < both.map.derived_size(); ++at) {
      const ByteSpan span = both.map.Map({at, at + 1});
      ASSERT_LT(span.begin, span.end);
      ASSERT_LE(span.end, origin_size);
      ASSERT_GE(span.begin, last.begin);
      ASSERT_GE(span.end, last.end);
      last = span;
    }
  }
}

TEST(OffsetMap, AnEmptySpanMapsToItsPlace) {
  OffsetMap map;
  map.AppendCopied(3, 2);
  map.AppendReplaced(2, {5, 9});
  EXPECT_EQ((ByteSpan{2, 2}), map.Map({0, 0}));
  EXPECT_EQ((ByteSpan{4, 4}), map.Map({2, 2}));
  EXPECT_EQ((ByteSpan{5, 5}), map.Map({3, 3}));
  EXPECT_EQ((ByteSpan{9, 9}), map.Map({5, 5}));
  EXPECT_EQ((ByteSpan{0, 0}), OffsetMap().Map({0, 0}));
}

TEST(OffsetMap, NeighbouringCopiesAreOneRun) {
  OffsetMap map;
  for (uint32_t at = 0; at < 100; ++at) map.AppendCopied(1, at);
  EXPECT_EQ(1u, map.run_count());
  EXPECT_EQ(1u, OffsetMap::Identity(100).run_count());
  EXPECT_EQ(0u, OffsetMap::Identity(0).run_count());
}

}  // namespace
}  // namespace sluice::text
