#pragma once

#include <google/protobuf/struct.pb.h>

#include "service/ruleset/cel/cel.h"

namespace sluice::ruleset::cel {

// Whether a typed value of the suite ({"int": "1"}, {"list": [...]}) holds a
// message, whose fields the data does not give.
bool HasObject(const google::protobuf::Value& typed);

// The value; its memory is the arena's. Null for what is not understood.
Value FromTyped(const google::protobuf::Value& typed, Arena* arena);

// The type that a checker would be told for it.
Type TypeOfTyped(const google::protobuf::Value& typed);

// Whether a result is what the suite expects: of the same type and value.
bool Matches(const google::protobuf::Value& typed, const Value& value,
             Arena* arena);

// The data was made from protobuf's text format by a tool that left its escapes
// \uXXXX, \UXXXXXXXX and \? in strings and bytes as written. The value with
// these undone.
google::protobuf::Value UndoTextFormatEscapes(
    const google::protobuf::Value& typed);

}  // namespace sluice::ruleset::cel
