#include "service/markup/markdown_blocks.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "service/markup/markdown_html.h"
#include "service/markup/markdown_lists.h"
#include "service/markup/markdown_notes.h"
#include "service/markup/markdown_tables.h"

namespace sluice::markup::markdown {
namespace {

constexpr uint32_t kTabWidth = 4;
constexpr uint32_t kMaxIndent = 3;
constexpr uint32_t kMaxHeaderLevel = 6;

// Replaces stretches of lines by what stands for them. Copies nothing while
// nothing is found, which is the rule.
class Edit {
 public:
  explicit Edit(Lines* lines) : lines_(*lines) {}

  // What was read up to line `at` stays; the new lines go into the result.
  Lines* Cut(size_t at) {
    changed_ = true;
    out_.insert(out_.end(), lines_.begin() + static_cast<ptrdiff_t>(from_),
                lines_.begin() + static_cast<ptrdiff_t>(at));
    return &out_;
  }
  // Reading goes on at that line.
  size_t Resume(size_t at) { return from_ = at; }
  void Finish() {
    if (!changed_) return;
    Cut(lines_.size());
    lines_ = std::move(out_);
  }

 private:
  Lines& lines_;
  Lines out_;
  size_t from_ = 0;
  bool changed_ = false;
};

bool BlankBefore(const Lines& lines, size_t at) {
  return at == 0 || lines[at - 1].blank();
}

size_t SkipBlank(const Lines& lines, size_t at) {
  while (at < lines.size() && lines[at].blank()) ++at;
  return at;
}

std::string_view TrimEnd(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// `===` or `---` at the margin: 1 or 2, else 0.
uint8_t UnderlineLevel(const MarkdownText& text, const Line& line) {
  if (line.indent != 0 || (line.first != '=' && line.first != '-')) return 0;
  const std::string_view view = TrimEnd(text.View(line));
  if (view.find_first_not_of(line.first) != view.npos) return 0;
  return line.first == '=' ? 1 : 2;
}

// Three or more of `*`, `-` or `_`, at most two spaces between them.
bool IsRule(const MarkdownText& text, const Line& line) {
  const char mark = line.first;
  if (line.indent > kMaxIndent || (mark != '*' && mark != '-' && mark != '_')) {
    return false;
  }
  const std::string_view view =
      TrimEnd(text.text().substr(line.start(), line.end - line.start()));
  uint32_t marks = 0;
  uint32_t spaces = 0;
  for (const char c : view) {
    if (c == mark) {
      ++marks;
      spaces = 0;
    } else if (c != ' ' || ++spaces > 2) {
      return false;
    }
  }
  return marks >= 3;
}

bool IsQuote(const Line& line) {
  return line.first == '>' && line.is_text() && line.start() + 1 < line.end;
}

bool IsClassCharacter(char c) {
  return IsWordCharacter(c) || c == '-' || c == ':';
}

}  // namespace

Fence FenceOf(const MarkdownText& text, const Line& line) {
  Fence none;
  if (line.first != '~' && line.first != '`') return none;
  Fence fence;
  fence.character = line.first;
  const std::string_view view =
      text.text().substr(line.start(), line.end - line.start());
  size_t at = 0;
  while (at < view.size() && view[at] == fence.character) ++at;
  fence.length = static_cast<uint32_t>(at);
  if (fence.length < 3) return none;
  const auto skip_spaces = [&] {
    while (at < view.size() && view[at] == ' ') ++at;
  };
  skip_spaces();
  fence.closes = at == view.size();
  const size_t name = at;
  if (at < view.size() && view[at] == '.') ++at;
  const size_t word = at;
  while (at < view.size() && IsClassCharacter(view[at])) ++at;
  if (at == word) at = name;
  skip_spaces();
  if (at < view.size() && view[at] == '{') {
    at = EndOfAttributeList(view, at);
    if (at == 0) return none;
    fence.attributes = true;
    skip_spaces();
  }
  return at == view.size() ? fence : none;
}

struct BlockReader::Seen {
  bool fence = false, underline = false, hash = false, pipe = false;
  bool rule = false, bullet = false, number = false, colon = false;
  bool code = false, quote = false, markup = false;
};

BlockReader::Seen BlockReader::Look(const Lines& lines,
                                    const MarkdownText& text) {
  Seen seen;
  for (const Line& line : lines) {
    if (!line.is_text()) continue;
    seen.code = seen.code || line.indent >= kTabWidth;
    switch (line.first) {
      case '~':
      case '`':
        seen.fence = true;
        break;
      case '=':
        seen.underline = true;
        break;
      case '-':
        seen.underline = seen.rule = seen.bullet = true;
        break;
      case '*':
        seen.rule = seen.bullet = true;
        break;
      case '+':
        seen.bullet = true;
        break;
      case '_':
        seen.rule = true;
        break;
      case '#':
        seen.hash = true;
        break;
      case ':':
        seen.colon = true;
        break;
      case '>':
        seen.quote = true;
        break;
      default:
        seen.number = seen.number || (line.first >= '0' && line.first <= '9');
    }
    // The line under a table's header has a bar and begins so.
    if (line.first == '|' || line.first == '-' || line.first == ':') {
      seen.pipe =
          seen.pipe || text.View(line).find('|') != std::string_view::npos;
    }
  }
  return seen;
}

uint32_t BlockReader::Add(Block block) {
  blocks_.push_back(std::move(block));
  return static_cast<uint32_t>(blocks_.size() - 1);
}

void BlockReader::Place(Block block, Lines* out) {
  out->push_back(Line());
  out->push_back(BlockLine(Add(std::move(block))));
  out->push_back(Line());
}

void BlockReader::ReadMarkup(Lines* lines) {
  HashMarkup(&text_, lines, [this](BlockKind kind, Lines content) {
    Block block;
    block.kind = kind;
    block.lines = std::move(content);
    return Add(std::move(block));
  });
}

std::vector<Block> BlockReader::Read(Lines lines, const Context& context) {
  if (context.depth > 0) ReadMarkup(&lines);
  if (context.depth >= kMaxNesting) return Gather(lines, BlockKind::kParagraph);
  const Seen seen = Look(lines, text_);
  if (seen.fence) ReadFences(&lines);
  if (seen.underline || seen.hash) ReadHeaders(&lines);
  if (seen.pipe) {
    ReadTables(/*leading=*/true, &lines);
    ReadTables(/*leading=*/false, &lines);
  }
  if (seen.rule) ReadRules(&lines);
  if (seen.bullet) ReadLists(/*ordered=*/false, context.in_list, &lines);
  if (seen.number) ReadLists(/*ordered=*/true, context.in_list, &lines);
  if (seen.colon) ReadDefinitionLists(&lines);
  if (seen.code) ReadIndentedCode(&lines);
  if (seen.quote) ReadQuotes(&lines);
  return Gather(lines, BlockKind::kParagraph);
}

std::vector<Block> BlockReader::ReadTight(Lines lines, const Context& context) {
  if (context.depth < kMaxNesting) {
    const Seen seen = Look(lines, text_);
    if (seen.bullet) ReadLists(/*ordered=*/false, /*in_list=*/true, &lines);
    if (seen.number) ReadLists(/*ordered=*/true, /*in_list=*/true, &lines);
  }
  return Gather(lines, BlockKind::kSpan);
}

// A fence without its end is text. All ends are found beforehand, so that many
// open fences do not search the text again and again.
void BlockReader::ReadFences(Lines* lines) {
  std::unordered_map<uint64_t, std::vector<size_t>> closers;
  const auto key = [](const Fence& fence) {
    return uint64_t{fence.length} << 8 |
           static_cast<unsigned char>(fence.character);
  };
  bool any = false;
  for (size_t i = 0; i < lines->size(); ++i) {
    const Line& line = (*lines)[i];
    if (!line.is_text() || line.indent != 0) continue;
    const Fence fence = FenceOf(text_, line);
    if (fence.closes && fence.length != 0) {
      closers[key(fence)].push_back(i);
      any = true;
    }
  }
  if (!any) return;
  Edit edit(lines);
  size_t at = 0;
  while (at < lines->size()) {
    const Line& line = (*lines)[at];
    Fence fence;
    if (line.is_text() && line.indent == 0) fence = FenceOf(text_, line);
    size_t end = 0;
    if (fence.length != 0) {
      const std::vector<size_t>& ends = closers[key(fence)];
      const auto found = std::upper_bound(ends.begin(), ends.end(), at);
      if (found != ends.end() && *found > at + 1) end = *found;
    }
    if (end == 0) {
      ++at;
      continue;
    }
    if (fence.attributes) ReportAttributes(line, line.start() + fence.length);
    Block block;
    block.kind = BlockKind::kCode;
    size_t first = at + 1;
    while (first < end && (*lines)[first].blank()) ++first;
    block.breaks = static_cast<uint32_t>(first - at - 1);
    block.lines.assign(lines->begin() + first, lines->begin() + end);
    Place(std::move(block), edit.Cut(at));
    at = edit.Resume(end + 1);
  }
  edit.Finish();
}

void BlockReader::ReportAttributes(const Line& line, size_t at) {
  builder_->Report(RemovalKind::kAttributeList, "",
                   text_.Source(static_cast<uint32_t>(at), line.end));
}

void BlockReader::ReadHeaders(Lines* lines) {
  Edit edit(lines);
  size_t at = 0;
  while (at < lines->size()) {
    const size_t begin = at;
    Block block;
    block.kind = BlockKind::kHeader;
    if (!ReadSetext(*lines, &at, &block)) {
      if (ReadAtx((*lines)[at], &block)) {
        at = SkipBlank(*lines, at + 1);
      } else {
        ++at;
      }
    }
    if (block.level == 0) continue;
    Place(std::move(block), edit.Cut(begin));
    edit.Resume(at);
  }
  edit.Finish();
}

// Leaves the block without a level where an underline is an empty item.
bool BlockReader::ReadSetext(const Lines& lines, size_t* at, Block* block) {
  const Line& line = lines[*at];
  if (!line.is_text() || *at + 1 >= lines.size()) return false;
  const Line& under = lines[*at + 1];
  const uint8_t level =
      under.is_text() ? UnderlineLevel(text_, under) : uint8_t{0};
  if (level == 0) return false;
  const size_t next = SkipBlank(lines, *at + 2);
  const std::string_view view = text_.View(line);
  if (TrimEnd(text_.View(under)) == "-" && view.starts_with("- ")) {
    // An empty item under another item.
    *at = next;
    return true;
  }
  block->level = level;
  const size_t list = FindAttributeList(view);
  const bool listed = list != view.npos && list > 0 && view[list] == ' ';
  if (listed) ReportAttributes(line, line.begin + list);
  block->lines.push_back(
      listed ? text_.Until(line, line.begin + static_cast<uint32_t>(list))
             : line);
  *at = next;
  return true;
}

bool BlockReader::ReadAtx(const Line& line, Block* block) {
  if (!line.is_text() || line.first != '#' || line.indent != 0) return false;
  const std::string_view view = text_.View(line);
  const size_t marks = std::min(view.find_first_not_of('#'), view.size());
  size_t level = std::min<size_t>(marks, kMaxHeaderLevel);
  // The text has at least one character: of a row of marks the last one.
  if (level == view.size()) {
    if (level == 1) return false;
    --level;
  }
  size_t begin = view.find_first_not_of(' ', level);
  if (begin == view.npos) begin = level;
  size_t end = TrimEnd(view).size();
  const size_t list = FindAttributeList(view);
  if (list != view.npos && list > begin && view[list] == ' ') {
    ReportAttributes(line, line.begin + list);
    end = list;
  }
  while (end > begin + 1 && view[end - 1] == '#') --end;
  while (end > begin + 1 && view[end - 1] == ' ') --end;
  block->level = static_cast<uint8_t>(level);
  const auto base = line.begin;
  block->lines.push_back(text_.MakeLine(base + static_cast<uint32_t>(begin),
                                        base + static_cast<uint32_t>(end), 0));
  return true;
}

void BlockReader::ReadTables(bool leading, Lines* lines) {
  Edit edit(lines);
  size_t at = 0;
  size_t dead = 0;
  while (at < lines->size()) {
    const size_t end = EndOfTable(text_, *lines, at, leading, &dead);
    if (end == at) {
      ++at;
      continue;
    }
    Block block;
    block.kind = BlockKind::kTable;
    block.leading = leading;
    block.lines.assign(lines->begin() + at, lines->begin() + end);
    edit.Cut(at)->push_back(BlockLine(Add(std::move(block))));
    at = edit.Resume(end);
  }
  edit.Finish();
}

void BlockReader::ReadRules(Lines* lines) {
  Edit edit(lines);
  for (size_t at = 0; at < lines->size(); ++at) {
    if (!(*lines)[at].is_text() || !IsRule(text_, (*lines)[at])) continue;
    Block block;
    block.kind = BlockKind::kRule;
    block.lines.push_back((*lines)[at]);
    Place(std::move(block), edit.Cut(at));
    edit.Resume(at + 1);
  }
  edit.Finish();
}

void BlockReader::ReadLists(bool ordered, bool in_list, Lines* lines) {
  Edit edit(lines);
  size_t at = 0;
  while (at < lines->size()) {
    size_t end = at;
    if ((*lines)[at].is_text() && (in_list || BlankBefore(*lines, at))) {
      end = EndOfList(text_, *lines, at, ordered);
    }
    if (end == at) {
      ++at;
      continue;
    }
    Block block;
    block.kind = BlockKind::kList;
    block.ordered = ordered;
    block.lines.assign(lines->begin() + at, lines->begin() + end);
    Place(std::move(block), edit.Cut(at));
    at = edit.Resume(end);
  }
  edit.Finish();
}

void BlockReader::ReadDefinitionLists(Lines* lines) {
  Edit edit(lines);
  size_t at = 0;
  while (at < lines->size()) {
    size_t end = at;
    if ((*lines)[at].is_text() && BlankBefore(*lines, at)) {
      end = EndOfDefinitionList(text_, *lines, at);
    }
    if (end == at) {
      ++at;
      continue;
    }
    Block block;
    block.kind = BlockKind::kDefinitionList;
    block.lines.assign(lines->begin() + at, lines->begin() + end);
    Place(std::move(block), edit.Cut(at));
    at = edit.Resume(end);
  }
  edit.Finish();
}

void BlockReader::ReadIndentedCode(Lines* lines) {
  const auto is_code = [](const Line& line) {
    return line.is_text() && line.indent >= kTabWidth;
  };
  Edit edit(lines);
  size_t at = 0;
  while (at < lines->size()) {
    if (!is_code((*lines)[at]) || !BlankBefore(*lines, at)) {
      ++at;
      continue;
    }
    size_t end = at;
    size_t next = at;
    Block block;
    block.kind = BlockKind::kCode;
    while (next < lines->size() && is_code((*lines)[next])) {
      while (end < next) block.lines.push_back((*lines)[end++]);
      block.lines.push_back(text_.Outdent((*lines)[next], kTabWidth));
      end = next + 1;
      next = SkipBlank(*lines, end);
    }
    Place(std::move(block), edit.Cut(at));
    at = edit.Resume(next);
  }
  edit.Finish();
}

void BlockReader::ReadQuotes(Lines* lines) {
  Edit edit(lines);
  size_t at = 0;
  while (at < lines->size()) {
    if (!IsQuote((*lines)[at])) {
      ++at;
      continue;
    }
    Block block;
    block.kind = BlockKind::kQuote;
    const size_t begin = at;
    do {
      while (at < lines->size() && !(*lines)[at].blank()) {
        const Line& line = (*lines)[at++];
        if (line.is_text() && line.first == '>') {
          uint32_t body = line.start() + 1;
          if (body < line.end && text_.text()[body] == ' ') ++body;
          block.lines.push_back(text_.From(line, body));
        } else {
          block.lines.push_back(line);
        }
      }
      const size_t next = SkipBlank(*lines, at);
      block.lines.insert(block.lines.end(), next - at, Line());
      at = next;
    } while (at < lines->size() && IsQuote((*lines)[at]));
    Place(std::move(block), edit.Cut(begin));
    edit.Resume(at);
  }
  edit.Finish();
}

std::vector<Block> BlockReader::Gather(const Lines& lines,
                                       BlockKind text_kind) {
  std::vector<Block> out;
  size_t at = SkipBlank(lines, 0);
  while (at < lines.size()) {
    size_t end = at;
    bool mixed = false;
    while (end < lines.size() && !lines[end].blank()) {
      mixed = mixed || !lines[end].is_text();
      ++end;
    }
    if (mixed) {
      GatherMixed(&lines[at], &lines[at] + (end - at), text_kind, &out);
    } else {
      Block block;
      block.kind = text_kind;
      // Bare text keeps the white space between it and its neighbours.
      const bool bare = text_kind == BlockKind::kSpan;
      if (bare && !out.empty()) block.lines.push_back(Line());
      block.lines.insert(block.lines.end(), lines.begin() + at,
                         lines.begin() + end);
      if (bare && SkipBlank(lines, end) < lines.size()) {
        block.lines.push_back(Line());
      }
      out.push_back(std::move(block));
    }
    at = SkipBlank(lines, end);
  }
  return out;
}

// Blocks without blank lines between them and the text around. Text before a
// block is a paragraph, text after it stands as it is.
void BlockReader::GatherMixed(const Line* begin, const Line* end,
                              BlockKind text_kind, std::vector<Block>* out) {
  while (begin != end) {
    if (!begin->is_text()) {
      out->push_back(std::move(blocks_[static_cast<size_t>(begin->block)]));
      text_kind = BlockKind::kSpan;
      ++begin;
      continue;
    }
    Block block;
    block.kind = text_kind;
    while (begin != end && begin->is_text()) block.lines.push_back(*begin++);
    out->push_back(std::move(block));
  }
}

}  // namespace sluice::markup::markdown
