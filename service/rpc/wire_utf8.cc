#include "service/rpc/wire_utf8.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <vector>

#include "service/text/utf8.h"

namespace sluice::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

struct Frame {
  const Descriptor* descriptor;
  std::string_view wire;
  std::string path;
  size_t depth;
};

// Reads a length-delimited field's bytes; false where the wire ends early.
bool ReadBytes(CodedInputStream* in, std::string_view wire,
               std::string_view* bytes) {
  uint32_t size = 0;
  if (!in->ReadVarint32(&size)) return false;
  const auto at = static_cast<size_t>(in->CurrentPosition());
  if (size > wire.size() - at || !in->Skip(static_cast<int>(size)))
    return false;
  *bytes = wire.substr(at, size);
  return true;
}

// One message's own string fields; submessages go on the stack.
std::string Walk(const Frame& frame, std::vector<Frame>* stack) {
  CodedInputStream in(reinterpret_cast<const uint8_t*>(frame.wire.data()),
                      static_cast<int>(frame.wire.size()));
  while (const uint32_t tag = in.ReadTag()) {
    if (WireFormatLite::GetTagWireType(tag) !=
        WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      if (!WireFormatLite::SkipField(&in, tag)) return "";
      continue;
    }
    std::string_view bytes;
    if (!ReadBytes(&in, frame.wire, &bytes)) return "";
    const FieldDescriptor* field = frame.descriptor->FindFieldByNumber(
        WireFormatLite::GetTagFieldNumber(tag));
    if (field == nullptr) continue;
    std::string path = frame.path.empty()
                           ? std::string(field->name())
                           : frame.path + "." + std::string(field->name());
    if (field->type() == FieldDescriptor::TYPE_STRING &&
        !text::IsValidUtf8(bytes))
      return path;
    if (field->type() == FieldDescriptor::TYPE_MESSAGE &&
        frame.depth < kMaxWireDepth) {
      stack->push_back(
          {field->message_type(), bytes, std::move(path), frame.depth + 1});
    }
  }
  return "";
}

}  // namespace

std::string FindInvalidUtf8(const Descriptor* descriptor,
                            std::string_view wire) {
  std::vector<Frame> stack = {{descriptor, wire, "", 0}};
  while (!stack.empty()) {
    const Frame frame = std::move(stack.back());
    stack.pop_back();
    if (std::string path = Walk(frame, &stack); !path.empty()) return path;
  }
  return "";
}

}  // namespace sluice::rpc
