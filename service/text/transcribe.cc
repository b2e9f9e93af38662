// The first step of Fold: code point by code point through the table, with a
// byte loop for ASCII, which is most of what most comments are made of.

#include <array>

#include "service/text/char_table.h"
#include "service/text/draft.h"
#include "service/text/leet_word.h"
#include "service/text/utf8.h"

namespace sluice::text {
namespace {

constexpr char32_t kBreve = 0x306;

// Appends to a text and its map, merging neighbouring copies into one run.
class Writer {
 public:
  explicit Writer(Draft* draft) : draft_(*draft) {}

  void Copied(std::string_view bytes, uint32_t origin) {
    if (origin != run_origin_ + run_size_) Flush(origin);
    run_size_ += static_cast<uint32_t>(bytes.size());
    draft_.text += bytes;
  }

  // Lower-cases ASCII on the way.
  void CopiedAscii(std::string_view bytes, uint32_t origin) {
    const size_t at = draft_.text.size();
    Copied(bytes, origin);
    char* out = draft_.text.data() + at;
    for (size_t i = 0; i < bytes.size(); ++i) {
      const auto byte = static_cast<uint8_t>(out[i]);
      const bool capital = static_cast<uint8_t>(byte - 'A') < 26;
      out[i] = static_cast<char>(byte | (capital ? 0x20 : 0));
    }
  }

  void Replaced(std::string_view bytes, ByteSpan origin) {
    Flush(origin.end);
    draft_.text += bytes;
    draft_.map.AppendReplaced(bytes.size(), origin);
  }

  void Flush(uint32_t next_origin) {
    draft_.map.AppendCopied(run_size_, run_origin_);
    run_origin_ = next_origin;
    run_size_ = 0;
  }

 private:
  Draft& draft_;
  uint32_t run_origin_ = 0;
  uint32_t run_size_ = 0;
};

constexpr std::array<bool, 256> kAsciiGraphic = [] {
  std::array<bool, 256> graphic{};
  for (int byte = ' ' + 1; byte < 0x7F; ++byte) graphic[byte] = true;
  return graphic;
}();

bool IsAsciiGraphic(char c) { return kAsciiGraphic[static_cast<uint8_t>(c)]; }

bool IsRegionalLetter(char32_t c) { return c >= 0x1F1E6 && c <= 0x1F1FF; }

// Whether the letter may be the second half of the one before it.
bool Composes(char32_t c) {
  return c == 0x3099 || c == 0x309A || (c >= 0x1161 && c <= 0x11C2);
}

// Letters and digits in another dress, as the counts name them. Accented
// letters and capitals are honest, and so are the forms of Arabic and of kana.
bool IsCompatibility(char32_t c, const CharInfo& info) {
  if (info.kind != CharClass::kLetter && info.kind != CharClass::kDigit) {
    return false;
  }
  return (c >= 0x02B0 && c <= 0x02FF) || (c >= 0x1D2C && c <= 0x1DBF) ||
         (c >= 0x2070 && c <= 0x24FF) || (c >= 0x2776 && c <= 0x2793) ||
         (c >= 0xFB00 && c <= 0xFB06) || (c >= 0xFF00 && c <= 0xFF5A) ||
         (c >= 0x1D400 && c <= 0x1D7FF) || (c >= 0x1F100 && c <= 0x1F1FF);
}

// Symbols outside ASCII that are read as letters inside a word.
bool IsLetterSymbol(char32_t c, const CharInfo& info) {
  return c >= 0x80 && (IsLeetSymbol(c) ||
                       (info.kind == CharClass::kOther && info.look != 0));
}

// Whether the bytes are one code point of that size: then its bytes map one to
// one, and no span can begin inside it.
bool IsOneOfSize(std::string_view bytes, size_t size) {
  return bytes.size() == size && DecodeUtf8(bytes, 0).size == size;
}

class Transcriber {
 public:
  explicit Transcriber(std::string_view utf8) : utf8_(utf8) {
    draft_.original = utf8;
    draft_.text.reserve(utf8.size());
  }

  Draft Run() &&;

 private:
  size_t AsciiEnd(size_t at) const;
  void One(size_t at, Decoded next);
  void Visible(size_t at, Decoded next, const CharInfo& info);
  void Note(char32_t code_point, const CharInfo& info);
  void Mark(size_t at, Decoded next);
  void CountInvisible(char32_t code_point);
  void Space(size_t at, Decoded next);
  void FlushSpace();

