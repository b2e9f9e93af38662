// Digits and symbols read as letters ("v1agra", "c@sh", "$ale", "fr33").
//
// A word is letters, digits and symbols without a break. It is read as leet
// only if something in it is convincing; then everything in it that can be is
// read. What convinces, and what is left alone because people write it, is in
// LeetWord::Convinces(); where there are leet words,
// less does. Never read: words with the digits 2, 6 or 9, which stand
// for no letter (ipv6, 4th2nd, most identifiers), hexadecimal numbers, words of
// more than kMaxWord characters, and whatever stands in a URL with a scheme or
// in an e-mail address.

#include <algorithm>
#include <vector>

#include "service/text/char_table.h"
#include "service/text/draft.h"
#include "service/text/leet_word.h"
#include "service/text/utf8.h"

namespace sluice::text {
namespace {

// So many leet words in a text, and it is written in leet.
constexpr uint32_t kHabitualWords = 5;

class LeetReader {
 public:
  explicit LeetReader(Draft* draft) : draft_(*draft), text_(draft->text) {}
  bool Run();

 private:
  void Scan();
  void Chunk(uint32_t begin, uint32_t end);
  bool IsAddress(std::string_view chunk) const;
  void EndWord();

  Draft& draft_;
  const std::string& text_;
  const CharTable& table_ = CharTable::Get();
  std::vector<LeetUnit> word_;
  bool mixed_ = false;
  LeetHabit habit_ = LeetHabit::kNone;
  uint32_t read_ = 0;   // digits and symbols
  uint32_t words_ = 0;  // in which they were
  Edits edits_;
};

bool LeetReader::Run() {
  Scan();
  if (read_ == 0) return false;
  habit_ = words_ >= kHabitualWords ? LeetHabit::kHabitual : LeetHabit::kSome;
  Scan();
  draft_.counts.leet_digits += read_;
  return draft_.Apply(edits_);
}

void LeetReader::Scan() {
  edits_ = Edits();
  read_ = words_ = 0;
  for (size_t at = 0; at < text_.size();) {
    const size_t end = std::min(text_.find(' ', at), text_.size());
    Chunk(static_cast<uint32_t>(at), static_cast<uint32_t>(end));
    at = end + 1;
  }
}

bool LeetReader::IsAddress(std::string_view chunk) const {
  if (chunk.find("://") != std::string_view::npos) return true;
  const size_t sign = chunk.find('@');
  if (sign == std::string_view::npos || sign == 0) return false;
  const size_t dot = chunk.find('.', sign);
  return dot != std::string_view::npos && dot + 1 < chunk.size();
}

void LeetReader::Chunk(uint32_t begin, uint32_t end) {
  if (IsAddress(std::string_view(text_).substr(begin, end - begin))) return;
  for (uint32_t at = begin; at < end;) {
    const Decoded next = DecodeUtf8(text_, at);
    const CharInfo& info = table_[next.code_point];
    LeetUnit unit = {at, at + next.size, next.code_point, LeetUnit::kLetter,
                     '\0'};
    bool in_word = info.kind == CharClass::kLetter;
    if (info.kind == CharClass::kDigit) {
      unit.kind = LeetUnit::kDigit;
      in_word = true;
    } else if (info.kind == CharClass::kOther) {
      unit.kind = LeetUnit::kSymbol;
      unit.look = info.latin();
      in_word = info.look != 0 || IsLeetSymbol(next.code_point);
    }
    if (in_word) {
      mixed_ |= unit.kind != LeetUnit::kLetter;
      word_.push_back(unit);
    } else {
      EndWord();
    }
    at += next.size;
  }
  EndWord();
}

void LeetReader::EndWord() {
  if (mixed_) {
    const uint32_t read = LeetWord(text_, habit_, &word_).Read(&edits_);
    read_ += read;
    words_ += read > 0;
  }
  word_.clear();
  mixed_ = false;
}

}  // namespace

bool ReadLeet(Draft* draft) { return LeetReader(draft).Run(); }

}  // namespace sluice::text
