#pragma once

#include <functional>

#include "absl/status/status.h"
#include "service/store/database.h"

namespace sluice::store {

// Whether long work shall go on; asked many times a second.
using GoOn = std::function<bool()>;

enum class Thoroughness {
  kPages,  // every page is well-formed; reads the file once
  kAll,    // and every index agrees with its table; several times as long
};

// Asks SQLite whether the database is sound. DATA_LOSS names the first thing
// that is wrong; CANCELLED: `go_on` said no; else the disk's error.
absl::Status CheckIntegrity(Connection* connection, Thoroughness thoroughness,
                            const GoOn& go_on);

}  // namespace sluice::store
