#include "service/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace sluice {
namespace {

using ::testing::HasSubstr;

class ConfigTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(folder_);
  }

  absl::StatusOr<v1::ServerConfig> Read(const std::string& yaml,
                                        Flags flags = {}) {
    flags.config = (folder_ / "sluice.yaml").string();
    std::ofstream(flags.config) << yaml;
    return ReadConfig(flags);
  }

  std::string ErrorOf(const std::string& yaml) {
    const absl::StatusOr<v1::ServerConfig> config = Read(yaml);
    EXPECT_FALSE(config.ok()) << yaml;
    return std::string(config.status().message());
  }

  std::filesystem::path folder_;
};

TEST_F(ConfigTest, EveryKeyHasADefault) {
  const absl::StatusOr<v1::ServerConfig> config = ReadConfig({});
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->listen(), "127.0.0.1:7711");
  EXPECT_EQ(config->rules(), "rules");
  EXPECT_EQ(config->sites(0).id(), "default");
  EXPECT_EQ(config->limits().max_comment_bytes(), 65'536u);
  EXPECT_EQ(config->store().write_behind_ms(), 100u);
}

TEST_F(ConfigTest, PathsAreRelativeToTheFile) {
  const auto config = Read(
      "rules: my-rules\nstore:\n  sqlite: data.db\nsites:\n  - id: a\n    "
      "rules: a-rules\n");
  ASSERT_TRUE(config.ok()) << std::string(config.status().message());
  EXPECT_EQ(config->rules(), (folder_ / "my-rules").string());
  EXPECT_EQ(config->store().sqlite(), (folder_ / "data.db").string());
  EXPECT_EQ(config->sites(0).rules(), (folder_ / "a-rules").string());
}

TEST_F(ConfigTest, FlagsWin) {
  Flags flags;
  flags.listen = "127.0.0.1:0";
  flags.sqlite = ":memory:";
  const auto config = Read("listen: 127.0.0.1:9\n", flags);
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->listen(), "127.0.0.1:0");
  EXPECT_EQ(config->store().sqlite(), ":memory:");
}

TEST_F(ConfigTest, AMisspelledKeyIsNamedWithItsPlace) {
  EXPECT_THAT(ErrorOf("listne: 127.0.0.1:1\n"), HasSubstr("sluice.yaml:1:1: "));
  EXPECT_THAT(ErrorOf("listne: 127.0.0.1:1\n"), HasSubstr("listen"));
}

TEST_F(ConfigTest, RefusesToListenBeyondLoopbackUnlessTold) {
  EXPECT_THAT(ErrorOf("listen: 0.0.0.0:7711\n"), HasSubstr("insecure: true"));
  EXPECT_THAT(ErrorOf("listen: 192.0.2.1:7711\n"), HasSubstr("insecure"));
  EXPECT_TRUE(Read("listen: 0.0.0.0:7711\ninsecure: true\n").ok());
  EXPECT_TRUE(Read("listen: '[::1]:7711'\n").ok());
}

TEST_F(ConfigTest, CertificatesLetItListenBeyondLoopback) {
  const auto config = Read(
      "listen: 0.0.0.0:7711\ntls:\n  cert_file: a.pem\n  key_file: a.key\n");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_THAT(config->tls().cert_file(), HasSubstr("/a.pem"));
  EXPECT_THAT(ErrorOf("tls:\n  cert_file: a.pem\n"), HasSubstr("key_file"));
  EXPECT_THAT(ErrorOf("tls:\n  client_ca_file: a.pem\n"),
              HasSubstr("cert_file"));
}

TEST_F(ConfigTest, FiguresAndChannelzStayOnTheMachineUnlessTold) {
  EXPECT_TRUE(Read("metrics:\n  listen: 127.0.0.1:7712\n").ok());
  EXPECT_THAT(ErrorOf("metrics:\n  listen: 0.0.0.0:7712\n"),
              HasSubstr("insecure: true"));
  EXPECT_TRUE(
      Read("metrics:\n  listen: 0.0.0.0:7712\n  insecure: true\n").ok());
  EXPECT_THAT(ErrorOf("metrics:\n  listen: nonsense\n"),
              HasSubstr("metrics.listen"));
  EXPECT_THAT(ErrorOf("insecure: true\ndebug_listen: 0.0.0.0:7713\n"),
              HasSubstr("loopback"));
}

TEST_F(ConfigTest, RefusesWhatCannotWork) {
  EXPECT_THAT(ErrorOf("listen: localhost\n"), HasSubstr("host:port"));
  EXPECT_THAT(ErrorOf("listen: 127.0.0.1:99999\n"), HasSubstr("host:port"));
  EXPECT_THAT(ErrorOf("sites:\n  - id: My Blog\n"),
              HasSubstr("'My Blog' is not a site id"));
  EXPECT_THAT(ErrorOf("sites:\n  - id: a\n  - id: a\n"),
              HasSubstr("named twice"));
  EXPECT_THAT(ErrorOf("limits:\n  max_comment_bytes: 2000000\n"),
              HasSubstr("max_comment_bytes"));
  EXPECT_THAT(ErrorOf("limits:\n  max_message_bytes: 10\n"),
              HasSubstr("max_message_bytes"));
}

TEST_F(ConfigTest, AMissingFileIsOneClearLine) {
  Flags flags;
  flags.config = (folder_ / "none.yaml").string();
  const auto config = ReadConfig(flags);
  ASSERT_FALSE(config.ok());
  EXPECT_THAT(std::string(config.status().message()),
              HasSubstr("none.yaml: the configuration file cannot be read"));
}

}  // namespace
}  // namespace sluice
