#pragma once

#include <google/protobuf/message.h>

#include <map>
#include <string>
#include <vector>

#include "service/ruleset/source.h"
#include "sluice/v1/ruleset.pb.h"

namespace sluice::ruleset {

// Where values stand in a file: `rules[3].words[0]` to its line and column,
// from 1.
struct Place {
  uint32_t line = 0;
  uint32_t column = 0;
};
using Places = std::map<std::string, Place>;

// Reads a YAML file into any message by its descriptor. Every mistake is
// reported with its place and the nearest right name, not only the first. Enum
// values are written in lower case without their prefix, `.` and `-` standing
// for `_`; a scalar serves for a list of one, and for a message with the option
// yaml_scalar. `places`, if given, receives where each value stands. Returns
// whether there was no error. Bounded: kMaxYamlNodes values, kMaxYamlDepth
// deep.
bool LoadYaml(const SourceFile& file, google::protobuf::Message* message,
              std::vector<v1::Diagnostic>* diagnostics,
              Places* places = nullptr);

// VIEW_LINKS_URL of enum View as a file writes it: links_url.
std::string EnumName(const google::protobuf::EnumValueDescriptor& value);

inline constexpr size_t kMaxYamlNodes = 200'000;
inline constexpr size_t kMaxYamlDepth = 16;

}  // namespace sluice::ruleset
