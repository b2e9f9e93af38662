#include "service/network/address_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace sluice::network {
namespace {

// The smallest file of the MaxMind DB format, version 2: one node, both of
// whose branches lead to one record, so that every IPv4 address has it.
std::string String(const std::string& text) {
  return static_cast<char>(0x40 | text.size()) + text;
}
std::string Map(int size) { return {static_cast<char>(0xE0 | size)}; }
std::string Uint16(int value) {
  return {static_cast<char>(0xA1), static_cast<char>(value)};
}
std::string Uint32(uint32_t value) {
  return {static_cast<char>(0xC4), static_cast<char>(value >> 24),
          static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

std::string Database() {
  const std::string to_data("\x00\x00\x11", 3);  // nodes + 16
  const std::string uint64_five("\x01\x02\x05", 3);
  const std::string array_of_one("\x01\x04", 2);
  return to_data + to_data + std::string(16, '\0') + Map(2) +
         String("country") + Map(1) + String("iso_code") + String("NL") +
         String("autonomous_system_number") + Uint32(64'500) +
         "\xab\xcd\xefMaxMind.com" + Map(9) +
         String("binary_format_major_version") + Uint16(2) +
         String("binary_format_minor_version") + Uint16(0) +
         String("build_epoch") + uint64_five + String("database_type") +
         String("Test") + String("description") + Map(1) + String("en") +
         String("A test") + String("ip_version") + Uint16(4) +
         String("languages") + array_of_one + String("en") +
         String("node_count") + Uint32(1) + String("record_size") + Uint16(24);
}

class AddressFilesTest : public ::testing::Test {
 protected:
  AddressFilesTest()
      : path_((std::filesystem::path(::testing::TempDir()) /
               "address_files_test.mmdb")
                  .string()) {}
  ~AddressFilesTest() override { std::filesystem::remove(path_); }
  void Write(const std::string& bytes) {
    std::ofstream(path_, std::ios::binary) << bytes;
  }

  const std::string path_;
};

TEST_F(AddressFilesTest, TellsCountryAndAsn) {
  Write(Database());
  const auto files = AddressFiles::Open(path_, path_);
  ASSERT_TRUE(files.ok()) << files.status();
  v1::NetworkSignals out;
  (*files)->Look("192.0.2.7", &out);
  EXPECT_EQ(out.country(), "NL");
  EXPECT_EQ(out.asn(), 64'500);
}

TEST_F(AddressFilesTest, OfNoAddressNothingIsTold) {
  Write(Database());
  const auto files = AddressFiles::Open(path_, "");
  ASSERT_TRUE(files.ok()) << files.status();
  for (const char* ip : {"", "not an address", "2001:db8::1"}) {
    v1::NetworkSignals out;
    (*files)->Look(ip, &out);
    EXPECT_EQ(out.ByteSizeLong(), 0u) << ip;
  }
}

TEST_F(AddressFilesTest, WithoutFilesNothingIsTold) {
  const auto files = AddressFiles::Open("", "");
  ASSERT_TRUE(files.ok());
  v1::NetworkSignals out;
  (*files)->Look("192.0.2.7", &out);
  EXPECT_EQ(out.ByteSizeLong(), 0u);
}

TEST_F(AddressFilesTest, AFileThatIsNoneIsNamed) {
  Write("no database");
  EXPECT_NE(AddressFiles::Open(path_, "").status().message().find(path_),
            std::string::npos);
  EXPECT_FALSE(AddressFiles::Open("", path_ + ".missing").ok());
}

}  // namespace
}  // namespace sluice::network
