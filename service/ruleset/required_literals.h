#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::ruleset {

// The most bytes that a match of a pattern can have, in a text whose runs of
// white space and of anything else have known lengths: \s+ has as many as the
// longest run of white space, \w+ at most as many as the longest run without.
struct MatchLength {
  static constexpr uint32_t kMaxBytes = 4096;  // more is unbounded

  bool bounded = true;
  uint32_t bytes = 0;
  uint32_t spaces = 0;  // runs of white space (IsSpace) as long as the longest
  uint32_t others = 0;  // runs without white space as long as the longest
};

struct RequiredLiterals {
  // Every match of the pattern in a text has, in the text's canonical form
  // (canonical.h), at least one of these where it stands. Sorted, without
  // duplicates, none of them empty. Empty: nothing is known, or nothing that
  // would be rare enough.
  std::vector<std::string> literals;
  // Sum of their Frequency.
  double frequency = 1;
  MatchLength length;
};

// Reads a pattern that RE2 accepts, and chooses among the sets of literals of
// which a match needs one the set that stands in the fewest texts.
//
// Every string of the pattern's language is taken through the canonical form
// while the syntax is read, so that v[1i]agra needs "v1agra" or "viagra" and
// foo\s+bar needs "foo bar"; after Cox, "Regular Expression Matching with a
// Trigram Index". Linear in the pattern but for kMaxProduct.
RequiredLiterals FindRequiredLiterals(std::string_view pattern);

}  // namespace sluice::ruleset
