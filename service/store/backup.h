#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/store/database.h"
#include "service/store/integrity.h"

namespace sluice::store {

// Copies a database that others may write to meanwhile, as it is when the call
// begins, into the new file `target`: page by page, so that it takes as long as
// reading and writing the file. The copy has no write-ahead log, stands alone,
// may be read by its owner only, and was found sound. What is there under that
// name is replaced; what fails leaves nothing. CANCELLED: `go_on` said no.
//
// While it runs, the source's write-ahead log cannot begin anew: see
// GroupWriter::HoldCheckpoints.
absl::Status CopyDatabase(const Connection::Options& source,
                          const std::string& target, const GoOn& go_on);

// Puts the backup in the place of the store at `path`, for a sluiced that does
// not run. Verifies first that it is a store this program can open and that
// every page and index of it is sound; the store before stays beside, under the
// name that is returned (empty: there was none). What fails before that leaves
// the store as it was. Errors: UNAVAILABLE while a server has the store;
// FAILED_PRECONDITION or DATA_LOSS for a file that is no sound store.
absl::StatusOr<std::string> RestoreStore(const std::string& backup,
                                         const std::string& path);

}  // namespace sluice::store
