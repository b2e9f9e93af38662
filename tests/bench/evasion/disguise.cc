#include "tests/bench/evasion/disguise.h"

#include <array>
#include <vector>

#include "service/text/utf8.h"

namespace sluice::evasion {
namespace {

using text::AppendUtf8;

// xorshift32: the same numbers on every machine.
class Random {
 public:
  explicit Random(uint32_t seed) : state_(seed * 2654435761u | 1u) {}
  uint32_t Below(uint32_t bound) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return (state_ >> 3) % bound;
  }

 private:
  uint32_t state_;
};

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLetter(char c) { return IsLower(c) || IsUpper(c); }
char Lower(char c) { return IsUpper(c) ? static_cast<char>(c | 0x20) : c; }
size_t Index(char c) { return static_cast<size_t>(Lower(c) - 'a'); }

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

enum Inside { kLettersInside, kLeetInside };

// Where the word that begins at `at` ends: letters, and digits between letters
// if those are asked for.
size_t WordEnd(std::string_view chunk, size_t at, Inside inside) {
  while (at < chunk.size() && IsLetter(chunk[at])) {
    ++at;
    if (inside == kLettersInside) continue;
    size_t after = at;
    while (after < chunk.size() && IsDigit(chunk[after])) ++after;
    if (after < chunk.size() && IsLetter(chunk[after])) at = after;
  }
  return at;
}

// Rewrites each word of ASCII letters, outside URLs, by `rewrite(word)`.
template <typename Rewrite>
std::string EachWord(std::string_view text, Inside inside, Rewrite rewrite) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find_first_of(" \n\t", at), text.size());
    const std::string_view chunk = text.substr(at, end - at);
    if (chunk.find("://") != std::string_view::npos) {
      out += chunk;
    } else {
      for (size_t i = 0; i < chunk.size();) {
        const size_t j = WordEnd(chunk, i, inside);
        if (j > i) {
          out += rewrite(chunk.substr(i, j - i));
          i = j;
        } else {
          out += chunk[i++];
        }
      }
    }
    if (end < text.size()) out += text[end];
    at = end + 1;
  }
  return out;
}

template <typename Rewrite>
std::string EachWord(std::string_view text, Rewrite rewrite) {
  return EachWord(text, kLettersInside, rewrite);
}

template <typename Rewrite>
std::string EachLetter(std::string_view text, Rewrite rewrite) {
  return EachWord(text, [&](std::string_view word) {
    std::string out;
    for (const char letter : word) rewrite(letter, &out);
    return out;
  });
}

std::string FullWidth(std::string_view text, uint32_t) {
  return EachLetter(text, [](char letter, std::string* out) {
    AppendUtf8(0xFF01 + static_cast<char32_t>(letter - '!'), out);
  });
}

// The alphabets without holes: bold, bold italic, bold script, bold Fraktur,
// sans-serif, monospace. Small letters follow their capitals.
std::string Mathematical(std::string_view text, uint32_t seed) {
  constexpr char32_t kCapitals[] = {0x1D400, 0x1D468, 0x1D4D0,
                                    0x1D56C, 0x1D5A0, 0x1D670};
  const char32_t first = kCapitals[Random(seed).Below(std::size(kCapitals))];
  return EachLetter(text, [&](char letter, std::string* out) {
    AppendUtf8(first + (IsUpper(letter) ? 0 : 26) +
                   static_cast<char32_t>(Index(letter)),
               out);
  });
}

using Alphabet = std::array<char32_t, 26>;

// Most letters that have one are swapped for their look-alike.
std::string Lookalikes(std::string_view text, uint32_t seed,
                       const Alphabet& small, const Alphabet& capital) {
  Random random(seed);
  return EachLetter(text, [&](char letter, std::string* out) {
    const char32_t look = (IsUpper(letter) ? capital : small)[Index(letter)];
    const bool swap = look != 0 && random.Below(10) < 7;
    AppendUtf8(swap ? look : static_cast<char32_t>(letter), out);
  });
}

std::string CyrillicLetters(std::string_view text, uint32_t seed) {
  constexpr Alphabet kSmall = {
      U'а', 0,    U'с', U'ԁ', U'е', 0,    0, U'һ', U'і', U'ј', U'к', 0, U'м', 0,
      U'о', U'р', U'ԛ', 0,    U'ѕ', U'т', 0, 0,    U'ԝ', U'х', U'у', 0};
  constexpr Alphabet kCapital = {
      U'А', U'В', U'С', 0, U'Е', 0,    0,    U'Н', U'І', U'Ј', U'К', 0,    U'М',
      0,    U'О', U'Р', 0, 0,    U'Ѕ', U'Т', 0,    0,    0,    U'Х', U'У', 0};
  return Lookalikes(text, seed, kSmall, kCapital);
}

