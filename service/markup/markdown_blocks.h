#pragma once

#include <cstdint>
#include <vector>

#include "service/base/byte_span.h"
#include "service/markup/builder.h"
#include "service/markup/markdown_lines.h"
#include "service/markup/policy.h"

// The block pass: a container's lines become its blocks, one kind after the
// other in Markdown.pl's order (fenced code, headers, tables, rules, lists,
// definition lists, indented code, quotations, paragraphs). What a step
// recognises leaves one line that stands for the block, between blank ones, so
// that later steps see a block where the text was. Each step reads the lines
// once.
namespace sluice::markup::markdown {

enum class BlockKind : uint8_t {
  kParagraph,
  kSpan,  // text without a paragraph around it
  kHeader,
  kRule,
  kCode,
  kList,
  kQuote,
  kTable,
  kDefinitionList,
  kHtml,  // raw markup, for the HTML reader
};

struct Block {
  BlockKind kind = BlockKind::kParagraph;
  uint8_t level = 0;     // of a header, 1 to 6
  bool ordered = false;  // a list
  bool leading = false;  // a table whose rows begin with a bar
  uint32_t breaks = 0;   // blank lines that begin fenced code
  Lines lines;
};

// Containers in containers; deeper ones are read as plain text. Every level
// reads its lines again, so this is the factor of the whole pass.
inline constexpr uint32_t kMaxNesting = 20;

// What surrounds a container's lines.
struct Context {
  bool in_list = false;  // a list item may begin at any line
  uint32_t depth = 0;
};

// The blocks of one document. Indices stay valid, references do not.
class BlockReader {
 public:
  BlockReader(MarkdownText* text, TreeBuilder* builder)
      : text_(*text), builder_(builder) {}

  // The steps that come before the definitions are taken out.
  void ReadMarkup(Lines* lines);
  void ReadFences(Lines* lines);

  // All blocks of a container, in order.
  std::vector<Block> Read(Lines lines, const Context& context);

  // A list item without blank lines: text and the lists in it.
  std::vector<Block> ReadTight(Lines lines, const Context& context);

  const MarkdownText& text() const { return text_; }

 private:
  struct Seen;  // which steps can find anything at all

  static Seen Look(const Lines& lines, const MarkdownText& text);
  uint32_t Add(Block block);
  // Puts the block's line, blank lines around it, into `out`.
  void Place(Block block, Lines* out);

  void ReadHeaders(Lines* lines);
  bool ReadSetext(const Lines& lines, size_t* at, Block* block);
  bool ReadAtx(const Line& line, Block* block);
  void ReadTables(bool leading, Lines* lines);
  void ReadRules(Lines* lines);
  void ReadLists(bool ordered, bool in_list, Lines* lines);
  void ReadDefinitionLists(Lines* lines);
  void ReadIndentedCode(Lines* lines);
  void ReadQuotes(Lines* lines);
  std::vector<Block> Gather(const Lines& lines, BlockKind text_kind);
  void GatherMixed(const Line* begin, const Line* end, BlockKind text_kind,
                   std::vector<Block>* out);
  void ReportAttributes(const Line& line, size_t at);

  MarkdownText& text_;
  TreeBuilder* const builder_;
  std::vector<Block> blocks_;
};

// The fence a line may open: its character and length, 0 if it is none; after
// it only a class name and an attribute list.
struct Fence {
  char character = 0;
  uint32_t length = 0;
  bool closes = false;      // nothing follows it: it can close one
  bool attributes = false;  // an attribute list follows it
};
Fence FenceOf(const MarkdownText& text, const Line& line);

}  // namespace sluice::markup::markdown
