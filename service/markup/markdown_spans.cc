#include "service/markup/markdown_spans.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "service/markup/markdown_lines.h"

namespace sluice::markup::markdown {
namespace {

constexpr size_t kMaxEmail = 320;
constexpr uint32_t kNone = ~uint32_t{0};

constexpr ByteSet kSpecial("\\`<[]*_\x1A");
constexpr ByteSet kNameEnds(" \n/>:@<");
constexpr ByteSet kLabelEnds("]\n");
constexpr ByteSet kEscapable("\\`*_{}[]()>#+-.!:|");
constexpr ByteSet kMailbox(
    "-!#$%&'*+/=?^_`.{|}~abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "0123456789");

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool StartsWithLower(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() &&
         EqualsLower(text.substr(0, lower.size()), lower);
}

// The end of `<scheme:...>` at text[at], or 0.
size_t EndOfAutolink(std::string_view text, size_t at) {
  const std::string_view rest = text.substr(at + 1);
  size_t scheme = 0;
  for (const std::string_view name :
       {std::string_view("https:"), std::string_view("http:"),
        std::string_view("ftp:"), std::string_view("dict:"),
        std::string_view("tel:")}) {
    if (StartsWithLower(rest, name)) {
      scheme = name.size();
      break;
    }
  }
  if (scheme == 0) return 0;
  constexpr ByteSet kStops("'\"> \n\t\r\v\f");
  const size_t end = kStops.Find(text, at + 1 + scheme, text.size());
  if (end == text.size() || text[end] != '>' || end == at + 1 + scheme)
    return 0;
  // Code, links and escapes are read first and may begin inside.
  const std::string_view url = text.substr(at, end - at);
  if (url.find('`') != url.npos || url.find("](") != url.npos ||
      url.back() == '\\') {
    return 0;
  }
  return end + 1;
}

bool IsHostCharacter(char c) {
  return IsLetter(c) || (c >= '0' && c <= '9') || c == '-' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool IsMailHost(std::string_view host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    return host.substr(1, host.size() - 2)
               .find_first_not_of("0123456789.abcdefABCDEF:") == host.npos;
  }
  const size_t dot = host.rfind('.');
  if (dot == host.npos || dot == 0 || dot + 1 == host.size()) return false;
  char before = '.';
  for (const char c : host.substr(0, dot)) {
    if (c == '.' ? before == '.' : !IsHostCharacter(c)) return false;
    before = c;
  }
  const std::string_view top = host.substr(dot + 1);
  return before != '.' && std::all_of(top.begin(), top.end(), IsLetter);
}

// The end of `<address>` at text[at], or 0.
size_t EndOfEmail(std::string_view text, size_t at) {
  const std::string_view rest = text.substr(at + 1, kMaxEmail);
  // A mailbox may be quoted and then contain anything.
  const size_t quote = rest.starts_with('"') ? rest.find('"', 1) : 0;
  if (quote == rest.npos) return 0;
  constexpr ByteSet kStops("> \n<");
  const size_t end = kStops.Find(rest, quote, rest.size());
  if (end == rest.size() || rest[end] != '>') return 0;
  std::string_view address = rest.substr(0, end);
  if (StartsWithLower(address, "mailto:")) address.remove_prefix(7);
  const size_t sign = address.rfind('@');
  if (sign == address.npos || sign == 0) return 0;
  const std::string_view mailbox = address.substr(0, sign);
  if (quote > 0) {
    const bool quoted = mailbox.size() == quote + 1;
    return quoted && IsMailHost(address.substr(sign + 1)) ? at + 1 + end + 1
                                                          : 0;
  }
  for (const char c : mailbox) {
    if (!kMailbox[c] && static_cast<unsigned char>(c) < 0x80) return 0;
  }
  return IsMailHost(address.substr(sign + 1)) ? at + 1 + end + 1 : 0;
}

class AtomFinder {
 public:
  AtomFinder(std::string_view text, bool footnotes, HtmlToken* scratch,
             MarkupBudget* budget, Spans* spans)
      : text_(text),
        footnotes_(footnotes),
        token_(*scratch),
        budget_(*budget),
        spans_(*spans) {}

  void Run() {
    while (at_ < text_.size()) {
      at_ = kSpecial.Find(text_, at_, text_.size());
      if (at_ == text_.size()) break;
      Step();
    }
    CloseBrackets();
  }

 private:
  // A run of backquotes and the next run of that size.
  struct Quotes {
    uint32_t begin;
    uint32_t size;
    uint32_t next;
  };

  void Step();
  void Add(SpanKind kind, size_t end, size_t data = 0) {
    spans_.all.push_back({static_cast<uint32_t>(at_),
                          static_cast<uint32_t>(end), kind,
                          static_cast<uint32_t>(data)});
    at_ = end;
  }
  void ReadQuotes();
  void CollectQuotes();
  void ReadAngle();
  bool ReadFootnote();
  void CloseBracket();
  void CloseBrackets();

  const std::string_view text_;
  const bool footnotes_;
  HtmlToken& token_;
  MarkupBudget& budget_;
  Spans& spans_;
  size_t at_ = 0;
  std::vector<Quotes> quotes_;
  bool quotes_known_ = false;
  bool no_comment_end_ = false;  // no `-->` ahead any more
  std::vector<uint32_t> open_;   // indices of brackets not yet closed
};

void AtomFinder::Step() {
  switch (text_[at_]) {
    case '\\':
      if (at_ + 1 < text_.size() && IsEscapable(text_[at_ + 1])) {
        Add(SpanKind::kEscape, at_ + 2);
      } else {
        ++at_;
      }
      return;
    case '`':
      return ReadQuotes();
    case '<':
      return ReadAngle();
    case MarkdownText::kHidden: {
      const size_t end = text_.find_first_not_of(MarkdownText::kHidden, at_);
      return Add(SpanKind::kHidden, std::min(end, text_.size()));
    }
    case '[': {
      if (ReadFootnote()) return;
      Bracket bracket;
      bracket.open = static_cast<uint32_t>(at_);
      bracket.image = at_ > 0 && text_[at_ - 1] == '!' &&
                      (spans_.all.empty() || spans_.all.back().end != at_);
      open_.push_back(static_cast<uint32_t>(spans_.brackets.size()));
      spans_.brackets.push_back(bracket);
      ++at_;
      return;
    }
    case ']':
      return CloseBracket();
    default:
      spans_.emphasis = true;
      ++at_;
  }
}

// What an escape leaves of a run may open a span too, so an opening run is
// taken from here, a closing one is always whole.
void AtomFinder::ReadQuotes() {
  if (!quotes_known_) CollectQuotes();
  size_t end = at_;
  while (end < text_.size() && text_[end] == '`') ++end;
  const uint32_t size = static_cast<uint32_t>(end - at_);
  const auto here = std::lower_bound(
      quotes_.begin(), quotes_.end(), at_,
      [](const Quotes& quotes, size_t at) { return quotes.begin < at; });
  uint32_t closer = kNone;
  if (here != quotes_.end() && here->begin == at_) {
    closer = here->next;
  } else {
    // Part of a run: only after an escape, so never twice for one run.
    for (auto it = here; it != quotes_.end() && closer == kNone; ++it) {
      if (it->size == size) {
        closer = static_cast<uint32_t>(it - quotes_.begin());
      }
      if (it - here > 64) break;
    }
  }
  if (closer == kNone) {
    at_ = end;
  } else {
    Add(SpanKind::kCode, quotes_[closer].begin + size, size);
  }
}

void AtomFinder::CollectQuotes() {
  quotes_known_ = true;
  for (size_t at = text_.find('`', at_); at != text_.npos;
       at = text_.find('`', at)) {
    const size_t begin = at;
    while (at < text_.size() && text_[at] == '`') ++at;
    quotes_.push_back({static_cast<uint32_t>(begin),
                       static_cast<uint32_t>(at - begin), kNone});
  }
  if (quotes_.size() < 2) return;
  std::unordered_map<uint32_t, uint32_t> later;
  for (size_t i = quotes_.size(); i-- > 0;) {
    const auto [entry, fresh] =
        later.try_emplace(quotes_[i].size, static_cast<uint32_t>(i));
    if (!fresh) {
      quotes_[i].next = std::exchange(entry->second, static_cast<uint32_t>(i));
    }
  }
}

void AtomFinder::ReadAngle() {
  const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
  const bool markup =
      IsLetter(next) || next == '/' || next == '!' || next == '?';
  const bool comment = text_.substr(at_, 4) == "<!--";
  const bool endless = comment && no_comment_end_;
  if (markup && !endless && budget_.failures > 0) {
    const size_t end = ReadMarkup(text_, at_, Dialect::kMarkdown, &token_);
    if (end != 0) return Add(SpanKind::kMarkup, end);
    const size_t name_end =
        kNameEnds.Find(text_, at_ + 1, std::min(text_.size(), at_ + 16));
    no_comment_end_ = no_comment_end_ || comment;
    if (!IsLetter(next) ||
        IsHtmlName(text_.substr(at_ + 1, name_end - at_ - 1))) {
      --budget_.failures;
    }
  }
  if (const size_t end = EndOfAutolink(text_, at_)) {
    return Add(SpanKind::kAutolink, end);
  }
  if (const size_t end = EndOfEmail(text_, at_)) {
    return Add(SpanKind::kEmail, end);
  }
  ++at_;
}

bool AtomFinder::ReadFootnote() {
  if (!footnotes_ || at_ + 3 >= text_.size() || text_[at_ + 1] != '^') {
    return false;
  }
  const size_t limit = std::min(text_.size(), at_ + Notes::kMaxLabel);
  const size_t end = kLabelEnds.Find(text_, at_ + 3, limit);
  if (end >= limit || text_[end] != ']') return false;
  Add(SpanKind::kFootnote, end + 1);
  return true;
}

void AtomFinder::CloseBracket() {
  if (!open_.empty()) {
    const uint32_t index = open_.back();
    open_.pop_back();
    Bracket& bracket = spans_.brackets[index];
    bracket.close = static_cast<uint32_t>(at_);
    bracket.height = std::max<uint8_t>(bracket.height, 1);
    if (!open_.empty()) {
      Bracket& outer = spans_.brackets[open_.back()];
      outer.height = std::max<uint8_t>(
          outer.height, std::min<uint8_t>(bracket.height + 1, 100));
    }
  }
  ++at_;
}

void AtomFinder::CloseBrackets() {
  std::erase_if(spans_.brackets,
                [](const Bracket& bracket) { return bracket.close == 0; });
}

}  // namespace

void Spans::Clear() {
  all.clear();
  targets.clear();
  brackets.clear();
  emphasis = false;
}

bool IsEscapable(char c) { return kEscapable[c]; }

void FindAtoms(std::string_view text, bool footnotes, HtmlToken* scratch,
               MarkupBudget* budget, Spans* spans) {
  AtomFinder(text, footnotes, scratch, budget, spans).Run();
}

void FindBars(std::string_view text, const Spans& spans,
              std::vector<uint32_t>* bars) {
  auto span = spans.all.begin();
  for (size_t at = text.find('|'); at != text.npos;
       at = text.find('|', at + 1)) {
    while (span != spans.all.end() && span->end <= at) ++span;
    const bool inside =
        span != spans.all.end() && span->begin <= at &&
        (span->kind == SpanKind::kEscape || span->kind == SpanKind::kCode ||
         span->kind == SpanKind::kMarkup || span->kind == SpanKind::kHidden);
    if (!inside) bars->push_back(static_cast<uint32_t>(at));
  }
}

}  // namespace sluice::markup::markdown
