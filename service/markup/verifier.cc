// Shares no code with the serializer: it reads bytes, and knows the published
// language by its own table. The language is regular but for the stack:
//   text  := [^<>&\0-\x08\x0b-\x1f\x7f] | &amp; &lt; &gt; &nbsp;
//   start := '<' name (' ' name '="' value '"')* '>'
//   end   := '</' name '>'

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "service/markup/render.h"

namespace sluice::markup {
namespace {

// kind: f phrasing, b block, v void, V void that ends a p, t table part.
struct Rule {
  std::string_view name;
  Tag tag;
  char kind;
  std::string_view parents;     // " a b ": nearest block it must stand in
  std::string_view attributes;  // " a b "
};

constexpr Rule kRules[] = {
    {"a", Tag::kA, 'f', "", " href title rel "},
    {"abbr", Tag::kAbbr, 'f', "", " title "},
    {"b", Tag::kB, 'f', "", ""},
    {"blockquote", Tag::kBlockquote, 'b', "", ""},
    {"br", Tag::kBr, 'v', "", ""},
    {"cite", Tag::kCite, 'f', "", ""},
    {"code", Tag::kCode, 'f', "", ""},
    {"dd", Tag::kDd, 'b', " dl ", ""},
    {"del", Tag::kDel, 'f', "", ""},
    {"details", Tag::kDetails, 'b', "", ""},
    {"div", Tag::kDiv, 'b', "", ""},
    {"dl", Tag::kDl, 'b', "", ""},
    {"dt", Tag::kDt, 'b', " dl ", ""},
    {"em", Tag::kEm, 'f', "", ""},
    {"h1", Tag::kH1, 'b', "", ""},
    {"h2", Tag::kH2, 'b', "", ""},
    {"h3", Tag::kH3, 'b', "", ""},
    {"h4", Tag::kH4, 'b', "", ""},
    {"h5", Tag::kH5, 'b', "", ""},
    {"h6", Tag::kH6, 'b', "", ""},
    {"hr", Tag::kHr, 'V', "", ""},
    {"i", Tag::kI, 'f', "", ""},
    {"img", Tag::kImg, 'v', "", " src alt title "},
    {"ins", Tag::kIns, 'f', "", ""},
    {"li", Tag::kLi, 'b', " ul ol ", " id "},
    {"ol", Tag::kOl, 'b', "", " start "},
    {"p", Tag::kP, 'b', "", ""},
    {"pre", Tag::kPre, 'b', "", ""},
    {"span", Tag::kSpan, 'f', "", ""},
    {"strong", Tag::kStrong, 'f', "", ""},
    {"sub", Tag::kSub, 'f', "", ""},
    {"summary", Tag::kSummary, 'b', "", ""},
    {"sup", Tag::kSup, 'f', "", " id "},
    {"table", Tag::kTable, 'b', "", ""},
    {"tbody", Tag::kTbody, 't', " table ", ""},
    {"td", Tag::kTd, 't', " tr ", " align "},
    {"th", Tag::kTh, 't', " tr ", " align "},
    {"thead", Tag::kThead, 't', " table ", ""},
    {"tr", Tag::kTr, 't', " tbody thead ", ""},
    {"ul", Tag::kUl, 'b', "", ""},
};

constexpr size_t kMaxVerifiedDepth = 512;  // HTML parsers' own limit

// Where the rules of each first letter begin.
constexpr auto kFirst = [] {
  std::array<uint8_t, 27> first{};
  size_t rule = 0;
  for (size_t letter = 0; letter < first.size(); ++letter) {
    while (rule < std::size(kRules) &&
           static_cast<size_t>(kRules[rule].name[0] - 'a') < letter)
      ++rule;
    first[letter] = static_cast<uint8_t>(rule);
  }
  return first;
}();

// Bytes of a URL that cannot end an attribute: printable ASCII but these.
constexpr auto kUrlBytes = [] {
  std::array<bool, 256> in_url{};
  for (size_t c = 0x21; c < 0x7F; ++c) in_url[c] = true;
  for (const char c : std::string_view("\"<>\\^`{|}"))
    in_url[static_cast<unsigned char>(c)] = false;
  return in_url;
}();

// Bytes of element and attribute names.
constexpr auto kNameBytes = [] {
  std::array<bool, 256> in_name{};
  for (size_t c = 'a'; c <= 'z'; ++c) in_name[c] = true;
  for (size_t c = '0'; c <= '9'; ++c) in_name[c] = true;
  return in_name;
}();

// Bytes of character data that need no look: all but controls and "&<>\"".
constexpr auto kOrdinary = [] {
  std::array<bool, 256> ordinary{};
  for (size_t c = 0x20; c < 256; ++c)
    ordinary[c] = c != '&' && c != '<' && c != '>' && c != '"' && c != 0x7F;
  return ordinary;
}();

const Rule* FindRule(std::string_view name) {
  if (name.empty() || name[0] < 'a' || name[0] > 'z') return nullptr;
  const auto letter = static_cast<size_t>(name[0] - 'a');
  for (size_t i = kFirst[letter]; i < kFirst[letter + 1]; ++i) {
    if (kRules[i].name == name) return &kRules[i];
  }
  return nullptr;
}

// Where " a b " lists the word, npos if it does not.
size_t PlaceIn(std::string_view spaced, std::string_view word) {
  if (word.empty()) return std::string_view::npos;
  for (size_t at = spaced.find(word); at != std::string_view::npos;
       at = spaced.find(word, at + 1)) {
    if (at > 0 && spaced[at - 1] == ' ' && at + word.size() < spaced.size() &&
        spaced[at + word.size()] == ' ')
      return at;
  }
  return std::string_view::npos;
}

bool Lists(std::string_view spaced, std::string_view word) {
  return PlaceIn(spaced, word) != std::string_view::npos;
}

bool IsTableFrame(const Rule& rule) {
  return rule.tag == Tag::kTable ||
         (rule.kind == 't' && rule.tag != Tag::kTd && rule.tag != Tag::kTh);
}

bool IsHeading(const Rule& rule) {
  return rule.name.size() == 2 && rule.name[0] == 'h' && rule.name[1] != 'r';
}

class Verifier {
 public:
  Verifier(std::string_view html, const HtmlPolicy& policy)
      : html_(html), policy_(policy) {
    stack_.reserve(32);
    for (size_t i = 1; i < kTagCount; ++i) {
      published_[static_cast<size_t>(policy.typed[i])] = true;
      published_[static_cast<size_t>(policy.made[i])] = true;
    }
  }

