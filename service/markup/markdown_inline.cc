#include "service/markup/markdown_inline.h"

#include <algorithm>
#include <utility>

#include "service/markup/html_entities.h"
#include "service/markup/markdown.h"

namespace sluice::markup::markdown {
namespace {

constexpr char kAtom = 'X';  // what was read before counts as a letter
constexpr char kEdge = '\0';
constexpr size_t kMaxEntity = 32;
constexpr ByteSet kTextStops("&\n");
constexpr ByteSet kUrlStops("&\\");

bool IsHex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
         (c >= 'A' && c <= 'F');
}

// Whether `&` at text[at] begins what Markdown takes for a character
// reference: it ends in a semicolon.
bool IsReference(std::string_view text, size_t at) {
  size_t i = at + 1;
  if (i < text.size() && text[i] == '#') ++i;
  if (i < text.size() && (text[i] == 'x' || text[i] == 'X')) ++i;
  const size_t limit = std::min(text.size(), at + kMaxEntity);
  size_t length = 0;
  while (i < limit && (IsHex(text[i]) || IsWordCharacter(text[i]))) {
    ++i;
    ++length;
  }
  return length > 0 && i < limit && text[i] == ';';
}

// What stands beside text for an abbreviation: a mark that opens hides what
// follows, so it counts as a letter from outside and as an edge from inside.
char AfterText(SpanKind next) {
  return next == SpanKind::kCloseEm || next == SpanKind::kCloseStrong ||
                 next == SpanKind::kCloseLink
             ? kEdge
             : kAtom;
}

char BeforeText(SpanKind last) {
  return last == SpanKind::kOpenEm || last == SpanKind::kOpenStrong ||
                 last == SpanKind::kOpenLink
             ? kEdge
             : kAtom;
}

}  // namespace

InlineWriter::InlineWriter(const HtmlPolicy& policy,
                           std::string_view anchor_prefix, Notes* notes,
                           TreeBuilder* builder)
    : policy_(policy),
      prefix_(anchor_prefix.substr(0, kMaxAnchorPrefix)),
      notes_(*notes),
      builder_(*builder),
      reader_(policy, Dialect::kMarkdown, builder) {}

void InlineWriter::Write(const Passage& passage) {
  passage_ = &passage;
  text_ = passage.view();
  mapped_ = false;
  spans_.Clear();
  FindAtoms(text_, notes_.has_footnotes(), &token_, &budget_, &spans_);
  FindLinks(text_, &notes_, &spans_);
  FindEmphasis(text_, &spans_);
  size_t at = 0;
  char before = kEdge;
  for (size_t i = 0; i < spans_.all.size(); ++i) {
    const Span span = spans_.all[i];
    if (span.begin < at) continue;
    WriteText(at, span.begin, before, AfterText(span.kind));
    at = span.end;
    WriteSpan(span, &at);
    before = BeforeText(span.kind);
  }
  WriteText(at, text_.size(), before, kEdge);
}

void InlineWriter::WriteMarkup(const Passage& passage) {
  passage_ = &passage;
  text_ = passage.view();
  mapped_ = false;
  if (passage.contiguous() && passage.text().same_as_source()) {
    reader_.Read(text_, Place(passage.TextAt(0)));
  } else {
    reader_.Read(text_, Place(Map()));
  }
}

const std::vector<uint32_t>& InlineWriter::FindBorders(std::string_view row) {
  spans_.Clear();
  bars_.clear();
  FindAtoms(row, notes_.has_footnotes(), &token_, &budget_, &spans_);
  FindBars(row, spans_, &bars_);
  return bars_;
}

