// The document pass: lines, definitions, then the blocks from a stack of what
// is still to be written, so that nesting costs no recursion.

#include "service/markup/markdown.h"

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "service/markup/markdown_blocks.h"
#include "service/markup/markdown_inline.h"
#include "service/markup/markdown_lists.h"
#include "service/markup/markdown_notes.h"
#include "service/markup/markdown_tables.h"

namespace sluice::markup {
namespace markdown {
namespace {

constexpr std::array kHeaders = {Tag::kH1, Tag::kH2, Tag::kH3,
                                 Tag::kH4, Tag::kH5, Tag::kH6};

// What is still to be written.
struct Task {
  enum class Type : uint8_t {
    kBlock,
    kBlocks,      // a container's lines
    kTight,       // a list item's, without paragraphs
    kItem,        // a list item
    kDefinition,  // a term or definition
    kClose,
    kBacklinks,
    kNote,
  };
  Type type = Type::kClose;
  bool loose = false;
  bool is_term = false;
  Tag tag = Tag::kNone;
  Context context;
  Block block;  // or its lines alone
  ByteSpan source;
  Footnote* note = nullptr;
};

class Document {
 public:
  Document(std::string_view source, const HtmlPolicy& policy,
           std::string_view anchor_prefix, TreeBuilder* builder)
      : policy_(policy),
        builder_(*builder),
        text_(source),
        notes_(text_),
        reader_(&text_, builder),
        writer_(policy, anchor_prefix, &notes_, builder) {}

  void Write();

 private:
  void Drain();
  void Do(Task task);
  void WriteBlock(Task task);
  void WriteInline(Tag tag, const Lines& lines);
  void WriteCode(const Block& block);
  void WriteList(Task task);
  void WriteQuote(Task task);
  void WriteDefinitions(Task task);
  void WriteItem(Task task);
  void WriteDefinition(Task task);
  void WriteTable(const Block& block);
  void WriteRow(const Line& row, const std::vector<Align>& aligns, Tag cell,
                size_t columns);
  bool TableFits(const Block& block, size_t columns) const;
  void WriteNotes();
  void WriteNote(Task task);
  void PushBlocks(std::vector<Block> blocks, const Context& context);
  void PushLines(Task::Type type, Lines lines, const Context& context);
  void PushClose(Tag tag, ByteSpan source);
  void Open(Tag tag, ByteSpan source, std::string_view value = {},
            Align align = Align::kNone);
  void Close(Tag tag, ByteSpan source) {
    builder_.Close(tag, Origin::kMade, source);
  }
  ByteSpan SourceOf(const Lines& lines) const;
  ByteSpan EndOf(const Lines& lines) const {
    const ByteSpan all = SourceOf(lines);
    return {all.end, all.end};
  }

