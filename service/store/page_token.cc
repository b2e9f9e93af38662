#include "service/store/page_token.h"

#include <cmath>
#include <cstring>
#include <string_view>
#include <tuple>

namespace sluice::store {
namespace {

constexpr size_t kWords = 5;        // time, rank, sequence, since, check
constexpr size_t kWordDigits = 16;  // hexadecimal

uint64_t BitsOf(double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

double DoubleOf(uint64_t bits) {
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// FNV-1a, to notice a slip of the hand; nothing is gained by forging a token.
uint64_t Mix(uint64_t hash, std::string_view bytes) {
  for (unsigned char c : bytes) hash = (hash ^ c) * 0x100000001b3;
  return hash;
}

uint64_t CheckOf(const ListQuery& query, std::string_view words) {
  uint64_t hash = Mix(0xcbf29ce484222325, query.site);
  const char rest[] = {'\0', static_cast<char>(query.state),
                       static_cast<char>(query.order)};
  hash = Mix(hash, std::string_view(rest, sizeof rest));
  if (query.filter != nullptr) hash = Mix(hash, query.filter->text());
  if (query.author.has_value())
    hash = Mix(hash, query.author->SerializeAsString());
  hash = Mix(hash, query.link_domain);
  return Mix(hash, words);
}

void AppendHex(uint64_t word, std::string* out) {
  for (int shift = 60; shift >= 0; shift -= 4)
    *out += "0123456789abcdef"[(word >> shift) & 0xf];
}

bool ReadHex(std::string_view digits, uint64_t* word) {
  *word = 0;
  for (char c : digits) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (c < 'a' || c > 'f')) return false;
    *word = *word << 4 | static_cast<uint64_t>(digit ? c - '0' : c - 'a' + 10);
  }
  return true;
}

}  // namespace

bool ComesBefore(Order order, const PagePosition& a, const PagePosition& b) {
  const auto key = [](const PagePosition& p) {
    return std::tuple(p.rank, p.since, p.time, p.sequence);
  };
  return order == Order::kNewestFirst ? key(b) < key(a) : key(a) < key(b);
}

uint32_t StatesOf(const ListQuery& query) {
  if (query.state != v1::STATE_UNSPECIFIED) return 1u << query.state;
  if (query.filter != nullptr && query.filter->names_state())
    return query.filter->bounds().states;
  if (query.author.has_value() || !query.link_domain.empty()) return ~0u;
  return 1u << v1::STATE_HELD;
}

std::string EncodePageToken(const ListQuery& query, const PagePosition& last) {
  std::string token;
  token.reserve(kWords * kWordDigits);
  AppendHex(static_cast<uint64_t>(last.time), &token);
  AppendHex(BitsOf(last.rank), &token);
  AppendHex(static_cast<uint64_t>(last.sequence), &token);
  AppendHex(static_cast<uint64_t>(last.since), &token);
  AppendHex(CheckOf(query, token), &token);
  return token;
}

absl::StatusOr<PagePosition> DecodePageToken(const ListQuery& query) {
  const std::string_view token = query.page_token;
  const absl::Status wrong = absl::InvalidArgumentError(
      "the page token is not of this listing; leave it out to start over");
  if (token.size() != kWords * kWordDigits) return wrong;
  uint64_t words[kWords];
  for (size_t i = 0; i < kWords; ++i) {
    if (!ReadHex(token.substr(i * kWordDigits, kWordDigits), &words[i]))
      return wrong;
  }
  if (words[4] != CheckOf(query, token.substr(0, 4 * kWordDigits)))
    return wrong;
  const PagePosition position{
      static_cast<int64_t>(words[0]), DoubleOf(words[1]),
      static_cast<int64_t>(words[2]), static_cast<int64_t>(words[3])};
  if (std::isnan(position.rank)) return wrong;
  return position;
}

}  // namespace sluice::store