void InlineWriter::WriteSpan(const Span& span, size_t* at) {
  const ByteSpan source = passage_->Source(span.begin, span.end);
  switch (span.kind) {
    case SpanKind::kEscape:
      return WriteMade(text_.substr(span.begin + 1, 1), span.begin, span.end);
    case SpanKind::kCode:
      return WriteCode(span);
    case SpanKind::kMarkup:
      *at = WriteTag(span);
      return;
    case SpanKind::kHidden:
      *at = WriteHidden(span);
      return;
    case SpanKind::kAutolink:
      return WriteAutolink(span, "");
    case SpanKind::kEmail:
      return WriteAutolink(span, "mailto:");
    case SpanKind::kFootnote:
      return WriteFootnote(span);
    case SpanKind::kImage:
      return WriteImage(span);
    case SpanKind::kOpenLink:
      return OpenLink(span);
    case SpanKind::kCloseLink:
      return builder_.Close(Tag::kA, Origin::kMade, source);
    case SpanKind::kOpenEm:
      return Open(Tag::kEm, "", source);
    case SpanKind::kCloseEm:
      return builder_.Close(Tag::kEm, Origin::kMade, source);
    case SpanKind::kOpenStrong:
      return Open(Tag::kStrong, "", source);
    case SpanKind::kCloseStrong:
      return builder_.Close(Tag::kStrong, Origin::kMade, source);
    case SpanKind::kLink:
    case SpanKind::kAttributes:
      return;
  }
}

void InlineWriter::Open(Tag tag, std::string_view value, ByteSpan source) {
  Element element;
  element.tag = tag;
  element.origin = Origin::kMade;
  element.value = value;
  element.source = source;
  builder_.Open(element);
}

void InlineWriter::WriteCode(const Span& span) {
  size_t begin = span.begin + span.data;
  size_t end = span.end - span.data;
  const auto is_space = [](char c) { return c == ' ' || c == '\n'; };
  while (begin < end && is_space(text_[begin])) ++begin;
  while (end > begin && is_space(text_[end - 1])) --end;
  Open(Tag::kCode, "", passage_->Source(span.begin, span.end));
  WritePlain(begin, end);
  builder_.Close(Tag::kCode, Origin::kMade,
                 passage_->Source(span.end - span.data, span.end));
}

void InlineWriter::WriteAutolink(const Span& span, std::string_view scheme) {
  size_t begin = span.begin + 1;
  const size_t end = span.end - 1;
  const std::string_view written = text_.substr(begin, end - begin);
  if (!scheme.empty() && written.size() > scheme.size() &&
      EqualsLower(written.substr(0, scheme.size()), scheme)) {
    begin += scheme.size();
  }
  std::string url(scheme);
  url += Unescape(text_.substr(begin, end - begin), true, &title_);
  Open(Tag::kA, url, passage_->Source(span.begin, span.end));
  size_t from = begin;
  if (EqualsLower(written.substr(0, 4), "tel:") && scheme.empty()) from += 4;
  while (from < end) {
    const size_t mark = kUrlStops.Find(text_, from, end);
    if (mark == end) break;
    WritePlain(from, mark);
    if (text_[mark] == '&') {
      WriteReference(mark, end);
      from = IsReference(text_, mark) ? text_.find(';', mark) + 1 : mark + 1;
    } else {
      from = mark + 1;
      if (from >= end || !IsEscapable(text_[from]))
        WritePlain(mark, from);
      else if (text_[from] == '\\')
        WritePlain(from, from + 1), ++from;
    }
  }
  if (from < end) WritePlain(from, end);
  builder_.Close(Tag::kA, Origin::kMade, passage_->Source(end, span.end));
}

std::string InlineWriter::NoteAnchor(uint32_t number) const {
  return prefix_ + "fn-" + std::to_string(number);
}

std::string InlineWriter::UseAnchor(const Footnote& note, uint32_t use) const {
  std::string anchor = prefix_ + "fnref-" + std::to_string(note.number);
  if (use > 1) anchor += "-" + std::to_string(use);
  return anchor;
}

