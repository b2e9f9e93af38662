// Listings under filters, by campaign and by author, page by page while the
// queue moves.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/store/every_store.h"

namespace sluice::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Listing : public ::testing::TestWithParam<Implementation> {
 protected:
  Store* store() { return store_.get(); }

  void Add(const std::string& id, int64_t second, v1::Verdict verdict,
           const std::string& campaign = "", const std::string& email = "",
           double score = 0) {
    v1::Checked checked = CheckOf(NameOf(id), verdict, score);
    checked.mutable_signals()->mutable_repetition()->set_campaign(campaign);
    checked.mutable_comment()->mutable_author()->set_email(email);
    ASSERT_TRUE(
        Record(store(), checked, At(second), Durability::kBeforeAnswer).ok());
  }
  static ListQuery Asking(const std::string& filter,
                          Order order = Order::kOldestFirst) {
    ListQuery query;
    query.site = "blog";
    query.state = v1::STATE_UNSPECIFIED;
    query.order = order;
    query.page_size = 2;
    if (!filter.empty()) query.filter = *Filter::Parse(filter, At(1000));
    return query;
  }
  std::vector<std::string> Ids(const ListQuery& query) {
    std::vector<std::string> ids;
    for (const v1::Entry& entry : ListAll(store(), query))
      ids.push_back(entry.name().substr(entry.name().rfind('/') + 1));
    return ids;
  }

 private:
  const TemporaryFolder folder_;
  const std::unique_ptr<Store> store_ = GetParam().open(folder_);
};

TEST_P(Listing, TheFilterSaysWhichStates) {
  Add("a", 3, v1::VERDICT_HOLD);
  Add("b", 2, v1::VERDICT_REJECT);
  Add("c", 1, v1::VERDICT_ACCEPT);
  Add("d", 0, v1::VERDICT_HOLD);
  EXPECT_THAT(Ids(Asking("")), ElementsAre("d", "a"));
  EXPECT_THAT(Ids(Asking("body")), ElementsAre("d", "a"));
  EXPECT_THAT(Ids(Asking("state:*")), ElementsAre("d", "c", "b", "a"));
  EXPECT_THAT(Ids(Asking("state = HELD OR state = REJECTED")),
              ElementsAre("d", "b", "a"));
  EXPECT_THAT(Ids(Asking("nobody")), IsEmpty());
}

TEST_P(Listing, SeveralStatesAreMergedInOrder) {
  for (int i = 0; i < 12; ++i) {
    Add("c" + std::to_string(i), 100 - i, static_cast<v1::Verdict>(1 + i % 3),
        "", "", i % 5);
  }
  EXPECT_THAT(Ids(Asking("state:*")),
              ElementsAre("c11", "c10", "c9", "c8", "c7", "c6", "c5", "c4",
                          "c3", "c2", "c1", "c0"));
  EXPECT_THAT(Ids(Asking("state != HELD", Order::kNewestFirst)),
              ElementsAre("c0", "c2", "c3", "c5", "c6", "c8", "c9", "c11"));
  EXPECT_THAT(Ids(Asking("state:* score >= 3", Order::kHighestScoreFirst)),
              ElementsAre("c4", "c9", "c3", "c8"));
  EXPECT_THAT(
      Ids(Asking("state:* score > 0 score <= 1", Order::kHighestScoreFirst)),
      ElementsAre("c1", "c6", "c11"));
}

TEST_P(Listing, TimesBoundTheWalk) {
  for (int i = 0; i < 6; ++i)
    Add("c" + std::to_string(i), 100 * i, v1::VERDICT_HOLD);
  EXPECT_THAT(Ids(Asking("create_time >= -800s create_time < -500s")),
              ElementsAre("c2", "c3", "c4"));
  EXPECT_THAT(Ids(Asking("create_time > -800s create_time <= -500s",
                         Order::kNewestFirst)),
              ElementsAre("c5", "c4", "c3"));
}

TEST_P(Listing, TheLargestCampaignComesFirstAndStaysTogether) {
  Add("single", 0, v1::VERDICT_HOLD);
  Add("a1", 1, v1::VERDICT_HOLD, "aa");
  Add("b1", 2, v1::VERDICT_HOLD, "bb");
  Add("a2", 3, v1::VERDICT_HOLD, "aa");
  Add("b2", 4, v1::VERDICT_HOLD, "bb");
  Add("b3", 5, v1::VERDICT_HOLD, "bb");
  Add("b0", 0, v1::VERDICT_REJECT, "bb");
  const ListQuery query = Asking("", Order::kLargestCampaignFirst);
  EXPECT_THAT(Ids(query), ElementsAre("b1", "b2", "b3", "a1", "a2", "single"));
  EXPECT_THAT(Ids(Asking("campaign = aa", Order::kLargestCampaignFirst)),
              ElementsAre("a1", "a2"));
  EXPECT_THAT(Ids(Asking("campaign = bb state:*", Order::kNewestFirst)),
              ElementsAre("b3", "b2", "b1", "b0"));
  // Sizes are those of the state that is listed.
  for (const char* id : {"b1", "b2"}) {
    ASSERT_TRUE(
        DecideOne(store(), DecisionOf(NameOf(id), v1::VERDICT_REJECT)).ok());
  }
  EXPECT_THAT(Ids(query), ElementsAre("a1", "a2", "single", "b3"));
}

