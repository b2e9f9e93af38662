#include "tests/bench/evasion/plain_fold.h"

#include <unicode/uchar.h>

#include <string>
#include <string_view>

#include "service/text/fold.h"
#include "service/text/utf8.h"

namespace sluice::text {

// What the linker makes of the names of both Folds: the symbol as everyone
// calls it, and the one that service/text defines.
#define SLUICE_FOLD \
  "_ZN6sluice4text4FoldESt17basic_string_viewIcSt11char_traitsIcEE"
#define SLUICE_FOLD_RENDERED SLUICE_FOLD "PKNS0_9OffsetMapE"
Folded RealFold(std::string_view utf8) __asm__("__real_" SLUICE_FOLD);
Folded SwitchedFold(std::string_view utf8) __asm__("__wrap_" SLUICE_FOLD);
Folded RealFold(std::string_view utf8, const OffsetMap* written)  //
    __asm__("__real_" SLUICE_FOLD_RENDERED);
Folded SwitchedFold(std::string_view utf8, const OffsetMap* written)  //
    __asm__("__wrap_" SLUICE_FOLD_RENDERED);
#undef SLUICE_FOLD_RENDERED
#undef SLUICE_FOLD

namespace {

bool plain = false;

Folded FoldCaseOnly(std::string_view utf8) {
  Folded folded;
  uint32_t pending = 0;  // where white space that is not yet written begins
  bool space = false;
  for (uint32_t at = 0; at < utf8.size();) {
    const Decoded next = DecodeUtf8(utf8, at);
    const auto c = static_cast<UChar32>(next.code_point);
    if (u_isUWhiteSpace(c)) {
      if (!space) pending = at;
      space = true;
    } else {
      if (space && !folded.text.empty()) {
        folded.text += ' ';
        folded.map.AppendReplaced(1, {pending, at});
      }
      space = false;
      const size_t before = folded.text.size();
      AppendUtf8(static_cast<char32_t>(u_foldCase(c, U_FOLD_CASE_DEFAULT)),
                 &folded.text);
      folded.map.AppendReplaced(folded.text.size() - before,
                                {at, at + next.size});
    }
    at += next.size;
  }
  return folded;
}

}  // namespace

Folded SwitchedFold(std::string_view utf8) {
  return plain ? FoldCaseOnly(utf8) : RealFold(utf8);
}

Folded SwitchedFold(std::string_view utf8, const OffsetMap* written) {
  return plain ? FoldCaseOnly(utf8) : RealFold(utf8, written);
}

}  // namespace sluice::text

namespace sluice::evasion {

PlainFold::PlainFold() { text::plain = true; }
PlainFold::~PlainFold() { text::plain = false; }

}  // namespace sluice::evasion
