#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sluice/v1/config.pb.h"

namespace sluice::rpc {

// Key and value of one log line, in the order they are written. No text of a
// commenter and no address belongs here.
using LogFields = std::vector<std::pair<std::string_view, std::string>>;

// Sets the one log up: standard error, one line an event, text or JSON. Call
// once, before any other function here.
void SetUpLog(const v1::LogConfig& config);

// One line: `2026-01-31T12:00:00.000000Z info what key=value key="a value"`, or
// the same as a JSON object. Thread-safe.
void Log(v1::LogConfig::Level level, std::string_view what,
         const LogFields& fields);

// Whether lines of this level are written; saves making them.
bool WouldLog(v1::LogConfig::Level level);

// The line's body in either form; for tests.
std::string FormatLogLine(v1::LogConfig::Form form, std::string_view what,
                          const LogFields& fields);

}  // namespace sluice::rpc
