#include "service/markup/policy.h"

#include <absl/status/status.h>
#include <fmt/format.h>

#include <algorithm>

#include "service/markup/html_tokenizer.h"

namespace sluice::markup {
namespace {

constexpr uint32_t kMaxDepth =
    200;  // TreeBuilder numbers open elements in 8 bits

// Dropped with their content unless the policy says otherwise: what is in them
// is program, style or fallback, not a commenter's words.
constexpr std::string_view kDefaultPrune[] = {
    "script",    "style", "template", "iframe", "noembed", "noframes",
    "plaintext", "xmp",   "title",    "svg",    "math"};

// What Markdown Extra makes and the default policy publishes as it is.
constexpr Tag kDefaultMade[] = {
    Tag::kA,  Tag::kAbbr, Tag::kBlockquote, Tag::kBr,  Tag::kCode,  Tag::kDd,
    Tag::kDl, Tag::kDt,   Tag::kEm,         Tag::kHr,  Tag::kLi,    Tag::kOl,
    Tag::kP,  Tag::kPre,  Tag::kStrong,     Tag::kSup, Tag::kTable, Tag::kTbody,
    Tag::kTd, Tag::kTh,   Tag::kThead,      Tag::kTr,  Tag::kUl};

constexpr Tag kDefaultTyped[] = {
    Tag::kA,  Tag::kEm,         Tag::kCite, Tag::kI,  Tag::kStrong,
    Tag::kB,  Tag::kSub,        Tag::kSup,  Tag::kUl, Tag::kOl,
    Tag::kLi, Tag::kBlockquote, Tag::kPre};

constexpr std::string_view kRunningSchemes[] = {
    "javascript", "data",  "vbscript",   "livescript", "mocha", "file",
    "blob",       "about", "filesystem", "jar",        "mhtml", "view-source",
    "ms-its",     "mk",    "res",        "wyciwyg",    "chrome"};

constexpr size_t Index(Tag tag) { return static_cast<size_t>(tag); }

absl::Status Bad(std::string_view entry, std::string_view why) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", entry, why));
}

bool IsLowerName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// Why an element that is none of ours is none of ours.
std::string_view WhyNotPublished(std::string_view tag) {
  for (std::string_view running :
       {"script", "iframe", "object", "embed", "applet", "frame", "frameset",
        "base", "meta", "link", "portal"}) {
    if (tag == running) return "it loads or runs what a commenter wants";
  }
  if (tag == "svg" || tag == "math")
    return "foreign content has parsing rules of its own, which scripts hide "
           "in";
  if (tag == "style" || IsRawText(tag) || tag == "noscript" ||
      tag == "template")
    return "its content is read by other rules than its parent's, which "
           "scripts "
           "hide in";
  return "not an element Sluice can publish";
}

absl::Status CheckAttribute(Tag tag, const std::string& entry,
                            const std::string& attribute) {
  if (attribute == AttributeName(tag)) return absl::OkStatus();
  if (attribute.substr(0, 2) == "on")
    return Bad(entry, "an on* attribute runs script");
  if (attribute == "style")
    return Bad(entry, "style can cover the page and load from elsewhere");
  if (attribute == "id" || attribute == "name" || attribute == "class")
    return Bad(entry,
               "id, name and class can take over the page's own script "
               "and style");
  if (AttributeName(tag).empty())
    return Bad(entry, "the element has no attribute");
  return Bad(entry,
             fmt::format("its only attribute is {}", AttributeName(tag)));
}

absl::Status AddTyped(const HtmlPolicySpec::Typed& typed, HtmlPolicy* policy) {
  const std::string entry = typed.attribute.empty()
                                ? typed.tag
                                : typed.tag + "[" + typed.attribute + "]";
  const Tag tag = TagOfName(typed.tag);
  if (tag == Tag::kNone || TagName(tag) != typed.tag)
    return Bad(entry, WhyNotPublished(typed.tag));
  if (!typed.attribute.empty()) {
    absl::Status attribute = CheckAttribute(tag, entry, typed.attribute);
    if (!attribute.ok()) return attribute;
    policy->typed_attribute[Index(tag)] = true;
  }
  policy->typed[Index(tag)] = tag;
  return absl::OkStatus();
}

absl::Status AddMade(const std::string& name, const std::string& becomes,
                     HtmlPolicy* policy) {
  const Tag tag = TagOfName(name);
  if (tag == Tag::kNone || TagName(tag) != name)
    return Bad(name, "not an element that Markdown Extra makes");
  if (becomes == "strip") return absl::OkStatus();
  const Tag target = TagOfName(becomes);
  if (target == Tag::kNone || TagName(target) != becomes)
    return Bad(becomes, WhyNotPublished(becomes));
  if (target != tag) {
    if (target == Tag::kA || IsVoid(target) || IsVoid(tag))
      return Bad(becomes, fmt::format("{} cannot become it", name));
    if (IsBlock(target) && !IsBlock(tag))
      return Bad(becomes, fmt::format("{} stands inside text, where a block "
                                      "cannot",
                                      name));
  }
  policy->made[Index(tag)] = target;
  return absl::OkStatus();
}

absl::Status AddScheme(const std::string& scheme, HtmlPolicy* policy) {
  const bool formed = !scheme.empty() && scheme[0] >= 'a' && scheme[0] <= 'z' &&
                      std::all_of(scheme.begin(), scheme.end(), [](char c) {
                        return (c >= 'a' && c <= 'z') ||
                               (c >= '0' && c <= '9') || c == '+' || c == '-' ||
                               c == '.';
                      });
  if (!formed)
    return Bad(scheme, "a scheme is lower case, without the colon: https");
  for (std::string_view running : kRunningSchemes) {
    if (scheme == running)
      return Bad(scheme, "a link of this scheme can run script or read files");
  }
  policy->schemes.push_back(scheme);
  return absl::OkStatus();
}

absl::Status AddAction(const std::string& kind, Action action,
                       HtmlPolicy* policy) {
  for (size_t i = 0; i < policy->actions.size(); ++i) {
    if (RemovalKindName(static_cast<RemovalKind>(i)) != kind) continue;
    const auto removal = static_cast<RemovalKind>(i);
    if (action == Action::kPrune && removal != RemovalKind::kElement &&
        removal != RemovalKind::kPrunedElement)
      return Bad(kind, "only an element has content to prune");
    const bool shows = removal == RemovalKind::kElement ||
                       removal == RemovalKind::kComment ||
                       removal == RemovalKind::kBrokenTag;
    if (action == Action::kEscape && !shows)
      return Bad(kind,
                 "only element, comment and broken_tag can be shown as "
                 "text");
    policy->actions[i] = action;
    return absl::OkStatus();
  }
  return Bad(kind, "not a kind of violation");
}

absl::Status AddPruned(const std::string& name, HtmlPolicy* policy) {
  if (!IsLowerName(name)) return Bad(name, "not the name of an element");
  if (policy->typed[Index(TagOfName(name))] != Tag::kNone)
    return Bad(name, "an element that may be typed cannot be pruned too");
  policy->prune.push_back(name);
  return absl::OkStatus();
}

// Every table part, or no table: a parser would put the missing ones in.
absl::Status CheckTables(const std::array<Tag, kTagCount>& becomes) {
  if (becomes[Index(Tag::kTable)] != Tag::kTable) {
    for (Tag part : {Tag::kTbody, Tag::kThead, Tag::kTr, Tag::kTd, Tag::kTh}) {
      if (becomes[Index(part)] == part)
        return Bad(TagName(part), "a part of a table needs table in the list");
    }
    return absl::OkStatus();
  }
  for (Tag part : {Tag::kTbody, Tag::kTr, Tag::kTd}) {
    if (becomes[Index(part)] != part)
      return Bad("table", fmt::format("needs {} in the list", TagName(part)));
  }
  return absl::OkStatus();
}

absl::Status CheckLimits(const HtmlPolicySpec& spec) {
  const Limits& limits = spec.limits;
  if (limits.max_depth == 0 || limits.max_depth > kMaxDepth)
    return Bad("max_depth", fmt::format("from 1 to {}", kMaxDepth));
  if (limits.max_output_factor == 0 || limits.max_output_factor > 64)
    return Bad("max_output_factor", "from 1 to 64");
  const bool rel = std::all_of(spec.rel.begin(), spec.rel.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || c == ' ' || c == '-';
  });
  if (!rel) return Bad(spec.rel, "rel is words in lower case");
  return absl::OkStatus();
}

