#pragma once

#include <string>
#include <string_view>

#include "service/base/clock.h"

namespace sluice::webhook {

// Value of the header `Sluice-Signature`: `t=UNIX_SECONDS,v1=HEX`, where HEX is
// the HMAC-SHA256 of `UNIX_SECONDS.BODY` under the webhook's key. The time is
// signed too, so that a receiver can refuse old calls sent again.
std::string Signature(std::string_view key, Time now, std::string_view body);

}  // namespace sluice::webhook
