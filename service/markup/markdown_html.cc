#include "service/markup/markdown_html.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "service/markup/html_tokenizer.h"
#include "service/markup/markdown_notes.h"

namespace sluice::markup::markdown {
namespace {

using namespace std::string_view_literals;  // NOLINT

constexpr ByteSet kStops("<`\n");
constexpr ByteSet kTagStops(">\"'");
constexpr size_t kMaxFrames = 16;       // elements with markdown="1" in others
constexpr size_t kWasteFactor = 8;      // bytes read in vain a byte of text
constexpr size_t kMinAllowance = 4096;  // and for short texts

// Blocks wherever they stand. Lower case only: `<DIV>` is inline markup.
constexpr std::array kBlockNames = {
    "address"sv, "article"sv,  "aside"sv,  "blockquote"sv, "div"sv,
    "dl"sv,      "fieldset"sv, "figure"sv, "figcaption"sv, "footer"sv,
    "form"sv,    "h1"sv,       "h2"sv,     "h3"sv,         "h4"sv,
    "h5"sv,      "h6"sv,       "header"sv, "hgroup"sv,     "hr"sv,
    "iframe"sv,  "legend"sv,   "nav"sv,    "ol"sv,         "p"sv,
    "pre"sv,     "section"sv,  "table"sv,  "ul"sv,         "details"sv,
    "summary"sv};
// Blocks only if nothing follows the start tag on its line.
constexpr std::array kContextNames = {
    "audio"sv,    "canvas"sv, "del"sv,   "ins"sv,    "math"sv,
    "noscript"sv, "object"sv, "param"sv, "script"sv, "source"sv,
    "style"sv,    "svg"sv,    "track"sv, "video"sv};
// Never looked into.
constexpr std::array kCleanNames = {"math"sv, "script"sv, "style"sv, "svg"sv};
// markdown="1" in these means text, not blocks.
constexpr std::array kSpanNames = {
    "address"sv, "dd"sv, "dt"sv,     "h1"sv, "h2"sv, "h3"sv, "h4"sv,
    "h5"sv,      "h6"sv, "legend"sv, "li"sv, "p"sv,  "td"sv, "th"sv};
constexpr std::array kVoidNames = {"hr"sv, "img"sv, "param"sv, "source"sv,
                                   "track"sv};

template <size_t N>
bool IsOneOf(std::string_view name,
             const std::array<std::string_view, N>& all) {
  return std::find(all.begin(), all.end(), name) != all.end();
}

bool IsSpace(char c) { return c == ' ' || c == '\n'; }

std::string_view NameAt(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && IsWordCharacter(text[end])) ++end;
  return text.substr(at, end - at);
}

// What may stand behind a tag's name: `<hr@example.com>` is no tag.
bool EndsName(std::string_view text, size_t at) {
  constexpr std::string_view kEnds = " \n>/\"'";
  return at < text.size() && kEnds.find(text[at]) != kEnds.npos;
}

bool MayBeMarkup(std::string_view text, size_t at) {
  if (at + 1 >= text.size()) return false;
  if (text[at + 1] == '!' || text[at + 1] == '?') return true;
  const std::string_view name = NameAt(text, at + 1);
  return IsOneOf(name, kBlockNames) || IsOneOf(name, kContextNames);
}

class Hasher {
 public:
  Hasher(MarkdownText* text, Lines* lines,
         const std::function<uint32_t(BlockKind, Lines)>& add)
      : text_(*text), lines_(*lines), add_(add) {}

  void Run();

 private:
  // Markdown inside an element, or an element's raw markup.
  struct Frame {
    bool raw = false;
    bool clean = false;  // raw that leaves no block
    bool span = false;   // Markdown without blocks
    std::string name;
    int depth = 0;
    uint32_t indent = 0;  // of the element's line, not counted as code
    size_t chunk = 0;     // raw: its first byte that is no block yet
  };
  struct Run_ {
    size_t at;
    size_t size;
    size_t next;  // index of the next run of that size, or npos
  };
  static constexpr size_t kNone = ~size_t{0};

