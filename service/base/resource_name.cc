#include "service/base/resource_name.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice {
namespace {

constexpr std::string_view kSites = "sites/";
constexpr std::string_view kComments = "comments/";

bool IsLowerAlnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool IsSiteId(std::string_view id) {
  return !id.empty() && id.size() <= kMaxSiteId &&
         std::all_of(id.begin(), id.end(),
                     [](char c) { return IsLowerAlnum(c) || c == '-'; });
}

bool IsCommentId(std::string_view id) {
  return !id.empty() && id.size() <= kMaxCommentId &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return IsLowerAlnum(c) || (c >= 'A' && c <= 'Z') || c == '-' ||
                  c == '.' || c == '_' || c == '~';
         });
}

}  // namespace

ResourceName ParseResourceName(std::string_view name) {
  if (name.substr(0, kSites.size()) != kSites) return {};
  name.remove_prefix(kSites.size());
  const size_t slash = name.find('/');
  ResourceName parsed;
  parsed.site = name.substr(0, slash);
  if (!IsSiteId(parsed.site)) return {};
  if (slash != std::string_view::npos) {
    name.remove_prefix(slash + 1);
    if (name.substr(0, kComments.size()) != kComments) return {};
    parsed.comment = name.substr(kComments.size());
    if (!IsCommentId(parsed.comment)) return {};
  }
  parsed.valid = true;
  return parsed;
}

std::string SiteName(std::string_view site) {
  return fmt::format("sites/{}", site);
}

std::string CommentName(std::string_view site, std::string_view comment) {
  return fmt::format("sites/{}/comments/{}", site, comment);
}

}  // namespace sluice
