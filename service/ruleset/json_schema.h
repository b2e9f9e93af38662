#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace sluice::ruleset {

// A JSON Schema (draft-07) of the YAML files that LoadYaml (yaml_loader.h)
// reads into messages of this type: what it lets pass is what the loader takes,
// but for what only the loader can see (patterns, expressions, examples).
// Descriptions are the doc comments, if the descriptor was built with source
// information. `title` names the schema. Ends in a line break; the same
// descriptor gives the same bytes.
std::string JsonSchema(const google::protobuf::Descriptor& descriptor,
                       const std::string& title);

// The schema of a kind of file: `rules`, `policy` (policy.yaml) or `config`
// (sluice.yaml). Errors: NOT_FOUND for another name.
absl::StatusOr<std::string> JsonSchemaOf(std::string_view name);

// proto/sluice/v1/*.proto with their comments and all they import, as a
// serialized FileDescriptorSet; made by the build (proto/CMakeLists.txt).
std::string_view DescriptorSet();

}  // namespace sluice::ruleset
