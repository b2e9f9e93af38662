#include "service/network/dns_reply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

namespace sluice::network {
namespace {

using ::testing::ElementsAre;
using Kind = DnsAnswer::Kind;

std::string Short(unsigned value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value)};
}
std::string Long(unsigned value) { return Short(value >> 16) + Short(value); }

const std::string kName("\1a\4list\7example\0", 16);

std::string Header(unsigned code, unsigned answers, unsigned authorities) {
  return Short(1) + Short(0x8180 | code) + Short(1) + Short(answers) +
         Short(authorities) + Short(0) + kName + Short(1) + Short(1);
}

std::string Record(unsigned type, unsigned ttl, const std::string& data) {
  return std::string("\xC0\x0C", 2) + Short(type) + Short(1) + Long(ttl) +
         Short(static_cast<unsigned>(data.size())) + data;
}

std::string Soa(unsigned ttl, unsigned minimum) {
  return Record(6, ttl,
                std::string("\0\0", 2) + Long(1) + Long(2) + Long(3) + Long(4) +
                    Long(minimum));
}

TEST(DnsReply, ReadsAddressesAndTheShortestTtl) {
  const DnsAnswer answer = ParseDnsReply(
      Header(0, 3, 0) + Record(5, 900, kName) +
      Record(1, 600, Long(0x7F000002)) + Record(1, 300, Long(0x7F000004)));
  EXPECT_EQ(answer.kind, Kind::kFound);
  EXPECT_THAT(answer.addresses, ElementsAre(0x7F000002u, 0x7F000004u));
  EXPECT_EQ(answer.ttl.count(), 300);
}

TEST(DnsReply, NoSuchNameHoldsAsLongAsTheZoneSays) {
  EXPECT_EQ(ParseDnsReply(Header(3, 0, 1) + Soa(900, 120)).kind, Kind::kNone);
  EXPECT_EQ(ParseDnsReply(Header(3, 0, 1) + Soa(900, 120)).ttl.count(), 120);
  EXPECT_EQ(ParseDnsReply(Header(3, 0, 1) + Soa(90, 120)).ttl.count(), 90);
  EXPECT_EQ(ParseDnsReply(Header(0, 0, 0)).kind, Kind::kNone);
  EXPECT_EQ(ParseDnsReply(Header(0, 0, 0)).ttl, kDefaultNegativeTtl);
}

TEST(DnsReply, NoAnswerHoldsForEver) {
  EXPECT_EQ(
      ParseDnsReply(Header(0, 1, 0) + Record(1, 0x7FFFFFFF, Long(0x7F000002)))
          .ttl,
      kMaxTtl);
}

TEST(DnsReply, RefusalsAndDamageAreNoAnswer) {
  for (unsigned code : {1u, 2u, 4u, 5u})
    EXPECT_EQ(ParseDnsReply(Header(code, 0, 0)).kind, Kind::kFailed) << code;
  EXPECT_EQ(ParseDnsReply("").kind, Kind::kFailed);
  const std::string whole = Header(0, 1, 0) + Record(1, 300, Long(0x7F000002));
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(ParseDnsReply(whole.substr(0, size)).kind, Kind::kFound) << size;
}

TEST(DnsReply, AnyBytesAreRead) {
  std::mt19937 random(1);
  const std::string whole = Header(0, 2, 1) + Record(1, 300, Long(0x7F000002)) +
                            Record(1, 300, Long(0x7F000003)) + Soa(60, 60);
  for (int i = 0; i < 100'000; ++i) {
    std::string bytes = whole;
    for (int changes = 0; changes < 4; ++changes)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    ParseDnsReply(bytes.substr(0, random() % (bytes.size() + 1)));
  }
}

}  // namespace
}  // namespace sluice::network