  bool AnyMarkup() const;
  void Join();
  size_t LineAt(size_t at) const;
  void MarkdownStep();
  void RawStep();
  bool SkipCode();
  bool SkipFence();
  void SkipBackquotes();
  void ReadTag();
  void ReadHidden(std::string_view end_mark);
  void Start(std::string_view name, size_t end, bool clean);
  void EnterMarkdown(size_t tag, size_t end, std::string_view mode);
  void Finish(size_t end);
  void GiveUp();
  void Flush(size_t end, uint32_t indent, Lines* out);
  void PushRaw(size_t begin, size_t end);
  void PushBlock(BlockKind kind, Lines content);
  size_t EndOfTag(size_t at) const;
  bool AloneOnLine(size_t end) const;
  std::string_view MarkdownAttribute(size_t begin, size_t end) const;
  uint32_t TextAt(size_t at) const;

  MarkdownText& text_;
  Lines& lines_;
  const std::function<uint32_t(BlockKind, Lines)>& add_;
  std::string buffer_;          // the lines, joined
  std::vector<size_t> starts_;  // of the lines in it
  std::vector<Frame> frames_;
  Lines out_;
  size_t at_ = 0;
  size_t text_from_ = 0;  // first byte not yet in out_
  std::vector<std::pair<size_t, size_t>> hidden_;
  // To go back to if the outermost element has no end.
  size_t start_ = 0, start_out_ = 0, start_hidden_ = 0, start_text_ = 0;
  size_t wasted_ = 0;
  bool gave_up_ = false;
  size_t last_greater_ = std::string::npos;
  std::array<size_t, 2> last_quotes_{};  // of `"` and `'`
  bool no_comment_end_ = false;          // no `-->` ahead any more
  bool no_question_end_ = false;
  std::vector<Run_> runs_;
  size_t runs_end_ = 0;
  std::unordered_map<uint64_t, std::vector<size_t>> fences_;
  bool fences_known_ = false;
};

bool Hasher::AnyMarkup() const {
  for (const Line& line : lines_) {
    if (!line.is_text()) continue;
    const std::string_view view = text_.View(line);
    for (size_t at = view.find('<'); at != view.npos;
         at = view.find('<', at + 1)) {
      if (MayBeMarkup(view, at)) return true;
    }
  }
  return false;
}

void Hasher::Join() {
  starts_.reserve(lines_.size() + 1);
  for (const Line& line : lines_) {
    starts_.push_back(buffer_.size());
    if (line.block >= 0) {
      buffer_ += MarkdownText::kHidden;
    } else {
      buffer_.append(line.pad, ' ');
      buffer_ += text_.View(line);
    }
    buffer_ += '\n';
  }
}

size_t Hasher::LineAt(size_t at) const {
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), at);
  return static_cast<size_t>(after - starts_.begin()) - 1;
}

uint32_t Hasher::TextAt(size_t at) const {
  const size_t index = LineAt(at);
  const Line& line = lines_[index];
  const size_t column = at - starts_[index];
  const size_t body = column < line.pad ? 0 : column - line.pad;
  return std::min(line.begin + static_cast<uint32_t>(body), line.end);
}

void Hasher::Run() {
  if (!AnyMarkup()) return;
  Join();
  last_greater_ = buffer_.rfind('>');
  last_quotes_ = {buffer_.rfind('"'), buffer_.rfind('\'')};
  while (at_ < buffer_.size()) {
    if (!frames_.empty() && frames_.back().raw) {
      RawStep();
    } else {
      MarkdownStep();
    }
    if (at_ >= buffer_.size() && !frames_.empty()) GiveUp();
  }
  Flush(buffer_.size(), 0, &out_);
  for (const auto& [begin, end] : hidden_) {
    text_.Hide(TextAt(begin), TextAt(end - 1) + 1);
  }
  lines_ = std::move(out_);
}

// Reads on in Markdown up to the next thing of interest.
void Hasher::MarkdownStep() {
  if (at_ == 0 || buffer_[at_ - 1] == '\n') {
    const bool span = !frames_.empty() && frames_.back().span;
    if (!span && (SkipCode() || SkipFence())) return;
  }
  at_ = kStops.Find(buffer_, at_, buffer_.size());
  if (at_ == buffer_.size()) return;
  if (buffer_[at_] == '\n') {
    ++at_;
  } else if (buffer_[at_] == '`') {
    SkipBackquotes();
  } else if (gave_up_) {
    ++at_;
  } else {
    ReadTag();
  }
}

