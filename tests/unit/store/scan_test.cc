#include "service/store/scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "google/protobuf/util/message_differencer.h"
#include "tests/unit/store/every_store.h"

namespace sluice::store {
namespace {

using ::google::protobuf::util::MessageDifferencer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Scanning : public ::testing::TestWithParam<Implementation> {
 protected:
  Store* store() { return store_.get(); }

 private:
  const TemporaryFolder folder_;
  const std::unique_ptr<Store> store_ = GetParam().open(folder_);
};

// Names and human verdicts of a scan, chunk by chunk.
std::vector<std::string> Scanned(Store* store, ScanQuery query,
                                 const std::function<void()>& between = {}) {
  std::vector<std::string> out;
  while (true) {
    const absl::StatusOr<ScanChunk> chunk = store->Scan(query);
    if (!chunk.ok()) return {chunk.status().ToString()};
    for (const ScannedCheck& row : chunk->checks) {
      v1::Event event;
      EXPECT_TRUE(ParseScanned(row, &event).ok());
      out.push_back(event.checked().comment().body().substr(32));
      if (row.human == v1::VERDICT_ACCEPT) out.back() += "+";
      if (row.human == v1::VERDICT_REJECT) out.back() += "-";
    }
    if (!chunk->next) return out;
    query.after = chunk->next;
    if (between) between();
  }
}

ScanQuery ScanOf(const std::string& site, int limit) {
  ScanQuery query;
  query.site = site;
  query.limit = limit;
  return query;
}

TEST_P(Scanning, AScanMeetsEveryCheckOnceInOrderOfTime) {
  ASSERT_TRUE(Hold(store(), NameOf("c"), At(3)).ok());
  ASSERT_TRUE(Accept(store(), NameOf("a"), At(1)).ok());
  ASSERT_TRUE(Record(store(), CheckOf(NameOf("b"), v1::VERDICT_REJECT), At(2),
                     Durability::kBeforeAnswer)
                  .ok());
  ASSERT_TRUE(Hold(store(), NameOf("d"), At(3)).ok());
  ASSERT_TRUE(Hold(store(), NameOf("x", "others"), At(2)).ok());
  ASSERT_TRUE(
      DecideOne(store(), DecisionOf(NameOf("c"), v1::VERDICT_REJECT)).ok());
  ASSERT_TRUE(
      DecideOne(store(), DecisionOf(NameOf("b"), v1::VERDICT_ACCEPT)).ok());
  for (int limit : {1, 2, 3, 4, 5, 1000, -1, 100'000}) {
    EXPECT_THAT(Scanned(store(), ScanOf("blog", limit)),
                ElementsAre("a", "b+", "c-", "d"))
        << limit;
  }
  EXPECT_THAT(Scanned(store(), ScanOf("nowhere", 2)), IsEmpty());
}

TEST_P(Scanning, AScanBeginsAtItsTimeAndCounts) {
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(Hold(store(), NameOf(std::to_string(i)), At(i)).ok());
  ScanQuery query = ScanOf("blog", 2);
  query.since = At(2);
  query.count = true;
  EXPECT_EQ(store()->Scan(query)->total, 3);
  EXPECT_THAT(Scanned(store(), query), ElementsAre("2", "3", "4"));
  query.since.reset();
  EXPECT_EQ(store()->Scan(query)->total, 5);
}

TEST_P(Scanning, AScanStaysInPlaceWhileCommentsChangeTheirState) {
  for (int i = 0; i < 6; ++i)
    ASSERT_TRUE(Hold(store(), NameOf(std::to_string(i)), At(i)).ok());
  int next = 0;
  // Behind the scan, at it and before it: none is met twice or passed over.
  const auto decide = [&] {
    for (const int i : {next, next + 1, 5 - next}) {
      EXPECT_TRUE(DecideOne(store(), DecisionOf(NameOf(std::to_string(i)),
                                                v1::VERDICT_ACCEPT))
                      .ok());
    }
    ++next;
  };
  EXPECT_THAT(Scanned(store(), ScanOf("blog", 2), decide),
              ElementsAre("0", "1", "2", "3", "4+", "5+"));
}

TEST_P(Scanning, AScanGivesTheCheckInFull) {
  v1::Checked checked = CheckOf(NameOf("a"), v1::VERDICT_HOLD, 4.5);
  checked.mutable_signals()->mutable_links()->set_count(3);
  ASSERT_TRUE(Record(store(), checked, At(7), Durability::kBeforeAnswer).ok());
  const absl::StatusOr<ScanChunk> chunk = store()->Scan(ScanOf("blog", 2));
  ASSERT_TRUE(chunk.ok()) << chunk.status();
  ASSERT_EQ(chunk->checks.size(), 1u);
  EXPECT_EQ(chunk->checks[0].create_time, At(7));
  v1::Event event;
  ASSERT_TRUE(ParseScanned(chunk->checks[0], &event).ok());
  EXPECT_TRUE(MessageDifferencer::Equals(event.checked(), checked));
  EXPECT_FALSE(
      ParseScanned({At(0), v1::VERDICT_UNSPECIFIED, "no event"}, &event).ok());
}

INSTANTIATE_TEST_SUITE_P(Stores, Scanning, ::testing::ValuesIn(AllStores()),
                         NameOfStore);

}  // namespace
}  // namespace sluice::store