void AddDefaultActions(HtmlPolicy* policy) {
  policy->actions.fill(Action::kStrip);
  policy->actions[static_cast<size_t>(RemovalKind::kPrunedElement)] =
      Action::kPrune;
}

}  // namespace

bool CanPublish(const HtmlPolicy& policy, Tag tag) {
  const auto in = [tag](const std::array<Tag, kTagCount>& becomes) {
    return std::find(becomes.begin() + 1, becomes.end(), tag) != becomes.end();
  };
  return tag != Tag::kNone && (in(policy.typed) || in(policy.made));
}

std::string_view AttributeName(Tag tag) {
  switch (tag) {
    case Tag::kA:
      return "href";
    case Tag::kAbbr:
      return "title";
    case Tag::kImg:
      return "src";
    case Tag::kOl:
      return "start";
    default:
      return "";
  }
}

absl::StatusOr<HtmlPolicy> MakeHtmlPolicy(const HtmlPolicySpec& spec) {
  HtmlPolicy policy;
  AddDefaultActions(&policy);
  absl::Status status = CheckLimits(spec);
  for (const auto& typed : spec.typed) {
    if (status.ok()) status = AddTyped(typed, &policy);
  }
  for (const auto& [name, becomes] : spec.made) {
    if (status.ok()) status = AddMade(name, becomes, &policy);
  }
  for (const auto& scheme : spec.schemes) {
    if (status.ok()) status = AddScheme(scheme, &policy);
  }
  for (const auto& [kind, action] : spec.actions) {
    if (status.ok()) status = AddAction(kind, action, &policy);
  }
  for (const auto& name : spec.prune) {
    if (status.ok()) status = AddPruned(name, &policy);
  }
  if (status.ok()) status = CheckTables(policy.typed);
  if (status.ok()) status = CheckTables(policy.made);
  if (!status.ok()) return status;
  if (policy.schemes.empty()) policy.schemes = {"http", "https", "mailto"};
  policy.relative_urls = spec.relative_urls;
  policy.rel = spec.rel;
  policy.link_bare_urls = spec.link_bare_urls;
  policy.newlines_are_breaks = spec.newlines_are_breaks;
  policy.defuse_templates = spec.defuse_templates;
  policy.footnote_anchors = spec.footnote_anchors;
  policy.limits = spec.limits;
  return policy;
}

