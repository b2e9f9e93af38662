#pragma once

#include "service/signals/observe.h"
#include "sluice/v1/comment.pb.h"
#include "sluice/v1/signals.pb.h"

namespace sluice::signals {

// The author's record and what the name and address look like.
void ObserveAuthor(const v1::Author& author, const History& history,
                   const SiteFacts& site, v1::AuthorSignals* out);

}  // namespace sluice::signals
