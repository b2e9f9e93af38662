// Three and more of one letter in a row become one ("viaaaagra" -> "viagra").
// That loses honest doubles ("coool" -> "col"), so FoldForms gives a list entry
// with doubled letters a second form. Words of one letter only keep three
// ("www", "xxx", "zzzzz" -> "zzz"); digits, ideographs, kana and Hangul, which
// repeat in earnest, are left alone.

#include "service/text/char_table.h"
#include "service/text/draft.h"
#include "service/text/utf8.h"

namespace sluice::text {
namespace {

constexpr size_t kStretched = 3;

struct LetterRun {
  uint32_t begin = 0;
  uint32_t end = 0;
  char32_t code_point = 0;
  uint8_t size = 0;
  size_t count = 0;
  bool starts_word = false;
};

void EndRun(const LetterRun& run, bool ends_word, Draft* draft, Edits* edits) {
  if (run.count < kStretched) return;
  const bool whole_word = run.starts_word && ends_word;
  const uint32_t keep = (whole_word ? kStretched : 1) * run.size;
  if (run.begin + keep == run.end) return;
  ++draft->counts.stretched;
  if (whole_word) {
    edits->Replace(run.begin + keep, run.end, std::string_view());
  } else {
    edits->Replace(run.begin, run.end, run.code_point);
  }
}

bool Stretches(const CharInfo& info) {
  return info.kind == CharClass::kLetter &&
         info.script != CharScript::kEastAsian;
}

}  // namespace

bool CollapseRepeats(Draft* draft) {
  const CharTable& table = CharTable::Get();
  const std::string& text = draft->text;
  Edits edits;
  LetterRun run;
  bool in_word = false;
  for (uint32_t at = 0; at < text.size();) {
    const Decoded next = DecodeUtf8(text, at);
    const bool letter = Stretches(table[next.code_point]);
    if (letter && run.count > 0 && next.code_point == run.code_point) {
      ++run.count;
      run.end += next.size;
    } else {
      EndRun(run, !letter, draft, &edits);
      run = LetterRun();
      if (letter) {
        run = {at, at + next.size, next.code_point, next.size, 1, !in_word};
      }
    }
    in_word = letter;
    at += next.size;
  }
  EndRun(run, /*ends_word=*/true, draft, &edits);
  return draft->Apply(edits);
}

}  // namespace sluice::text
