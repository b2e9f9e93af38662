// Letters s p a c e d out, s.p.a.c.e.d or s-p-a-c-e-d.
//
// A run is single letters (or single leet digits and symbols) with the same
// separator, up to four characters without letters, between each two. Where two
// runs meet in a letter ("a b.i.g"), it goes to the run whose separator parts
// more letters of the text. Four or more are joined, at least three of them
// letters; fewer only with the separator of such a run from which no longer
// word parts them ("b.u.y, v.i.a.g.r.a"), or of several such runs anywhere.
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
constexpr uint32_t kEstablished = 3;  // runs that make a separator the text's

// One letter that stands alone, and what parts it from the one before.
struct Unit {
  ByteSpan bytes;
  char32_t value;
  bool letter;
  bool broken;  // a longer word, or nothing at all, is before it
  bool wide;    // the white space before it is
};

// Units [first, last]; one or none where neighbours took the others.
struct Run {
  size_t first;
  size_t last;
  uint64_t separator;  // a hash of it
  uint32_t kind = 0;   // its index into kinds_
  bool blank;          // the separator is white space alone
  bool join = false;

  size_t size() const { return last + 1 - first; }
};

// What is known of one separator.
struct SeparatorKind {
  uint32_t parts = 0;   // letters parted by it
  uint32_t joined = 0;  // runs of enough letters
  size_t chain = 0;     // where the last of these was
};

class Joiner {
 public:
  explicit Joiner(Draft* draft) : draft_(*draft), text_(draft->text) {}
  bool Join();

 private:
  void Collect();
  void EndToken();
  void AddUnit();
  bool IsWide(uint32_t at);
  std::string_view Before(size_t unit) const;
  bool Lists(std::string_view separator) const;
  void FindRuns();
  void CountKinds();
  bool IsStronger(const Run& run, const Run& other) const;
  void PartRuns();
  bool IsEnough(const Run& run) const;
  bool IsFewButBeside(const Run& run, size_t chain) const;
  void Choose();
  void ChooseIn(size_t begin, size_t end, size_t chain);
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

  std::vector<Unit> units_;
  std::vector<Run> runs_;
  std::vector<SeparatorKind> kinds_;
  Edits edits_;
};

bool Joiner::Join() {
  Collect();
  FindRuns();
  CountKinds();
  PartRuns();
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
  if (next_wide_ < wide.size() && wide[next_wide_] == at) return true;
  return draft_.written != nullptr && text_[at] == ' ' &&
         draft_.written->Map(draft_.map.Map({at, at + 1})).size() > 1;
}

void Joiner::AddUnit() {
  const bool broken = broken_ || units_.empty();
  const bool wide = !broken && IsWide(units_.back().bytes.end);
  units_.push_back({token_, token_first_, token_is_letter_, broken, wide});
}

// What parts a unit from the one before it.
std::string_view Joiner::Before(size_t unit) const {
  const uint32_t begin = units_[unit - 1].bytes.end;
  return std::string_view(text_).substr(begin,
                                        units_[unit].bytes.begin - begin);
}

// Whether the separator is too long, or one that honest lists have.
bool Joiner::Lists(std::string_view separator) const {
  if (separator == " ") return false;
  if (CountCodePoints(separator) > kMaxSeparator) return true;
  return separator.find(' ') != std::string_view::npos &&
         separator.find_first_of(",;:+=&/<>()") != std::string_view::npos;
}

uint64_t HashOf(std::string_view separator, bool wide) {
  uint64_t hash = wide ? 2 : 1;
  for (const char c : separator) {
    hash = (hash ^ static_cast<uint8_t>(c)) * 0x9E3779B97F4A7C15u;
    hash ^= hash >> 29;
  }
  return hash;
}

// Neighbours share a unit where one separator follows another.
void Joiner::FindRuns() {
  bool open = false;  // the last run may go on
  for (size_t i = 1; i < units_.size(); ++i) {
    const Unit& unit = units_[i];
    if (unit.broken) {
      open = false;
      continue;
    }
    const std::string_view separator = Before(i);
    if (open && unit.wide == units_[i - 1].wide && separator == Before(i - 1)) {
      runs_.back().last = i;
      continue;
    }
    open = !Lists(separator);
    if (open) {
      runs_.push_back({i - 1, i, HashOf(separator, unit.wide), 0,
                       separator.find_first_not_of(' ') == separator.npos});
    }
  }
}

