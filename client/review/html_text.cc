#include "client/review/html_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "service/text/utf8.h"

namespace sluice::client::review {
namespace {

constexpr size_t kMaxDepth = 16;    // levels that are indented
constexpr size_t kMaxPlaces = 64;   // of one word that are weighed
constexpr size_t kMaxMarked = 256;  // places marked in one comment
constexpr size_t kMaxLinks = 64;    // listed below; the rest is counted
constexpr size_t kMaxEntity = 10;   // bytes between & and ;

// A paragraph: what stands before its first and its other lines, and its text
// with one look for each byte.
struct Block {
  std::string first;
  std::string rest;
  std::string text;
  std::vector<Look> looks;
  bool preformatted = false;
  bool gap = true;  // an empty line before it
};

std::string_view TagName(std::string_view tag) {
  if (!tag.empty() && tag.front() == '/') tag.remove_prefix(1);
  return tag.substr(0, tag.find_first_of(" \t\n/>"));
}

void AppendEntity(std::string_view entity, std::string* out) {
  if (entity == "amp") return out->push_back('&');
  if (entity == "lt") return out->push_back('<');
  if (entity == "gt") return out->push_back('>');
  if (entity == "quot") return out->push_back('"');
  if (entity == "nbsp") {
    out->append("\u00A0");
    return;
  }
  if (entity.size() < 2 || entity.front() != '#') {
    *out += fmt::format("&{};", entity);
    return;
  }
  const bool hex = entity[1] == 'x' || entity[1] == 'X';
  uint32_t value = 0;
  for (char c : entity.substr(hex ? 2 : 1)) {
    const uint32_t digit = c >= '0' && c <= '9' ? c - '0'
                           : hex ? static_cast<uint32_t>((c | 0x20) - 'a' + 10)
                                 : 0;
    value = std::min<uint32_t>(value * (hex ? 16 : 10) + digit, 0x110000);
  }
  text::AppendUtf8(value, out);
}

std::string Decoded(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text[at] == '&' ? text.find(';', at) : text.npos;
    if (end == text.npos || end - at - 1 > kMaxEntity) {
      out.push_back(text[at++]);
      continue;
    }
    AppendEntity(text.substr(at + 1, end - at - 1), &out);
    at = end + 1;
  }
  return out;
}

std::string Attribute(std::string_view tag, std::string_view name) {
  const std::string opening = fmt::format(" {}=\"", name);
  const size_t begin = tag.find(opening);
  if (begin == tag.npos) return "";
  tag.remove_prefix(begin + opening.size());
  return Decoded(tag.substr(0, tag.find('"')));
}

// Reads the HTML into blocks. Elements that are open stand on a stack of what
// they do to the text within.
class Reader {
 public:
  explicit Reader(std::string_view html) : html_(html) {}

  std::vector<Block> Read() {
    for (size_t at = 0; at < html_.size();) {
      if (html_[at] == '<') {
        const size_t end = std::min(html_.find('>', at), html_.size());
        Tag(html_.substr(at + 1, end - at - 1));
        at = end + 1;
      } else {
        const size_t end = std::min(html_.find('<', at), html_.size());
        Text(html_.substr(at, end - at));
        at = end;
      }
    }
    Break();
    return std::move(blocks_);
  }

  const std::vector<std::string>& links() const { return links_; }

 private:
  struct Level {
    std::string indent;
    bool ordered = false;
    bool list = false;
    int number = 0;
  };

  void Tag(std::string_view tag) {
    const bool closing = !tag.empty() && tag.front() == '/';
    const std::string_view name = TagName(tag);
    if (name == "br") {
      Append("\n", Look::kPlain);
    } else if (name == "hr") {
      Break();
      Append("---", Look::kDim);
      Break();
    } else if (name == "a") {
      closing ? EndLink() : BeginLink(tag);
    } else if (name == "em" || name == "i" || name == "cite" ||
               name == "strong" || name == "b" || name == "del") {
      bold_ = std::max(0, bold_ + (closing ? -1 : 1));
    } else if (name == "sub" || name == "sup") {
      if (!closing) Append(name == "sub" ? "_" : "^", Look::kPlain);
    } else if (name == "td" || name == "th") {
      if (closing) Append("  ", Look::kPlain);
    } else {
      BlockTag(name, closing);
    }
  }