bool Hasher::SkipCode() {
  const uint32_t indent = 4 + (frames_.empty() ? 0 : frames_.back().indent);
  size_t line = LineAt(at_);
  if (!lines_[line].is_text() || lines_[line].indent < indent) return false;
  if (line > 0 && !lines_[line - 1].blank()) return false;
  while (line < lines_.size() &&
         (lines_[line].blank() ||
          (lines_[line].is_text() && lines_[line].indent >= indent))) {
    ++line;
  }
  at_ = line < lines_.size() ? starts_[line] : buffer_.size();
  return true;
}

bool Hasher::SkipFence() {
  const size_t line = LineAt(at_);
  if (!lines_[line].is_text()) return false;
  const Fence fence = FenceOf(text_, lines_[line]);
  const uint32_t indent = 3 + (frames_.empty() ? 0 : frames_.back().indent);
  if (fence.length == 0 || lines_[line].indent > indent) return false;
  const auto key = [](const Fence& f, uint32_t spaces) {
    return (uint64_t{f.length} << 32 | spaces << 8) |
           static_cast<unsigned char>(f.character);
  };
  if (!fences_known_) {
    fences_known_ = true;
    for (size_t i = 0; i < lines_.size(); ++i) {
      if (!lines_[i].is_text()) continue;
      const Fence f = FenceOf(text_, lines_[i]);
      if (f.closes && f.length != 0) {
        fences_[key(f, lines_[i].indent)].push_back(i);
      }
    }
  }
  const std::vector<size_t>& ends = fences_[key(fence, lines_[line].indent)];
  const auto found = std::upper_bound(ends.begin(), ends.end(), line);
  const size_t last = found == ends.end() ? line : *found;
  at_ = last + 1 < lines_.size() ? starts_[last + 1] : buffer_.size();
  return true;
}

// A code span ends at the next run of as many backquotes in the paragraph.
// The paragraph's runs are collected once, each knows the next of its size.
void Hasher::SkipBackquotes() {
  if (at_ >= runs_end_) {
    runs_.clear();
    size_t end = buffer_.find("\n\n", at_);
    if (end == buffer_.npos) end = buffer_.size();
    for (size_t i = buffer_.find('`', at_); i < end; i = buffer_.find('`', i)) {
      const size_t begin = i;
      while (i < end && buffer_[i] == '`') ++i;
      runs_.push_back({begin, i - begin, kNone});
    }
    std::unordered_map<size_t, size_t> later;
    for (size_t i = runs_.size(); i-- > 0;) {
      const auto [entry, fresh] = later.try_emplace(runs_[i].size, i);
      if (!fresh) runs_[i].next = std::exchange(entry->second, i);
    }
    runs_end_ = end;
  }
  const auto run = std::lower_bound(
      runs_.begin(), runs_.end(), at_,
      [](const Run_& a, size_t position) { return a.at < position; });
  if (run == runs_.end() || run->at != at_) {  // the middle of one
    ++at_;
    return;
  }
  const Run_& end = run->next == kNone ? *run : runs_[run->next];
  at_ = end.at + end.size;
}

// One past the `>` of the tag at `at`, or 0. Quoted values may contain one.
size_t Hasher::EndOfTag(size_t at) const {
  // What is not ahead any more is not looked for: many `</x` without `>` would
  // each be read to the end.
  if (last_greater_ == buffer_.npos || at > last_greater_) return 0;
  size_t i = at;
  while (true) {
    i = kTagStops.Find(buffer_, i, buffer_.size());
    if (i == buffer_.size()) return 0;
    if (buffer_[i] == '>') return i + 1;
    const size_t last = last_quotes_[buffer_[i] == '\''];
    const size_t quote =
        i < last ? buffer_.find(buffer_[i], i + 1) : buffer_.npos;
    i = quote == buffer_.npos ? i + 1 : quote + 1;
  }
}

bool Hasher::AloneOnLine(size_t end) const {
  while (end < buffer_.size() && buffer_[end] == ' ') ++end;
  return end >= buffer_.size() || buffer_[end] == '\n';
}

