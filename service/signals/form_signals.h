#pragma once

#include <string>
#include <string_view>

#include "service/signals/observe.h"
#include "sluice/v1/comment.pb.h"
#include "sluice/v1/signals.pb.h"

namespace sluice::signals {

// An answer as it is compared: folded, letters and digits alone, so that case,
// accents, spaces and a full stop do not make a right answer wrong. An answer
// of other characters alone stays as folded.
std::string NormalAnswer(std::string_view answer);

// What the form sent back says. `sent` is when the comment counts as sent
// (EventTime).
void ObserveForm(const v1::FormSubmission& form, const History& history,
                 const SiteFacts& site, Time sent, v1::FormSignals* out);

}  // namespace sluice::signals