  void BlockTag(std::string_view name, bool closing) {
    if (name == "ul" || name == "ol") {
      Break();
      closing ? Pop() : Push({"  ", name == "ol", true, 0});
      gap_ = gap_ || levels_.empty();
    } else if (name == "blockquote" || name == "dd") {
      Break();
      closing ? Pop() : Push({name == "dd" ? "    " : "> "});
      gap_ = true;
    } else if (name == "li") {
      Break();
      if (!closing) BeginItem();
    } else if (name == "pre") {
      Break();
      preformatted_ = !closing;
      gap_ = true;
    } else if (name == "p" || name == "div" || name == "table" ||
               (name.size() == 2 && name[0] == 'h')) {
      Break();
      if (closing || item_.empty()) gap_ = true;
    } else if (name == "tr" || name == "dt") {
      Break();
    }
  }

  void Push(Level level) {
    if (levels_.size() < kMaxDepth) {
      levels_.push_back(std::move(level));
    } else {
      ++too_deep_;
    }
  }

  void Pop() {
    if (too_deep_ > 0) {
      --too_deep_;
    } else if (!levels_.empty()) {
      levels_.pop_back();
    }
  }

  void BeginItem() {
    if (levels_.empty() || !levels_.back().list) return;
    Level& level = levels_.back();
    item_ = level.ordered ? fmt::format("{}. ", ++level.number) : "* ";
  }

  void BeginLink(std::string_view tag) {
    link_ = Attribute(tag, "href");
    link_begin_ = block_.text.size();
  }

  void EndLink() {
    if (link_.empty()) return;
    const std::string link = std::exchange(link_, "");
    // A bare URL says where it leads.
    if (link_begin_ <= block_.text.size() &&
        block_.text.substr(link_begin_) == link)
      return;
    links_.push_back(link);
    Append(fmt::format(" [{}]", links_.size()), Look::kDim);
  }

  void Text(std::string_view raw) {
    const std::string text = Decoded(raw);
    const Look look = !link_.empty() ? Look::kLink
                      : bold_ > 0    ? Look::kBold
                                     : Look::kPlain;
    if (preformatted_) return Append(text, look);
    std::string flat;
    for (char c : text) {
      const bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
      const bool after_space = flat.empty() ? block_.text.empty() ||
                                                  block_.text.back() == ' ' ||
                                                  block_.text.back() == '\n'
                                            : flat.back() == ' ';
      if (space && after_space) continue;
      flat.push_back(space ? ' ' : c);
    }
    if (!flat.empty()) Append(flat, look);
  }

  void Append(std::string_view text, Look look) {
    block_.text += text;
    block_.looks.resize(block_.text.size(), look);
    block_.preformatted = preformatted_;
  }

  // Ends the block that is being read.
  void Break() {
    while (!block_.text.empty() &&
           (block_.text.back() == ' ' || block_.text.back() == '\n'))
      block_.text.pop_back();
    block_.looks.resize(block_.text.size());
    if (block_.text.empty()) return;
    for (const Level& level : levels_) block_.rest += level.indent;
    block_.first = block_.rest;
    if (!item_.empty()) {
      const size_t keep =
          block_.first.size() - std::min<size_t>(2, block_.first.size());
      block_.first = block_.first.substr(0, keep) + item_;
      block_.rest.resize(std::max(block_.rest.size(), block_.first.size()),
                         ' ');
      item_.clear();
    }
    block_.gap = gap_;
    gap_ = false;
    blocks_.push_back(std::move(block_));
    block_ = Block();
  }

