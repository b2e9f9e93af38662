#pragma once

#include <string_view>

#include "service/gateway/http.h"
#include "service/gateway/upstream.h"

namespace sluice::gateway {

// The name of a code in Connect's protocol, as `invalid_argument`.
std::string_view ConnectCode(absl::StatusCode code);

// The status of HTTP that goes with it.
int HttpStatusOf(absl::StatusCode code);

// The answer to a call that failed, by Connect's protocol: the code's status
// and JSON with code, message and details, each detail also as JSON where its
// type is known.
HttpResponse ConnectError(const RpcAnswer& answer);
HttpResponse ConnectError(absl::StatusCode code, std::string_view message);

// Base64 with `+` and `/`, without padding, and its bytes; what is no base64,
// padded or not, has none.
std::string Base64(std::string_view bytes);
std::string FromBase64(std::string_view text);

}  // namespace sluice::gateway