std::string GreekLetters(std::string_view text, uint32_t seed) {
  constexpr Alphabet kSmall = {
      U'α', U'β', 0,    0, U'ε', 0, 0,    0,    U'ι', 0,    U'κ', 0,    0,
      U'η', U'ο', U'ρ', 0, 0,    0, U'τ', U'υ', U'ν', U'ω', U'χ', U'γ', 0};
  constexpr Alphabet kCapital = {
      U'Α', U'Β', 0,    0, U'Ε', 0, 0,    U'Η', U'Ι', 0, U'Κ', 0,    U'Μ',
      U'Ν', U'Ο', U'Ρ', 0, 0,    0, U'Τ', 0,    0,    0, U'Χ', U'Υ', U'Ζ'};
  return Lookalikes(text, seed, kSmall, kCapital);
}

std::string ArmenianLetters(std::string_view text, uint32_t seed) {
  constexpr Alphabet kSmall = {
      0,    0,    0, U'ժ', 0, 0, U'ց', U'հ', U'ի', U'յ', 0, U'լ', 0,
      U'ո', U'օ', 0, U'զ', 0, 0, 0,    U'ս', 0,    U'ա', 0, 0,    0};
  constexpr Alphabet kCapital = {0,    0, 0,    0, 0, 0,    0, 0, 0,
                                 0,    0, U'Լ', 0, 0, U'Օ', 0, 0, 0,
                                 U'Տ', 0, U'Ս', 0, 0, 0,    0, 0};
  return Lookalikes(text, seed, kSmall, kCapital);
}

std::string AfterLetters(std::string_view text, uint32_t seed,
                         std::span<const char32_t> extras, uint32_t odds) {
  Random random(seed);
  return EachLetter(text, [&](char letter, std::string* out) {
    out->push_back(letter);
    if (random.Below(10) < odds) {
      AppendUtf8(extras[random.Below(static_cast<uint32_t>(extras.size()))],
                 out);
    }
  });
}

std::string Combining(std::string_view text, uint32_t seed) {
  constexpr char32_t kMarks[] = {0x300, 0x301, 0x303, 0x308, 0x323,
                                 0x335, 0x338, 0x330, 0x489, 0x20DD};
  return AfterLetters(text, seed, kMarks, 8);
}

std::string ZeroWidth(std::string_view text, uint32_t seed) {
  constexpr char32_t kInvisible[] = {0x200B, 0x200C, 0x200D, 0x2060,
                                     0xFEFF, 0x180E, 0xFE0F};
  return AfterLetters(text, seed, kInvisible, 6);
}

std::string TagCharacters(std::string_view text, uint32_t seed) {
  constexpr char32_t kTags[] = {0xE0061, 0xE0062, 0xE0078, 0xE0020, 0xE007F};
  return AfterLetters(text, seed, kTags, 6);
}

std::string SoftHyphens(std::string_view text, uint32_t seed) {
  constexpr char32_t kSoftHyphen[] = {0xAD};
  return AfterLetters(text, seed, kSoftHyphen, 6);
}

std::string BidiControls(std::string_view text, uint32_t seed) {
  constexpr char32_t kControls[] = {0x202D, 0x202C, 0x200E, 0x2066, 0x2069};
  return AfterLetters(text, seed, kControls, 6);
}

// Digits between letters are letters of their word.
std::string Separated(std::string_view text, std::string_view separator) {
  return EachWord(text, kLeetInside, [&](std::string_view word) {
    std::string out;
    for (const char letter : word) {
      if (!out.empty()) out += separator;
      out += letter;
    }
    return out;
  });
}

std::string Dotted(std::string_view text, uint32_t) {
  return Separated(text, ".");
}

std::string Dashed(std::string_view text, uint32_t) {
  return Separated(text, "-");
}

std::string Spaced(std::string_view text, uint32_t) {
  std::string wide;
  for (const char c : text)
    wide += c == ' ' ? std::string("   ") : std::string(1, c);
  return Separated(wide, " ");
}

constexpr size_t kWorthHiding = 4;  // letters; shorter words are left alone

std::string Repeated(std::string_view text, uint32_t seed) {
  Random random(seed);
  return EachWord(text, [&](std::string_view word) {
    std::string out(word);
    if (word.size() < kWorthHiding) return out;
    const size_t at = random.Below(static_cast<uint32_t>(word.size()));
    out.insert(at, 2 + random.Below(4), word[at]);
    return out;
  });
}

std::string LeetWord(std::string_view word, Random* random) {
  constexpr std::string_view kFrom = "aaeiosst";
  constexpr std::string_view kTo = "4@310$57";
  std::string out(word);
  std::vector<size_t> places;
  for (size_t i = 1; i < word.size(); ++i) {
    if (kFrom.find(Lower(word[i])) != std::string_view::npos)
      places.push_back(i);
  }
  if (word.size() < kWorthHiding || places.empty()) return out;
  const size_t sure =
      places[random->Below(static_cast<uint32_t>(places.size()))];
  for (const size_t place : places) {
    if (place != sure && random->Below(2) == 0) continue;
    const size_t first = kFrom.find(Lower(word[place]));
    const size_t last = kFrom.rfind(Lower(word[place]));
    out[place] =
        kTo[first + random->Below(static_cast<uint32_t>(last - first + 1))];
  }
  return out;
}

