// Upside-down writing, and letters written as regional indicators.
//
// Generators of upside-down text swap each letter for one that looks like it
// turned and reverse the line. A stretch of words is read backwards if it is
// made only of what such text can hold, begins and ends in a word with a letter
// that upright text has no use for, and has at least two of these. A turned
// letter elsewhere (phonetic script, one letter as a disguise) is read in
// place.

#include <array>
#include <vector>

#include "service/text/char_table.h"
#include "service/text/draft.h"
#include "service/text/utf8.h"

namespace sluice::text {
namespace {

constexpr char32_t kRegionalA = 0x1F1E6;
constexpr char32_t kRegionalZ = 0x1F1FF;

bool IsRegional(char32_t c) { return c >= kRegionalA && c <= kRegionalZ; }

// The upright reading of a character that may stand in upside-down text without
// proving it; 0: it cannot stand there.
char Rotated(char32_t c) {
  switch (c) {
    case 'b':
      return 'q';
    case 'q':
      return 'b';
    case 'd':
      return 'p';
    case 'p':
      return 'd';
    case 'n':
      return 'u';
    case 'u':
      return 'n';
    case '6':
      return '9';
    case '9':
      return '6';
    case 'l':
    case 'o':
    case 's':
    case 'x':
    case 'z':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '7':
    case '8':
      return static_cast<char>(c);
    case 'i':
      return 'i';  // folding has dotted the dotless one
    case 'e':
      return 'e';  // and read the schwa
    default:
      return 0;
  }
}

// Punctuation turned, read upright; only where letters prove the turn.
char RotatedPunctuation(char32_t c) {
  switch (c) {
    case U'˙':
      return '.';
    case U'¡':
      return '!';
    case U'¿':
      return '?';
    case '\'':
      return ',';
    case ',':
      return '\'';
    case '(':
      return ')';
    case ')':
      return '(';
    default:
      return 0;
  }
}

struct Character {
  uint32_t begin;
  uint32_t end;
  char upright;  // 0: none
  bool turned;
  bool in_word;
};

class Turner {
 public:
  explicit Turner(Draft* draft) : draft_(*draft) {}
  bool Run();

 private:
  Character Read(uint32_t at, Decoded next) const;
  void EndStretch();
  void Reverse(size_t first, size_t last);
  void InPlace(size_t first, size_t last);

  Draft& draft_;
  const CharTable& table_ = CharTable::Get();
  Edits edits_;
  std::vector<Character> stretch_;  // rotatable words and what parts them
};

Character Turner::Read(uint32_t at, Decoded next) const {
  const CharInfo& info = table_[next.code_point];
  Character character = {at, at + next.size, 0, info.turned, true};
  if (info.turned) {
    character.upright = info.latin();
  } else if (info.kind == CharClass::kOther) {
    character.in_word = false;
    character.upright = RotatedPunctuation(next.code_point);
  } else {
    character.upright = Rotated(next.code_point);
  }
  return character;
}

bool Turner::Run() {
  const std::string& text = draft_.text;
  uint32_t word = 0;  // where the word begins in stretch_
  bool upright_word = false;
  for (uint32_t at = 0; at < text.size();) {
    const Decoded next = DecodeUtf8(text, at);
    const Character character = Read(at, next);
    stretch_.push_back(character);
    at += next.size;
    if (character.in_word) {
      upright_word |= character.upright == 0;
      if (at < text.size()) continue;
    }
    if (!upright_word) {
      word = static_cast<uint32_t>(stretch_.size());
      continue;
    }
    // A word that cannot be upside down ends the stretch before itself.
    std::vector<Character> rest(stretch_.begin() + word, stretch_.end());
    stretch_.resize(word);
    EndStretch();
    stretch_ = std::move(rest);
    InPlace(0, stretch_.size());
    stretch_.clear();
    word = 0;
    upright_word = false;
  }
  EndStretch();
  return draft_.Apply(edits_);
}

void Turner::EndStretch() {
  constexpr int kEnoughTurned = 2;
  size_t first = stretch_.size();
  size_t last = 0;
  int turned = 0;
  for (size_t i = 0; i < stretch_.size(); ++i) {
    if (!stretch_[i].turned) continue;
    ++turned;
    last = i;
    if (first == stretch_.size()) first = i;
  }
  if (turned < kEnoughTurned) {
    InPlace(0, stretch_.size());
    stretch_.clear();
    return;
  }
  while (first > 0 && stretch_[first - 1].in_word) --first;
  while (last + 1 < stretch_.size() && stretch_[last + 1].in_word) ++last;
  Reverse(first, last);
  stretch_.clear();
}

void Turner::Reverse(size_t first, size_t last) {
  std::string upright;
  for (size_t i = last + 1; i-- > first;) {
    const Character& character = stretch_[i];
    if (character.upright != 0) {
      upright.push_back(character.upright);
    } else {
      upright.append(draft_.text, character.begin,
                     character.end - character.begin);
    }
    draft_.counts.confusables += character.turned;
    draft_.counts.upside_down += character.turned;
  }
  edits_.Replace(stretch_[first].begin, stretch_[last].end, upright);
}

void Turner::InPlace(size_t first, size_t last) {
  for (size_t i = first; i < last; ++i) {
    const Character& character = stretch_[i];
    if (!character.turned) continue;
    ++draft_.counts.confusables;
    ++draft_.counts.upside_down;
    edits_.Replace(character.begin, character.end,
                   std::string_view(&character.upright, 1));
  }
}

bool IsWordAt(const std::string& text, size_t at) {
  if (at >= text.size()) return false;
  const CharClass kind = CharTable::Get()[DecodeUtf8(text, at).code_point].kind;
  return kind == CharClass::kLetter || kind == CharClass::kDigit;
}

}  // namespace

bool TurnUpright(Draft* draft) { return Turner(draft).Run(); }

// Two in a row and no letter beside them are a flag and stay one; all others
// are read as letters.
bool ReadRegionalLetters(Draft* draft) {
  constexpr uint32_t kSize = 4;  // bytes of each in UTF-8
  const std::string& text = draft->text;
  Edits edits;
  bool after_word = false;
  for (uint32_t at = 0; at < text.size();) {
    uint32_t end = at;
    while (end < text.size() && IsRegional(DecodeUtf8(text, end).code_point)) {
      end += kSize;
    }
    if (end == at) {
      after_word = IsWordAt(text, at);
      at += DecodeUtf8(text, at).size;
      continue;
    }
    const bool flag =
        end - at == 2 * kSize && !after_word && !IsWordAt(text, end);
    for (; at < end; at += kSize) {
      if (flag) continue;
      const char letter = static_cast<char>(
          'a' + (DecodeUtf8(text, at).code_point - kRegionalA));
      edits.Replace(at, at + kSize, std::string_view(&letter, 1));
      ++draft->counts.compatibility;
    }
    after_word = !flag;
  }
  return draft->Apply(edits);
}

}  // namespace sluice::text
