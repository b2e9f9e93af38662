#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "service/store/database.h"
#include "service/store/identity.h"
#include "service/store/store.h"

// Reads of the SQLite store, each on one connection.
namespace sluice::store {

// NOT_FOUND if the comment is unknown. Other errors are the database's.
absl::StatusOr<v1::Entry> ReadEntry(Connection* connection,
                                    std::string_view site,
                                    std::string_view comment);

absl::StatusOr<bool> EntryExists(Connection* connection, std::string_view site,
                                 std::string_view comment);

// Oldest first, checks in full; empty if the comment is unknown.
absl::StatusOr<std::vector<v1::Event>> ReadEvents(Connection* connection,
                                                  std::string_view site,
                                                  std::string_view comment);

absl::StatusOr<Counts> ReadCounts(Connection* connection,
                                  std::string_view site);

// See Store::CountDays. `last` counts days since 1970.
absl::StatusOr<std::vector<v1::DayCounts>> ReadDays(Connection* connection,
                                                    std::string_view site,
                                                    int64_t last, int days);

// A record as stored; `first_micros` is when the first comment came, unchanged
// if there is none.
absl::StatusOr<v1::AuthorRecord> ReadAuthor(Connection* connection,
                                            std::string_view site,
                                            IdentityKind kind,
                                            std::string_view identity,
                                            int64_t* first_micros);

}  // namespace sluice::store
