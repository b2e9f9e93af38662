// Images and links. The brackets were paired before, in one pass; each kind of
// construct then walks the pairs once, as Markdown.pl substitutes one kind
// after the other. What lies behind a pair is read at most once per pair and
// kind, and searches for an end remember that none is ahead.

#include <algorithm>

#include "service/markup/markdown_spans.h"

namespace sluice::markup::markdown {
namespace {

constexpr uint8_t kMaxBrackets = 6;      // in each other, in a link's text
constexpr uint32_t kMaxParentheses = 4;  // in each other, in a URL

bool IsSpaceOrNewline(char c) { return c == ' ' || c == '\n'; }

class LinkFinder {
 public:
  LinkFinder(std::string_view text, Notes* notes, Spans* spans)
      : text_(text), notes_(*notes), spans_(*spans) {}

  void Run();

 private:
  // The next place at or after a position where something is, remembered.
  struct Ahead {
    size_t at = 0;
    size_t from = 0;
    bool known = false;
  };

  void References(bool image);
  void Inlines(bool image);
  void Shortcuts();
  bool ReadReference(Bracket* bracket, bool image, size_t* past);
  bool ReadInline(Bracket* bracket, bool image);
  size_t ReadUrl(size_t at, bool image, Target* target);
  size_t ReadTail(size_t at, Target* target);
  size_t NextTitleEnd(size_t at, char quote);
  size_t Next(size_t at, char c, Ahead* ahead) const;
  size_t EndOfAttributes(size_t at, Target* target) const;
  bool HasAtom(std::string_view label) const;
  bool Allowed(const Bracket& bracket) const {
    return !bracket.done && bracket.height <= kMaxBrackets;
  }
  void Add(Bracket* bracket, size_t end, const Target& target, bool image);

