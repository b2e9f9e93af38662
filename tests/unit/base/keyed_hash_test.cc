#include "service/base/keyed_hash.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace sluice {
namespace {

// The vectors of the paper's reference: key 00 01 .. 0f, messages 00 01 ...
TEST(KeyedHash, IsSipHash24) {
  const KeyedHash hash({0x0706050403020100, 0x0f0e0d0c0b0a0908});
  std::string message;
  EXPECT_EQ(hash(message), 0x726fdb47dd0e0e31u);
  for (char c = 0; c < 15; ++c) message.push_back(c);
  EXPECT_EQ(hash(message), 0xa129ca6149be45e5u);
}

TEST(KeyedHash, ASpaceIsEightBytesBeforeTheText) {
  const KeyedHash hash({1, 2});
  EXPECT_EQ(hash(0x0102030405060708, "abc"),
            hash("\x08\x07\x06\x05\x04\x03\x02\x01"
                 "abc"));
}

TEST(KeyedHash, AnotherKeyIsAnotherHash) {
  std::set<uint64_t> hashes;
  for (uint64_t key = 0; key < 100; ++key) {
    hashes.insert(KeyedHash({key, 0})("192.0.2.1"));
    hashes.insert(KeyedHash({0, key + 1})("192.0.2.1"));
  }
  EXPECT_EQ(hashes.size(), 200u);
}

}  // namespace
}  // namespace sluice
