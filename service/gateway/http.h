#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::gateway {

using Headers = std::vector<std::pair<std::string, std::string>>;

// Whether two names of headers are the same one: without regard to ASCII case.
bool SameName(std::string_view a, std::string_view b);

// One request, read whole. Names of headers are as they came.
struct HttpRequest {
  std::string method;
  std::string path;   // of the target, as it came: still percent-encoded
  std::string query;  // behind the `?`, as it came
  Headers headers;
  std::string body;
  std::string peer;  // address of the other end, without its port

  // The first header of that name; empty if there is none.
  std::string_view Header(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  Headers headers;
  std::string body;
};

// Answers a request: calls `done` exactly once, on any thread, before it
// returns or later. Must not block.
using HttpDone = std::function<void(HttpResponse)>;
using HttpHandler = std::function<void(HttpRequest, HttpDone)>;

// Without parameters and white space, in lower case: `application/json` of
// `Application/JSON; charset=utf-8`.
std::string MediaType(std::string_view content_type);

// The value of a parameter of a Content-Type, unquoted; empty if there is none.
std::string MediaParameter(std::string_view content_type,
                           std::string_view name);

}  // namespace sluice::gateway