void InlineWriter::WriteFootnote(const Span& span) {
  Footnote* const note = notes_.FindFootnote(
      text_.substr(span.begin + 2, span.end - span.begin - 3));
  if (note == nullptr || note->written) {
    return WritePlain(span.begin, span.end);
  }
  if (note->number == 0) {
    note->number = next_number_++;
    pending_.push_back(note);
  }
  ++note->uses;
  const ByteSpan source = passage_->Source(span.begin, span.end);
  Open(Tag::kSup, UseAnchor(*note, note->uses), source);
  Open(Tag::kA, "#" + NoteAnchor(note->number), source);
  WriteMade(std::to_string(note->number), span.begin, span.end);
  builder_.Close(Tag::kA, Origin::kMade, source);
  builder_.Close(Tag::kSup, Origin::kMade, source);
}

void InlineWriter::WriteBacklinks(const Footnote& note) {
  for (uint32_t use = 1; use <= note.uses; ++use) {
    if (use > 1) builder_.Replacement(" ", note.source);
    Open(Tag::kA, "#" + UseAnchor(note, use), note.source);
    builder_.Replacement("\u21A9\uFE0E", note.source);
    builder_.Close(Tag::kA, Origin::kMade, note.source);
  }
}

// Without the backslashes of escapes, references decoded once.
std::string_view InlineWriter::Unescape(std::string_view url, bool escaped,
                                        std::string* out) const {
  if (kUrlStops.Find(url, 0, url.size()) == url.size()) return url;
  out->clear();
  for (size_t at = 0; at < url.size();) {
    if (escaped && url[at] == '\\' && at + 1 < url.size() &&
        IsEscapable(url[at + 1])) {
      *out += url[at + 1];
      at += 2;
    } else if (url[at] == '&' && IsReference(url, at)) {
      const size_t end = DecodeReference(url, at, true, out);
      if (end == 0) *out += '&';
      at = std::max(end, at + 1);
    } else {
      *out += url[at++];
    }
  }
  return *out;
}

void InlineWriter::WriteImage(const Span& span) {
  const Target& target = spans_.targets[span.data];
  std::string alt;
  Element element;
  element.tag = Tag::kImg;
  element.origin = Origin::kMade;
  element.value = Unescape(target.url, target.escaped, &value_);
  element.alt = Unescape(
      text_.substr(target.text_begin, target.text_end - target.text_begin),
      true, &alt);
  element.title = Unescape(target.title, target.escaped, &title_);
  element.source = passage_->Source(span.begin, span.end);
  builder_.Open(element);
  if (target.attributes != 0) {
    builder_.Report(RemovalKind::kAttributeList, "",
                    passage_->Source(target.attributes, span.end));
  }
}

void InlineWriter::OpenLink(const Span& span) {
  const Target& target = spans_.targets[span.data];
  Element element;
  element.tag = Tag::kA;
  element.origin = Origin::kMade;
  element.value = Unescape(target.url, target.escaped, &value_);
  element.title = Unescape(target.title, target.escaped, &title_);
  element.source = passage_->Source(span.begin, span.end);
  if (target.attributes != 0) {
    const size_t end = EndOfAttributeList(text_, target.attributes);
    builder_.Report(RemovalKind::kAttributeList, "",
                    passage_->Source(target.attributes, end));
  }
  builder_.Open(element);
}

const text::OffsetMap* InlineWriter::Map() {
  if (mapped_) return &map_;
  mapped_ = true;
  map_ = text::OffsetMap();
  size_t at = 0;
  while (at < text_.size()) {
    const size_t end = std::min(text_.find('\n', at), text_.size() - 1) + 1;
    const ByteSpan source = passage_->Source(at, end);
    if (source.size() == end - at) {
      map_.AppendCopied(end - at, source.begin);
    } else {
      map_.AppendReplaced(end - at, source);
    }
    at = end;
  }
  return &map_;
}

size_t InlineWriter::WriteTag(const Span& span) {
  const bool direct =
      passage_->contiguous() && passage_->text().same_as_source();
  const size_t end = reader_.ReadMarkupAt(
      text_, span.begin, direct ? Place(passage_->TextAt(0)) : Place(Map()));
  if (end != 0) return end;
  WritePlain(span.begin, span.begin + 1);
  return span.begin + 1;
}

