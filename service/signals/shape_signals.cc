#include "service/signals/shape_signals.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "service/signals/card_numbers.h"
#include "service/text/char_table.h"
#include "service/text/utf8.h"

namespace sluice::signals {
namespace {

// Characters are counted in this many classes, code point modulo the number:
// exact within one script, and one small table however many characters a
// hostile comment uses.
constexpr size_t kEntropyClasses = 1024;

bool IsLetter(char32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return u_isalpha(static_cast<UChar32>(c));
}

bool IsDigit(char32_t c) {
  return c < 0x80 ? (c >= '0' && c <= '9')
                  : u_isdigit(static_cast<UChar32>(c)) != 0;
}

bool IsUpper(char32_t c) {
  return c < 0x80 ? (c >= 'A' && c <= 'Z')
                  : u_isupper(static_cast<UChar32>(c)) != 0;
}

char32_t ToLower(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
  return static_cast<char32_t>(u_tolower(static_cast<UChar32>(c)));
}

bool IsSpace(char32_t c) {
  return c <= 0x20 ||
         (c >= 0x80 && u_isUWhiteSpace(static_cast<UChar32>(c)) != 0);
}

bool IsMark(char32_t c) {
  return c >= 0x300 &&
         (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_M_MASK) != 0;
}

bool IsEmoji(char32_t c) {
  return c >= 0x2190 && u_hasBinaryProperty(static_cast<UChar32>(c),
                                            UCHAR_EMOJI_PRESENTATION) != 0;
}

// Nobody sees it, so it parts no word: else a text of few words could pass for
// one of many.
bool IsUnseen(char32_t c) {
  if (c < 0x80) return false;
  const text::CharAction action = text::CharTable::Get()[c].action;
  return action == text::CharAction::kInvisible ||
         action == text::CharAction::kBidi;
}

// Words that are only letters of a word spaced out.
int32_t SpacedLetters(const text::Folded& folded) {
  size_t letters = 0;
  for (const ByteSpan span : folded.spaced_out) {
    letters += text::CountCodePoints(
        std::string_view(folded.text).substr(span.begin, span.size()));
    letters -= span.empty() ? 0 : 1;
  }
  return static_cast<int32_t>(letters);
}

uint64_t Mix(uint64_t hash, char32_t c) {
  return (hash ^ c) * 0x9E3779B97F4A7C15u;
}

// Collects the counts in one walk over the characters.
class ShapeCounter {
 public:
  void Add(char32_t c) {
    ++characters_;
    ++classes_[c % kEntropyClasses];
    run_ = c == previous_ ? run_ + 1 : 1;
    longest_run_ = std::max(longest_run_, run_);
    previous_ = c;
    const bool letter = IsLetter(c);
    const bool digit = !letter && IsDigit(c);
    letters_ += letter;
    capitals_ += letter && IsUpper(c);
    digits_ += digit;
    if (letter || digit ||
        (word_size_ > 0 && (IsMark(c) || c == '\'' || c == 0x2019))) {
      word_hash_ = Mix(word_hash_, letter ? ToLower(c) : c);
      ++word_size_;
      return;
    }
    if (!IsUnseen(c)) EndWord();
    emoji_ += IsEmoji(c);
    punctuation_ += !IsSpace(c);
  }

  void Finish(v1::ShapeSignals* out) {
    EndWord();
    const auto words = static_cast<int32_t>(words_.size());
    std::sort(words_.begin(), words_.end());
    const auto distinct =
        std::unique(words_.begin(), words_.end()) - words_.begin();
    out->set_characters(characters_);
    out->set_words(words);
    out->set_capitals_share(Share(capitals_, letters_));
    out->set_digits_share(Share(digits_, characters_));
    out->set_punctuation_share(Share(punctuation_, characters_));
    out->set_longest_run(longest_run_);
    out->set_longest_word(longest_word_);
    out->set_entropy(Entropy());
    out->set_repeated_share(
        Share(words - static_cast<int32_t>(distinct), words));
    out->set_emoji(emoji_);
  }

 private:
  static double Share(int32_t part, int32_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / whole;
  }

  void EndWord() {
    if (word_size_ == 0) return;
    words_.push_back(word_hash_);
    longest_word_ = std::max(longest_word_, word_size_);
    word_size_ = 0;
    word_hash_ = 0;
  }

  double Entropy() const {
    double bits = 0;
    for (int32_t count : classes_) {
      if (count == 0) continue;
      const double p = Share(count, characters_);
      bits -= p * std::log2(p);
    }
    return bits;
  }

  std::array<int32_t, kEntropyClasses> classes_{};
  std::vector<uint64_t> words_;
  int32_t characters_ = 0, letters_ = 0, capitals_ = 0, digits_ = 0,
          punctuation_ = 0, emoji_ = 0;
  int32_t run_ = 0, longest_run_ = 0, longest_word_ = 0, word_size_ = 0;
  char32_t previous_ = 0xFFFFFFFF;
  uint64_t word_hash_ = 0;
};

}  // namespace

void ObserveShape(const markup::Rendering& rendering,
                  const text::Folded& folded, std::string_view source,
                  v1::ShapeSignals* out) {
  ShapeCounter counter;
  const std::string_view text = rendering.text;
  for (size_t at = 0; at < text.size();) {
    const text::Decoded decoded = text::DecodeUtf8(text, at);
    counter.Add(decoded.code_point);
    at += decoded.size;
  }
  counter.Finish(out);
  if (!folded.spaced_out.empty())
    out->set_words(std::max(1, out->words() - SpacedLetters(folded)));
  out->set_card_numbers(CountCardNumbers(text));
  out->set_bytes(static_cast<int32_t>(source.size()));
  const auto breaks = std::count(source.begin(), source.end(), '\n');
  out->set_lines(static_cast<int32_t>(
      breaks + (!source.empty() && source.back() != '\n')));
  if (!text.empty())
    out->set_quoted_share(std::min(
        1.0, static_cast<double>(rendering.quoted_bytes) / text.size()));
}

}  // namespace sluice::signals
