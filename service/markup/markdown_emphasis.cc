// Emphasis as Markdown Extra's state machine has it: at most one em and one
// strong are open at a time; what may open or close depends on which, so a
// mark is looked at once and nothing is ever searched backwards. What was read
// before (code, tags, links) counts as a letter.

#include <algorithm>
#include <array>

#include "service/markup/markdown_notes.h"
#include "service/markup/markdown_spans.h"

namespace sluice::markup::markdown {
namespace {

constexpr char kAtom = 'X';
constexpr char kEdge = '\0';
constexpr ByteSet kMarks("*_");

bool IsSpace(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\v' || c == '\f' ||
         c == '\r';
}

class EmphasisFinder {
 public:
  EmphasisFinder(std::string_view text, const std::vector<Span>& atoms,
                 std::vector<Span>* out)
      : text_(text), atoms_(atoms), out_(*out) {}

  // Reads text_[begin, end); `atom` is the index of the first atom at or after
  // `begin`.
  void Run(uint32_t begin, uint32_t end, size_t atom);

 private:
  struct Mark {
    uint32_t at;
    uint32_t size;
  };

  // The first mark in text_[at, stop), or `stop`.
  uint32_t NextMark(size_t at, uint32_t stop) const;
  char Before() const;
  char After(uint32_t at) const;
  bool Opens(uint32_t size) const;
  bool Closes(uint32_t size) const;
  uint32_t TokenSize() const;
  void Take(uint32_t size);
  void TakeOne();
  void TakeTwo();
  void TakeThree();
  void Push(uint32_t size) { stack_[depth_++] = {at_, size}; }
  // Pairs the top of the stack with the bytes at `close`.
  void Pair(uint32_t close);
  void AddPair(uint32_t open, uint32_t close, uint32_t size);

