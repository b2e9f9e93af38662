#include "service/replay/walk.h"

#include <gmock/gmock.h>

#include <memory>

#include "tests/unit/replay/testing.h"

namespace sluice::replay {
namespace {

using ::testing::ElementsAre;

constexpr int kComments = 1500;  // several chunks

class WalkTest : public ::testing::Test {
 protected:
  WalkTest() : history_(SiteOf({{"a.yaml", "rules:\n" + Rules()}})) {
    for (int i = 0; i < kComments; ++i)
      history_.Check("number " + std::to_string(i));
    options_.site = "blog";
    options_.threads = 4;
  }
  static std::string Rules() { return WordRule("a", "viagra", "9"); }

  // Bodies in the order they are handed on.
  absl::Status Walk(std::vector<std::string>* out,
                    size_t stop_after = SIZE_MAX) {
    return WalkHistory(
        history_.store(), options_,
        [out, stop_after](const std::vector<Row>& rows) -> InOrder {
          auto bodies = std::make_shared<std::vector<std::string>>();
          for (const Row& row : rows)
            bodies->push_back(row.checked->comment().body());
          return [out, bodies, stop_after](const Progress& progress) {
            out->insert(out->end(), bodies->begin(), bodies->end());
            EXPECT_EQ(progress.done, static_cast<int64_t>(out->size()));
            EXPECT_EQ(progress.total, kComments);
            return out->size() < stop_after;
          };
        });
  }

  History history_;
  WalkOptions options_;
};

TEST_F(WalkTest, HandsOnInOrderOfTimeWhateverTheThreads) {
  for (unsigned threads : {1u, 2u, 7u}) {
    options_.threads = threads;
    std::vector<std::string> out;
    ASSERT_TRUE(Walk(&out).ok());
    ASSERT_EQ(out.size(), static_cast<size_t>(kComments));
    for (int i = 0; i < kComments; ++i)
      ASSERT_EQ(out[static_cast<size_t>(i)], "number " + std::to_string(i));
  }
}

TEST_F(WalkTest, EndsWhenNobodyWantsMore) {
  std::vector<std::string> out;
  EXPECT_TRUE(Walk(&out, 1).ok());
  EXPECT_EQ(out.size(), 256u);
}

TEST_F(WalkTest, EndsWhenCancelled) {
  options_.cancelled = [] { return true; };
  std::vector<std::string> out;
  EXPECT_TRUE(absl::IsCancelled(Walk(&out)));
  EXPECT_TRUE(out.empty());
}

TEST_F(WalkTest, SaysWhenTheStoreIsAway) {
  history_.store()->FailWith(absl::UnavailableError("the disk is away"));
  std::vector<std::string> out;
  EXPECT_TRUE(absl::IsUnavailable(Walk(&out)));
}

TEST_F(WalkTest, PassesOverWhatWasErased) {
  History history(SiteOf({{"a.yaml", "rules:\n" + Rules()}}));
  history.Check("stays");
  history.Check("");
  history.Check("stays, too");
  std::vector<std::string> out;
  ASSERT_TRUE(WalkHistory(history.store(), options_,
                          [&](const std::vector<Row>& rows) -> InOrder {
                            for (const Row& row : rows)
                              out.push_back(row.checked->comment().body());
                            return [](const Progress&) { return true; };
                          })
                  .ok());
  EXPECT_THAT(out, ElementsAre("stays", "stays, too"));
}

}  // namespace
}  // namespace sluice::replay
