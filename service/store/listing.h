#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "service/store/database.h"
#include "service/store/identity.h"
#include "service/store/store.h"

namespace sluice::store {

// Keyed hashes of an author's identities, see EventLog::IdentitiesOf.
using Identify =
    std::function<Identities(std::string_view site, const v1::Author& author)>;

// A page of a listing. Every listing is a walk of an index from where the page
// before ended, in the order of that index: it costs the same wherever the page
// is and however long the queue. Equalities of the filter choose the index
// (author, campaign), its ranges of time and score where the walk begins and
// ends; the rest of the filter is asked of each entry. Several states are
// several walks, merged.
absl::StatusOr<EntryPage> ReadPage(Connection* connection,
                                   const ListQuery& query,
                                   const Identify& identify);

}  // namespace sluice::store
