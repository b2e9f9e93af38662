// Signature, addresses and pauses of webhooks.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>

#include "service/webhook/address_guard.h"
#include "service/webhook/dispatcher.h"
#include "service/webhook/signature.h"

namespace sluice::webhook {
namespace {

TEST(Signature, IsWhatTheReceiverComputes) {
  // python3: hmac.new(key, b'1700000000.{"a":1}', "sha256").hexdigest()
  const Time now{std::chrono::milliseconds(1'700'000'000'999)};
  EXPECT_EQ(Signature("0123456789abcdef", now, "{\"a\":1}"),
            "t=1700000000,v1="
            "9eb18f493f8ec135d9eb2dad817c369bb4e9cbfa818657897a7437c1cd8c3a23");
  EXPECT_NE(Signature("0123456789abcdeg", now, "{\"a\":1}"),
            Signature("0123456789abcdef", now, "{\"a\":1}"));
}

bool IsPublic(const std::string& text) {
  sockaddr_in6 six{};
  sockaddr_in four{};
  if (inet_pton(AF_INET, text.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    return IsPublicAddress(reinterpret_cast<const sockaddr*>(&four));
  }
  EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), &six.sin6_addr), 1) << text;
  six.sin6_family = AF_INET6;
  return IsPublicAddress(reinterpret_cast<const sockaddr*>(&six));
}

TEST(AddressGuard, LetsNothingBehindTheFirewall) {
  for (const char* address : {"0.0.0.0",
                              "0.1.2.3",
                              "10.0.0.1",
                              "10.255.255.255",
                              "100.64.0.1",
                              "100.127.255.255",
                              "127.0.0.1",
                              "127.255.255.254",
                              "169.254.169.254",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.0.0.8",
                              "192.0.2.1",
                              "192.168.0.1",
                              "198.18.0.1",
                              "198.19.255.255",
                              "198.51.100.7",
                              "203.0.113.9",
                              "224.0.0.1",
                              "239.1.1.1",
                              "240.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "fe80::1",
                              "febf::1",
                              "fc00::1",
                              "fdff::1",
                              "fec0::1",
                              "ff02::1",
                              "2001:db8::1",
                              "::ffff:127.0.0.1",
                              "::ffff:10.0.0.1",
                              "::ffff:169.254.169.254",
                              "64:ff9b::7f00:1",
                              "64:ff9b::a00:1",
                              "2002:7f00:1::",
                              "2002:a00:1::1",
                              "2001::1",
                              "::127.0.0.1",
                              "100::1"}) {
    EXPECT_FALSE(IsPublic(address)) << address;
  }
}

TEST(AddressGuard, LetsTheInternetThrough) {
  for (const char* address :
       {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255",
        "100.128.0.0", "126.0.0.1", "128.0.0.1", "169.253.0.1", "172.15.0.1",
        "172.32.0.1", "192.167.0.1", "192.169.0.1", "223.255.255.255",
        "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808",
        "2002:808:808::1"}) {
    EXPECT_TRUE(IsPublic(address)) << address;
  }
}

TEST(AddressGuard, ALocalSocketIsNoInternet) {
  sockaddr address{};
  address.sa_family = AF_UNIX;
  EXPECT_FALSE(IsPublicAddress(&address));
}

TEST(PauseAfter, DoublesFromASecondToAnHour) {
  const std::pair<int, int64_t> cases[] = {{1, 1},     {2, 2},     {3, 4},
                                           {12, 2048}, {13, 3600}, {99, 3600}};
  for (const auto& [attempts, seconds] : cases) {
    EXPECT_EQ(PauseAfter(attempts, 0), std::chrono::seconds(seconds));
    for (uint64_t random : {1ul, 12345678901234ul, ~0ul}) {
      EXPECT_GE(PauseAfter(attempts, random), std::chrono::seconds(seconds));
      EXPECT_LE(PauseAfter(attempts, random),
                std::chrono::milliseconds(seconds * 1250));
    }
  }
}

}  // namespace
}  // namespace sluice::webhook