// The markup as the source has it: here it was covered up.
size_t InlineWriter::WriteHidden(const Span& span) {
  const std::string_view source = passage_->text().source();
  const ByteSpan place = passage_->Source(span.begin, span.end);
  size_t at = place.begin;
  while (at < place.end && at < source.size() && source[at] == '<') {
    const size_t end = reader_.ReadMarkupAt(source, at, Place(0u));
    if (end == 0) break;
    at = end;
  }
  return span.end;
}

void InlineWriter::WritePlain(size_t begin, size_t end) {
  if (begin >= end) return;
  if (passage_->contiguous()) {
    builder_.Text(text_.substr(begin, end - begin),
                  passage_->Source(begin, end));
    return;
  }
  while (begin < end) {  // line by line: prefixes lie between them
    size_t stop = text_.find('\n', begin);
    stop = stop == text_.npos || stop >= end ? end : stop + 1;
    builder_.Text(text_.substr(begin, stop - begin),
                  passage_->Source(begin, stop));
    begin = stop;
  }
}

void InlineWriter::WriteMade(std::string_view text, size_t begin, size_t end) {
  builder_.Replacement(text, passage_->Source(begin, end));
}

void InlineWriter::WriteReference(size_t begin, size_t end) {
  if (IsReference(text_.substr(0, end), begin)) {
    value_.clear();
    const size_t past =
        DecodeReference(text_.substr(0, end), begin, false, &value_);
    const size_t semicolon = text_.find(';', begin);
    if (past == semicolon + 1) return WriteMade(value_, begin, past);
    return WritePlain(begin, semicolon + 1);
  }
  WritePlain(begin, begin + 1);
}

size_t InlineWriter::WriteAbbreviation(size_t at, size_t end, char before,
                                       char after) {
  if (IsWordCharacter(before)) return 0;
  const Abbreviation* found =
      notes_.FindAbbreviation(text_.substr(0, end), at, after);
  if (found == nullptr) return 0;
  const size_t past = at + found->word.size();
  title_.clear();
  Open(Tag::kAbbr, Unescape(found->description, false, &title_),
       passage_->Source(at, past));
  WritePlain(at, past);
  builder_.Close(Tag::kAbbr, Origin::kMade, passage_->Source(past, past));
  return past;
}

void InlineWriter::WriteText(size_t begin, size_t end, char before,
                             char after) {
  const bool words = notes_.has_abbreviations();
  size_t kept = begin;
  const size_t first = begin;
  for (size_t at = begin; at < end;) {
    const char c = text_[at];
    if (c == '\n') {
      size_t spaces = at;
      while (spaces > kept && text_[spaces - 1] == ' ') --spaces;
      if (policy_.newlines_are_breaks || at - spaces >= 2) {
        WritePlain(kept, spaces);
        Open(Tag::kBr, "", passage_->Source(spaces, at + 1));
        kept = at;
      }
      ++at;
    } else if (c == '&') {
      WritePlain(kept, at);
      const bool reference = IsReference(text_.substr(0, end), at);
      WriteReference(at, end);
      at = kept = reference ? text_.find(';', at) + 1 : at + 1;
    } else if (words) {
      const char left = at == first ? before : text_[at - 1];
      const size_t past =
          IsWordCharacter(left) ? 0 : 1;  // cheap test before the search
      const Abbreviation* found =
          past == 0 ? nullptr
                    : notes_.FindAbbreviation(text_.substr(0, end), at, after);
      if (found != nullptr) {
        WritePlain(kept, at);
        at = kept = WriteAbbreviation(at, end, left, after);
      } else {
        ++at;
      }
    } else {
      at = kTextStops.Find(text_, at + 1, end);
    }
  }
  WritePlain(kept, end);
}

}  // namespace sluice::markup::markdown
