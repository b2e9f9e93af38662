#include "service/signals/markup_signals.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::signals {
namespace {

bool IsAsciiLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Whether what follows a '<' is the beginning of a tag and not of `<https://x>`
// or `<a@b.example>`.
bool BeginsTag(std::string_view rest) {
  if (!rest.empty() && rest.front() == '/') rest.remove_prefix(1);
  if (rest.empty() || !IsAsciiLetter(rest.front())) return false;
  const size_t end = rest.find_first_not_of(
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
  if (end == std::string_view::npos) return false;
  constexpr std::string_view kAfterName = " \t\n/>";
  return kAfterName.find(rest[end]) != std::string_view::npos;
}

// Places of the body whose '<' a reader sees: in code, or no tag.
std::vector<uint32_t> ShownBrackets(const markup::Rendering& rendering) {
  std::vector<uint32_t> shown;
  const std::string_view text = rendering.text;
  for (size_t at = text.find('<'); at != std::string_view::npos;
       at = text.find('<', at + 1)) {
    const auto begin = static_cast<uint32_t>(at);
    shown.push_back(rendering.text_map.Map({begin, begin + 1}).begin);
  }
  return shown;  // increasing: the map is monotone
}

// Tags are what begins like one, is closed somewhere, and is not shown.
int32_t CountRawHtml(const markup::Rendering& rendering,
                     std::string_view source) {
  const size_t last = source.rfind('>');
  if (last == std::string_view::npos) return 0;
  const std::vector<uint32_t> shown = ShownBrackets(rendering);
  auto next = shown.begin();
  int32_t count = 0;
  for (size_t at = source.find('<'); at < last; at = source.find('<', at + 1)) {
    while (next != shown.end() && *next < at) ++next;
    const bool visible = next != shown.end() && *next == at;
    count += !visible && BeginsTag(source.substr(at + 1));
  }
  return count;
}

bool IsMarkdown(const v1::Comment& comment, const SiteFacts& site) {
  return comment.format() == v1::FORMAT_MARKDOWN_EXTRA ||
         (comment.format() == v1::FORMAT_UNSPECIFIED &&
          site.markdown_by_default);
}

}  // namespace

void ObserveMarkup(const Views& views, const SiteFacts& site,
                   v1::MarkupSignals* out) {
  const markup::Rendering& rendering = views.rendering();
  out->set_removed(static_cast<int32_t>(rendering.removal_count));
  std::set<std::string_view> names;
  for (const markup::Removal& removal : rendering.removals) {
    ++(*out->mutable_removed_by_kind())[std::string(
        markup::RemovalKindName(removal.kind))];
    const bool listed = out->removed_names_size() >= kMaxRemovedNames;
    if (!removal.name.empty() && !listed && names.insert(removal.name).second)
      out->add_removed_names(removal.name);
  }
  if (IsMarkdown(views.comment(), site))
    out->set_raw_html(CountRawHtml(rendering, views.comment().body()));
  out->set_code_bytes(static_cast<int32_t>(rendering.code_bytes));
  out->set_unrenderable(!rendering.verified);
}

}  // namespace sluice::signals