  const HtmlPolicy& policy_;
  TreeBuilder& builder_;
  MarkdownText text_;
  Notes notes_;
  BlockReader reader_;
  InlineWriter writer_;
  std::vector<Task> tasks_;
  size_t cells_ = 0;
  Footnote* closing_note_ =
      nullptr;  // its backlinks go into the next paragraph
};

void Document::Write() {
  Lines lines = text_.SplitLines();
  reader_.ReadMarkup(&lines);
  reader_.ReadFences(&lines);
  notes_.Take(policy_.limits, &lines, &builder_);
  PushLines(Task::Type::kBlocks, std::move(lines), Context());
  Drain();
  WriteNotes();
}

void Document::Drain() {
  while (!tasks_.empty() && !builder_.over_budget()) {
    Task task = std::move(tasks_.back());
    tasks_.pop_back();
    Do(std::move(task));
  }
}

void Document::Do(Task task) {
  switch (task.type) {
    case Task::Type::kBlock:
      return WriteBlock(std::move(task));
    case Task::Type::kBlocks:
      return PushBlocks(reader_.Read(std::move(task.block.lines), task.context),
                        task.context);
    case Task::Type::kTight:
      return PushBlocks(
          reader_.ReadTight(std::move(task.block.lines), task.context),
          task.context);
    case Task::Type::kItem:
      return WriteItem(std::move(task));
    case Task::Type::kDefinition:
      return WriteDefinition(std::move(task));
    case Task::Type::kClose:
      return Close(task.tag, task.source);
    case Task::Type::kNote:
      return WriteNote(std::move(task));
    case Task::Type::kBacklinks:
      Open(Tag::kP, task.source);
      writer_.WriteBacklinks(*task.note);
      return Close(Tag::kP, task.source);
  }
}

void Document::PushBlocks(std::vector<Block> blocks, const Context& context) {
  for (size_t i = blocks.size(); i-- > 0;) {
    Task task;
    task.type = Task::Type::kBlock;
    task.context = context;
    task.block = std::move(blocks[i]);
    tasks_.push_back(std::move(task));
  }
}

void Document::PushLines(Task::Type type, Lines lines, const Context& context) {
  Task task;
  task.type = type;
  task.context = context;
  task.block.lines = std::move(lines);
  tasks_.push_back(std::move(task));
}

void Document::PushClose(Tag tag, ByteSpan source) {
  Task task;
  task.type = Task::Type::kClose;
  task.tag = tag;
  task.source = source;
  tasks_.push_back(std::move(task));
}

void Document::Open(Tag tag, ByteSpan source, std::string_view value,
                    Align align) {
  Element element;
  element.tag = tag;
  element.origin = Origin::kMade;
  element.value = value;
  element.align = align;
  element.source = source;
  builder_.Open(element);
}

ByteSpan Document::SourceOf(const Lines& lines) const {
  const Line* first = nullptr;
  const Line* last = nullptr;
  for (const Line& line : lines) {
    if (!line.is_text()) continue;
    if (first == nullptr) first = &line;
    last = &line;
  }
  if (first == nullptr) return {};
  return {text_.Source(*first).begin, text_.Source(*last).end};
}

void Document::WriteBlock(Task task) {
  const Block& block = task.block;
  switch (block.kind) {
    case BlockKind::kParagraph:
      return WriteInline(Tag::kP, block.lines);
    case BlockKind::kSpan:
      return WriteInline(Tag::kNone, block.lines);
    case BlockKind::kHeader:
      return WriteInline(kHeaders[block.level - 1], block.lines);
    case BlockKind::kRule:
      return Open(Tag::kHr, SourceOf(block.lines));
    case BlockKind::kCode:
      return WriteCode(block);
    case BlockKind::kTable:
      return WriteTable(block);
    case BlockKind::kHtml: {
      const Passage passage(text_, block.lines.data(),
                            block.lines.data() + block.lines.size());
      return writer_.WriteMarkup(passage);
    }
    case BlockKind::kList:
      return WriteList(std::move(task));
    case BlockKind::kQuote:
      return WriteQuote(std::move(task));
    case BlockKind::kDefinitionList:
      return WriteDefinitions(std::move(task));
  }
}

void Document::WriteInline(Tag tag, const Lines& lines) {
  const Passage passage(text_, lines.data(), lines.data() + lines.size());
  const std::string_view view = passage.view();
  // Nothing but hidden markup is no paragraph.
  const bool wrap = tag != Tag::kNone &&
                    (tag != Tag::kP || view.find_first_not_of(
                                           MarkdownText::kHidden) != view.npos);
  const ByteSpan source = passage.Source(0, view.size());
  if (wrap) Open(tag, source);
  const bool bare = tag == Tag::kNone && !lines.empty();
  const bool indented = tag >= Tag::kH1 && tag <= Tag::kH6 &&
                        lines.front().indent > 0 && !view.empty();
  if (indented || (bare && lines.front().blank())) {
    builder_.Replacement("\n", {source.begin, source.begin});
  }
  writer_.Write(passage);
  if (bare && lines.back().blank()) {
    builder_.Replacement("\n", {source.end, source.end});
  }
  if (tag == Tag::kP && closing_note_ != nullptr && !tasks_.empty() &&
      tasks_.back().type == Task::Type::kBacklinks) {
    builder_.Replacement("\u00A0", closing_note_->source);
    writer_.WriteBacklinks(*closing_note_);
    tasks_.pop_back();
  }
  if (wrap) Close(tag, {source.end, source.end});
}

void Document::WriteCode(const Block& block) {
  const ByteSpan source = SourceOf(block.lines);
  Open(Tag::kPre, source);
  Open(Tag::kCode, source);
  for (uint32_t i = 0; i < block.breaks; ++i) {
    Open(Tag::kBr, {source.begin, source.begin});
  }
  uint32_t place = source.begin;
  for (const Line& line : block.lines) {
    const ByteSpan bytes =
        line.is_text() ? text_.Source(line) : ByteSpan{place, place};
    if (line.pad > 0) {
      builder_.Replacement(std::string(line.pad, ' '),
                           {bytes.begin, bytes.begin});
    }
    if (line.is_text()) builder_.Text(text_.View(line), bytes);
    builder_.Replacement("\n", {bytes.end, bytes.end});
    place = bytes.end;
  }
  Close(Tag::kCode, {source.end, source.end});
  Close(Tag::kPre, {source.end, source.end});
}

void Document::WriteList(Task task) {
  const Block& block = task.block;
  const Tag tag = block.ordered ? Tag::kOl : Tag::kUl;
  const ByteSpan source = SourceOf(block.lines);
  std::string start;
  if (block.ordered) {
    uint32_t at = block.lines[0].start();
    while (text_.text()[at] == '0') ++at;
    for (; text_.text()[at] != '.'; ++at) start += text_.text()[at];
    if (start == "1") start.clear();
  }
  Open(tag, source, start);
  PushClose(tag, {source.end, source.end});
  Context inner = task.context;
  inner.in_list = true;
  ++inner.depth;
  std::vector<ListItem> items = SplitItems(text_, block.lines, block.ordered);
  for (size_t i = items.size(); i-- > 0;) {
    Task item;
    item.type = Task::Type::kItem;
    item.loose = items[i].loose;
    item.context = inner;
    item.source = items[i].source;
    item.block.lines = std::move(items[i].lines);
    tasks_.push_back(std::move(item));
  }
}

void Document::WriteItem(Task task) {
  Open(Tag::kLi, task.source);
  PushClose(Tag::kLi, EndOf(task.block.lines));
  PushLines(task.loose ? Task::Type::kBlocks : Task::Type::kTight,
            std::move(task.block.lines), task.context);
}

void Document::WriteQuote(Task task) {
  const ByteSpan source = SourceOf(task.block.lines);
  Open(Tag::kBlockquote, source);
  PushClose(Tag::kBlockquote, {source.end, source.end});
  ++task.context.depth;
  PushLines(Task::Type::kBlocks, std::move(task.block.lines), task.context);
}

void Document::WriteDefinitions(Task task) {
  const ByteSpan source = SourceOf(task.block.lines);
  Open(Tag::kDl, source);
  PushClose(Tag::kDl, {source.end, source.end});
  ++task.context.depth;
  std::vector<Definition> all = SplitDefinitions(text_, task.block.lines);
  for (size_t i = all.size(); i-- > 0;) {
    Task item;
    item.type = Task::Type::kDefinition;
    item.context = task.context;
    item.loose = all[i].loose;
    item.is_term = all[i].is_term;
    item.block.lines = std::move(all[i].lines);
    tasks_.push_back(std::move(item));
  }
}

void Document::WriteDefinition(Task task) {
  const Lines& lines = task.block.lines;
  if (task.is_term) return WriteInline(Tag::kDt, lines);
  if (!task.loose) return WriteInline(Tag::kDd, lines);
  Open(Tag::kDd, SourceOf(lines));
  PushClose(Tag::kDd, EndOf(lines));
  PushLines(Task::Type::kBlocks, std::move(task.block.lines), task.context);
}

// Short rows are filled up, so the header's width bounds every row; a table
// past the limit is a paragraph.
bool Document::TableFits(const Block& block, size_t columns) const {
  const size_t rows = block.lines.size();
  return cells_ + columns * rows <= policy_.limits.max_table_cells;
}

void Document::WriteTable(const Block& block) {
  const Line head = TrimRow(text_, block.lines[0], block.leading);
  const size_t columns = writer_.FindBorders(text_.View(head)).size() + 1;
  if (!TableFits(block, columns)) return WriteInline(Tag::kP, block.lines);
  cells_ += columns * block.lines.size();
  std::vector<Align> aligns = ReadAligns(text_, block.lines[1], block.leading);
  aligns.resize(columns, Align::kNone);
  const ByteSpan source = SourceOf(block.lines);
  const ByteSpan end = {source.end, source.end};
  Open(Tag::kTable, source);
  Open(Tag::kThead, text_.Source(block.lines[0]));
  WriteRow(head, aligns, Tag::kTh, columns);
  const ByteSpan under = text_.Source(block.lines[1]);
  Close(Tag::kThead, under);
  Open(Tag::kTbody, under);
  for (size_t i = 2; i < block.lines.size(); ++i) {
    WriteRow(TrimRow(text_, block.lines[i], block.leading), aligns, Tag::kTd,
             columns);
  }
  if (block.lines.size() == 2) {
    WriteRow(Line(), aligns, Tag::kTd, columns);
  }
  Close(Tag::kTbody, end);
  Close(Tag::kTable, end);
}

void Document::WriteRow(const Line& row, const std::vector<Align>& aligns,
                        Tag cell, size_t columns) {
  std::vector<uint32_t> bars = writer_.FindBorders(text_.View(row));
  for (uint32_t& bar : bars) bar += row.begin;
  const std::vector<Line> cells = SplitRow(text_, row, bars, columns);
  const ByteSpan source = text_.Source(row);
  Open(Tag::kTr, source);
  for (size_t i = 0; i < columns; ++i) {
    const ByteSpan place = i < cells.size() ? text_.Source(cells[i])
                                            : ByteSpan{source.end, source.end};
    Open(cell, place, {}, aligns[i]);
    if (i < cells.size()) {
      writer_.Write(Passage(text_, &cells[i], &cells[i] + 1));
    }
    Close(cell, {place.end, place.end});
  }
  Close(Tag::kTr, {source.end, source.end});
}

// Footnotes may use footnotes: each goes to the end of the queue once.
void Document::WriteNotes() {
  std::vector<Footnote*>& pending = writer_.pending_notes();
  if (pending.empty()) return;
  const ByteSpan source = pending[0]->source;
  Open(Tag::kDiv, source);
  Open(Tag::kHr, source);
  Open(Tag::kOl, source);
  for (size_t i = 0; i < pending.size() && !builder_.over_budget(); ++i) {
    Task task;
    task.type = Task::Type::kNote;
    task.note = pending[i];
    tasks_.push_back(std::move(task));
    Drain();
  }
  Close(Tag::kOl, source);
  Close(Tag::kDiv, source);
}

void Document::WriteNote(Task task) {
  Footnote& note = *task.note;
  note.written = true;
  closing_note_ = &note;
  Open(Tag::kLi, note.source, writer_.NoteAnchor(note.number));
  PushClose(Tag::kLi, note.source);
  Task links;
  links.type = Task::Type::kBacklinks;
  links.note = &note;
  links.source = note.source;
  tasks_.push_back(std::move(links));
  PushLines(Task::Type::kBlocks, note.lines, Context());
}

}  // namespace
}  // namespace markdown

void ReadMarkdown(std::string_view source, const HtmlPolicy& policy,
                  std::string_view anchor_prefix, TreeBuilder* builder) {
  markdown::Document(source, policy, anchor_prefix, builder).Write();
}

}  // namespace sluice::markup
