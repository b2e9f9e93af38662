#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "service/moderator.h"
#include "service/store/store.h"
#include "sluice/v1/learning_service.pb.h"

namespace sluice {

// How good a site's model is, by what it said of its newest lessons before it
// learned them. `good_lost` is the wish, above 0 and below 1. Reads some
// hundreds of entries, so not for a thread that answers calls. NOT_FOUND: the
// site is not known; else the store's errors.
absl::StatusOr<v1::ModelReport> ReportOf(store::Store* store,
                                         const Moderator& moderator,
                                         const std::string& site,
                                         double good_lost);

}  // namespace sluice
