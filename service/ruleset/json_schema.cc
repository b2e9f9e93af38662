#include "service/ruleset/json_schema.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <deque>
#include <set>
#include <string_view>
#include <vector>

#include "service/ruleset/yaml_loader.h"
#include "sluice/v1/options.pb.h"

namespace sluice::ruleset {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + "\"";
}

// A doc comment as one line.
template <typename AnyDescriptor>
std::string CommentOf(const AnyDescriptor& descriptor) {
  google::protobuf::SourceLocation location;
  if (!descriptor.GetSourceLocation(&location)) return "";
  std::string out;
  for (char c : location.leading_comments) {
    const bool blank = c == ' ' || c == '\n';
    if (!blank) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

// What a scalar field takes. The loader reads a text from any scalar.
std::string ScalarSchema(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return R"("type": ["string", "number", "boolean"])";
    case FieldDescriptor::CPPTYPE_BOOL:
      return R"("type": "boolean")";
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return R"("type": "number")";
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return R"("type": "integer", "minimum": 0)";
    default:
      return R"("type": "integer")";
  }
}

class Schema {
 public:
  std::string Write(const Descriptor& root, const std::string& title) {
    Refer(root);
    std::string definitions;
    while (!open_.empty()) {
      const Descriptor& next = *open_.front();
      open_.pop_front();
      definitions +=
          fmt::format("{}\n    {}: {}", definitions.empty() ? "" : ",",
                      Quoted(next.name()), MessageSchema(next));
    }
    return fmt::format(
        "{{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n"
        "  \"title\": {},\n  \"$ref\": \"#/definitions/{}\",\n"
        "  \"definitions\": {{{}\n  }}\n}}\n",
        Quoted(title), std::string(root.name()), definitions);
  }

 private:
  std::string Refer(const Descriptor& message) {
    if (seen_.insert(message.full_name()).second) open_.push_back(&message);
    return fmt::format("\"$ref\": \"#/definitions/{}\"",
                       std::string(message.name()));
  }

  std::string MessageSchema(const Descriptor& message) {
    std::string properties;
    std::string required;
    for (int i = 0; i < message.field_count(); ++i) {
      const FieldDescriptor& field = *message.field(i);
      properties += fmt::format("{}\n        {}: {}", i > 0 ? "," : "",
                                Quoted(field.name()), FieldSchema(field));
      if (field.options().GetExtension(v1::required))
        required += (required.empty() ? "" : ", ") + Quoted(field.name());
    }
    std::string out = fmt::format(
        "{{\n      \"description\": {},\n      \"type\": \"object\",\n"
        "      \"additionalProperties\": false,\n",
        Quoted(CommentOf(message)));
    if (!required.empty())
      out += fmt::format("      \"required\": [{}],\n", required);
    return out + fmt::format("      \"properties\": {{{}\n      }}\n    }}",
                             properties);
  }

  std::string FieldSchema(const FieldDescriptor& field) {
    const std::string about =
        fmt::format("\"description\": {}", Quoted(CommentOf(field)));
    if (field.is_map()) {
      return fmt::format(
          "{{{}, \"type\": \"object\", \"additionalProperties\": {{{}}}}}",
          about, ValueSchema(*field.message_type()->map_value()));
    }
    const std::string value = ValueSchema(field);
    if (field.is_repeated()) {
      return fmt::format(
          "{{{}, \"anyOf\": [{{\"type\": \"array\", \"items\": {{{}}}}}, "
          "{{{}}}]}}",
          about, value, value);
    }
    // Beside $ref draft-07 reads nothing.
    if (value.find("\"$ref\"") == 0)
      return fmt::format("{{{}, \"allOf\": [{{{}}}]}}", about, value);
    return fmt::format("{{{}, {}}}", about, value);
  }

  std::string ValueSchema(const FieldDescriptor& field) {
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM)
      return EnumSchema(*field.enum_type());
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE)
      return ScalarSchema(field);
    const Descriptor& message = *field.message_type();
    const std::string scalar = message.options().GetExtension(v1::yaml_scalar);
    if (scalar.empty()) return Refer(message);
    return fmt::format("\"anyOf\": [{{{}}}, {{{}}}]",
                       ScalarSchema(*message.FindFieldByName(scalar)),
                       Refer(message));
  }

  // The names to be offered, and the other spellings that the loader takes.
  static std::string EnumSchema(const EnumDescriptor& type) {
    std::string names;
    std::string spellings;
    for (int i = 1; i < type.value_count(); ++i) {
      const std::string name = EnumName(*type.value(i));
      names += (names.empty() ? "" : ", ") + Quoted(name);
      std::string pattern;
      for (char c : name)
        pattern += c == '_' || c == '.' ? "[-._ ]" : std::string(1, c);
      spellings += (spellings.empty() ? "" : "|") + pattern;
    }
    if (spellings.find('[') == std::string::npos)
      return fmt::format("\"enum\": [{}]", names);
    return fmt::format(
        "\"anyOf\": [{{\"enum\": [{}]}}, {{\"type\": \"string\", \"pattern\": "
        "\"^({})$\"}}]",
        names, spellings);
  }

  std::deque<const Descriptor*> open_;  // to be written
  std::set<std::string> seen_;
};

}  // namespace

std::string JsonSchema(const Descriptor& descriptor, const std::string& title) {
  return Schema().Write(descriptor, title);
}

absl::StatusOr<std::string> JsonSchemaOf(std::string_view name) {
  constexpr struct {
    std::string_view name, message, title;
  } kKinds[] = {
      {"rules", "sluice.v1.RuleFile", "Sluice: a file of rules"},
      {"policy", "sluice.v1.Policy", "Sluice: policy.yaml"},
      {"config", "sluice.v1.ServerConfig", "Sluice: sluice.yaml"},
  };
  const auto kind =
      std::find_if(std::begin(kKinds), std::end(kKinds),
                   [name](const auto& known) { return known.name == name; });
  if (kind == std::end(kKinds)) {
    return absl::NotFoundError(fmt::format(
        "there is a schema of rules, policy and config, not of '{}'", name));
  }
  // The linked descriptors have no comments; those of the build's set do.
  const std::string_view bytes = DescriptorSet();
  google::protobuf::FileDescriptorSet files;
  if (!files.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return absl::InternalError("the descriptors in this program are broken");
  google::protobuf::DescriptorPool pool;
  for (const auto& file : files.file()) pool.BuildFile(file);
  const Descriptor* message =
      pool.FindMessageTypeByName(std::string(kind->message));
  if (message == nullptr)
    return absl::InternalError("the descriptors in this program are broken");
  return JsonSchema(*message, std::string(kind->title));
}

}  // namespace sluice::ruleset