  bool Run() {
    while (at_ < html_.size()) {
      if (html_[at_] != '<' ? !Text(false) : !Markup()) return false;
    }
    return stack_.empty();
  }

 private:
  bool Take(char expected) {
    if (at_ >= html_.size() || html_[at_] != expected) return false;
    ++at_;
    return true;
  }

  bool Take(std::string_view expected) {
    if (html_.substr(at_, expected.size()) != expected) return false;
    at_ += expected.size();
    return true;
  }

  // The last of the ordinary bytes from `at` on.
  size_t SkipOrdinary(size_t at) const {
    using Block = unsigned char __attribute__((vector_size(16)));
    for (; at + sizeof(Block) < html_.size(); at += sizeof(Block)) {
      Block b;
      std::memcpy(&b, html_.data() + at + 1, sizeof(b));
      const auto odd = (b < 0x20) | (b == 0x7F) |
                       ((b & 0xFB) == '"') |  // and &
                       ((b & 0xFD) == '<');   // and >
      uint64_t halves[2];
      std::memcpy(halves, &odd, sizeof(halves));
      if (halves[0] != 0)
        return at + static_cast<size_t>(std::countr_zero(halves[0])) / 8;
      if (halves[1] != 0)
        return at + 8 + static_cast<size_t>(std::countr_zero(halves[1])) / 8;
    }
    while (at + 1 < html_.size() &&
           kOrdinary[static_cast<unsigned char>(html_[at + 1])])
      ++at;
    return at;
  }

  std::string_view TakeName() {
    const size_t begin = at_;
    while (at_ < html_.size() &&
           kNameBytes[static_cast<unsigned char>(html_[at_])])
      ++at_;
    return html_.substr(begin, at_ - begin);
  }

  // Character data up to the next `<` or, in a value, `"`.
  bool Text(bool value) {
    const size_t begin = at_;
    bool solid = false;  // more than white space
    for (; at_ < html_.size(); ++at_) {
      const auto c = static_cast<unsigned char>(html_[at_]);
      if (kOrdinary[c]) {
        solid = true;
        at_ = SkipOrdinary(at_);
        continue;
      }
      if (c == '<' || (value && c == '"')) break;
      const bool space = c == ' ' || c == '\t' || c == '\n';
      if (c == '>' || c == 0x7F || (c < 0x20 && !space)) return false;
      if (c == '&' && !Reference(value)) return false;
      solid = solid || !space;
    }
    // A parser would drop it.
    if (!value && after_pre_ && html_[begin] == '\n') return false;
    if (!value) after_pre_ = false;
    return value || !solid || !InTableFrame();
  }

