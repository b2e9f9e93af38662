#pragma once

#include "service/classifier/collector.h"
#include "service/signals/views.h"
#include "sluice/v1/signals.pb.h"

namespace sluice::classifier {

// Adds what is known of a comment beside its words: the signals in bins, how
// the text is written, what its author filled in, and pairs of these that say
// more together. The group is begun and ended here.
void AddFacts(signals::Views* views, const v1::Signals& signals,
              Collector* out);

}  // namespace sluice::classifier