  const std::string_view text_;
  Notes& notes_;
  Spans& spans_;
  std::vector<Span> added_;
  Ahead bracket_ahead_, angle_ahead_, double_ahead_, single_ahead_;
};

void LinkFinder::Run() {
  const bool images =
      std::any_of(spans_.brackets.begin(), spans_.brackets.end(),
                  [](const Bracket& bracket) { return bracket.image; });
  if (images) {
    if (notes_.has_links()) References(/*image=*/true);
    Inlines(/*image=*/true);
  }
  if (notes_.has_links()) References(/*image=*/false);
  Inlines(/*image=*/false);
  if (notes_.has_links()) Shortcuts();
  if (added_.empty()) return;
  spans_.all.insert(spans_.all.end(), added_.begin(), added_.end());
  std::stable_sort(
      spans_.all.begin(), spans_.all.end(), [](const Span& a, const Span& b) {
        return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
      });
}

void LinkFinder::References(bool image) {
  bracket_ahead_ = Ahead();
  size_t past = 0;
  for (Bracket& bracket : spans_.brackets) {
    if (bracket.open < past || !Allowed(bracket)) continue;
    if (image && !bracket.image) continue;
    ReadReference(&bracket, image, &past);
  }
}

// `[text] [label]`. One whose label is not defined is passed over as a whole:
// *past is its end.
bool LinkFinder::ReadReference(Bracket* bracket, bool image, size_t* past) {
  size_t at = bracket->close + 1;
  if (at < text_.size() && text_[at] == ' ') ++at;
  if (at < text_.size() && text_[at] == '\n') {
    ++at;
    while (at < text_.size() && text_[at] == ' ') ++at;
  }
  if (at >= text_.size() || text_[at] != '[') return false;
  const size_t end = Next(at + 1, ']', &bracket_ahead_);
  if (end == text_.npos) return false;
  std::string_view label = text_.substr(at + 1, end - at - 1);
  if (label.empty()) {
    label = text_.substr(bracket->open + 1, bracket->close - bracket->open - 1);
  }
  *past = end + 1;
  // A label with an escape, code or a tag in it is not what was defined.
  if (HasAtom(label)) return false;
  const LinkDefinition* link = notes_.FindLink(label);
  if (link == nullptr) return false;
  Target target;
  target.url = link->url;
  target.title = link->title;
  Add(bracket, end + 1, target, image);
  return true;
}

bool LinkFinder::HasAtom(std::string_view label) const {
  const auto begin = static_cast<size_t>(label.data() - text_.data());
  const auto atom = std::lower_bound(
      spans_.all.begin(), spans_.all.end(), begin,
      [](const Span& span, size_t at) { return span.begin < at; });
  return atom != spans_.all.end() && atom->begin < begin + label.size();
}

void LinkFinder::Inlines(bool image) {
  angle_ahead_ = double_ahead_ = single_ahead_ = Ahead();
  size_t past = 0;
  for (Bracket& bracket : spans_.brackets) {
    if (bracket.open < past || !Allowed(bracket)) continue;
    if (image && !bracket.image) continue;
    if (ReadInline(&bracket, image)) past = added_.back().end;
  }
}

// `[text](url "title"){#attributes}`.
bool LinkFinder::ReadInline(Bracket* bracket, bool image) {
  size_t at = bracket->close + 1;
  if (image && at < text_.size() && IsSpaceOrNewline(text_[at])) ++at;
  if (at >= text_.size() || text_[at] != '(') return false;
  ++at;
  while (at < text_.size() && IsSpaceOrNewline(text_[at])) ++at;
  Target target;
  target.escaped = true;
  if (at < text_.size() && text_[at] == '<') {
    const size_t close = Next(at + 1, '>', &angle_ahead_);
    if (close != text_.npos && close > at + 1 && text_[close - 1] != '\\') {
      target.url = text_.substr(at + 1, close - at - 1);
      if (!image || target.url.find_first_of(" \n") == target.url.npos) {
        if (const size_t end = ReadTail(close + 1, &target)) {
          Add(bracket, EndOfAttributes(end, &target), target, image);
          return true;
        }
      }
    }
  }
  at = ReadUrl(at, image, &target);
  const size_t end = at == text_.npos ? 0 : ReadTail(at, &target);
  if (end == 0) return false;
  Add(bracket, EndOfAttributes(end, &target), target, image);
  return true;
}

// A URL of no white space and balanced parentheses. Past its end, or npos.
size_t LinkFinder::ReadUrl(size_t at, bool image, Target* target) {
  (void)image;
  const size_t begin = at;
  uint32_t depth = 0;
  for (; at < text_.size(); ++at) {
    const char c = text_[at];
    if (c == '\\' && at + 1 < text_.size() && IsEscapable(text_[at + 1])) {
      ++at;
    } else if (c == '(') {
      if (++depth > kMaxParentheses) return text_.npos;
    } else if (c == ')') {
      if (depth == 0) break;
      --depth;
    } else if (IsSpaceOrNewline(c)) {
      break;
    }
  }
  if (depth != 0) return text_.npos;
  target->url = text_.substr(begin, at - begin);
  return at;
}

// White space, an optional title, white space and `)`: past it, or 0.
size_t LinkFinder::ReadTail(size_t at, Target* target) {
  while (at < text_.size() && IsSpaceOrNewline(text_[at])) ++at;
  if (at >= text_.size()) return 0;
  if (text_[at] == ')') return at + 1;
  const char quote = text_[at];
  if (quote != '"' && quote != '\'') return 0;
  const size_t close = NextTitleEnd(at + 1, quote);
  if (close == text_.npos) return 0;
  target->title = text_.substr(at + 1, close - at - 1);
  return text_.find(')', close) + 1;
}

// The next quote that only white space keeps from a `)`.
size_t LinkFinder::NextTitleEnd(size_t at, char quote) {
  Ahead& ahead = quote == '"' ? double_ahead_ : single_ahead_;
  if (ahead.known && at >= ahead.from &&
      (ahead.at == text_.npos || ahead.at >= at)) {
    return ahead.at;
  }
  size_t found = text_.find(quote, at);
  while (found != text_.npos) {
    const size_t next = text_.find_first_not_of(" \n", found + 1);
    if (next == text_.npos) {
      found = text_.npos;
      break;
    }
    if (text_[next] == ')') break;
    found = text_.find(quote, found + 1);
  }
  ahead = {found, at, true};
  return found;
}

size_t LinkFinder::Next(size_t at, char c, Ahead* ahead) const {
  if (!ahead->known || at < ahead->from ||
      (ahead->at != text_.npos && ahead->at < at)) {
    *ahead = {text_.find(c, at), at, true};
  }
  return ahead->at;
}

size_t LinkFinder::EndOfAttributes(size_t at, Target* target) const {
  const size_t brace = at < text_.size() && text_[at] == ' ' ? at + 1 : at;
  if (brace >= text_.size() || text_[brace] != '{') return at;
  const size_t end = EndOfAttributeList(text_, brace);
  if (end == 0) return at;
  target->attributes = static_cast<uint32_t>(brace);
  return end;
}

void LinkFinder::Shortcuts() {
  for (Bracket& bracket : spans_.brackets) {
    if (bracket.done || bracket.height != 1) continue;
    const std::string_view label =
        text_.substr(bracket.open + 1, bracket.close - bracket.open - 1);
    if (label.empty() || HasAtom(label)) continue;
    const LinkDefinition* link = notes_.FindLink(label);
    if (link == nullptr) continue;
    Target target;
    target.url = link->url;
    target.title = link->title;
    Add(&bracket, bracket.close + 1, target, /*image=*/false);
  }
}

void LinkFinder::Add(Bracket* bracket, size_t end, const Target& target,
                     bool image) {
  Span span;
  span.begin = bracket->open - (image ? 1 : 0);
  span.end = static_cast<uint32_t>(end);
  span.kind = image ? SpanKind::kImage : SpanKind::kLink;
  span.data = static_cast<uint32_t>(spans_.targets.size());
  added_.push_back(span);
  spans_.targets.push_back(target);
  spans_.targets.back().text_begin = bracket->open + 1;
  spans_.targets.back().text_end = bracket->close;
  // No link in a link; what its target covers is no text.
  Bracket* const last = spans_.brackets.data() + spans_.brackets.size();
  for (Bracket* inner = bracket; inner != last && inner->open < end; ++inner) {
    inner->done = true;
  }
}

}  // namespace

void FindLinks(std::string_view text, Notes* notes, Spans* spans) {
  if (spans->brackets.empty()) return;
  LinkFinder(text, notes, spans).Run();
}

}  // namespace sluice::markup::markdown
