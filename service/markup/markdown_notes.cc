#include "service/markup/markdown_notes.h"

#include <algorithm>

namespace sluice::markup::markdown {
namespace {

constexpr uint32_t kMaxIndent = 3;  // of a definition; more is code
constexpr size_t kMaxLabelTries = 4;

bool IsAttributeStart(char c) {
  return c == '#' || c == '.' || (c >= 'a' && c <= 'z');
}

bool IsAttributeCharacter(char c) {
  return c == '-' || c == '_' || c == ':' || c == '=' ||
         (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9');
}

size_t SkipSpaces(std::string_view text, size_t at) {
  while (at < text.size() && text[at] == ' ') ++at;
  return at;
}

std::string_view TrimEnd(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::string_view Trim(std::string_view text) {
  return TrimEnd(text.substr(SkipSpaces(text, 0)));
}

// Appends the label as definitions are found by: lower case, newlines as
// spaces.
void FoldLabel(std::string_view label, std::string* out) {
  out->clear();
  for (const char c : label) {
    if (c == '\n') {
      if (!out->empty() && out->back() == ' ') out->pop_back();
      *out += ' ';
    } else {
      *out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
  }
}

// `]:` or `] :` at text[at]: one past the colon, or 0.
size_t AfterLabelEnd(std::string_view text, size_t at) {
  if (at >= text.size() || text[at] != ']') return 0;
  ++at;
  if (at < text.size() && text[at] == ' ') ++at;
  return at < text.size() && text[at] == ':' ? at + 1 : 0;
}

// The first `]:` from text[from] on: *label_end is its `]`, the return value
// one past the colon; 0 if there is none.
size_t FindLabelEnd(std::string_view text, size_t from, size_t* label_end) {
  for (size_t at = text.find(']', from); at != text.npos;
       at = text.find(']', at + 1)) {
    if (const size_t after = AfterLabelEnd(text, at)) {
      *label_end = at;
      return after;
    }
  }
  return 0;
}

// A line that begins with a definition's label and white space: it ends the
// footnote before it.
bool IsDefinitionStart(std::string_view line) {
  if (line.size() < 4 || line[0] != '[') return false;
  size_t label_end = 0;
  size_t from = 2;
  while (const size_t after = FindLabelEnd(line, from, &label_end)) {
    if (after == line.size() || line[after] == ' ') return true;
    from = label_end + 1;
  }
  return false;
}

// A link title that fills the rest of the line: `"..."` or `(...)`, and an
// attribute list after it. False if it is none.
bool ReadTitle(std::string_view rest, std::string_view* title,
               bool* attributes) {
  if (rest.empty() || (rest[0] != '"' && rest[0] != '(')) return false;
  const size_t list = FindAttributeList(rest);
  if (list != rest.npos && list > 1) {
    const std::string_view before = TrimEnd(rest.substr(0, list));
    if (before.size() >= 2 && (before.back() == '"' || before.back() == ')')) {
      *title = before.substr(1, before.size() - 2);
      *attributes = true;
      return true;
    }
  }
  rest = TrimEnd(rest);
  if (rest.size() < 2 || (rest.back() != '"' && rest.back() != ')')) {
    return false;
  }
  *title = rest.substr(1, rest.size() - 2);
  return true;
}

}  // namespace

bool IsWordCharacter(char c) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9');
}

size_t EndOfAttributeList(std::string_view text, size_t at) {
  size_t elements = 0;
  ++at;
  while (true) {
    at = SkipSpaces(text, at);
    if (at < text.size() && text[at] == '}') return elements > 0 ? at + 1 : 0;
    if (at + 1 >= text.size() || !IsAttributeStart(text[at]) ||
        !IsAttributeCharacter(text[at + 1])) {
      return 0;
    }
    ++at;
    while (at < text.size() && IsAttributeCharacter(text[at])) ++at;
    ++elements;
  }
}

size_t FindAttributeList(std::string_view text) {
  const std::string_view trimmed = TrimEnd(text);
  if (trimmed.empty() || trimmed.back() != '}') return text.npos;
  size_t at = trimmed.rfind('{');
  if (at == text.npos || EndOfAttributeList(trimmed, at) != trimmed.size()) {
    return text.npos;
  }
  while (at > 0 && text[at - 1] == ' ') --at;
  return at;
}

void Notes::Take(const Limits& limits, Lines* lines, TreeBuilder* builder) {
  bool bracket = false;
  bool star = false;
  for (const Line& line : *lines) {
    if (line.indent > kMaxIndent || !line.is_text()) continue;
    bracket = bracket || line.first == '[';
    star = star || (line.first == '*' && line.start() + 1 < line.end &&
                    text_.text()[line.start() + 1] == '[');
  }
  if (bracket) {
    TakeFootnotes(limits.max_footnotes, lines);
    TakeLinks(limits.max_link_definitions, lines, builder);
  }
  if (star) TakeAbbreviations(limits.max_abbreviations, lines);
}

void Notes::TakeFootnotes(uint32_t limit, Lines* lines) {
  Lines kept;
  kept.reserve(lines->size());
  size_t at = 0;
  while (at < lines->size()) {
    if (footnotes_.size() < limit && ReadFootnote(*lines, &at)) {
      kept.push_back(Line());
    } else {
      kept.push_back((*lines)[at++]);
    }
  }
  *lines = std::move(kept);
}

bool Notes::ReadFootnote(const Lines& lines, size_t* at) {
  const Line& line = lines[*at];
  if (!line.is_text() || line.indent > kMaxIndent || line.first != '[') {
    return false;
  }
  const std::string_view view =
      text_.text().substr(line.start(), line.end - line.start());
  if (view.size() < 4 || view[1] != '^') return false;
  size_t label_end = 0;
  const size_t after = FindLabelEnd(view, 3, &label_end);
  if (after == 0) return false;
  Footnote note;
  note.source = text_.Source(line);
  const size_t body = SkipSpaces(view, after);
  note.lines.push_back(
      text_.From(line, line.start() + static_cast<uint32_t>(body)));
  size_t next = *at + 1;
  bool first = note.lines[0].blank();  // the text may begin on the next line
  while (next < lines.size()) {
    if (!lines[next].blank()) {
      if (!first && lines[next].indent == 0 &&
          (!lines[next].is_text() ||
           IsDefinitionStart(text_.View(lines[next])))) {
        break;
      }
      note.lines.push_back(text_.Outdent(lines[next++], 4));
      first = false;
      continue;
    }
    size_t past = next;
    while (past < lines.size() && lines[past].blank()) ++past;
    if (past < lines.size() && lines[past].indent <= kMaxIndent) break;
    note.lines.insert(note.lines.end(), lines.begin() + next,
                      lines.begin() + past);
    next = past;
  }
  const std::string label(view.substr(2, label_end - 2));
  footnote_of_[label] = static_cast<uint32_t>(footnotes_.size());
  footnotes_.push_back(std::move(note));
  *at = next;
  return true;
}

void Notes::TakeLinks(uint32_t limit, Lines* lines, TreeBuilder* builder) {
  Lines kept;
  kept.reserve(lines->size());
  size_t at = 0;
  while (at < lines->size()) {
    if (links_.size() < limit && ReadLink(*lines, &at, builder)) {
      while (at < lines->size() && (*lines)[at].blank()) ++at;
    } else {
      kept.push_back((*lines)[at++]);
    }
  }
  *lines = std::move(kept);
}

bool Notes::ReadLink(const Lines& lines, size_t* at, TreeBuilder* builder) {
  const Line& line = lines[*at];
  if (!line.is_text() || line.indent > kMaxIndent || line.first != '[') {
    return false;
  }
  const std::string_view view =
      text_.text().substr(line.start(), line.end - line.start());
  // The label is the longest that leaves a target behind it.
  size_t end = view.rfind(']');
  for (size_t tries = 0; end != view.npos && end > 1 && tries < kMaxLabelTries;
       end = view.rfind(']', end - 1)) {
    const size_t after = AfterLabelEnd(view, end);
    if (after == 0) continue;
    ++tries;
    if (ReadLinkFrom(lines, at, view.substr(1, end - 1),
                     line.start() + static_cast<uint32_t>(after), builder)) {
      return true;
    }
  }
  return false;
}

bool Notes::ReadLinkFrom(const Lines& lines, size_t* at, std::string_view label,
                         uint32_t after, TreeBuilder* builder) {
  size_t index = *at;
  const std::string_view text = text_.text();
  std::string_view rest = Trim(text.substr(after, lines[index].end - after));
  if (rest.empty()) {  // the target may stand on the next line
    if (++index >= lines.size() || !lines[index].is_text()) return false;
    rest = Trim(text_.View(lines[index]));
  }
  LinkDefinition link;
  bool attributes = false;
  const size_t angle = rest[0] == '<' ? rest.find('>', 2) : rest.npos;
  bool found = false;
  if (angle != rest.npos) {
    link.url = rest.substr(1, angle - 1);
    found =
        ReadLinkTail(lines, &index, rest.substr(angle + 1), &link, &attributes);
  }
  if (!found) {
    size_t end = std::min(rest.find(' '), rest.size());
    const size_t list = FindAttributeList(rest.substr(0, end));
    if (list != rest.npos && list > 0) end = list;
    link.url = rest.substr(0, end);
    if (!ReadLinkTail(lines, &index, rest.substr(end), &link, &attributes)) {
      return false;
    }
  }
  if (attributes) {
    builder->Report(RemovalKind::kAttributeList, "",
                    text_.Source(lines[index]));
  }
  if (label.size() <= kMaxLabel) {
    FoldLabel(label, &label_);
    links_[label_] = link;
  }
  *at = index + 1;
  return true;
}

// What stands behind the target: nothing, a title, an attribute list, perhaps
// on the next line.
bool Notes::ReadLinkTail(const Lines& lines, size_t* index,
                         std::string_view tail, LinkDefinition* link,
                         bool* attributes) {
  const bool gap = tail.starts_with(' ');
  tail = Trim(tail);
  if (!tail.empty()) {
    if (tail[0] == '{' && EndOfAttributeList(tail, 0) == tail.size()) {
      *attributes = true;
      return true;
    }
    return gap && ReadTitle(tail, &link->title, attributes);
  }
  if (*index + 1 < lines.size() && lines[*index + 1].is_text()) {
    const std::string_view next = Trim(text_.View(lines[*index + 1]));
    if (ReadTitle(next, &link->title, attributes)) {
      ++*index;
    } else if (next[0] == '{' && EndOfAttributeList(next, 0) == next.size()) {
      *attributes = true;
      ++*index;
    }
  }
  return true;
}

void Notes::TakeAbbreviations(uint32_t limit, Lines* lines) {
  for (Line& line : *lines) {
    if (abbreviations_.size() < limit && ReadAbbreviation(line)) line = Line();
  }
  SortAbbreviations();
}

bool Notes::ReadAbbreviation(const Line& line) {
  if (!line.is_text() || line.indent > kMaxIndent || line.first != '*') {
    return false;
  }
  const std::string_view view =
      text_.text().substr(line.start(), line.end - line.start());
  if (view.size() < 4 || view[1] != '[') return false;
  size_t label_end = 0;
  const size_t after = FindLabelEnd(view, 3, &label_end);
  const std::string_view word = view.substr(2, label_end - 2);
  if (after == 0 || word.size() > kMaxAbbreviation) return false;
  abbreviations_.push_back({word, Trim(view.substr(after))});
  return true;
}

void Notes::SortAbbreviations() {
  for (uint32_t i = 0; i < abbreviations_.size(); ++i) {
    by_word_.push_back(i);
    begins_[static_cast<unsigned char>(abbreviations_[i].word[0])] = true;
  }
  std::stable_sort(by_word_.begin(), by_word_.end(),
                   [this](uint32_t a, uint32_t b) {
                     return abbreviations_[a].word < abbreviations_[b].word;
                   });
}

const LinkDefinition* Notes::FindLink(std::string_view label) {
  if (links_.empty() || label.size() > kMaxLabel) return nullptr;
  FoldLabel(label, &label_);
  const auto found = links_.find(label_);
  return found == links_.end() ? nullptr : &found->second;
}

Footnote* Notes::FindFootnote(std::string_view label) {
  if (footnotes_.empty() || label.size() > kMaxLabel) return nullptr;
  label_.assign(label);
  const auto found = footnote_of_.find(label_);
  return found == footnote_of_.end() ? nullptr : &footnotes_[found->second];
}

// The sorted words are walked like a trie: with every byte the range of words
// that still fit gets narrower.
const Abbreviation* Notes::FindAbbreviation(std::string_view text, size_t at,
                                            char after) const {
  if (!begins_[static_cast<unsigned char>(text[at])]) return nullptr;
  auto low = by_word_.begin();
  auto high = by_word_.end();
  uint32_t best = static_cast<uint32_t>(abbreviations_.size());
  for (size_t depth = 0; at + depth < text.size() && low != high; ++depth) {
    const auto byte = static_cast<unsigned char>(text[at + depth]);
    const auto byte_of = [this, depth](uint32_t i) -> int {
      const std::string_view word = abbreviations_[i].word;
      return depth < word.size() ? static_cast<unsigned char>(word[depth]) : -1;
    };
    low = std::partition_point(low, high,
                               [&](uint32_t i) { return byte_of(i) < byte; });
    high = std::partition_point(low, high,
                                [&](uint32_t i) { return byte_of(i) <= byte; });
    const size_t next = at + depth + 1;
    if (IsWordCharacter(next < text.size() ? text[next] : after)) continue;
    for (auto it = low;
         it != high && abbreviations_[*it].word.size() == depth + 1; ++it) {
      best = std::min(best, *it);
    }
  }
  // A word defined twice means what was said last.
  if (best == abbreviations_.size()) return nullptr;
  for (uint32_t i = best + 1; i < abbreviations_.size(); ++i) {
    if (abbreviations_[i].word == abbreviations_[best].word) best = i;
  }
  return &abbreviations_[best];
}

}  // namespace sluice::markup::markdown
