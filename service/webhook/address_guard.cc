#include "service/webhook/address_guard.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <initializer_list>

namespace sluice::webhook {
namespace {

struct Range4 {
  uint32_t network;
  int bits;
};

// IANA's special-purpose registry, and multicast and reserved space.
constexpr Range4 kNotPublic4[] = {
    {0x00000000, 8},   // this network
    {0x0A000000, 8},   // private
    {0x64400000, 10},  // shared
    {0x7F000000, 8},   // loopback
    {0xA9FE0000, 16},  // link-local, cloud metadata
    {0xAC100000, 12},  // private
    {0xC0000000, 24},  // protocol assignments
    {0xC0000200, 24},  // documentation
    {0xC0586300, 24},  // 6to4 relays
    {0xC0A80000, 16},  // private
    {0xC6120000, 15},  // benchmarks
    {0xC6336400, 24},  // documentation
    {0xCB007100, 24},  // documentation
    {0xE0000000, 4},   // multicast
    {0xF0000000, 4},   // reserved, broadcast
};

bool IsPublic4(uint32_t address) {
  for (const Range4& range : kNotPublic4) {
    if ((address ^ range.network) >> (32 - range.bits) == 0) return false;
  }
  return true;
}

using Bytes6 = std::array<uint8_t, 16>;

bool StartsWith(const Bytes6& address, std::initializer_list<uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), address.begin());
}

uint32_t Word(const Bytes6& address, size_t at) {
  uint32_t word = 0;
  for (size_t i = 0; i < 4; ++i) word = word << 8 | address[at + i];
  return word;
}

bool IsPublic6(const Bytes6& address) {
  const bool mapped =
      StartsWith(address, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff});
  const bool nat64 =
      StartsWith(address, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0});
  if (mapped || nat64) return IsPublic4(Word(address, 12));
  if (StartsWith(address, {0x20, 0x02})) return IsPublic4(Word(address, 2));
  if (StartsWith(address, {0x20, 0x01, 0x0d, 0xb8})) return false;
  if (StartsWith(address, {0x20, 0x01, 0, 0})) return false;  // Teredo
  return (address[0] & 0xe0) == 0x20;  // all that is given out: 2000::/3
}

}  // namespace

bool IsPublicAddress(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, address, sizeof in);
    return IsPublic4(ntohl(in.sin_addr.s_addr));
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 in;
    std::memcpy(&in, address, sizeof in);
    Bytes6 bytes;
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return IsPublic6(bytes);
  }
  return false;
}

}  // namespace sluice::webhook
