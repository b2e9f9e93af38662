#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "service/base/clock.h"
#include "service/gateway/form.h"
#include "service/gateway/http.h"
#include "sluice/v1/config.pb.h"
#include "sluice/v1/decision.pb.h"
#include "sluice/v1/event.pb.h"
#include "sluice/v1/review_service.pb.h"

// What a client of Akismet's protocol is answered: pure functions.
namespace sluice::gateway {

inline constexpr std::string_view kThanks =
    "Thanks for making the web a better place.";

// One word, or a sentence, with status 200.
HttpResponse Word(std::string_view word);

// `invalid`, with a header that says why.
HttpResponse Invalid(std::string_view why);

// For a call that failed. What the caller did wrong is `invalid`; what it may
// try again is a status of HTTP, a time to wait and no body: WordPress then
// keeps the comment back and asks again, and other clients report an error.
HttpResponse Failed(const absl::Status& status);

// The answer to comment-check.
HttpResponse Verdict(const v1::AkismetConfig& config,
                     const v1::Decision& decision, std::string_view guid);
HttpResponse Spam(std::string_view guid);
HttpResponse Ham(std::string_view guid);
HttpResponse Held(const v1::AkismetConfig& config, std::string_view guid);
// Of one that was checked before, as it stands now.
HttpResponse StateAnswer(const v1::AkismetConfig& config, v1::State state,
                         std::string_view guid);

HttpResponse Subscription(std::string_view site);

// `days` as CountEntries gives them.
HttpResponse Stats(const v1::CountEntriesResponse& counts);
HttpResponse UsageLimit(const v1::CountEntriesResponse& counts, Time now);
// `form` has the parameters of the call; `site` is what the one line is of.
HttpResponse KeySites(const v1::CountEntriesResponse& counts,
                      std::string_view site, std::string_view key, Time now,
                      const Form& form);

}  // namespace sluice::gateway
