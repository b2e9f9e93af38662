#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

// What PostgreSQL's dialect and its errors have of their own.
namespace sluice::store {

// A statement with parameters as SQLite writes them (`?`, `?3`; not both in
// one) and empty blobs (`x''`), as PostgreSQL writes it. Texts in quotes stay
// as they are.
std::string PostgresSql(std::string_view sql);

// UTF-8 without NUL, which is all a TEXT there can hold; what is not becomes
// U+FFFD.
std::string PostgresText(std::string_view text);

// UNAVAILABLE for what passes by itself (a server that stops or starts, a lock,
// a full disk, a standby), INTERNAL for what does not. `state` is the SQLSTATE;
// empty: the connection is gone.
absl::Status PostgresError(std::string_view state, std::string_view message);

// Whether a connection with this error is of no use any more.
bool EndsConnection(std::string_view state);

}  // namespace sluice::store
