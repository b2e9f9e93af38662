// Two code points that are one letter: Hangul jamo, kana with a voicing mark,
// Cyrillic i with a breve. Elsewhere marks are dropped, here they make letters.

#include <unicode/normalizer2.h>

#include "service/text/draft.h"
#include "service/text/utf8.h"

namespace sluice::text {
namespace {

constexpr char32_t kCombiningBreve = 0x306;

}  // namespace

bool ComposeLetters(Draft* draft) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(error);
  if (U_FAILURE(error)) return false;
  const std::string& text = draft->text;
  Edits edits;
  char32_t whole = 0;  // what the letters since `begin` make up so far
  uint32_t begin = 0;
  uint32_t parts = 0;
  uint32_t end = 0;
  const auto finish = [&] {
    if (parts > 1) edits.Replace(begin, end, whole);
  };
  for (uint32_t at = 0; at < text.size();) {
    const Decoded next = DecodeUtf8(text, at);
    const UChar32 both =
        parts == 0 ? -1
                   : nfc->composePair(static_cast<UChar32>(whole),
                                      static_cast<UChar32>(next.code_point));
    if (both >= 0) {
      whole = static_cast<char32_t>(both);
      ++parts;
    } else {
      finish();
      whole = next.code_point;
      begin = at;
      parts = 1;
      // A breve left over from a pair that a second breve follows.
      if (next.code_point == kCombiningBreve) {
        edits.Replace(at, at + next.size, std::string_view());
        parts = 0;
      }
    }
    at += next.size;
    end = at;
  }
  finish();
  return draft->Apply(edits);
}

}  // namespace sluice::text
