#include "service/signals/public_suffix.h"

#include <gtest/gtest.h>

namespace sluice::signals {
namespace {

TEST(RegistrableDomain, CutsAtThePublicSuffix) {
  EXPECT_EQ(RegistrableDomain("a.b.example.co.uk"), "example.co.uk");
  EXPECT_EQ(RegistrableDomain("example.com"), "example.com");
  EXPECT_EQ(RegistrableDomain("me.github.io"), "me.github.io");
}

TEST(RegistrableDomain, IsEmptyWhereThereIsNone) {
  for (const char* host : {"", "com", "co.uk", "127.0.0.1", "[::1]"})
    EXPECT_EQ(RegistrableDomain(host), "") << host;
  EXPECT_EQ(RegistrableDomain(std::string(300, 'a') + ".com"), "");
}

TEST(BareHost, SeesHostsWithoutAScheme) {
  EXPECT_EQ(BareHost("example.com"), "example.com");
  EXPECT_EQ(BareHost("WWW.Example.CO.UK/page?x=1"), "www.example.co.uk");
  EXPECT_EQ(BareHost("example.com."), "example.com");
  EXPECT_EQ(BareHost("example.com:8080"), "example.com");
}

TEST(BareHost, DoesNotTakeOrdinaryWordsForHosts) {
  for (const char* word :
       {"e.g", "i.e.", "node.js", "main.cc", "build.rs", "README.md", "3.14",
        "v1.2.3", "...", "std::string", "a..com", "-a.com", "word", ".com",
        "end.Next", "127.0.0.1"}) {
    EXPECT_EQ(BareHost(word), "") << word;
  }
}

}  // namespace
}  // namespace sluice::signals
