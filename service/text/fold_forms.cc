#include "service/text/fold_forms.h"

#include <algorithm>
#include <iterator>

#include "service/text/char_table.h"
#include "service/text/utf8.h"
#include "service/text/words.h"

namespace sluice::text {
namespace {

// Bytes of second letters of doubled ones.
std::vector<ByteSpan> Doubles(std::string_view text) {
  const CharTable& table = CharTable::Get();
  std::vector<ByteSpan> doubles;
  char32_t last = 0;
  for (uint32_t at = 0; at < text.size();) {
    const Decoded next = DecodeUtf8(text, at);
    const CharInfo& info = table[next.code_point];
    const bool letter = info.kind == CharClass::kLetter &&
                        info.script != CharScript::kEastAsian;
    if (letter && next.code_point == last) {
      doubles.push_back({at, at + next.size});
    }
    last = next.code_point;
    at += next.size;
  }
  return doubles;
}

std::string Without(std::string_view text, const std::vector<ByteSpan>& doubles,
                    uint32_t chosen) {
  std::string shorter;
  uint32_t at = 0;
  for (size_t i = 0; i < doubles.size(); ++i) {
    if (((chosen >> i) & 1) == 0) continue;
    shorter.append(text, at, doubles[i].begin - at);
    at = doubles[i].end;
  }
  shorter.append(text, at);
  return shorter;
}

}  // namespace

std::vector<FoldForm> FoldForms(std::string_view entry) {
  constexpr size_t kMaxDoubles = 3;  // 2^3 - 1 forms besides the first
  std::vector<FoldForm> forms = {{Fold(entry).text, false}};
  const std::string folded = forms[0].text;
  std::vector<ByteSpan> doubles = Doubles(folded);
  if (doubles.size() > kMaxDoubles) doubles.resize(kMaxDoubles);
  for (uint32_t chosen = 1; chosen < (1u << doubles.size()); ++chosen) {
    forms.push_back({Without(folded, doubles, chosen), true});
  }
  return forms;
}

bool IsStretched(const Folded& folded, ByteSpan span) {
  return folded.map.Map(span).size() >= span.size() + 2;
}

bool IsWholeWords(const Folded& folded, ByteSpan span) {
  if (IsWordBorder(folded.text, span.begin) &&
      IsWordBorder(folded.text, span.end)) {
    return true;
  }
  const auto& spaced = folded.spaced_out;
  const auto after = std::upper_bound(
      spaced.begin(), spaced.end(), span.begin,
      [](uint32_t at, ByteSpan known) { return at < known.begin; });
  return after != spaced.begin() && std::prev(after)->end >= span.end;
}

}  // namespace sluice::text
