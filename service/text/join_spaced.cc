// Letters s p a c e d out, s.p.a.c.e.d or s-p-a-c-e-d.
//
// A run is single letters (or single leet digits and symbols) with the same
// separator, up to four characters without letters, between each two. Four or
// more are joined, at least three of them letters; three or two only beside
// such a run, parted from it by wider white space ("b u y   v i a g r a").
// Not joined, because people write these: the alphabet ("a b c d"), separators
// that list (", "; "; "; " + ") and runs with more digits than letters.

#include <algorithm>
#include <vector>

#include "service/text/char_table.h"
#include "service/text/draft.h"
#include "service/text/utf8.h"

namespace sluice::text {
namespace {

constexpr size_t kEnough = 4;
constexpr size_t kEnoughLetters = 3;
constexpr int kMaxSeparator = 4;

struct Separator {
  uint32_t begin = 0;
  uint32_t end = 0;
  bool wide = false;
};

struct Run {
  size_t first;  // into the units
  size_t size = 1;
  Separator separator;
  size_t letters = 0;
  bool alphabet = true;  // each letter is the one after the last
  bool digits = false;
  bool cyrillic = false;
  bool chained = false;  // only white space parts it from the run before
  bool join = false;
};

class Joiner {
 public:
  explicit Joiner(Draft* draft) : draft_(*draft), text_(draft->text) {}
  bool Join();

 private:
  void Collect();
  void EndToken();
  void AddUnit();
  void Take(Run* run) const;
  bool IsWide(uint32_t at);
  bool Same(const Separator& a, const Separator& b) const;
  bool Lists(const Separator& separator) const;
  bool IsBlank(const Separator& separator) const;
  bool Beside(const Run& run, const Run& neighbour) const;
  void Choose();
  void Erase();

  Draft& draft_;
  const std::string& text_;
  const CharTable& table_ = CharTable::Get();
  // The token that is being read.
  ByteSpan token_;
  char32_t token_first_ = 0;
  size_t token_size_ = 0;
  bool token_is_letter_ = false;
  bool broken_ = true;  // a longer word came since the last unit
  size_t next_wide_ = 0;

  std::vector<ByteSpan> units_;
  std::vector<char32_t> values_;
  std::vector<Run> runs_;
  Edits edits_;
};

bool Joiner::Join() {
  Collect();
  Choose();
  Erase();
  std::sort(draft_.spaced_out.begin(), draft_.spaced_out.end(),
            [](ByteSpan a, ByteSpan b) { return a.begin < b.begin; });
  return draft_.Apply(edits_);
}

void Joiner::Collect() {
  for (uint32_t at = 0; at < text_.size();) {
    const Decoded next = DecodeUtf8(text_, at);
    const CharInfo& info = table_[next.code_point];
    const bool letter =
        info.kind == CharClass::kLetter || info.kind == CharClass::kIdeograph;
    const bool unit = letter || info.kind == CharClass::kDigit ||
                      next.code_point == '@' || next.code_point == '$';
    if (unit) {
      if (token_size_++ == 0) {
        token_.begin = at;
        token_first_ = next.code_point;
        token_is_letter_ = letter;
      }
      token_.end = at + next.size;
    } else if (info.kind == CharClass::kMark && token_size_ > 0) {
      token_.end = at + next.size;
    } else {
      EndToken();
    }
    at += next.size;
  }
  EndToken();
}

void Joiner::EndToken() {
  if (token_size_ == 1) {
    AddUnit();
    broken_ = false;
  } else if (token_size_ > 1) {
    broken_ = true;
  }
  token_size_ = 0;
}

// REQUIRES: `at` never goes down from call to call.
bool Joiner::IsWide(uint32_t at) {
  const std::vector<uint32_t>& wide = draft_.wide_spaces;
  while (next_wide_ < wide.size() && wide[next_wide_] < at) ++next_wide_;
  return next_wide_ < wide.size() && wide[next_wide_] == at;
}

void Joiner::AddUnit() {
  units_.push_back(token_);
  values_.push_back(token_first_);
  const bool first = units_.size() == 1 || broken_;
  Separator separator;
  bool fits = false;
  if (!first) {
    separator = {units_[units_.size() - 2].end, token_.begin, false};
    separator.wide = IsWide(separator.begin);
    Run& run = runs_.back();
    fits = run.size == 1 ? !Lists(separator) : Same(run.separator, separator);
    if (fits) {
      if (run.size++ == 1) run.separator = separator;
      run.alphabet &= token_first_ == values_[values_.size() - 2] + 1;
      Take(&run);
    }
  }
  if (fits) return;
  Run run;
  run.first = units_.size() - 1;
  Take(&run);
  run.chained = !first && IsBlank(separator);
  runs_.push_back(run);
}

void Joiner::Take(Run* run) const {
  run->letters += token_is_letter_;
  run->digits |= !token_is_letter_;
  run->cyrillic |= table_[token_first_].script == CharScript::kCyrillic;
}

bool Joiner::Same(const Separator& a, const Separator& b) const {
  return a.wide == b.wide && text_.compare(a.begin, a.end - a.begin, text_,
                                           b.begin, b.end - b.begin) == 0;
}

bool Joiner::IsBlank(const Separator& separator) const {
  return separator.end - separator.begin == 1 && text_[separator.begin] == ' ';
}

// Whether the separator is too long, or one that honest lists have.
bool Joiner::Lists(const Separator& separator) const {
  const std::string_view bytes = std::string_view(text_).substr(
      separator.begin, separator.end - separator.begin);
  if (CountCodePoints(bytes) > kMaxSeparator) return true;
  const bool spaced = bytes.find(' ') != std::string_view::npos;
  return spaced && bytes.find_first_of(",;:+=&/<>()") != std::string_view::npos;
}

void Joiner::Choose() {
  for (Run& run : runs_) {
    run.join = run.size >= kEnough && run.letters >= kEnoughLetters &&
               run.letters * 2 > run.size && !run.alphabet &&
               !(run.digits && run.cyrillic);
  }
  for (size_t i = 1; i < runs_.size(); ++i) {
    if (runs_[i].chained && Beside(runs_[i], runs_[i - 1])) {
      runs_[i].join = true;
    }
  }
  for (size_t i = runs_.size(); i-- > 1;) {
    if (runs_[i].chained && Beside(runs_[i - 1], runs_[i])) {
      runs_[i - 1].join = true;
    }
  }
}

bool Joiner::Beside(const Run& run, const Run& neighbour) const {
  return neighbour.join && run.size > 1 && run.letters > 1 &&
         Same(run.separator, neighbour.separator);
}

void Joiner::Erase() {
  for (const Run& run : runs_) {
    if (!run.join) continue;
    ++draft_.counts.spaced_words;
    draft_.spaced_out.push_back(
        {units_[run.first].begin, units_[run.first + run.size - 1].end});
    for (size_t i = 1; i < run.size; ++i) {
      edits_.Replace(units_[run.first + i - 1].end, units_[run.first + i].begin,
                     std::string_view());
    }
  }
}

}  // namespace

bool JoinSpaced(Draft* draft) { return Joiner(draft).Join(); }

}  // namespace sluice::text
