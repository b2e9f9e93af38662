#pragma once

#include <string_view>

#include "service/gateway/akismet.h"
#include "service/gateway/http.h"

namespace sluice::gateway {

// BlogSpam's protocol (its version 2.0), which ikiwiki's plugin `blogspam`
// speaks: JSON posted to `/` or `/blogspam`, and to `classify` below it. Put in
// the terms of Akismet's, which it is a part of. Thread-safe.
class BlogSpamDoor {
 public:
  explicit BlogSpamDoor(AkismetDoor* akismet) : akismet_(akismet) {}

  static bool IsItsPath(std::string_view path);

  // The key is the parameter `key` of the URL, for the protocol has none.
  void Handle(std::string_view path, const HttpRequest& request, HttpDone done);

 private:
  AkismetDoor* const akismet_;
};

}  // namespace sluice::gateway
