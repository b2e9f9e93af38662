#include "service/markup/views.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "service/markup/byte_set.h"

namespace sluice::markup {
namespace {

constexpr ByteSet kSpace(" \n\t");

// The next white space of text[at, ...) that is not kept as it is. A single
// space inside a node, which begins at `begin`, is.
size_t NextRun(std::string_view text, size_t at, size_t begin) {
  if (at == begin && at < text.size() && !kSpace[text[at]]) ++at;
  const auto stops = [text](size_t place) {
    const ByteBlock block = LoadBlock(text, place);
    const ByteBlock next = LoadBlock(text, place + 1);
    return (block == '\n') | (block == '\t') |
           ((block == ' ') & ((next == ' ') | (next == '\n') | (next == '\t')));
  };
  if (at > begin && FindInBlocks(text, 1, stops, &at)) return at;
  for (;; ++at) {
    at = kSpace.Find(text, at);
    const bool single = at > begin && at + 1 < text.size() && text[at] == ' ' &&
                        !kSpace[text[at + 1]];
    if (!single) return at;
  }
}

// One text under construction with its map.
class View {
 public:
  View(std::string* text, text::OffsetMap* map) : text_(text), map_(map) {}

  void Separate(char separator) {
    if (pending_ != '\n') pending_ = separator;
  }

  // Appends text[begin, end) of a node.
  void Append(std::string_view text, const Node& node, uint32_t begin,
              uint32_t end) {
    if (begin >= end) return;
    ByteSpan source = node.source;
    if (node.copied) {
      source = {node.source.begin + (begin - node.text.begin),
                node.source.begin + (end - node.text.begin)};
    }
    FlushSeparator(source.begin);
    text_->append(text.substr(begin, end - begin));
    if (node.copied && source.begin >= reached_) {
      map_->AppendCopied(end - begin, source.begin);
    } else {
      const uint32_t from = std::max(source.begin, reached_);
      source = {from, std::max(from, source.end)};
      map_->AppendReplaced(end - begin, source);
    }
    reached_ = source.end;
  }

  uint32_t size() const { return static_cast<uint32_t>(text_->size()); }

 private:
  void FlushSeparator(uint32_t next) {
    if (pending_ != 0 && !text_->empty()) {
      text_->push_back(pending_);
      const uint32_t to = std::max(next, reached_);
      map_->AppendReplaced(1, {reached_, to});
      reached_ = to;
    }
    pending_ = 0;
  }

  std::string* text_;
  text::OffsetMap* map_;
  uint32_t reached_ = 0;
  char pending_ = 0;
};

class Extractor {
 public:
  Extractor(Tree tree, Rendering* out)
      : tree_(std::move(tree)), out_(out), all_(&out->text, &out->text_map) {}

  void Run() {
    out_->text.reserve(tree_.text.size());
    place_.reserve(tree_.nodes.size() + 1);
    blocks_.reserve(16);
    out_->text_map.Reserve(tree_.nodes.size());
    for (uint32_t i = 0; i < tree_.nodes.size(); ++i) {
      LeaveBefore(i);
      place_.push_back(all_.size());
      const Node& node = tree_.nodes[i];
      if (node.tag == Tag::kNone)
        AddText(node);
      else
        Enter(node);
    }
    place_.push_back(all_.size());
    MoveLinks();
  }

 private:
  bool Quoted(uint32_t i) const { return i < quote_end_; }

  // A block that ends before node i separates what follows.
  void LeaveBefore(uint32_t i) {
    while (!blocks_.empty() && blocks_.back() <= i) {
      blocks_.pop_back();
      all_.Separate('\n');
    }
  }

  void Enter(const Node& node) {
    if (node.tag == Tag::kBlockquote)
      quote_end_ = std::max(quote_end_, node.end);
    if (node.tag == Tag::kPre) pre_end_ = std::max(pre_end_, node.end);
    if (node.tag == Tag::kPre || node.tag == Tag::kCode)
      code_end_ = std::max(code_end_, node.end);
    if (node.tag == Tag::kBr || node.tag == Tag::kHr) all_.Separate('\n');
    if (!IsBlock(node.tag) || IsVoid(node.tag)) return;
    const bool cell = node.tag == Tag::kTd || node.tag == Tag::kTh;
    if (cell) {
      all_.Separate(' ');
      return;
    }
    all_.Separate('\n');
    blocks_.push_back(node.end);
  }

