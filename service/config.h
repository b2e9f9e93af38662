#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "sluice/v1/config.pb.h"
#include "sluice/v1/key_service.pb.h"
#include "sluice/v1/ruleset.pb.h"

namespace sluice {

// The command line of sluiced. Empty strings: not given.
struct Flags {
  std::string config;
  std::string listen;
  std::string rules;
  std::string sqlite;
  std::string restore;  // the backup to put in place, instead of serving
  bool insecure = false;
  // `sluiced key create`: make a key and end.
  bool create_key = false;
  v1::CreateKeyRequest key;
};

// Parses the command line. If nothing is to be served (--help, --version, a
// mistake) `exit_code` is set, and what was to be said has been printed.
struct ParsedFlags {
  Flags flags;
  bool exit_now = false;
  int exit_code = 0;
};
ParsedFlags ParseFlags(int argc, char** argv);

// Reads the configuration file, if one is named, lays the flags over it, fills
// in every default and makes its paths relative to the working directory.
// Errors: INVALID_ARGUMENT whose message is ready to print, with
// file:line:column where the file is to blame.
absl::StatusOr<v1::ServerConfig> ReadConfig(const Flags& flags);

// Whether only this machine reaches `host:port`.
bool IsLoopback(std::string_view listen);

}  // namespace sluice
