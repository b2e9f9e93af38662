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

// Feeds the classes of characters to kFindings and adds up what comes out.
class Observer {
 public:
  void See(ByteClass kind) {
    history_ = ((history_ << 3) | kind) & 511;
    const uint8_t finding = kFindings[history_];
    leet_ |= (finding & kLeet) != 0;
    if ((finding & kPair) != 0) singles_ = 0;
    if ((finding & kSingle) != 0) spaced_ |= ++singles_ >= kSinglesThatCount;
  }
  bool leet() const { return leet_; }
  bool spaced() const { return spaced_; }

 private:
  uint32_t history_ = 0;
  int singles_ = 0;
  bool leet_ = false;
  bool spaced_ = false;
};

ByteClass ClassAt(std::string_view text, size_t at) {
  return kClasses[static_cast<uint8_t>(text[at])];
}

// Where the run of letters that begins at `at` ends, and whether one of them
// comes three times. Continuation bytes are in the run.
size_t RunEnd(std::string_view text, size_t at, bool* repeats) {
  size_t same = 0;
  for (++at; at < text.size(); ++at) {
    const ByteClass kind = ClassAt(text, at);
    if (kind != kLetter && kind != kContinuation) break;
    same = text[at] == text[at - 1] ? same + 1 : 0;
    *repeats |= same >= 2;
  }
  return at;
}

// Whether the run is one character.
bool IsSingle(std::string_view run) {
  for (size_t i = 1; i < run.size(); ++i) {
    if ((static_cast<uint8_t>(run[i]) & 0xC0) != 0x80) return false;
  }
  return true;
}

}  // namespace

Suspicions Suspect(const Draft& draft) {
  const std::string_view text = draft.text;
  Observer observer;
  bool repeats = false;
  for (size_t at = 0; at < text.size();) {
    const ByteClass kind = ClassAt(text, at);
    if (kind == kOther || kind == kDigit || kind == kSymbol ||
        kind == kDollar) {
      observer.See(kind);
      ++at;
      continue;
    }
    const size_t end = RunEnd(text, at, &repeats);
    observer.See(kLetter);
    // More than two letters look like two to a window of three.
    if (!IsSingle(text.substr(at, end - at))) observer.See(kLetter);
    at = end;
  }
  observer.See(kOther);
  Suspicions found;
  // Equal letters outside ASCII are not equal bytes in a row.
  found.repeats = draft.foreign_letters || repeats;
  found.spaced = draft.symbols || observer.spaced();
  found.leet = draft.letter_symbols || observer.leet();
  return found;
}

}  // namespace sluice::text