TEST_P(Listing, ACampaignIsFinishedThoughItShrinksMeanwhile) {
  for (int i = 0; i < 6; ++i)
    Add("a" + std::to_string(i), i, v1::VERDICT_HOLD, "aa");
  for (int i = 0; i < 4; ++i)
    Add("b" + std::to_string(i), i, v1::VERDICT_HOLD, "bb");
  ListQuery query = Asking("", Order::kLargestCampaignFirst);
  query.page_size = 3;
  std::vector<std::string> seen;
  while (true) {
    const auto page = store()->List(query);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const v1::Entry& entry : page->entries) {
      seen.push_back(entry.name());
      ASSERT_TRUE(
          DecideOne(store(), DecisionOf(entry.name(), v1::VERDICT_REJECT))
              .ok());
    }
    if (page->next_page_token.empty()) break;
    query.page_token = page->next_page_token;
  }
  // "bb" is the larger one once half of "aa" is decided; "aa" is finished
  // first. "bb" stands before where that page ended: it is not skipped.
  std::sort(seen.begin(), seen.end());
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  EXPECT_GE(seen.size(), 6u);
  const auto rest = Ids(Asking("", Order::kLargestCampaignFirst));
  EXPECT_EQ(seen.size() + rest.size(), 10u);
}

TEST_P(Listing, AnAuthorsEntriesInEveryState) {
  Add("a", 1, v1::VERDICT_HOLD, "", "Ann@x.org");
  Add("b", 2, v1::VERDICT_ACCEPT, "", "ann@x.org");
  Add("c", 3, v1::VERDICT_HOLD, "", "bob@x.org");
  Add("d", 4, v1::VERDICT_REJECT, "", "ann@x.org");
  ListQuery query = Asking("", Order::kNewestFirst);
  query.author.emplace();
  query.author->set_email("ANN@x.org");
  EXPECT_THAT(Ids(query), ElementsAre("d", "b", "a"));
  query.state = v1::STATE_HELD;
  EXPECT_THAT(Ids(query), ElementsAre("a"));
  query.author->set_email("nobody@x.org");
  EXPECT_THAT(Ids(query), IsEmpty());
  EXPECT_THAT(Ids(Asking("author.email = ANN@x.org state:*")),
              ElementsAre("a", "b", "d"));
  EXPECT_THAT(Ids(Asking("author.email = ANN@x.org")), ElementsAre("a"));
}

TEST_P(Listing, WhoLinksToADomain) {
  for (const char* id : {"a", "b", "c"}) {
    v1::Checked checked = CheckOf(NameOf(id), v1::VERDICT_ACCEPT);
    auto* links = checked.mutable_signals()->mutable_links();
    links->add_items()->set_domain(*id == 'b' ? "other.example"
                                              : "pills.example");
    links->add_items()->set_domain("both.example");
    ASSERT_TRUE(
        Record(store(), checked, At(*id), Durability::kBeforeAnswer).ok());
  }
  ListQuery query = Asking("", Order::kNewestFirst);
  query.link_domain = "pills.example";
  EXPECT_THAT(Ids(query), ElementsAre("c", "a"));
  query.link_domain = "both.example";
  EXPECT_THAT(Ids(query), ElementsAre("c", "b", "a"));
}

TEST_P(Listing, ASelectiveFilterLosesNothingAcrossShortPages) {
  constexpr int kEntries = 250;
  for (int i = 0; i < kEntries; ++i) {
    Add("c" + std::to_string(i), i, v1::VERDICT_HOLD, "", "",
        i % 90 == 7 ? 5 : 1);
  }
  for (Order order : {Order::kOldestFirst, Order::kLargestCampaignFirst})
    EXPECT_THAT(Ids(Asking("score = 5", order)),
                ElementsAre("c7", "c97", "c187"));
}

TEST_P(Listing, ATokenIsOfItsFilterOnly) {
  for (int i = 0; i < 4; ++i)
    Add("c" + std::to_string(i), i, v1::VERDICT_HOLD, "", "", 5);
  ListQuery query = Asking("score > 1");
  query.page_token = store()->List(query)->next_page_token;
  ASSERT_NE(query.page_token, "");
  query.filter = *Filter::Parse("score > 2", At(1000));
  EXPECT_TRUE(absl::IsInvalidArgument(store()->List(query).status()));
}

INSTANTIATE_TEST_SUITE_P(Stores, Listing, ::testing::ValuesIn(AllStores()),
                         NameOfStore);

// A page under a filter that finds nothing ends all the same.
TEST(ListingBounds, APageLooksAtNoMoreThanItsShare) {
  const auto store = OpenOrDie({.path = ":memory:"});
  constexpr int kEntries = Store::kMaxScanned + 500;
  for (int i = 0; i < kEntries; ++i) {
    store->RecordCheck(CheckOf(NameOf("c" + std::to_string(i)),
                               v1::VERDICT_HOLD, i == kEntries - 1 ? 9 : 0),
                       At(i), Durability::kBehind,
                       [](absl::StatusOr<CheckRecord>) {});
    if (i % 1000 == 0) {
      ASSERT_TRUE(store->Flush().ok());
    }
  }
  ListQuery query;
  query.site = "blog";
  query.filter = *Filter::Parse("score = 9", At(0));
  const auto first = store->List(query);
  EXPECT_TRUE(first->entries.empty());
  ASSERT_NE(first->next_page_token, "");
  query.page_token = first->next_page_token;
  const auto second = store->List(query);
  EXPECT_EQ(second->entries.size(), 1u);
  EXPECT_EQ(second->next_page_token, "");
}

}  // namespace
}  // namespace sluice::store
