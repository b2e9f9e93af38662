// One cheap scan decides which of the dearer steps a text needs. It may say yes
// too often, never no too often.

#include <array>

#include "service/text/draft.h"

namespace sluice::text {
namespace {

enum ByteClass : uint8_t {
  kOther,
  kLetter,  // and the lead byte of anything outside ASCII
  kDigit,
  kSymbol,  // read as a letter inside a word
  kDollar,  // read as a letter at the ends of a word too, as is @
  kContinuation,
};

enum Finding : uint8_t { kNothing = 0, kLeet = 1, kSingle = 2, kPair = 4 };

constexpr ByteClass ClassOf(uint8_t byte) {
  if (byte >= 0xC0 || (byte >= 'a' && byte <= 'z')) return kLetter;
  if (byte >= 0x80) return kContinuation;
  if (byte >= '0' && byte <= '9') return kDigit;
  if (byte == '!' || byte == '|') return kSymbol;
  return byte == '$' || byte == '@' ? kDollar : kOther;
}

constexpr std::array<ByteClass, 256> kClasses = [] {
  std::array<ByteClass, 256> classes{};
  for (int byte = 0; byte < 256; ++byte) {
    classes[byte] = ClassOf(static_cast<uint8_t>(byte));
  }
  return classes;
}();

constexpr bool InWord(int kind) { return kind == kLetter || kind == kDigit; }

constexpr uint8_t Judge(int before, int middle, int last) {
  uint8_t found = kNothing;
  if ((middle == kLetter && last == kDigit) ||
      (middle == kDigit && last == kLetter) ||
      (middle == kLetter && last == kDollar) ||
      (middle == kDollar && last == kLetter) ||
      (before != kOther && middle == kSymbol && last != kOther)) {
    found |= kLeet;
  }
  const bool one = InWord(middle) || middle == kDollar || middle == kSymbol;
  if (!InWord(before) && one && !InWord(last)) found |= kSingle;
  if (InWord(middle) && InWord(last)) found |= kPair;
  return found;
}

// What the classes of the last three characters, three bits each, amount to.
constexpr std::array<uint8_t, 512> kFindings = [] {
  std::array<uint8_t, 512> findings{};
  for (int history = 0; history < 512; ++history) {
    findings[history] = Judge(history >> 6, (history >> 3) & 7, history & 7);
  }
  return findings;
}();

constexpr int kSinglesThatCount = 4;

}  // namespace

Suspicions Suspect(const Draft& draft) {
  Suspicions found;
  // Equal letters outside ASCII are not equal bytes in a row.
  found.repeats = draft.foreign_letters;
  found.spaced = draft.symbols;
  found.leet = draft.letter_symbols;
  uint32_t history = 0;
  uint8_t leet = 0;
  bool repeats = false;
  bool spaced = false;
  int singles = 0;
  char before = 0;
  char last = 0;
  const auto step = [&](uint32_t kind) {
    history = ((history << 3) | kind) & 511;
    const uint8_t finding = kFindings[history];
    leet |= finding;
    singles = (finding & kPair) != 0 ? 0 : singles + (finding & kSingle);
    spaced |= singles >= kSinglesThatCount * kSingle;
  };
  for (const char byte : draft.text) {
    const ByteClass kind = kClasses[static_cast<uint8_t>(byte)];
    if (kind == kContinuation) continue;
    repeats |= byte == last && byte == before && kind == kLetter;
    before = last;
    last = byte;
    step(kind);
  }
  step(kOther);
  found.leet |= (leet & kLeet) != 0;
  found.repeats |= repeats;
  found.spaced |= spaced;
  return found;
}

}  // namespace sluice::text
