#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::text {

// What folding does with a code point on sight, before it looks at the word
// around it.
enum class CharAction : uint8_t {
  kKeep,       // stays as it is
  kReplace,    // becomes CharTable::Replacement()
  kSpace,      // white space, and what only looks like it
  kInvisible,  // dropped: nobody sees it
  kBidi,       // dropped: reorders what the reader sees
  kMark,       // dropped: a combining mark of a script whose marks are ornament
};

// What a code point is to words. Of a code point that is replaced: what its
// replacement begins with.
enum class CharClass : uint8_t {
  kOther,
  kLetter,
  kDigit,
  kIdeograph,  // Han, kana, Thai and the like: written without spaces, every
               // one may begin or end a word
  kMark,       // a vowel sign or the like that belongs to the letter before it
};

enum class CharScript : uint8_t {
  kNone,
  kLatin,
  kCyrillic,
  kGreek,
  kLookalike,  // Armenian, Cherokee, Lisu, Coptic...: scripts rich in letters
               // shaped like Latin ones
  kOther,
  kEastAsian,  // goes together with Latin in one word
};

struct CharInfo {
  uint16_t replacement;
  CharAction action : 3;
  CharClass kind : 3;
  bool weak : 1;    // the likeness of `look` is loose: a word needs more Latin
                    // around it to be believed
  bool turned : 1;  // a letter that upside-down text is made of; `look` is its
                    // upright reading
  CharScript script : 3;
  uint8_t look : 5;  // 1..26: the Latin letter it is shaped like, given that
                     // Latin surrounds it; 0: none

  char latin() const {
    return look == 0 ? '\0' : static_cast<char>('a' + look - 1);
  }
};

static_assert(sizeof(CharInfo) == 4, "the table has to stay small");

// Everything folding needs to know of each of Unicode's 0x110000 code points,
// in two flat levels that stay in L2. Sources: ICU's NFKC_Casefold and
// canonical decomposition, its Latin-ASCII transliterator, and the confusables
// of UTS #39 through uspoof; the shapes of Cyrillic, Greek and upside-down
// letters are our own lists (UTS #39 knows no case, so it does not see that a
// small Cyrillic ve is read as B).
//
// Built once, at first use (some tens of milliseconds), immutable after that.
// Thread-safe.
class CharTable {
 public:
  static const CharTable& Get();

  const CharInfo& operator[](char32_t code_point) const {
    if (code_point > 0x10FFFF) code_point = 0xFFFD;
    return entries_[(size_t{blocks_[code_point >> kBlockBits]} << kBlockBits) |
                    (code_point & kBlockMask)];
  }

  // REQUIRES: info.action == kReplace. UTF-8; may be empty.
  std::string_view Replacement(const CharInfo& info) const {
    const Slice& slice = replacements_[info.replacement];
    return std::string_view(pool_).substr(slice.begin, slice.size);
  }

  // Bytes of memory, for benchmarks.
  size_t SizeInBytes() const;

 private:
  static constexpr int kBlockBits = 7;
  static constexpr char32_t kBlockMask = (1 << kBlockBits) - 1;
  static constexpr size_t kBlockCount = 0x110000 >> kBlockBits;
  struct Slice {
    uint32_t begin;
    uint32_t size;
  };
  friend class CharTableBuilder;

  CharTable() = default;

  std::array<uint16_t, kBlockCount> blocks_{};
  std::vector<CharInfo> entries_;
  std::vector<Slice> replacements_;
  std::string pool_;
};

}  // namespace sluice::text
