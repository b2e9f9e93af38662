#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "service/gateway/upstream.h"
#include "sluice/v1/config.pb.h"
#include "sluice/v1/key_service.pb.h"

namespace sluice::gateway {

// What a key is good for here.
struct Caller {
  const v1::SiteConfig* site = nullptr;  // never null in an answer
  bool may_review = false;               // decide what waits, and count it
  // The key to call the services with; empty where the server asks for none.
  std::string key;
};

// Whose call it is, by KeyService.GetCaller. A server that asks for no keys
// takes any, for the protocols here cannot do without one.
//
// Which site a caller of a protocol without site names speaks of.
class Callers {
 public:
  // `config` and `upstream` must outlive it.
  Callers(const v1::ServerConfig* config, Upstream* upstream);

  // By the site of the comments of a blog (its URL; may be empty) under a key:
  // of the sites that the key is for, the one whose `hosts` has the blog's
  // host, else the first. Errors: UNAUTHENTICATED for a key that is none,
  // PERMISSION_DENIED if the blog is that of a site the key is not for.
  using Done = std::function<void(absl::StatusOr<Caller>)>;
  void Find(std::string_view key, std::string_view blog, Done done) const;

 private:
  void FindWithout(std::string_view blog, Done done) const;
  // Of a server that has no keys yet.
  absl::StatusOr<Caller> Everything(std::string_view blog) const;
  absl::StatusOr<Caller> Choose(const v1::GetCallerResponse& caller,
                                std::string_view blog) const;

  const v1::ServerConfig* const config_;
  Upstream* const upstream_;
};

// The host of an http or https URL in lower case, without port, user and
// brackets; of a text without a scheme as if it had one. Empty: there is none.
std::string HostOf(std::string_view url);

}  // namespace sluice::gateway