HtmlPolicy DefaultHtmlPolicy() {
  HtmlPolicy policy;
  AddDefaultActions(&policy);
  for (Tag tag : kDefaultTyped) policy.typed[Index(tag)] = tag;
  policy.typed_attribute[Index(Tag::kA)] = true;
  for (Tag tag : kDefaultMade) policy.made[Index(tag)] = tag;
  for (Tag tag : {Tag::kH1, Tag::kH2, Tag::kH3, Tag::kH4, Tag::kH5, Tag::kH6})
    policy.made[Index(tag)] = Tag::kStrong;
  for (std::string_view name : kDefaultPrune) policy.prune.emplace_back(name);
  policy.schemes = {"http", "https", "mailto"};
  return policy;
}

HtmlPolicy PermissiveHtmlPolicy() {
  HtmlPolicy policy;
  AddDefaultActions(&policy);
  for (size_t i = 1; i < kTagCount; ++i) {
    policy.typed[i] = policy.made[i] = static_cast<Tag>(i);
    policy.typed_attribute[i] = !AttributeName(static_cast<Tag>(i)).empty();
  }
  policy.prune = {"script", "style"};
  policy.schemes = {"http", "https", "mailto", "ftp"};
  policy.relative_urls = true;
  policy.rel = "";
  policy.link_bare_urls = false;
  policy.titles = true;
  return policy;
}

}  // namespace sluice::markup
