// Any pattern (the first line) on any text (the rest): what RE2 finds has a
// literal of each set that the pattern is said to need, and is no longer than
// is claimed.

#include <re2/re2.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "service/ruleset/canonical.h"
#include "service/ruleset/required_literals.h"
#include "service/text/utf8.h"

namespace {

using sluice::ruleset::LiteralSet;
using sluice::ruleset::MatchLength;

void Require(bool held) {
  if (!held) std::abort();
}

uint64_t BoundOf(const MatchLength& length, std::string_view text) {
  if (!length.bounded) return text.size();
  uint64_t run[2] = {0, 0};
  uint64_t longest[2] = {0, 0};
  for (const char c : text) {
    const bool space = sluice::ruleset::IsSpace(static_cast<unsigned char>(c));
    run[space ? 0 : 1] = 0;
    uint64_t& now = run[space ? 1 : 0];
    longest[space ? 1 : 0] = std::max(longest[space ? 1 : 0], ++now);
  }
  return length.bytes + length.spaces * longest[1] + length.others * longest[0];
}

bool Has(const std::string& text, const LiteralSet& set) {
  return std::any_of(set.literals.begin(), set.literals.end(),
                     [&text](const std::string& literal) {
                       return text.find(literal) != std::string::npos;
                     });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kMaxPattern = 200;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t line = input.find('\n');
  if (line == std::string_view::npos || line > kMaxPattern) return 0;
  const std::string pattern(input.substr(0, line));
  const std::string_view text = input.substr(line + 1);
  if (!sluice::text::IsValidUtf8(pattern)) return 0;
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  const RE2 re2(pattern, options);
  if (!re2.ok()) return 0;
  const auto needs = sluice::ruleset::FindRequiredLiterals(pattern);
  if (!needs.may_be_empty) Require(!RE2::PartialMatch("", re2));
  const uint64_t bound = BoundOf(needs.length, text);
  const re2::StringPiece whole(text.data(), text.size());
  re2::StringPiece found;
  for (size_t at = 0;
       at <= text.size() &&
       re2.Match(whole, at, text.size(), RE2::UNANCHORED, &found, 1);) {
    Require(found.size() <= bound);
    const std::string canonical = sluice::ruleset::Canonical(
        std::string_view(found.data(), found.size()));
    for (const LiteralSet& set : needs.sets) Require(Has(canonical, set));
    const auto end =
        static_cast<size_t>(found.data() - text.data()) + found.size();
    at = std::max(at + 1, end);
  }
  return 0;
}