  // Leaves at_ on the reference's `;`.
  bool Reference(bool value) {
    for (std::string_view known : {"&amp;", "&lt;", "&gt;", "&nbsp;"}) {
      if (html_.substr(at_, known.size()) == known) {
        at_ += known.size() - 1;
        return true;
      }
    }
    if (!value || html_.substr(at_, 6) != "&quot;") return false;
    at_ += 5;
    return true;
  }

  bool Markup() {
    after_pre_ = false;
    ++at_;
    if (Take('/')) {
      const std::string_view name = TakeName();
      if (stack_.empty() || stack_.back()->name != name) return false;
      stack_.pop_back();
      return Take('>');
    }
    const Rule* rule = FindRule(TakeName());
    if (rule == nullptr || !published_[static_cast<size_t>(rule->tag)])
      return false;
    if (!Attributes(*rule) || !MayStandHere(*rule)) return false;
    if (rule->kind == 'v' || rule->kind == 'V') return true;
    stack_.push_back(rule);
    after_pre_ = rule->name == "pre";
    return stack_.size() <= kMaxVerifiedDepth;
  }

  bool Attributes(const Rule& rule) {
    uint32_t seen = 0;  // a bit for each attribute, at its place in the list
    bool outward = false;
    bool rel = false;
    while (!Take('>')) {
      if (!Take(' ')) return false;
      const std::string_view name = TakeName();
      const size_t place = PlaceIn(rule.attributes, name);
      if (place >= 32 || (seen >> place & 1) != 0) return false;
      seen |= uint32_t{1} << place;
      if (!Take("=\"")) return false;
      const size_t begin = at_;
      if (!Text(true)) return false;
      const std::string_view value = html_.substr(begin, at_ - begin);
      if (!Take('"') || !IsValue(name, value)) return false;
      outward =
          outward || (name == "href" && !value.empty() && value[0] != '#');
      rel = rel || name == "rel";
    }
    return rel == (outward && !policy_.rel.empty());
  }

  bool IsValue(std::string_view name, std::string_view value) const {
    if (name == "href" || name == "src") return IsUrl(value);
    if (name == "rel") return value == policy_.rel;
    if (name == "align")
      return value == "left" || value == "center" || value == "right";
    if (name == "id") return IsFootnote(value);
    if (name == "start")
      return !value.empty() && value.size() < 10 &&
             value.find_first_not_of("0123456789") == std::string_view::npos;
    return name == "alt" || name == "title";
  }

  bool IsFootnote(std::string_view value) const {
    return policy_.footnote_anchors &&
           value.find("fn") != std::string_view::npos &&
           value.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
               std::string_view::npos;
  }

  // Printable ASCII that cannot end an attribute, with a scheme of the list.
  bool IsUrl(std::string_view value) const {
    if (value.empty()) return policy_.relative_urls;
    for (const char c : value) {
      if (!kUrlBytes[static_cast<unsigned char>(c)]) return false;
    }
    if (value[0] == '#' && IsFootnote(value.substr(1))) return true;
    const size_t end = value.find_first_of(":/?#");
    if (end != std::string_view::npos && value[end] == ':') {
      const auto& schemes = policy_.schemes;
      return std::find(schemes.begin(), schemes.end(), value.substr(0, end)) !=
             schemes.end();
    }
    return policy_.relative_urls && value.substr(0, 2) != "//";
  }

  // What a parser would not move and what would not close anything open.
  bool MayStandHere(const Rule& rule) const {
    const Rule* nearest_block = nullptr;
    for (size_t i = stack_.size(); i-- > 0;) {
      const Rule& open = *stack_[i];
      if (rule.tag == Tag::kA && open.tag == Tag::kA) return false;
      if (open.tag == Tag::kP && rule.kind != 'f' && rule.kind != 'v')
        return false;
      if (open.kind != 'f' && nearest_block == nullptr) nearest_block = &open;
    }
    if (!rule.parents.empty()) {
      // Nothing may stand between a table and its parts.
      if (rule.kind == 't' &&
          (stack_.empty() || stack_.back() != nearest_block))
        return false;
      return nearest_block != nullptr &&
             Lists(rule.parents, nearest_block->name);
    }
    if (nearest_block != nullptr && IsHeading(rule) &&
        IsHeading(*nearest_block))
      return false;
    return !InTableFrame();
  }

  bool InTableFrame() const {
    return !stack_.empty() && IsTableFrame(*stack_.back());
  }

  std::string_view html_;
  const HtmlPolicy& policy_;
  std::array<bool, kTagCount> published_{};  // [0] is never asked for
  size_t at_ = 0;
  bool after_pre_ = false;
  std::vector<const Rule*> stack_;
};

}  // namespace

bool VerifyHtml(std::string_view html, const HtmlPolicy& policy) {
  return Verifier(html, policy).Run();
}

}  // namespace sluice::markup