  const std::string_view html_;
  std::vector<Block> blocks_;
  Block block_;
  std::vector<Level> levels_;
  size_t too_deep_ = 0;
  std::string item_;
  std::string link_;  // of the link that is open
  size_t link_begin_ = 0;
  std::vector<std::string> links_;
  int bold_ = 0;
  bool preformatted_ = false;
  bool gap_ = false;
};

// How much of what stands around a place is what stood around the word.
size_t Likeness(std::string_view text, size_t begin, size_t end,
                const Matched& matched) {
  size_t alike = 0;
  size_t at = begin;
  for (size_t i = matched.before.size(); i > 0 && at > 0; --i, --at) {
    if (matched.before[i - 1] != text[at - 1]) break;
    ++alike;
  }
  for (size_t i = 0; i < matched.after.size() && end + i < text.size(); ++i) {
    if (matched.after[i] != text[end + i]) break;
    ++alike;
  }
  return alike;
}

// Marks the place of the blocks' texts that is most like where the word stood.
void MarkOne(const Matched& matched, std::vector<Block>* blocks) {
  if (matched.text.empty()) return;
  Block* best = nullptr;
  size_t best_at = 0;
  size_t best_likeness = 0;
  size_t places = 0;
  for (Block& block : *blocks) {
    for (size_t at = block.text.find(matched.text);
         at != std::string::npos && places < kMaxPlaces;
         at = block.text.find(matched.text, at + 1), ++places) {
      const size_t likeness =
          1 + Likeness(block.text, at, at + matched.text.size(), matched);
      // Of places that are as good, the first that is not marked yet.
      if (likeness < best_likeness ||
          (likeness == best_likeness && block.looks[at] == Look::kMark) ||
          (likeness == best_likeness && best->looks[best_at] != Look::kMark))
        continue;
      best = &block;
      best_at = at;
      best_likeness = likeness;
    }
  }
  if (best == nullptr) return;
  std::fill_n(best->looks.begin() + static_cast<std::ptrdiff_t>(best_at),
              matched.text.size(), Look::kMark);
}

// The bytes [begin, end) of a text as runs of one look each.
Line Runs(std::string_view text, const std::vector<Look>& looks, size_t begin,
          size_t end, bool brackets) {
  Line line;
  for (size_t at = begin; at < end;) {
    size_t next = at + 1;
    while (next < end && looks[next] == looks[at]) ++next;
    std::string piece = Tame(text.substr(at, next - at));
    if (looks[at] == Look::kMark && brackets) piece = "[" + piece + "]";
    line.push_back({std::move(piece), looks[at]});
    at = next;
  }
  return line;
}

void AppendBlock(const Block& block, bool brackets, int columns,
                 std::vector<Line>* lines) {
  bool first = true;
  for (size_t at = 0; at <= block.text.size();) {
    const size_t end = std::min(block.text.find('\n', at), block.text.size());
    Line line = {{first ? block.first : block.rest, Look::kDim}};
    for (Run& run : Runs(block.text, block.looks, at, end, brackets))
      line.push_back(std::move(run));
    const std::string indent =
        block.preformatted ? block.rest + "  " : block.rest;
    for (Line& wrapped : Wrap(line, columns, indent))
      lines->push_back(std::move(wrapped));
    first = false;
    at = end + 1;
  }
}

Block MarkedBlock(std::string_view text,
                  const std::vector<std::pair<size_t, size_t>>& spans) {
  Block block;
  block.text = text;
  block.looks.resize(text.size(), Look::kPlain);
  for (const auto& [begin, end] : spans) {
    for (size_t at = begin; at < std::min(end, text.size()); ++at)
      block.looks[at] = Look::kMark;
  }
  return block;
}

}  // namespace

std::vector<Line> HtmlAsText(std::string_view html,
                             const std::vector<Matched>& matched, bool brackets,
                             int columns) {
  Reader reader(html);
  std::vector<Block> blocks = reader.Read();
  for (size_t i = 0; i < std::min(matched.size(), kMaxMarked); ++i)
    MarkOne(matched[i], &blocks);
  std::vector<Line> lines;
  for (const Block& block : blocks) {
    if (block.gap && !lines.empty()) lines.emplace_back();
    AppendBlock(block, brackets, columns, &lines);
  }
  const std::vector<std::string>& links = reader.links();
  if (!links.empty()) lines.emplace_back();
  for (size_t i = 0; i < std::min(links.size(), kMaxLinks); ++i) {
    const Line line = {{fmt::format("[{}] ", i + 1), Look::kDim},
                       {Tame(links[i]), Look::kLink}};
    for (Line& wrapped : Wrap(line, columns, "    "))
      lines.push_back(std::move(wrapped));
  }
  if (links.size() > kMaxLinks)
    lines.push_back(
        {{fmt::format("and {} more links", links.size() - kMaxLinks),
          Look::kDim}});
  return lines;
}

std::vector<Line> SourceAsText(
    std::string_view source,
    const std::vector<std::pair<size_t, size_t>>& spans, bool brackets,
    int columns) {
  std::vector<Line> lines;
  AppendBlock(MarkedBlock(source, spans), brackets, columns, &lines);
  return lines;
}

Line MarkedLine(std::string_view text,
                const std::vector<std::pair<size_t, size_t>>& spans,
                bool brackets) {
  const Block block = MarkedBlock(text, spans);
  return Runs(block.text, block.looks, 0, block.text.size(), brackets);
}

}  // namespace sluice::client::review
