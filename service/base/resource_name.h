#pragma once

#include <string>
#include <string_view>

namespace sluice {

// The parts of `sites/{site}` or `sites/{site}/comments/{comment}`; views into
// the name that was parsed.
struct ResourceName {
  std::string_view site;
  std::string_view comment;  // empty: the name is of a site
  bool valid = false;  // false: not a name; `site` and `comment` are then empty
};

inline constexpr size_t kMaxSiteId = 63;      // bytes, [a-z0-9-]
inline constexpr size_t kMaxCommentId = 128;  // bytes, [A-Za-z0-9._~-]

// Parses without allocating. Checks the alphabet and length of each part.
ResourceName ParseResourceName(std::string_view name);

std::string SiteName(std::string_view site);
std::string CommentName(std::string_view site, std::string_view comment);

}  // namespace sluice
