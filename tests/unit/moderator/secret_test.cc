#include "service/secret.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace sluice {
namespace {

class SecretTest : public ::testing::Test {
 protected:
  SecretTest()
      : folder_(std::filesystem::path(::testing::TempDir()) / "secret_test") {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~SecretTest() override { std::filesystem::remove_all(folder_); }

  std::string Path() const { return (folder_ / "s.db.secret").string(); }
  void Write(const std::string& text) { std::ofstream(Path()) << text; }

  std::filesystem::path folder_;
};

TEST_F(SecretTest, IsMadeOnceAndForItsOwnerOnly) {
  const auto first = ReadSecret(Path(), true);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_GE(first->size(), kMinSecret);
  EXPECT_EQ(*ReadSecret(Path(), true), *first);
  struct stat info {};
  ASSERT_EQ(stat(Path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1)
      << "no draft is left";
}

TEST_F(SecretTest, ANamedFileMustBeThere) {
  EXPECT_TRUE(absl::IsNotFound(ReadSecret(Path(), false).status()));
  EXPECT_FALSE(std::filesystem::exists(Path()));
}

TEST_F(SecretTest, TooShortATextIsNoSecret) {
  Write("hunter2\n");
  EXPECT_TRUE(absl::IsInvalidArgument(ReadSecret(Path(), true).status()));
  Write(std::string(kMaxSecret + 1, 'x'));
  EXPECT_TRUE(absl::IsInvalidArgument(ReadSecret(Path(), true).status()));
  Write(std::string(kMaxSecret, 'x') + "\n");
  EXPECT_EQ(ReadSecret(Path(), true)->size(), kMaxSecret);
}

TEST_F(SecretTest, AFolderThatIsNotThereIsNamed) {
  const auto secret = ReadSecret((folder_ / "no" / "s").string(), true);
  ASSERT_FALSE(secret.ok());
  EXPECT_NE(secret.status().message().find("no/s"), std::string::npos);
}

TEST(DeriveKey, KeysOfTwoPurposesDiffer) {
  const std::string secret(32, 's');
  EXPECT_EQ(DeriveKey(secret, "a").size(), 32u);
  EXPECT_EQ(DeriveKey(secret, "a"), DeriveKey(secret, "a"));
  EXPECT_NE(DeriveKey(secret, "a"), DeriveKey(secret, "b"));
  EXPECT_NE(DeriveKey(secret, "a"), DeriveKey(std::string(32, 't'), "a"));
  EXPECT_NE(DeriveHash(secret, "a")("x"), DeriveHash(secret, "b")("x"));
}

}  // namespace
}  // namespace sluice