  const CharTable& table_ = CharTable::Get();
  std::string_view utf8_;
  Draft draft_;
  Writer writer_{&draft_};
  // White space seen since the last visible character: written as one space
  // when the next one comes, so that none ends up at the ends of the text and
  // invisible characters do not interrupt a run.
  ByteSpan space_;
  int space_count_ = 0;
  bool after_symbol_ = false;  // an emoji or the like came last
};

Draft Transcriber::Run() && {
  for (size_t at = 0; at < utf8_.size();) {
    const size_t end = AsciiEnd(at);
    if (end > at) {
      FlushSpace();
      writer_.CopiedAscii(utf8_.substr(at, end - at),
                          static_cast<uint32_t>(at));
      after_symbol_ = false;
      at = end;
      continue;
    }
    const Decoded next = DecodeUtf8(utf8_, at);
    One(at, next);
    at += next.size;
  }
  writer_.Flush(0);
  return std::move(draft_);
}

// Where the graphic ASCII that begins at `at` ends; a space between two such
// characters belongs to it.
size_t Transcriber::AsciiEnd(size_t at) const {
  const size_t begin = at;
  for (; at < utf8_.size(); ++at) {
    if (IsAsciiGraphic(utf8_[at])) continue;
    const bool inner = utf8_[at] == ' ' && at > begin &&
                       at + 1 < utf8_.size() && IsAsciiGraphic(utf8_[at + 1]);
    if (!inner) break;
  }
  return at;
}

void Transcriber::One(size_t at, Decoded next) {
  const CharInfo& info = table_[next.code_point];
  switch (info.action) {
    case CharAction::kSpace:
      return Space(at, next);
    case CharAction::kInvisible:
      return CountInvisible(next.code_point);
    case CharAction::kBidi:
      ++draft_.counts.bidi_controls;
      return;
    case CharAction::kMark:
      return Mark(at, next);
    case CharAction::kKeep:
    case CharAction::kReplace:
      return Visible(at, next, info);
  }
}

void Transcriber::Space(size_t at, Decoded next) {
  after_symbol_ = false;
  const auto begin = static_cast<uint32_t>(at);
  if (space_count_++ == 0) space_.begin = begin;
  space_.end = begin + next.size;
}

void Transcriber::FlushSpace() {
  if (space_count_ == 0) return;
  if (!draft_.text.empty()) {
    if (space_count_ > 1) {
      draft_.wide_spaces.push_back(static_cast<uint32_t>(draft_.text.size()));
    }
    if (space_.size() == 1) {
      writer_.Copied(" ", space_.begin);
    } else {
      writer_.Replaced(" ", space_);
    }
  }
  space_count_ = 0;
}

// The joiner and the variation selectors of an emoji are how it is spelt; the
// same characters among letters hide something.
void Transcriber::CountInvisible(char32_t code_point) {
  const bool spells_emoji =
      code_point == 0x200D || code_point == 0xFE0E || code_point == 0xFE0F;
  if (!spells_emoji || !after_symbol_) ++draft_.counts.invisible;
}

// Dropped, but for the breve that makes i a short i: ResolveScripts and rules
// written in Russian know that one as a letter.
void Transcriber::Mark(size_t at, Decoded next) {
  const std::string& text = draft_.text;
  if (next.code_point == kBreve && space_count_ == 0 &&
      text.ends_with("\u0438")) {
    writer_.Copied(utf8_.substr(at, next.size), static_cast<uint32_t>(at));
    draft_.composing_letters = true;
    return;
  }
  ++draft_.counts.combining;
}

void Transcriber::Visible(size_t at, Decoded next, const CharInfo& info) {
  FlushSpace();
  const auto origin = static_cast<uint32_t>(at);
  const ByteSpan span = {origin, origin + next.size};
  const bool ill_formed = next.code_point == 0xFFFD && next.size == 1;
  if (ill_formed) {
    writer_.Replaced("\uFFFD", span);
    after_symbol_ = draft_.symbols = true;
    return;
  }
  std::string_view bytes = utf8_.substr(at, next.size);
  if (info.action == CharAction::kReplace) {
    bytes = table_.Replacement(info);
    if (IsCompatibility(next.code_point, info)) ++draft_.counts.compatibility;
  }
  if (IsOneOfSize(bytes, next.size)) {
    writer_.Copied(bytes, origin);
  } else {
    writer_.Replaced(bytes, span);
  }
  if (info.action == CharAction::kKeep) {
    Note(next.code_point, info);
    return;
  }
  for (size_t i = 0; i < bytes.size();) {
    const Decoded written = DecodeUtf8(bytes, i);
    Note(written.code_point, table_[written.code_point]);
    i += written.size;
  }
}

// What the later steps need to know is there, of a character as written out.
void Transcriber::Note(char32_t code_point, const CharInfo& info) {
  draft_.foreign_letters |= info.script != CharScript::kNone &&
                            info.script != CharScript::kLatin &&
                            info.script != CharScript::kEastAsian;
  draft_.turned_letters |= info.turned;
  draft_.regional_letters |= IsRegionalLetter(code_point);
  draft_.composing_letters |= Composes(code_point);
  draft_.letter_symbols |= IsLetterSymbol(code_point, info);
  after_symbol_ = info.kind == CharClass::kOther && code_point >= 0x80;
  draft_.symbols |= after_symbol_;
}

}  // namespace

Draft Transcribe(std::string_view utf8) { return Transcriber(utf8).Run(); }

}  // namespace sluice::text
