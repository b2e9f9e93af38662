#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
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

// Places by path, `rules[3].examples.hit[0]`. Keeps the paths' hashes alone: a
// large file has more bytes in them than in itself. Two paths with one hash of
// 64 bits would swap their places in a message, no more.
class Places {
 public:
  using Map = std::unordered_map<uint64_t, Place>;

  Place& operator[](std::string_view path) { return map_[Hash(path)]; }
  Map::const_iterator find(std::string_view path) const {
    return map_.find(Hash(path));
  }
  Map::const_iterator end() const { return map_.end(); }

 private:
  static uint64_t Hash(std::string_view path) {
    return std::hash<std::string_view>()(path);
  }

  Map map_;
};

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

// HTML_ACTION_HOLD of enum HtmlAction as a file writes it: hold. Views have a
// dot: links.url.
std::string EnumName(const google::protobuf::EnumValueDescriptor& value);

inline constexpr size_t kMaxYamlNodes = 200'000;
inline constexpr size_t kMaxYamlDepth = 16;

}  // namespace sluice::ruleset
