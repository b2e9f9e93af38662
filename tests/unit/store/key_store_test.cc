// Keys of callers, in every store.

#include "service/store/key_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/store/every_store.h"

namespace sluice::store {
namespace {

using ::testing::ElementsAre;

StoredKey KeyOf(const std::string& id, const std::string& hash,
                int64_t made = 0) {
  StoredKey stored;
  stored.key.set_id(id);
  stored.key.add_scopes(v1::SCOPE_CHECK);
  stored.key.add_sites("blog");
  stored.key.set_label("the backend");
  stored.key.mutable_create_time()->set_seconds(1'700'000'000 + made);
  stored.hash = hash;
  return stored;
}

class KeysOfStore : public ::testing::TestWithParam<Implementation> {
 protected:
  template <typename Start>
  absl::Status Wait(Start start) {
    std::promise<absl::Status> done;
    start([&done](absl::Status status) { done.set_value(status); });
    return done.get_future().get();
  }
  absl::Status Add(StoredKey key) {
    return Wait([&](auto done) { keys()->Add(std::move(key), done); });
  }
  absl::Status Revoke(const std::string& id, int64_t at) {
    return Wait([&](auto done) { keys()->Revoke(id, At(at), done); });
  }
  absl::Status Touch(const std::string& id, int64_t at) {
    return Wait([&](auto done) { keys()->Touch({{id, At(at)}}, done); });
  }
  std::vector<StoredKey> List() {
    absl::StatusOr<std::vector<StoredKey>> keys = this->keys()->List();
    EXPECT_TRUE(keys.ok()) << keys.status();
    return keys.ok() ? *std::move(keys) : std::vector<StoredKey>();
  }
  std::vector<std::string> Ids() {
    std::vector<std::string> ids;
    for (const StoredKey& stored : List()) ids.push_back(stored.key.id());
    return ids;
  }
  KeyStore* keys() { return store_->keys(); }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<Store> store_ = GetParam().open(folder_);
};

TEST_P(KeysOfStore, AreListedAsTheyWereMadeOldestFirst) {
  ASSERT_TRUE(Add(KeyOf("b", std::string("\0\xff", 2), 2)).ok());
  ASSERT_TRUE(Add(KeyOf("a", "other", 1)).ok());
  EXPECT_THAT(Ids(), ElementsAre("a", "b"));
  const StoredKey stored = List()[1];
  EXPECT_EQ(stored.hash, std::string("\0\xff", 2));
  EXPECT_EQ(stored.key.SerializeAsString(),
            KeyOf("b", "", 2).key.SerializeAsString());
}

TEST_P(KeysOfStore, HaveAnIdAndAHashOfTheirOwn) {
  ASSERT_TRUE(Add(KeyOf("a", "one")).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Add(KeyOf("a", "two"))));
  EXPECT_TRUE(absl::IsAlreadyExists(Add(KeyOf("b", "one"))));
  EXPECT_THAT(Ids(), ElementsAre("a"));
}

TEST_P(KeysOfStore, AreRevokedOnce) {
  ASSERT_TRUE(Add(KeyOf("a", "one")).ok());
  EXPECT_TRUE(absl::IsNotFound(Revoke("b", 5)));
  ASSERT_TRUE(Revoke("a", 5).ok());
  ASSERT_TRUE(Revoke("a", 9).ok());
  EXPECT_EQ(List()[0].key.revoke_time().seconds(), 1'700'000'005);
}

// A replica that notes a use late must not bring a revoked key back.
TEST_P(KeysOfStore, UsesAreNeverSetBackAndChangeNothingElse) {
  ASSERT_TRUE(Add(KeyOf("a", "one")).ok());
  ASSERT_TRUE(Revoke("a", 5).ok());
  ASSERT_TRUE(Touch("a", 8).ok());
  ASSERT_TRUE(Touch("a", 7).ok());
  ASSERT_TRUE(Touch("gone", 7).ok());
  const v1::Key key = List()[0].key;
  EXPECT_EQ(key.last_used_time().seconds(), 1'700'000'008);
  EXPECT_EQ(key.revoke_time().seconds(), 1'700'000'005);
}

INSTANTIATE_TEST_SUITE_P(Stores, KeysOfStore, ::testing::ValuesIn(AllStores()),
                         NameOfStore);

TEST(KeysOfSqlite, SurviveARestart) {
  const TemporaryFolder folder;
  const SqliteOptions options = {.path = folder.File("store.db")};
  std::promise<absl::Status> added;
  OpenOrDie(options)->keys()->Add(
      KeyOf("a", "one"),
      [&added](absl::Status status) { added.set_value(std::move(status)); });
  ASSERT_TRUE(added.get_future().get().ok());
  EXPECT_EQ(OpenOrDie(options)->keys()->List()->at(0).hash, "one");
}

}  // namespace
}  // namespace sluice::store