  const std::string_view text_;
  const std::vector<Span>& atoms_;
  std::vector<Span>& out_;
  uint32_t at_ = 0;
  uint32_t end_ = 0;
  uint32_t from_ = 0;      // text before it is out of sight
  uint32_t atom_end_ = 0;  // end of the atom last passed
  char atom_tail_ = kAtom;
  size_t atom_ = 0;
  std::array<Mark, 3> stack_{};
  uint32_t depth_ = 0;
  char em_ = 0;
  char strong_ = 0;
  bool three_ = false;  // the top mark opens both at once
};

void EmphasisFinder::Run(uint32_t begin, uint32_t end, size_t atom) {
  at_ = from_ = begin;
  end_ = end;
  atom_ = atom;
  atom_end_ = ~uint32_t{0};
  depth_ = 0;
  em_ = strong_ = 0;
  three_ = false;
  while (at_ < end_) {
    if (atom_ < atoms_.size() && atoms_[atom_].begin == at_) {
      at_ = atom_end_ = atoms_[atom_].end;
      atom_tail_ = atoms_[atom_].kind == SpanKind::kFootnote ? ':' : kAtom;
      while (atom_ < atoms_.size() && atoms_[atom_].begin < at_) ++atom_;
      continue;
    }
    if (!kMarks[text_[at_]]) {
      const uint32_t stop =
          atom_ < atoms_.size() ? std::min(end_, atoms_[atom_].begin) : end_;
      at_ = NextMark(at_ + 1, std::max(at_ + 1, stop));
      continue;
    }
    const uint32_t size = TokenSize();
    if (size == 0) {
      ++at_;
    } else {
      Take(size);
      at_ += size;
      from_ = at_;
    }
  }
}

uint32_t EmphasisFinder::NextMark(size_t at, uint32_t stop) const {
  const std::string_view text = text_.substr(0, stop);
  const auto marks = [text](size_t place) {
    const ByteBlock block = LoadBlock(text, place);
    return (block == '*') | (block == '_');
  };
  if (!FindInBlocks(text, 0, marks, &at)) at = kMarks.Find(text, at, stop);
  return static_cast<uint32_t>(at);
}

char EmphasisFinder::Before() const {
  if (at_ == from_) return kEdge;
  return at_ == atom_end_ ? atom_tail_ : text_[at_ - 1];
}

char EmphasisFinder::After(uint32_t at) const {
  if (at >= end_) return kEdge;
  if (atom_ < atoms_.size() && atoms_[atom_].begin == at) return kAtom;
  return text_[at];
}

bool EmphasisFinder::Opens(uint32_t size) const {
  const char mark = text_[at_];
  const char before = Before();
  if (before == mark || (mark == '_' && IsWordCharacter(before))) return false;
  const char after = After(at_ + size);
  if (after == mark || IsSpace(after)) return false;
  const bool stop =
      after == '.' || after == ',' || after == ':' || after == ';';
  return !stop || !IsSpace(After(at_ + size + 1));
}

bool EmphasisFinder::Closes(uint32_t size) const {
  const char mark = text_[at_];
  const char before = Before();
  if (before == mark || IsSpace(before)) return false;
  const char after = After(at_ + size);
  return mark == '*' ? after != '*' : !IsWordCharacter(after);
}

// The size of the mark at at_ that means something in this state, else 0.
uint32_t EmphasisFinder::TokenSize() const {
  const char mark = text_[at_];
  uint32_t run = 1;
  while (run < 4 && After(at_ + run) == mark) ++run;
  const auto fits = [&](char open, uint32_t size) {
    if (run < size) return false;
    return open == 0 ? Opens(size) : open == mark && Closes(size);
  };
  const bool both = em_ == strong_;
  if (both && fits(em_, 3)) return 3;
  if (fits(em_, 1)) return 1;
  return fits(strong_, 2) ? 2 : 0;
}

void EmphasisFinder::Take(uint32_t size) {
  if (three_) {
    three_ = false;
    if (size == 3) {
      const Mark open = stack_[--depth_];
      AddPair(open.at + 2, at_, 1);
      AddPair(open.at, at_ + 1, 2);
      em_ = strong_ = 0;
    } else {
      // One of the two ends; the other's mark is what is left in front.
      Mark& open = stack_[depth_ - 1];
      AddPair(open.at + 3 - size, at_, size);
      open.size = 3 - size;
      (size == 2 ? strong_ : em_) = 0;
    }
  } else if (size == 3) {
    TakeThree();
  } else if (size == 2) {
    TakeTwo();
  } else {
    TakeOne();
  }
}

void EmphasisFinder::TakeThree() {
  if (em_ == 0) {
    em_ = strong_ = text_[at_];
    three_ = true;
    Push(3);
    return;
  }
  const uint32_t first = stack_[depth_ - 1].size;
  Pair(at_);
  Pair(at_ + first);
}

void EmphasisFinder::TakeTwo() {
  if (strong_ == 0) {
    strong_ = text_[at_];
    Push(2);
    return;
  }
  if (stack_[depth_ - 1].size == 1) {  // an em that never ends is text
    --depth_;
    em_ = 0;
  }
  Pair(at_);
}

void EmphasisFinder::TakeOne() {
  if (em_ == 0) {
    em_ = text_[at_];
    Push(1);
  } else if (stack_[depth_ - 1].size == 1) {
    Pair(at_);
  }
}

void EmphasisFinder::Pair(uint32_t close) {
  const Mark open = stack_[--depth_];
  AddPair(open.at, close, open.size);
  (open.size == 2 ? strong_ : em_) = 0;
}

void EmphasisFinder::AddPair(uint32_t open, uint32_t close, uint32_t size) {
  const bool strong = size == 2;
  out_.push_back({open, open + size,
                  strong ? SpanKind::kOpenStrong : SpanKind::kOpenEm, 0});
  out_.push_back({close, close + size,
                  strong ? SpanKind::kCloseStrong : SpanKind::kCloseEm, 0});
}

}  // namespace

void FindEmphasis(std::string_view text, Spans* spans) {
  std::vector<Span>& all = spans->all;
  std::vector<Span> added;
  if (spans->emphasis) {
    EmphasisFinder finder(text, all, &added);
    finder.Run(0, static_cast<uint32_t>(text.size()), 0);
    for (const Span& span : all) {
      if (span.kind != SpanKind::kLink) continue;
      const Target& target = spans->targets[span.data];
      const auto first = std::lower_bound(
          all.begin(), all.end(), target.text_begin,
          [](const Span& a, uint32_t at) { return a.begin < at; });
      finder.Run(target.text_begin, target.text_end,
                 static_cast<size_t>(first - all.begin()));
    }
  }
  for (Span& span : all) {
    if (span.kind != SpanKind::kLink) continue;
    const Target& target = spans->targets[span.data];
    added.push_back(
        {target.text_end, span.end, SpanKind::kCloseLink, span.data});
    span.end = target.text_begin;
    span.kind = SpanKind::kOpenLink;
  }
  if (added.empty()) return;
  all.insert(all.end(), added.begin(), added.end());
  std::stable_sort(all.begin(), all.end(), [](const Span& a, const Span& b) {
    return a.begin < b.begin;
  });
}

}  // namespace sluice::markup::markdown