void Hasher::ReadTag() {
  const size_t at = at_;
  const char next = at + 1 < buffer_.size() ? buffer_[at + 1] : '\0';
  if (next == '!' && buffer_.compare(at, 4, "<!--") == 0) {
    return ReadHidden("-->");
  }
  if (next == '?') return ReadHidden("?>");
  at_ = at + 1;
  const bool closing = next == '/';
  const std::string_view name = NameAt(buffer_, at + 1 + closing);
  const bool own = !frames_.empty() && frames_.back().name == name;
  const bool block = IsOneOf(name, kBlockNames);
  const bool context = IsOneOf(name, kContextNames);
  const size_t name_end = at + 1 + closing + name.size();
  const bool any = own || block || context || IsHtmlName(name);
  if (!any || !EndsName(buffer_, name_end)) return;
  const size_t end = EndOfTag(name_end);
  if (end == 0) {
    wasted_ += buffer_.size() - at;
    gave_up_ = wasted_ > kWasteFactor * buffer_.size() + kMinAllowance;
    return;
  }
  if (own) {
    Frame& frame = frames_.back();
    const bool empty = buffer_[end - 2] == '/';
    frame.depth += closing ? -1 : (empty ? 0 : 1);
    at_ = end;
    if (frame.depth >= 0) return;
    // The element ends here: its text is done, raw markup goes on.
    if (frame.span) {
      // White space at its ends is kept, as one blank line each.
      Lines content;
      const bool some = text_from_ < at;
      if (some && IsSpace(buffer_[text_from_])) content.push_back(Line());
      Flush(at, frame.indent, &content);
      if (some && IsSpace(buffer_[at - 1])) content.push_back(Line());
      PushBlock(BlockKind::kSpan, std::move(content));
    } else {
      Flush(at, frame.indent, &out_);
    }
    frames_.pop_back();
    frames_.back().chunk = at;
    text_from_ = at;
    at_ = at;
    return;
  }
  if (closing) {
    at_ = end;
  } else if (block || (context && AloneOnLine(end))) {
    at_ = at;
    Start(name, end, /*clean=*/false);
  } else if (IsOneOf(name, kCleanNames)) {
    at_ = at;
    Start(name, end, /*clean=*/true);
  } else {
    at_ = end;
  }
}

void Hasher::ReadHidden(std::string_view end_mark) {
  const size_t begin = at_;
  bool& none_ahead = end_mark[0] == '-' ? no_comment_end_ : no_question_end_;
  const size_t found =
      none_ahead ? buffer_.npos : buffer_.find(end_mark, begin + 4);
  if (found == buffer_.npos) {
    none_ahead = true;
    at_ = begin + 1;
    return;
  }
  at_ = found + end_mark.size();
  hidden_.emplace_back(begin, at_);
}

void Hasher::Start(std::string_view name, size_t end, bool clean) {
  if (frames_.empty()) {
    start_ = at_;
    start_out_ = out_.size();
    start_hidden_ = hidden_.size();
    start_text_ = text_from_;
  }
  if (frames_.size() >= kMaxFrames) {
    at_ = end;
    return;
  }
  if (!clean) {
    Flush(at_, frames_.empty() ? 0 : frames_.back().indent, &out_);
    text_from_ = at_;
  }
  Frame frame;
  frame.raw = true;
  frame.clean = clean;
  frame.name = std::string(name);
  frame.chunk = at_;
  frames_.push_back(std::move(frame));
}

// Reads one tag of raw markup.
void Hasher::RawStep() {
  Frame& frame = frames_.back();
  const size_t at = buffer_.find('<', at_);
  if (at == buffer_.npos) {
    at_ = buffer_.size();
    return;
  }
  const bool closing = at + 1 < buffer_.size() && buffer_[at + 1] == '/';
  if (buffer_.compare(at, 4, "<!--") == 0) {
    const size_t end =
        no_comment_end_ ? buffer_.npos : buffer_.find("-->", at + 4);
    no_comment_end_ = end == buffer_.npos;
    at_ = no_comment_end_ ? at + 1 : end + 3;
    return;
  }
  const std::string_view name = NameAt(buffer_, at + 1 + closing);
  const size_t end =
      name.empty() ? 0 : EndOfTag(at + 1 + closing + name.size());
  if (end == 0) {
    at_ = at + 1;
    return;
  }
  at_ = end;
  if (IsOneOf(name, kVoidNames)) {
    if (frame.depth == 0) Finish(end);  // a block of its own, like <hr>
    return;
  }
  if (name == frame.name) {
    frame.depth += closing ? -1 : (buffer_[end - 2] == '/' ? 0 : 1);
  }
  const std::string_view mode =
      closing || frame.clean ? ""sv : MarkdownAttribute(at, end);
  if (!mode.empty() && frames_.size() < kMaxFrames) {
    EnterMarkdown(at, end, mode);
  } else if (frame.depth <= 0) {
    Finish(end);
  }
}

