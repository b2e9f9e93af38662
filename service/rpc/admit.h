#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "service/base/clock.h"
#include "sluice/v1/comment.pb.h"

namespace sluice::rpc {

// What a comment may be; from config.proto, Limits.
struct AdmitRules {
  uint32_t max_comment_bytes = 65'536;
  std::function<bool(std::string_view site)> is_known_site;
  std::function<uint64_t()> random;  // for the ids of comments that have none
};

// Checks every field of a comment against comment.proto and completes it: an id
// if it has none, over-long headers cut. `prefix` is put before field names
// ("comment." or "requests[3].comment."). Errors: INVALID_ARGUMENT naming each
// wrong field, a site that this server does not know among them.
absl::Status Admit(const AdmitRules& rules, Time now, std::string_view prefix,
                   v1::Comment* comment);

// The site of `sites/{site}`. Errors as above, with `field` named.
absl::Status AdmitSite(const AdmitRules& rules, std::string_view field,
                       std::string_view name, std::string* site);

// The same for `sites/{site}/comments/{comment}`.
absl::Status AdmitCommentName(const AdmitRules& rules, std::string_view field,
                              std::string_view name);

// The URL of a page: empty, or absolute http or https.
absl::Status AdmitWebUrl(std::string_view field, std::string_view url);

// The text of a preview.
absl::Status AdmitBody(const AdmitRules& rules, std::string_view field,
                       std::string_view body);

}  // namespace sluice::rpc
