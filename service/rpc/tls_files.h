#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "service/base/clock.h"
#include "sluice/v1/config.pb.h"

namespace sluice::rpc {

// The files of a TlsConfig, as PEM, and what is worth knowing of them.
struct TlsFiles {
  std::string cert;
  std::string key;
  std::string client_ca;  // empty: callers need no certificate
  Time expire_time;       // of the certificate
};

// Reads the files and proves that they fit together. INVALID_ARGUMENT names the
// file and says what is wrong with it.
absl::StatusOr<TlsFiles> ReadTlsFiles(const v1::TlsConfig& config);

}  // namespace sluice::rpc
