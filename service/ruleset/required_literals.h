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

// Literals of which a match needs one. Sorted, without duplicates, none empty.
struct LiteralSet {
  std::vector<std::string> literals;
  double frequency = 1;  // the sum of their Frequency, at most 1

  // To choose by: among rare sets the smaller one, since each literal takes its
  // place in the scanner's tables.
  double Cost() const {
    constexpr double kOfLiteral = 1e-9;
    return frequency + kOfLiteral * static_cast<double>(literals.size());
  }
};

struct RequiredLiterals {
  // Of each of these sets, every match of the pattern in a text has, in the
  // text's canonical form (canonical.h), at least one literal where it stands.
  // By Cost; none that would stand in most texts; empty if nothing
  // better is known.
  std::vector<LiteralSet> sets;
  MatchLength length;
  // Whether a match might be empty. If not, none is.
  bool may_be_empty = true;
};

// Reads a pattern that RE2 accepts, and finds the sets of literals of which a
// match needs one.
//
// Every string of the pattern's language is taken through the canonical form
// while the syntax is read, so that v[1i]agra needs "v1agra" or "viagra" and
// foo\s+bar needs "foo bar"; after Cox, "Regular Expression Matching with a
// Trigram Index". Linear in the pattern but for kMaxProduct.
RequiredLiterals FindRequiredLiterals(std::string_view pattern);

}  // namespace sluice::ruleset
