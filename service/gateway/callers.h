#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "service/gateway/upstream.h"
#include "sluice/v1/config.pb.h"

namespace sluice::gateway {

// What a key is good for here.
struct Caller {
  const v1::SiteConfig* site = nullptr;  // never null in an answer
  bool may_review = false;               // decide what waits, and count it
};

// Which site a caller of a protocol without site names speaks of.
class Callers {
 public:
  // `config` and `upstream` must outlive it.
  Callers(const v1::ServerConfig* config, Upstream* upstream);

  // The site of the comments of a blog (its URL; may be empty) under a key: of
  // the sites that the key is for, the one whose `hosts` has the blog's host,
  // else the first. Errors: UNAUTHENTICATED for a key that is none,
  // PERMISSION_DENIED if the blog is that of a site the key is not for.
  using Done = std::function<void(absl::StatusOr<Caller>)>;
  void Find(std::string_view key, std::string_view blog, Done done) const;

 private:
  // `ids` null: every site.
  absl::StatusOr<Caller> Choose(const std::vector<std::string>* ids,
                                std::string_view blog) const;

  const v1::ServerConfig* const config_;
  Upstream* const upstream_;
};

// The host of an http or https URL in lower case, without port, user and
// brackets; of a text without a scheme as if it had one. Empty: there is none.
std::string HostOf(std::string_view url);

}  // namespace sluice::gateway