void Joiner::CountKinds() {
  std::vector<uint64_t> separators;
  separators.reserve(runs_.size());
  for (const Run& run : runs_) separators.push_back(run.separator);
  std::sort(separators.begin(), separators.end());
  separators.erase(std::unique(separators.begin(), separators.end()),
                   separators.end());
  kinds_.resize(separators.size());
  for (Run& run : runs_) {
    run.kind = static_cast<uint32_t>(
        std::lower_bound(separators.begin(), separators.end(), run.separator) -
        separators.begin());
    kinds_[run.kind].parts += static_cast<uint32_t>(run.last - run.first);
  }
}

// Signs part letters for a reason; blanks between single letters are also just
// there ("v.i.a.g.r.a i c.i.a.l.i.s").
bool Joiner::IsStronger(const Run& run, const Run& other) const {
  const bool marked = !run.blank && run.size() >= kEnough;
  const bool other_marked = !other.blank && other.size() >= kEnough;
  if (marked != other_marked) return marked;
  const uint32_t parts = kinds_[run.kind].parts;
  const uint32_t other_parts = kinds_[other.kind].parts;
  return parts != other_parts ? parts > other_parts : run.size() > other.size();
}

void Joiner::PartRuns() {
  for (size_t i = 1; i < runs_.size(); ++i) {
    Run& before = runs_[i - 1];
    Run& run = runs_[i];
    if (before.last != run.first) continue;
    if (before.size() == 1 || IsStronger(run, before)) {
      --before.last;
    } else {
      ++run.first;
    }
  }
}

bool Joiner::IsEnough(const Run& run) const {
  if (run.size() < kEnough) return false;
  size_t letters = 0;
  bool alphabet = true;  // each letter is the one after the last
  bool cyrillic = false;
  for (size_t i = run.first; i <= run.last; ++i) {
    const Unit& unit = units_[i];
    letters += unit.letter;
    alphabet &= i == run.first || unit.value == units_[i - 1].value + 1;
    cyrillic |= table_[unit.value].script == CharScript::kCyrillic;
  }
  return letters >= kEnoughLetters && letters * 2 > run.size() && !alphabet &&
         !(cyrillic && letters < run.size());
}

bool Joiner::IsFewButBeside(const Run& run, size_t chain) const {
  if (run.size() < 2 || run.size() >= kEnough) return false;
  size_t letters = 0;
  for (size_t i = run.first; i <= run.last; ++i) letters += units_[i].letter;
  const SeparatorKind& kind = kinds_[run.kind];
  return letters > 1 && (kind.joined >= kEstablished || kind.chain == chain);
}

// Chain by chain: runs that no longer word parts.
void Joiner::Choose() {
  for (Run& run : runs_) {
    run.join = IsEnough(run);
    kinds_[run.kind].joined += run.join;
  }
  size_t chain = 0;
  for (size_t begin = 0, end = 0; begin < runs_.size(); begin = end) {
    for (end = begin + 1; end < runs_.size(); ++end) {
      size_t unit = runs_[end - 1].last + 1;
      while (unit <= runs_[end].first && !units_[unit].broken) ++unit;
      if (unit <= runs_[end].first) break;
    }
    ChooseIn(begin, end, ++chain);
  }
}

void Joiner::ChooseIn(size_t begin, size_t end, size_t chain) {
  for (size_t i = begin; i < end; ++i) {
    if (runs_[i].join) kinds_[runs_[i].kind].chain = chain;
  }
  for (size_t i = begin; i < end; ++i)
    runs_[i].join = runs_[i].join || IsFewButBeside(runs_[i], chain);
}

void Joiner::Erase() {
  for (const Run& run : runs_) {
    if (!run.join) continue;
    ++draft_.counts.spaced_words;
    draft_.spaced_out.push_back(
        {units_[run.first].bytes.begin, units_[run.last].bytes.end});
    for (size_t i = run.first + 1; i <= run.last; ++i) {
      edits_.Replace(units_[i - 1].bytes.end, units_[i].bytes.begin,
                     std::string_view());
    }
  }
}

}  // namespace

bool JoinSpaced(Draft* draft) { return Joiner(draft).Join(); }

}  // namespace sluice::text
