// Letters shaped alike in two alphabets, resolved by the company they keep.
//
// Within a word a letter that exists in only one alphabet is an anchor; every
// other letter is ambiguous. Latin anchors alone pull the word to Latin
// ("vi" + Cyrillic "a" + "gra"), Cyrillic anchors alone pull it to Cyrillic
// ("z" as Cyrillic ze + Latin "apaботok"), both ("SEO" + Cyrillic suffix) leave
// each letter to the nearest anchor before it. A word of ambiguous letters only
// ("BET" in Cyrillic letters, or the Russian for "no") keeps its alphabet where
// a word that is surely of such an alphabet is the nearest sure one on either
// side, or where there is no sure word at all; else it becomes Latin. So real
// Russian stays Russian, word by word, and a list entry folded alone comes out
// as it does in a text of its own language.

#include <vector>

#include "service/text/char_table.h"
#include "service/text/draft.h"
#include "service/text/utf8.h"

namespace sluice::text {
namespace {

struct Letter {
  uint32_t begin;
  char32_t code_point;
  uint8_t size;
  bool latin;
  bool anchor;
  bool weak;
  char latin_look;  // of a foreign letter, or 0
};

enum class Standing { kNone, kLatin, kForeign };

class ScriptResolver {
 public:
  explicit ScriptResolver(Draft* draft) : draft_(*draft) {}
  bool Run();

 private:
  struct Pending {
    size_t begin;  // into waiting_
    size_t end;
    Standing before;
  };

  void Add(uint32_t at, Decoded next, const CharInfo& info);
  char LookOf(uint32_t at, Decoded next, const CharInfo& info) const;
  void EndWord();
  void Mixed();
  void Sure(Standing standing);
  void Wait();
  void Settle(Standing after);
  void ToLatin(const Letter& letter);
  void ToCyrillic(const Letter& letter);
  void ToNearestAnchors();
  size_t Count(bool latin, bool anchor) const;

