#include "service/ruleset/canonical.h"

#include <unicode/uchar.h>

#include <bit>
#include <bitset>
#include <cstring>

#include "service/text/utf8.h"

namespace sluice::ruleset {
namespace {

static_assert(std::endian::native == std::endian::little,
              "IsCanonicalWord takes the lowest byte for the first");

constexpr char32_t kPlane = 0x10000;

// Characters of the first plane that folding changes: most texts have few, and
// asking ICU costs more than the rest of the loop.
const std::bitset<kPlane>& Changed() {
  static const auto* changed = [] {
    auto* out = new std::bitset<kPlane>;
    for (char32_t c = 0; c < kPlane; ++c) {
      (*out)[c] = u_foldCase(static_cast<UChar32>(c), U_FOLD_CASE_DEFAULT) !=
                  static_cast<UChar32>(c);
    }
    return out;
  }();
  return *changed;
}

// Whether none of eight bytes of ASCII is anything but a lower-case letter, a
// digit, punctuation or a single space. `previous` is the byte before them.
bool IsCanonicalWord(uint64_t bytes, char previous) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHigh = kOnes * 0x80;
  if ((bytes & kHigh) != 0) return false;
  // A byte's high bit in `from_a` says >= 'A', in `past_z` > 'Z', and so on;
  // no sum carries, since every byte is below 0x80.
  const uint64_t from_a = bytes + kOnes * (0x80 - 'A');
  const uint64_t past_z = bytes + kOnes * (0x80 - 'Z' - 1);
  const uint64_t from_space = bytes + kOnes * (0x80 - ' ');
  const uint64_t past_space = bytes + kOnes * (0x80 - ' ' - 1);
  if (((from_a & ~past_z) & kHigh) != 0) return false;
  if ((from_space & kHigh) != kHigh) return false;
  const uint64_t spaces = ~past_space & kHigh;
  return (spaces & (spaces << 8)) == 0 &&
         (previous != ' ' || (spaces & 0x80) == 0);
}

struct Step {
  char32_t code_point;  // of bytes that are not UTF-8: the byte
  uint8_t size;
  bool is_byte;
};

Step StepAt(std::string_view text, size_t at) {
  const text::Decoded next = text::DecodeUtf8(text, at);
  const auto first = static_cast<unsigned char>(text[at]);
  if (next.size == 1) return {first, 1, true};
  return {next.code_point, next.size, false};
}

// How far the text is its own canonical form, at a border of characters and not
// within white space.
size_t CanonicalPrefix(std::string_view text) {
  const auto before = [text](size_t at) {
    return at > 0 && text[at - 1] == ' ' ? at - 1 : at;
  };
  size_t at = 0;
  while (at < text.size()) {
    uint64_t bytes = 0;
    if (at + sizeof bytes <= text.size()) {
      std::memcpy(&bytes, text.data() + at, sizeof bytes);
      if (IsCanonicalWord(bytes, at == 0 ? 'x' : text[at - 1])) {
        at += sizeof bytes;
        continue;
      }
    }
    const Step step = StepAt(text, at);
    if (step.size == 1 && IsSpace(step.code_point)) {
      const bool single = step.code_point == ' ' &&
                          (at == 0 || text[at - 1] != ' ') &&
                          (at + 1 == text.size() ||
                           !IsSpace(static_cast<unsigned char>(text[at + 1])));
      if (!single) return before(at);
    } else if (FoldCase(step.code_point) != step.code_point &&
               (!step.is_byte || step.code_point < 0x80)) {
      return before(at);
    }
    at += step.size;
  }
  return at;
}

}  // namespace

char32_t FoldCase(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
  if (c < kPlane && !Changed()[c]) return c;
  return static_cast<char32_t>(
      u_foldCase(static_cast<UChar32>(c), U_FOLD_CASE_DEFAULT));
}

void CanonicalText::Assign(std::string_view view) {
  text_ = view;
  const size_t same = CanonicalPrefix(view);
  identity_ = same == view.size();
  if (identity_) return;
  changed_.assign(view, 0, same);
  offsets_.resize(same);
  for (size_t i = 0; i < same; ++i) offsets_[i] = static_cast<uint32_t>(i);
  for (size_t at = same; at < view.size();) {
    const Step step = StepAt(view, at);
    const size_t before = changed_.size();
    size_t next = at + step.size;
    if (step.is_byte && step.code_point >= 0x80) {
      changed_.push_back(view[at]);
    } else if (IsSpace(step.code_point)) {
      while (next < view.size() &&
             IsSpace(static_cast<unsigned char>(view[next])))
        ++next;
      changed_.push_back(' ');
    } else if (step.code_point < 0x80) {
      changed_.push_back(static_cast<char>(FoldCase(step.code_point)));
    } else {
      text::AppendUtf8(FoldCase(step.code_point), &changed_);
    }
    offsets_.resize(changed_.size(), static_cast<uint32_t>(at));
    for (size_t i = before; i < offsets_.size(); ++i)
      offsets_[i] = static_cast<uint32_t>(at);
    at = next;
  }
  offsets_.push_back(static_cast<uint32_t>(view.size()));
  text_ = changed_;
}

std::string Canonical(std::string_view text) {
  CanonicalText canonical;
  canonical.Assign(text);
  return std::string(canonical.text());
}

}  // namespace sluice::ruleset
