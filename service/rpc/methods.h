#pragma once

#include <string_view>
#include <vector>

#include "sluice/v1/key_service.pb.h"

namespace sluice::rpc {

// Which sites a key needs for a method.
enum class SiteRule {
  kNamed,  // those that the request names
  kAny,    // whichever it has
  kAll,    // every one: what it does or tells is not of one site
};

// What a method needs of the key that calls it.
struct MethodAccess {
  std::string_view service;  // as `sluice.v1.KeyService`
  std::string_view method;   // as `CreateKey`; no two services share one
  v1::Scope scope;           // SCOPE_UNSPECIFIED: any valid key
  SiteRule sites;
  // Where a request names sites or comments, as `decisions.name`. A repeated
  // field stands for all it has.
  std::vector<std::string_view> names;
};

// Every method of every service of this server. A test holds it against the
// protos: a method that is not here is refused to everybody.
const std::vector<MethodAccess>& Methods();

}  // namespace sluice::rpc
