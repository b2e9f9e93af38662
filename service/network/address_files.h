#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "sluice/v1/signals.pb.h"

namespace sluice::network {

// MaxMind DB files that say where an address is and whose. Thread-safe.
class AddressFiles {
 public:
  // Opens the files; an empty path is none. Errors: INVALID_ARGUMENT naming the
  // file that cannot be read.
  static absl::StatusOr<std::unique_ptr<AddressFiles>> Open(
      const std::string& country_file, const std::string& asn_file);
  virtual ~AddressFiles() = default;

  // Sets country and asn where the files know them.
  virtual void Look(std::string_view ip, v1::NetworkSignals* out) const = 0;
};

}  // namespace sluice::network