  void AddText(const Node& node) {
    const auto i = static_cast<uint32_t>(&node - tree_.nodes.data());
    const uint32_t before = all_.size();
    if (i < pre_end_)
      AddPart(node, node.text.begin, node.text.end, i);
    else
      AddCollapsed(node, i);
    const uint32_t added = all_.size() - before;
    if (i < code_end_) out_->code_bytes += added;
    if (Quoted(i)) out_->quoted_bytes += added;
  }

  void AddPart(const Node& node, uint32_t begin, uint32_t end, uint32_t i) {
    if (begin >= end) return;
    all_.Append(tree_.text, node, begin, end);
    if (!Quoted(i)) {
      in_quotation_ = false;
      return;
    }
    if (!in_quotation_) {
      const uint32_t size = end - begin;
      out_->quotations.push_back({all_.size() - size, all_.size()});
      in_quotation_ = true;
    }
    out_->quotations.back().end = all_.size();
  }

  // A single space stays a copied byte, so that a paragraph is one run.
  void AddCollapsed(const Node& node, uint32_t i) {
    const std::string_view text =
        std::string_view(tree_.text).substr(0, node.text.end);
    uint32_t begin = node.text.begin;
    for (size_t at = NextRun(text, begin, begin); at < text.size();
         at = NextRun(text, at, begin)) {
      AddPart(node, begin, static_cast<uint32_t>(at), i);
      while (at < text.size() && kSpace[text[at]]) ++at;
      begin = static_cast<uint32_t>(at);
      all_.Separate(' ');
    }
    AddPart(node, begin, node.text.end, i);
  }

  void MoveLinks() {
    out_->link_count = tree_.link_count;
    out_->links.reserve(tree_.links.size());
    for (TreeLink& from : tree_.links) {
      Link link;
      link.url = std::move(from.url);
      link.scheme = std::move(from.scheme);
      link.host = std::move(from.host);
      link.source = from.source;
      link.published = from.published;
      link.text_span =
          Trimmed({place_[from.node_begin], place_[from.node_end]});
      link.text =
          out_->text.substr(link.text_span.begin, link.text_span.size());
      out_->links.push_back(std::move(link));
    }
  }

  ByteSpan Trimmed(ByteSpan span) const {
    while (!span.empty() && kSpace[out_->text[span.begin]]) ++span.begin;
    while (!span.empty() && kSpace[out_->text[span.end - 1]]) --span.end;
    return span;
  }

  Tree tree_;
  Rendering* out_;
  View all_;
  std::vector<uint32_t> place_;   // node -> where it begins in the text
  std::vector<uint32_t> blocks_;  // ends of the open blocks
  bool in_quotation_ = false;     // the last text was quoted
  uint32_t quote_end_ = 0;
  uint32_t pre_end_ = 0;
  uint32_t code_end_ = 0;
};

}  // namespace

OwnWords MakeOwnWords(const Rendering& rendering) {
  if (rendering.quotations.empty()) return {rendering.text, rendering.text_map};
  OwnWords own;
  text::OffsetMap to_text;
  const auto size = static_cast<uint32_t>(rendering.text.size());
  const auto keep = [&](uint32_t begin, uint32_t end) {
    if (begin >= end) return;
    if (!own.text.empty()) {
      own.text.push_back('\n');
      to_text.AppendReplaced(1, {begin - 1, begin});
    }
    own.text.append(rendering.text, begin, end - begin);
    to_text.AppendCopied(end - begin, begin);
  };
  // A quotation is a block: one newline parts it from the text on either side.
  uint32_t begin = 0;
  for (const ByteSpan& quotation : rendering.quotations) {
    keep(begin, quotation.begin - std::min(quotation.begin, 1u));
    begin = std::min(quotation.end + 1, size);
  }
  keep(begin, size);
  own.map = to_text.Compose(rendering.text_map);
  return own;
}

void ExtractViews(Tree tree, Rendering* rendering) {
  Extractor(std::move(tree), rendering).Run();
}

}  // namespace sluice::markup
