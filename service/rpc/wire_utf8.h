#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>

namespace sluice::rpc {

// The path (`comment.author.name`) of the first string field on the wire that
// is not well-formed UTF-8, for a message that would not parse; empty if there
// is none. Linear, no recursion, at most kMaxWireDepth messages deep.
std::string FindInvalidUtf8(const google::protobuf::Descriptor* descriptor,
                            std::string_view wire);

inline constexpr size_t kMaxWireDepth = 32;

}  // namespace sluice::rpc
