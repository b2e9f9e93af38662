#pragma once

#include "service/ruleset/cel/environment.h"
#include "service/ruleset/cel/value.h"

namespace google::protobuf {
class Descriptor;
class FieldDescriptor;
class Message;
}  // namespace google::protobuf

namespace sluice::ruleset::cel {

// A message as CEL sees it: a Timestamp is a timestamp, an Int64Value an int, a
// Struct a map, an Any what is in it (an error if its type is not linked in).
Value FromMessage(const google::protobuf::Message& message, Arena* arena);

// A field's value: its default if it is not set, null for a wrapper, Any or
// Value that is not set. The value may point into the message.
Value GetField(const google::protobuf::Message& message,
               const google::protobuf::FieldDescriptor* field, Arena* arena);

// has(): set, or not empty, or not zero for a scalar without presence.
bool HasField(const google::protobuf::Message& message,
              const google::protobuf::FieldDescriptor* field);

// Equal by fields: unset and set-to-default differ where presence is kept, NaN
// equals nothing, an Any is compared unpacked.
Value EqualMessages(const google::protobuf::Message& a,
                    const google::protobuf::Message& b, CallContext& context,
                    int depth);

// T{field: value ...}; the result is converted like FromMessage. An error for a
// value out of the field's range or of a wrong kind.
Value BuildMessage(const google::protobuf::Descriptor* type,
                   const google::protobuf::FieldDescriptor* const* fields,
                   const Value* values, size_t count, Arena* arena);

}  // namespace sluice::ruleset::cel