std::string Leet(std::string_view text, uint32_t seed) {
  Random random(seed);
  return EachWord(
      text, [&](std::string_view word) { return LeetWord(word, &random); });
}

std::string Entities(std::string_view text, uint32_t seed) {
  Random random(seed);
  return EachLetter(text, [&](char letter, std::string* out) {
    if (random.Below(2) == 0) {
      out->push_back(letter);
    } else if (random.Below(2) == 0) {
      *out += "&#" + std::to_string(static_cast<int>(letter)) + ";";
    } else {
      constexpr std::string_view kHex = "0123456789abcdef";
      *out += "&#x";
      out->push_back(kHex[static_cast<size_t>(letter) / 16]);
      out->push_back(kHex[static_cast<size_t>(letter) % 16]);
      *out += ";";
    }
  });
}

// Puts `before` and `after` around a stretch inside each longer word.
std::string AroundInside(std::string_view text, uint32_t seed,
                         std::string_view before, std::string_view after) {
  Random random(seed);
  return EachWord(text, [&](std::string_view word) {
    std::string out(word);
    if (word.size() < kWorthHiding) return out;
    const auto size = static_cast<uint32_t>(word.size());
    const uint32_t begin = 1 + random.Below(size - 2);
    const uint32_t end = begin + 1 + random.Below(size - begin - 1);
    out.insert(end, after);
    out.insert(begin, before);
    return out;
  });
}

std::string TagsInside(std::string_view text, uint32_t seed) {
  return AroundInside(text, seed, "<i>", "</i>");
}

std::string EmphasisInside(std::string_view text, uint32_t seed) {
  return AroundInside(text, seed, "**", "**");
}

std::string UpsideDown(std::string_view text, uint32_t) {
  constexpr Alphabet kTurned = {U'ɐ', U'q', U'ɔ', U'p', U'ǝ', U'ɟ', U'ƃ',
                                U'ɥ', U'ᴉ', U'ɾ', U'ʞ', U'l', U'ɯ', U'u',
                                U'o', U'd', U'b', U'ɹ', U's', U'ʇ', U'n',
                                U'ʌ', U'ʍ', U'x', U'ʎ', U'z'};
  std::u32string turned;
  for (size_t at = 0; at < text.size();) {
    const text::Decoded next = text::DecodeUtf8(text, at);
    at += next.size;
    char32_t c = next.code_point;
    if (c < 0x80 && IsLetter(static_cast<char>(c))) {
      c = kTurned[Index(static_cast<char>(c))];
    } else if (c == '.') {
      c = U'˙';
    } else if (c == '!') {
      c = U'¡';
    } else if (c == '?') {
      c = U'¿';
    }
    turned.insert(turned.begin(), c);
  }
  std::string out;
  for (const char32_t c : turned) AppendUtf8(c, &out);
  return out;
}

std::string Enclosed(std::string_view text, uint32_t seed) {
  constexpr char32_t kFirst[] = {0x24D0, 0x1F150, 0x1F170, 0x1F130, 0x249C};
  const char32_t first = kFirst[Random(seed).Below(std::size(kFirst))];
  return EachLetter(text, [&](char letter, std::string* out) {
    AppendUtf8(first + static_cast<char32_t>(Index(letter)), out);
  });
}

// Every word in another dress.
std::string Mixed(std::string_view text, uint32_t seed) {
  constexpr std::string (*kDresses[])(std::string_view, uint32_t) = {
      FullWidth, Mathematical, CyrillicLetters, GreekLetters, Combining,
      ZeroWidth, SoftHyphens,  BidiControls,    Leet,         Repeated,
      Dotted,    Enclosed,     TagCharacters,   Dashed};
  Random random(seed);
  return EachWord(text, [&](std::string_view word) {
    const uint32_t dress = random.Below(std::size(kDresses));
    return kDresses[dress](word, random.Below(1000));
  });
}

constexpr Disguise kDisguises[] = {
    {"full-width", FullWidth, true},
    {"mathematical", Mathematical, true},
    {"cyrillic", CyrillicLetters, true},
    {"greek", GreekLetters, true},
    {"armenian", ArmenianLetters, true},
    {"combining", Combining, true},
    {"zero-width", ZeroWidth, true},
    {"tag-characters", TagCharacters, true},
    {"soft-hyphens", SoftHyphens, true},
    {"bidi-controls", BidiControls, true},
    {"dotted", Dotted, true},
    {"dashed", Dashed, true},
    {"spaced", Spaced, true},
    {"repeated", Repeated, true},
    {"leet", Leet, true},
    {"entities", Entities, false},
    {"tags-inside", TagsInside, false},
    {"emphasis-inside", EmphasisInside, false},
    {"upside-down", UpsideDown, true},
    {"enclosed", Enclosed, true},
    {"mixed", Mixed, true},
};

}  // namespace

std::span<const Disguise> Disguises() { return kDisguises; }

}  // namespace sluice::evasion
