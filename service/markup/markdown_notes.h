#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "service/markup/builder.h"
#include "service/markup/markdown_lines.h"
#include "service/markup/policy.h"

// What a Markdown document defines for all of itself: link targets, footnotes,
// abbreviations.
namespace sluice::markup::markdown {

// `[id]: url "title"`.
struct LinkDefinition {
  std::string_view url;
  std::string_view title;
};

// `[^id]: text`. Its state follows the emission: numbered at its first use, no
// longer to be referred to once it is written (so that a footnote in a footnote
// cannot go round).
struct Footnote {
  Lines lines;
  ByteSpan source;
  uint32_t number = 0;  // 0: not used yet
  uint32_t uses = 0;
  bool written = false;
};

// `*[word]: description`.
struct Abbreviation {
  std::string_view word;
  std::string_view description;
};

class Notes {
 public:
  explicit Notes(const MarkdownText& text) : text_(text) {}

  // Takes the definitions out of the document's lines, footnotes first, as
  // Markdown Extra does. Definitions past the policy's limits stay text.
  // Reports the attribute lists of link definitions.
  void Take(const Limits& limits, Lines* lines, TreeBuilder* builder);

  // The definition of that label, in which newlines are spaces and case does
  // not matter; nullptr if there is none. Labels past kMaxLabel have none.
  const LinkDefinition* FindLink(std::string_view label);
  Footnote* FindFootnote(std::string_view label);

  bool has_links() const { return !links_.empty(); }
  bool has_footnotes() const { return !footnotes_.empty(); }
  bool has_abbreviations() const { return !abbreviations_.empty(); }

  // The abbreviation that begins at text[at] and ends before a byte that is no
  // word character (`after` stands behind the text): the first defined of
  // those that fit. nullptr: none. Reads at most kMaxAbbreviation bytes.
  const Abbreviation* FindAbbreviation(std::string_view text, size_t at,
                                       char after) const;

  static constexpr size_t kMaxLabel = 999;
  static constexpr size_t kMaxAbbreviation = 64;

 private:
  bool ReadFootnote(const Lines& lines, size_t* at);
  bool ReadLink(const Lines& lines, size_t* at, TreeBuilder* builder);
  bool ReadLinkFrom(const Lines& lines, size_t* at, std::string_view label,
                    uint32_t after, TreeBuilder* builder);
  bool ReadLinkTail(const Lines& lines, size_t* index, std::string_view tail,
                    LinkDefinition* link, bool* attributes);
  bool ReadAbbreviation(const Line& line);
  void TakeFootnotes(uint32_t limit, Lines* lines);
  void TakeLinks(uint32_t limit, Lines* lines, TreeBuilder* builder);
  void TakeAbbreviations(uint32_t limit, Lines* lines);
  void SortAbbreviations();

  const MarkdownText& text_;
  std::unordered_map<std::string, LinkDefinition> links_;
  std::unordered_map<std::string, uint32_t> footnote_of_;
  std::vector<Footnote> footnotes_;
  std::vector<Abbreviation> abbreviations_;
  std::vector<uint32_t> by_word_;   // abbreviations in the order of their words
  std::array<bool, 256> begins_{};  // first bytes of abbreviations
  std::string label_;               // scratch
};

// An attribute list `{#id .class key=value}` that ends `text`, with the spaces
// before it: its first byte (of the spaces), or npos.
size_t FindAttributeList(std::string_view text);

// One past the attribute list that begins at text[at] == '{', or 0.
size_t EndOfAttributeList(std::string_view text, size_t at);

bool IsWordCharacter(char c);

}  // namespace sluice::markup::markdown
