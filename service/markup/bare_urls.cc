#include "service/markup/bare_urls.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "service/markup/byte_set.h"
#include "service/markup/html_tokenizer.h"
#include "service/markup/url.h"

namespace sluice::markup {
namespace {

struct BareUrl {
  uint32_t begin;  // in Tree::text
  uint32_t end;
  Url url;
};

bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

bool EndsUrl(char c) {
  return static_cast<unsigned char>(c) <= 0x20 || c == '<' || c == '>' ||
         c == '"' || c == 0x7F;
}

// "http://", "https://" or "www." at text[at], as its size; 0 if none.
size_t PrefixAt(std::string_view text, size_t at) {
  for (std::string_view prefix : {"http://", "https://", "www."}) {
    if (EqualsLower(text.substr(at, prefix.size()), prefix))
      return prefix.size();
  }
  return 0;
}

// The next place in text[at, ...) where one could begin: "ht" or "ww" in any
// case.
size_t NextStart(std::string_view text, size_t at) {
  const auto stops = [text](size_t place) {
    const ByteBlock first = LoadBlock(text, place) | 0x20;
    const ByteBlock second = LoadBlock(text, place + 1) | 0x20;
    return ((first == 'h') & (second == 't')) |
           ((first == 'w') & (second == 'w'));
  };
  if (FindInBlocks(text, 1, stops, &at)) return at;
  for (; at + 1 < text.size(); ++at) {
    const char first = text[at] | 0x20;
    const char second = text[at + 1] | 0x20;
    if ((first == 'h' && second == 't') || (first == 'w' && second == 'w'))
      return at;
  }
  return text.size();
}

// Without what belongs to the sentence around it.
std::string_view TrimSentence(std::string_view url) {
  const auto opening = std::count(url.begin(), url.end(), '(');
  auto closing = std::count(url.begin(), url.end(), ')');
  while (!url.empty()) {
    const char last = url.back();
    if (last == ')') {
      if (closing <= opening) break;
      --closing;
    } else if (std::string_view(".,;:!?'*_~]}").find(last) ==
               std::string_view::npos) {
      break;
    }
    url.remove_suffix(1);
  }
  return url;
}

bool IsAllowed(const HtmlPolicy& policy, std::string_view written,
               const Url& url) {
  const auto& schemes = policy.schemes;
  return !url.has_userinfo && !HasHiddenCharacters(written) &&
         std::find(schemes.begin(), schemes.end(), url.scheme) != schemes.end();
}

// The bare URLs of one run of text.
void FindBareUrls(const HtmlPolicy& policy, std::string_view text, ByteSpan run,
                  std::vector<BareUrl>* found) {
  const std::string_view in_run = text.substr(0, run.end);
  for (size_t at = NextStart(in_run, run.begin); at + 4 < run.end;) {
    const bool after_word = at > run.begin && IsWordByte(text[at - 1]);
    const size_t prefix = after_word ? 0 : PrefixAt(in_run, at);
    if (prefix == 0) {
      at = NextStart(in_run, at + 1);
      continue;
    }
    const bool www = (text[at] | 0x20) == 'w';
    size_t end = at + prefix;
    while (end < run.end && !EndsUrl(text[end])) ++end;
    const std::string_view written = TrimSentence(text.substr(at, end - at));
    std::optional<Url> url =
        www ? ParseUrl("http://" + std::string(written)) : ParseUrl(written);
    if (written.size() > prefix && url && IsAllowed(policy, written, *url)) {
      const auto begin = static_cast<uint32_t>(at);
      found->push_back({begin, begin + static_cast<uint32_t>(written.size()),
                        std::move(*url)});
    }
    // Also past a refused one: its tail is not looked at again.
    at = NextStart(in_run, end);
  }
}

// Looks at each run of adjacent text: text nodes with no tag between them.
std::vector<BareUrl> FindAll(const HtmlPolicy& policy, const Tree& tree) {
  std::vector<BareUrl> found;
  const std::vector<Node>& nodes = tree.nodes;
  std::vector<bool> end_tag_before(nodes.size() + 1);
  for (const Node& node : nodes) {
    if (node.tag != Tag::kNone) end_tag_before[node.end] = true;
  }
  uint32_t unlinkable_until = 0;
  for (uint32_t i = 0; i < nodes.size();) {
    const Node& node = nodes[i];
    if (node.tag != Tag::kNone) {
      const bool skip = node.tag == Tag::kA || node.tag == Tag::kPre ||
                        node.tag == Tag::kCode;
      if (skip) unlinkable_until = std::max(unlinkable_until, node.end);
      ++i;
      continue;
    }
    ByteSpan run = node.text;
    uint32_t last = i + 1;
    while (last < nodes.size() && nodes[last].tag == Tag::kNone &&
           !end_tag_before[last]) {
      run.end = nodes[last].text.end;
      ++last;
    }
    if (i >= unlinkable_until) FindBareUrls(policy, tree.text, run, &found);
    i = last;
  }
  return found;
}

ByteSpan SourceOf(const Node& node, uint32_t begin, uint32_t end) {
  if (!node.copied) return node.source;
  return {node.source.begin + (begin - node.text.begin),
          node.source.begin + (end - node.text.begin)};
}

// Copies the tree with the links put in; keeps every text's bytes where they
// are.
class Rewriter {
 public:
  Rewriter(std::vector<BareUrl> urls, Tree* tree)
      : urls_(std::move(urls)), tree_(tree) {}

