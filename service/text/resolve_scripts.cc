// Letters shaped alike in two alphabets, resolved by the company they keep.
//
// Within a word a letter that exists in only one alphabet is an anchor; every
// other letter is ambiguous. Latin anchors alone pull the word to Latin
// ("vi" + Cyrillic "a" + "gra"), Cyrillic anchors alone pull it to Cyrillic
// (Cyrillic ze + Latin "apa" + "ботok"); a word with both ("SEO" with a Russian
// ending) stays as it is. A word of ambiguous letters only ("BET" in Cyrillic
// letters, or the Russian for "no") keeps its alphabet if there is a word that
// is surely of another alphabet than Latin, and either it is the nearest sure
// one on one side, or such words are half of the sure ones; or if there is no
// sure word at all. Else it becomes Latin. So real Russian stays Russian, and a
// list entry folded alone comes out as it does in a text of its own language.

#include <algorithm>
#include <vector>

#include "service/text/char_table.h"
#include "service/text/draft.h"
#include "service/text/letter_shapes.h"
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
  // An ambiguous word and the nearest sure ones.
  struct Pending {
    size_t begin;  // into waiting_
    size_t end;
    Standing before;
    Standing after;
  };

  void Scan(uint32_t at, const CharInfo& info);
  void EndWord(uint32_t end);
  void Spell(uint32_t end);
  char LookOf(uint32_t at, Decoded next, const CharInfo& info) const;
  void Mixed();
  bool IsGlued() const;
  void Sure(Standing standing);
  void Wait();
  void Settle();
  bool Stays(const Pending& word) const;
  void ToLatin(const Letter& letter);
  void ToCyrillic(const Letter& letter);
  size_t Count(bool latin, bool anchor) const;

  Draft& draft_;
  const CharTable& table_ = CharTable::Get();
  Edits edits_;
  // Of the word that is being read; its letters are spelt out only if needed.
  static constexpr uint32_t kNoWord = UINT32_MAX;
  uint32_t word_begin_ = kNoWord;
  bool has_latin_ = false;
  bool has_foreign_ = false;
  bool has_foreign_anchor_ = false;
  bool has_cyrillic_ = false;
  std::vector<Letter> word_;
  Standing last_sure_ = Standing::kNone;
  std::vector<Letter> waiting_;  // letters of ambiguous words, in order
  std::vector<Pending> pending_;
  size_t known_after_ = 0;  // the first pending word with no sure word after it
  size_t latin_words_ = 0;
  size_t foreign_words_ = 0;
  uint32_t mixed_ = 0;
};

bool IsScriptLetter(const CharInfo& info) {
  return info.kind == CharClass::kLetter &&
         info.script != CharScript::kEastAsian;
}

bool IsLatin(const CharInfo& info) {
  return info.script == CharScript::kLatin || info.script == CharScript::kNone;
}

// Letters of scripts that nobody disguises Latin in count as loose likenesses.
bool IsWeak(const CharInfo& info) {
  return info.weak || (info.script == CharScript::kOther && info.look != 0);
}

bool ScriptResolver::Run() {
  const std::string& text = draft_.text;
  for (uint32_t at = 0; at < text.size();) {
    const char byte = text[at];
    if (byte >= 'a' && byte <= 'z') {
      if (word_begin_ == kNoWord) word_begin_ = at;
      has_latin_ = true;
      ++at;
      continue;
    }
    const Decoded next = DecodeUtf8(text, at);
    const CharInfo& info = table_[next.code_point];
    if (IsScriptLetter(info)) {
      Scan(at, info);
    } else if (info.kind != CharClass::kDigit &&
               info.kind != CharClass::kMark && byte != '@' && byte != '$') {
      EndWord(at);
    }
    at += next.size;
  }
  EndWord(static_cast<uint32_t>(text.size()));
  Settle();
  // Words that stay mixed are there again in the next pass.
  uint32_t& most = draft_.counts.mixed_script_words;
  most = std::max(most, mixed_);
  return draft_.Apply(edits_);
}

void ScriptResolver::Scan(uint32_t at, const CharInfo& info) {
  if (word_begin_ == kNoWord) word_begin_ = at;
  if (IsLatin(info)) {
    has_latin_ = true;
    return;
  }
  has_foreign_ = true;
  has_foreign_anchor_ |= info.look == 0 || IsWeak(info);
  has_cyrillic_ |= info.script == CharScript::kCyrillic;
}