// The value of `markdown=` in the tag if it is 1, block or span; else "".
std::string_view Hasher::MarkdownAttribute(size_t begin, size_t end) const {
  const std::string_view tag =
      std::string_view(buffer_).substr(begin, end - begin);
  size_t at = tag.find("markdown");
  if (at == tag.npos) return "";
  at += 8;
  while (at < tag.size() && (tag[at] == ' ' || tag[at] == '\n')) ++at;
  if (at >= tag.size() || tag[at] != '=') return "";
  ++at;
  while (at < tag.size() && (tag[at] == ' ' || tag[at] == '\n')) ++at;
  if (at < tag.size() && (tag[at] == '"' || tag[at] == '\'')) ++at;
  const std::string_view value = tag.substr(at);
  if (value.starts_with("1")) return "1";
  if (value.starts_with("block")) return "block";
  return value.starts_with("span") ? "span" : "";
}

void Hasher::EnterMarkdown(size_t tag, size_t end, std::string_view mode) {
  const std::string_view name = NameAt(buffer_, tag + 1);
  Frame frame;
  frame.name = std::string(name);
  frame.span = mode == "span" || (mode == "1" && IsOneOf(name, kSpanNames));
  const size_t line = LineAt(tag);
  if (starts_[line] + lines_[line].indent == tag) {
    frame.indent = lines_[line].indent;
  }
  PushRaw(frames_.back().chunk, end);
  frames_.back().chunk = end;
  text_from_ = end;
  at_ = end;
  frames_.push_back(std::move(frame));
}

void Hasher::Finish(size_t end) {
  const Frame frame = std::move(frames_.back());
  frames_.pop_back();
  if (frame.clean) {
    hidden_.emplace_back(frame.chunk, end);
  } else {
    PushRaw(frame.chunk, end);
    text_from_ = end;
  }
  at_ = end;
}

// The outermost element has no end: its `<` is text, and what follows is read
// again.
void Hasher::GiveUp() {
  wasted_ += buffer_.size() - start_;
  gave_up_ = wasted_ > kWasteFactor * buffer_.size() + kMinAllowance;
  frames_.clear();
  out_.resize(start_out_);
  hidden_.resize(start_hidden_);
  text_from_ = start_text_;
  at_ = start_ + 1;
}

void Hasher::PushRaw(size_t begin, size_t end) {
  const size_t keep = text_from_;
  text_from_ = begin;
  Lines content;
  Flush(end, 0, &content);
  text_from_ = keep;
  PushBlock(BlockKind::kHtml, std::move(content));
}

void Hasher::PushBlock(BlockKind kind, Lines content) {
  out_.push_back(Line());
  out_.push_back(BlockLine(add_(kind, std::move(content))));
  out_.push_back(Line());
}

// The lines of buffer_[text_from_, end), those joined that something hidden
// runs over.
void Hasher::Flush(size_t end, uint32_t indent, Lines* out) {
  size_t from = text_from_;
  text_from_ = end;
  if (from >= end) return;
  size_t line = LineAt(from);
  auto hidden = std::lower_bound(hidden_.begin(), hidden_.end(),
                                 std::pair<size_t, size_t>(from, 0));
  while (from < end && line < lines_.size()) {
    size_t last = line;
    const auto line_end = [this](size_t index) {
      return index + 1 < starts_.size() ? starts_[index + 1] - 1
                                        : buffer_.size() - 1;
    };
    size_t until = line_end(last);
    while (hidden != hidden_.end() && hidden->first < until) {
      if (hidden->second > until) {
        last = LineAt(hidden->second - 1);
        until = line_end(last);
      }
      ++hidden;
    }
    const size_t stop = std::min(until, end);
    if (last == line && from == starts_[line] && stop == until) {
      out->push_back(text_.Outdent(lines_[line], indent));
    } else if (from < stop) {
      const uint32_t first = TextAt(from);
      const uint32_t past = TextAt(stop - 1) + 1;
      out->push_back(
          text_.Outdent(text_.MakeLine(first, std::max(first, past), 0),
                        from == starts_[line] ? indent : 0));
    }
    line = last + 1;
    from = line < starts_.size() ? starts_[line] : end;
  }
}

}  // namespace

void HashMarkup(MarkdownText* text, Lines* lines,
                const std::function<uint32_t(BlockKind, Lines)>& add) {
  Hasher(text, lines, add).Run();
}

}  // namespace sluice::markup::markdown