  void Run() {
    const std::vector<Node> old = std::move(tree_->nodes);
    tree_->nodes.clear();
    tree_->nodes.reserve(old.size() + 3 * urls_.size());
    moved_.reserve(old.size() + 1);
    for (const Node& node : old) {
      moved_.push_back(Size());
      if (node.tag == Tag::kNone)
        CopyText(node);
      else
        tree_->nodes.push_back(node);
    }
    moved_.push_back(Size());
    FixEnds();
    MergeLinks();
  }

 private:
  uint32_t Size() const { return static_cast<uint32_t>(tree_->nodes.size()); }

  void PushText(const Node& node, uint32_t begin, uint32_t end) {
    if (begin >= end) return;
    Node part = node;
    part.text = {begin, end};
    part.source = SourceOf(node, begin, end);
    part.end = Size() + 1;
    fixed_.push_back(Size());
    tree_->nodes.push_back(part);
  }

  void CopyText(const Node& node) {
    uint32_t at = node.text.begin;
    while (next_ < urls_.size() && urls_[next_].begin < node.text.end) {
      const BareUrl& bare = urls_[next_];
      if (!open_) {
        PushText(node, at, bare.begin);
        OpenLink(node, bare);
        at = bare.begin;
      }
      const uint32_t stop = std::min(bare.end, node.text.end);
      PushText(node, at, stop);
      at = stop;
      if (bare.end > node.text.end) return;  // goes on in the next text node
      CloseLink(SourceOf(node, at, at));
    }
    PushText(node, at, node.text.end);
  }

  void OpenLink(const Node& node, const BareUrl& bare) {
    Node link;
    link.tag = Tag::kA;
    link.source = SourceOf(node, bare.begin, std::min(bare.end, node.text.end));
    const auto begin = static_cast<uint32_t>(tree_->text.size());
    tree_->text += bare.url.href;
    link.text = {begin, static_cast<uint32_t>(tree_->text.size())};
    open_node_ = Size();
    fixed_.push_back(Size());
    tree_->nodes.push_back(link);
    open_ = true;
  }

  void CloseLink(ByteSpan source_end) {
    BareUrl& bare = urls_[next_++];
    Node& node = tree_->nodes[open_node_];
    node.end = Size();
    node.source.end = std::max(node.source.end, source_end.end);
    TreeLink link;
    link.url = std::move(bare.url.href);
    link.scheme = std::move(bare.url.scheme);
    link.host = std::move(bare.url.host);
    link.source = node.source;
    link.node_begin = open_node_ + 1;
    link.node_end = Size();
    link.published = true;
    added_.push_back(std::move(link));
    open_ = false;
  }

  void FixEnds() {
    size_t fixed = 0;
    for (uint32_t i = 0; i < tree_->nodes.size(); ++i) {
      if (fixed < fixed_.size() && fixed_[fixed] == i)
        ++fixed;
      else
        tree_->nodes[i].end = moved_[tree_->nodes[i].end];
    }
  }

  void MergeLinks() {
    for (TreeLink& link : tree_->links) {
      link.node_begin = moved_[link.node_begin];
      link.node_end = moved_[link.node_end];
    }
    tree_->link_count += static_cast<uint32_t>(added_.size());
    const auto middle = static_cast<ptrdiff_t>(tree_->links.size());
    for (TreeLink& link : added_) tree_->links.push_back(std::move(link));
    std::inplace_merge(tree_->links.begin(), tree_->links.begin() + middle,
                       tree_->links.end(),
                       [](const TreeLink& a, const TreeLink& b) {
                         return a.node_begin < b.node_begin;
                       });
    if (tree_->links.size() > kMaxLinks) tree_->links.resize(kMaxLinks);
  }

  std::vector<BareUrl> urls_;
  Tree* tree_;
  std::vector<uint32_t> moved_;  // old index of a node -> new
  std::vector<uint32_t> fixed_;  // new nodes whose end is right already
  std::vector<TreeLink> added_;
  size_t next_ = 0;
  uint32_t open_node_ = 0;
  bool open_ = false;
};

}  // namespace

void LinkBareUrls(const HtmlPolicy& policy, Tree* tree) {
  if (!CanPublish(policy, Tag::kA)) return;
  std::vector<BareUrl> urls = FindAll(policy, *tree);
  if (!urls.empty()) Rewriter(std::move(urls), tree).Run();
}

}  // namespace sluice::markup