void ScriptResolver::EndWord(uint32_t end) {
  if (word_begin_ == kNoWord) return;
  if (has_latin_ && has_foreign_) {
    Spell(end);
    Mixed();
  } else if (has_latin_) {
    Sure(Standing::kLatin);
  } else if (has_foreign_anchor_) {
    Sure(Standing::kForeign);
  } else if (has_foreign_) {
    Spell(end);
    Wait();
  }
  word_begin_ = kNoWord;
  has_latin_ = has_foreign_ = has_foreign_anchor_ = has_cyrillic_ = false;
}

void ScriptResolver::Spell(uint32_t end) {
  word_.clear();
  for (uint32_t at = word_begin_; at < end;) {
    const Decoded next = DecodeUtf8(draft_.text, at);
    const CharInfo& info = table_[next.code_point];
    Letter letter = {at, next.code_point, next.size, false, false, false, 0};
    at += next.size;
    if (!IsScriptLetter(info)) continue;
    if (IsLatin(info)) {
      letter.latin = true;
      letter.anchor =
          !has_cyrillic_ || next.code_point >= 0x80 ||
          CyrillicLookalike(static_cast<char>(next.code_point)) == 0;
    } else {
      letter.latin_look = LookOf(letter.begin, next, info);
      letter.weak = IsWeak(info);
      letter.anchor = letter.latin_look == 0 || letter.weak;
    }
    word_.push_back(letter);
  }
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

// A word of one alphabet and an ending of the other, neither of which could be
// anything else ("seo" with a Russian ending), hides nothing.
bool ScriptResolver::IsGlued() const {
  size_t changes = 0;
  for (size_t i = 1; i < word_.size(); ++i)
    changes += word_[i].latin != word_[i - 1].latin;
  return changes == 1 && Count(/*latin=*/true, /*anchor=*/true) > 0 &&
         Count(/*latin=*/false, /*anchor=*/true) > 0;
}

void ScriptResolver::Mixed() {
  const size_t latin = Count(/*latin=*/true, /*anchor=*/true);
  const size_t foreign = Count(/*latin=*/false, /*anchor=*/true);
  // "Δx" and "µm" are how people write.
  mixed_ += word_.size() > 2 && !IsGlued();
  size_t weak = 0;
  for (const Letter& letter : word_) weak += letter.weak;
  if (latin == 0 && foreign == weak) return Wait();
  if (latin == 0) {
    Sure(Standing::kForeign);
    for (const Letter& letter : word_) ToCyrillic(letter);
    return;
  }
  // Loose likenesses count as letters of their own alphabet until the Latin
  // letters outnumber them.
  if (weak == foreign && latin > weak) {
    Sure(Standing::kLatin);
    for (const Letter& letter : word_) ToLatin(letter);
    return;
  }
  Sure(Standing::kForeign);
}

void ScriptResolver::Sure(Standing standing) {
  for (; known_after_ < pending_.size(); ++known_after_) {
    pending_[known_after_].after = standing;
  }
  last_sure_ = standing;
  ++(standing == Standing::kLatin ? latin_words_ : foreign_words_);
}

void ScriptResolver::Wait() {
  const size_t begin = waiting_.size();
  waiting_.insert(waiting_.end(), word_.begin(), word_.end());
  pending_.push_back({begin, waiting_.size(), last_sure_, Standing::kNone});
}

bool ScriptResolver::Stays(const Pending& word) const {
  if (word.before == Standing::kForeign || word.after == Standing::kForeign) {
    return true;
  }
  if (latin_words_ + foreign_words_ > 0) {
    return foreign_words_ > 0 && foreign_words_ >= latin_words_;
  }
  const auto begin = waiting_.begin() + word.begin;
  const auto end = waiting_.begin() + word.end;
  return std::any_of(begin, end, [](const Letter& l) { return l.weak; }) ||
         std::none_of(begin, end, [](const Letter& l) { return l.latin; });
}

void ScriptResolver::Settle() {
  for (const Pending& word : pending_) {
    const bool stays = Stays(word);
    for (size_t i = word.begin; i < word.end; ++i) {
      if (stays) {
        ToCyrillic(waiting_[i]);
      } else {
        ToLatin(waiting_[i]);
      }
    }
  }
  if (!pending_.empty()) edits_.Sort();
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
