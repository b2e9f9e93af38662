#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace sluice::ruleset {

// Characters from first to last.
struct CharRange {
  char32_t first;
  char32_t last;
};

// One piece of a pattern in RE2's syntax.
struct PatternToken {
  enum class Kind {
    kCharacters,  // one character out of `ranges`
    kAnything,    // one character that is not told
    kEmpty,       // ^ $ \b \B \A \z, and flags
    kOpen,        // (
    kClose,       // )
    kOr,          // |
    kRepeat,      // of what stands before it: least to most times
    kEnd,
  };
  static constexpr int kNoEnd = -1;

  Kind kind = Kind::kEnd;
  std::vector<CharRange> ranges;
  int least = 0;
  int most = 0;  // or kNoEnd
};

// Reads patterns that RE2 accepts, piece by piece, with the flags that RE2's
// default options set (Perl's classes, \b, \pN, ^ and $ of the text). Knows the
// part of the syntax that people use, and says when it meets another: what it
// does read, it reads as RE2 does, so that claims about matches can be built on
// it. Case is as written; the reader of the tokens folds it.
//
//   PatternReader reader(pattern);
//   PatternToken token;
//   while (reader.Next(&token) && token.kind != kEnd) ...
class PatternReader {
 public:
  // `pattern` must be one that RE2 accepts, and outlive the reader.
  explicit PatternReader(std::string_view pattern) : pattern_(pattern) {}

  // Reads the next piece. Returns false for good where it meets what it does
  // not know: nothing is known of the pattern then.
  bool Next(PatternToken* token);

 private:
  bool Escape(PatternToken* token);
  bool Class(PatternToken* token);
  bool ClassItem(std::vector<CharRange>* ranges, bool* negated_class);
  bool ClassCharacter(char32_t* c);
  bool Group(PatternToken* token);
  bool Flags(PatternToken* token);
  bool Repeat(PatternToken* token);
  bool Counted(PatternToken* token);
  bool Character(char32_t* c);
  bool EscapedCharacter(char32_t* c);
  bool Hex(char32_t* c);
  bool Literal(char32_t c, PatternToken* token);

  bool AtEnd() const { return at_ >= pattern_.size(); }
  char Peek(size_t ahead = 0) const {
    return at_ + ahead < pattern_.size() ? pattern_[at_ + ahead] : '\0';
  }
  bool Skip(std::string_view text);

  const std::string_view pattern_;
  size_t at_ = 0;
  bool quoted_ = false;  // between \Q and \E
};

}  // namespace sluice::ruleset