  Draft& draft_;
  const CharTable& table_ = CharTable::Get();
  Edits edits_;
  std::vector<Letter> word_;
  bool has_latin_ = false;
  bool has_foreign_ = false;
  bool has_cyrillic_ = false;
  Standing last_sure_ = Standing::kNone;
  std::vector<Letter> waiting_;  // letters of ambiguous words, in order
  std::vector<Pending> pending_;
};

bool ScriptResolver::Run() {
  const std::string& text = draft_.text;
  for (uint32_t at = 0; at < text.size();) {
    const Decoded next = DecodeUtf8(text, at);
    const CharInfo& info = table_[next.code_point];
    const bool letter = info.kind == CharClass::kLetter &&
                        info.script != CharScript::kEastAsian;
    const bool in_word = letter || info.kind == CharClass::kDigit ||
                         info.kind == CharClass::kMark ||
                         next.code_point == '@' || next.code_point == '$';
    if (letter) {
      Add(at, next, info);
    } else if (!in_word) {
      EndWord();
    }
    at += next.size;
  }
  EndWord();
  Settle(Standing::kNone);
  return draft_.Apply(edits_);
}

void ScriptResolver::Add(uint32_t at, Decoded next, const CharInfo& info) {
  Letter letter = {at, next.code_point, next.size, false, false, false, 0};
  if (info.script == CharScript::kLatin || info.script == CharScript::kNone) {
    letter.latin = true;
    has_latin_ = true;
  } else {
    letter.latin_look = LookOf(at, next, info);
    letter.weak = info.weak ||
                  (info.script == CharScript::kOther && letter.latin_look != 0);
    letter.anchor = letter.latin_look == 0 || letter.weak;
    has_foreign_ = true;
    has_cyrillic_ |= info.script == CharScript::kCyrillic;
  }
  word_.push_back(letter);
}

// A Greek capital is shaped like another letter than its small form, and
// folding has already made it small: the shape is that of the character as
// written.
char ScriptResolver::LookOf(uint32_t at, Decoded next,
                            const CharInfo& info) const {
  if (info.script != CharScript::kGreek) return info.latin();
  const uint32_t origin = draft_.map.Map({at, at + next.size}).begin;
  const CharInfo& written =
      table_[DecodeUtf8(draft_.original, origin).code_point];
  if (written.script != CharScript::kGreek || written.look == 0) {
    return info.latin();
  }
  return written.latin();
}

size_t ScriptResolver::Count(bool latin, bool anchor) const {
  size_t count = 0;
  for (const Letter& letter : word_) {
    count += letter.latin == latin && letter.anchor == anchor;
  }
  return count;
}

void ScriptResolver::EndWord() {
  if (word_.empty()) return;
  if (has_latin_ && has_foreign_) {
    // "Δx" and "µm" are how people write.
    if (word_.size() > 2) ++draft_.counts.mixed_script_words;
    for (Letter& letter : word_) {
      if (!letter.latin) continue;
      letter.anchor =
          !has_cyrillic_ || letter.code_point >= 0x80 ||
          CyrillicLookalike(static_cast<char>(letter.code_point)) == 0;
    }
    Mixed();
  } else if (has_latin_) {
    Sure(Standing::kLatin);
  } else if (Count(/*latin=*/false, /*anchor=*/true) > 0) {
    Sure(Standing::kForeign);
  } else {
    Wait();
  }
  word_.clear();
  has_latin_ = has_foreign_ = has_cyrillic_ = false;
}

void ScriptResolver::Mixed() {
  const size_t latin = Count(/*latin=*/true, /*anchor=*/true);
  const size_t foreign = Count(/*latin=*/false, /*anchor=*/true);
  if (latin == 0 && foreign == 0) return Wait();
  if (latin == 0) {
    Sure(Standing::kForeign);
    for (const Letter& letter : word_) ToCyrillic(letter);
    return;
  }
  size_t weak = 0;
  for (const Letter& letter : word_) weak += letter.weak;
  // Loose likenesses count as letters of their own alphabet until the Latin
  // letters outnumber them.
  if (weak == foreign && latin > weak) {
    Sure(Standing::kLatin);
    for (const Letter& letter : word_) ToLatin(letter);
    return;
  }
  Sure(Standing::kForeign);
  ToNearestAnchors();
}

void ScriptResolver::ToNearestAnchors() {
  const Letter* anchor = nullptr;
  for (const Letter& letter : word_) {
    if (letter.anchor) {
      anchor = &letter;
      break;
    }
  }
  for (const Letter& letter : word_) {
    if (letter.anchor) {
      anchor = &letter;
    } else if (anchor->latin) {
      ToLatin(letter);
    } else {
      ToCyrillic(letter);
    }
  }
}

void ScriptResolver::Sure(Standing standing) {
  Settle(standing);
  last_sure_ = standing;
}

void ScriptResolver::Wait() {
  const size_t begin = waiting_.size();
  waiting_.insert(waiting_.end(), word_.begin(), word_.end());
  pending_.push_back({begin, waiting_.size(), last_sure_});
}

void ScriptResolver::Settle(Standing after) {
  for (const Pending& word : pending_) {
    bool all_foreign = true;
    for (size_t i = word.begin; i < word.end; ++i) {
      all_foreign = all_foreign && !waiting_[i].latin;
    }
    const bool alone =
        word.before == Standing::kNone && after == Standing::kNone;
    const bool stays = word.before == Standing::kForeign ||
                       after == Standing::kForeign || (alone && all_foreign);
    for (size_t i = word.begin; i < word.end; ++i) {
      if (stays) {
        ToCyrillic(waiting_[i]);
      } else {
        ToLatin(waiting_[i]);
      }
    }
  }
  pending_.clear();
  waiting_.clear();
}

void ScriptResolver::ToLatin(const Letter& letter) {
  if (letter.latin || letter.latin_look == 0) return;
  ++draft_.counts.confusables;
  edits_.Replace(letter.begin, letter.begin + letter.size,
                 std::string_view(&letter.latin_look, 1));
}

void ScriptResolver::ToCyrillic(const Letter& letter) {
  if (!letter.latin || letter.anchor || letter.code_point >= 0x80) return;
  const char32_t look = CyrillicLookalike(static_cast<char>(letter.code_point));
  if (look == 0) return;
  ++draft_.counts.confusables;
  edits_.Replace(letter.begin, letter.begin + letter.size, look);
}

}  // namespace

bool ResolveScripts(Draft* draft) { return ScriptResolver(draft).Run(); }

}  // namespace sluice::text
