#include "service/ruleset/yaml_loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "service/ruleset/ruleset.h"
#include "service/ruleset/yaml_tree.h"
#include "service/text/utf8.h"
#include "sluice/v1/options.pb.h"

namespace sluice::ruleset {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::string LowerWithUnderscores(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '.' || c == '-' || c == ' ') c = '_';
  }
  return out;
}

class Loader {
 public:
  Loader(const SourceFile& file, std::vector<v1::Diagnostic>* diagnostics,
         Places* places)
      : file_(file), diagnostics_(diagnostics), places_(places) {}

  bool Load(Message* message) {
    if (!text::IsValidUtf8(file_.content))
      return Fail({1, 1}, "is not well-formed UTF-8"), false;
    YamlTree tree;
    const YamlTree::Problem problem = tree.Parse(file_.content);
    if (!problem.text.empty()) return Fail(problem.mark, problem.text), false;
    if (tree.documents() > 1)
      return Fail({1, 1}, "holds several documents; keep one a file"), false;
    if (tree.documents() == 0) return true;
    const YamlNode root = tree.document(0);
    ReadMessage(root, message, "", 0);
    return ok_;
  }

 private:
  void Fail(const YamlMark& mark, std::string text, size_t length = 1) {
    ok_ = false;
    constexpr size_t kMaxDiagnostics = 200;
    if (diagnostics_->size() >= kMaxDiagnostics) return;
    v1::Diagnostic& out = diagnostics_->emplace_back();
    out.set_severity(v1::Diagnostic::SEVERITY_ERROR);
    out.set_file(file_.path);
    out.set_message(std::move(text));
    out.set_length(static_cast<uint32_t>(length));
    if (mark.line == 0) return;
    out.set_line(mark.line);
    out.set_column(mark.column);
    out.set_source_line(std::string(LineOf(file_.content, out.line())));
  }

  void Remember(const std::string& path, const YamlNode& node) {
    const YamlMark mark = node.Mark();
    if (places_ == nullptr || mark.line == 0) return;
    (*places_)[path] = {mark.line, mark.column};
  }

  // Recursion follows the depth of the message types and is capped.
  void ReadMessage(const YamlNode& node, Message* message,
                   const std::string& path, size_t depth) {
    if (depth > kMaxYamlDepth || ++nodes_ > kMaxYamlNodes)
      return Fail(node.Mark(), "the file is too deep or too large");
    const Descriptor* descriptor = message->GetDescriptor();
    Remember(path, node);
    if (node.IsScalar() &&
        !descriptor->options().GetExtension(v1::yaml_scalar).empty()) {
      const FieldDescriptor* field = descriptor->FindFieldByName(
          descriptor->options().GetExtension(v1::yaml_scalar));
      return ReadValue(node, field, message, path, false, depth);
    }
    if (!node.IsMap()) {
      return Fail(node.Mark(),
                  fmt::format("{} belongs here as `key: value` lines",
                              std::string(descriptor->name())));
    }
    std::set<std::string> seen;
    for (size_t i = 0; i < node.size(); ++i) {
      const std::string& key = node.key(i).Scalar();
      if (!seen.insert(key).second) {
        Fail(node.key(i).Mark(),
             fmt::format("'{}' stands here twice; keep one", key), key.size());
        continue;
      }
      const FieldDescriptor* field = descriptor->FindFieldByName(key);
      if (field == nullptr) {
        UnknownKey(node.key(i), key, descriptor);
        continue;
      }
      ReadField(node.value(i), field, message,
                path.empty() ? key : path + "." + key, depth);
    }
  }

  void UnknownKey(const YamlNode& node, const std::string& key,
                  const Descriptor* descriptor) {
    std::vector<std::string> names;
    for (int i = 0; i < descriptor->field_count(); ++i)
      names.emplace_back(descriptor->field(i)->name());
    const std::string nearest = Nearest(key, names);
    std::string text = fmt::format("unknown key '{}'", key);
    text += nearest.empty()
                ? fmt::format("; known here: {}", fmt::join(names, ", "))
                : fmt::format("; did you mean '{}'?", nearest);
    Fail(node.Mark(), text, key.size());
  }

  void ReadField(const YamlNode& node, const FieldDescriptor* field,
                 Message* message, const std::string& path, size_t depth) {
    Remember(path, node);
    if (field->is_map()) return ReadMap(node, field, message, path, depth);
    if (!field->is_repeated())
      return ReadValue(node, field, message, path, false, depth);
    if (!node.IsSequence())
      return ReadValue(node, field, message, path + "[0]", true, depth);
    for (size_t i = 0; i < node.size(); ++i) {
      const YamlNode element = node.element(i);
      const std::string element_path = fmt::format("{}[{}]", path, i);
      Remember(element_path, element);
      ReadValue(element, field, message, element_path, true, depth);
    }
  }

  void ReadMap(const YamlNode& node, const FieldDescriptor* field,
               Message* message, const std::string& path, size_t depth) {
    if (!node.IsMap())
      return Fail(node.Mark(), fmt::format("'{}' takes `key: value` lines",
                                           std::string(field->name())));
    std::set<std::string> seen;
    for (size_t i = 0; i < node.size(); ++i) {
      const std::string& key = node.key(i).Scalar();
      if (!seen.insert(key).second) {
        Fail(node.key(i).Mark(),
             fmt::format("'{}' stands here twice; keep one", key), key.size());
        continue;
      }
      Message* entry = message->GetReflection()->AddMessage(message, field);
      const Descriptor* type = field->message_type();
      entry->GetReflection()->SetString(entry, type->map_key(), key);
      ReadField(node.value(i), type->map_value(), entry, path + "." + key,
                depth + 1);
    }
  }

  void ReadValue(const YamlNode& node, const FieldDescriptor* field,
                 Message* message, const std::string& path, bool add,
                 size_t depth) {
    const Reflection* reflection = message->GetReflection();
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      Message* child = add ? reflection->AddMessage(message, field)
                           : reflection->MutableMessage(message, field);
      return ReadMessage(node, child, path, depth + 1);
    }
    if (++nodes_ > kMaxYamlNodes)
      return Fail(node.Mark(), "the file is too large");
    if (!node.IsScalar()) {
      return Fail(node.Mark(),
                  fmt::format("'{}' takes {}", std::string(field->name()),
                              Wanted(field)));
    }
    ReadScalar(node, field, message, add);
  }

  static std::string Wanted(const FieldDescriptor* field) {
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return "a text";
      case FieldDescriptor::CPPTYPE_BOOL:
        return "true or false";
      case FieldDescriptor::CPPTYPE_DOUBLE:
      case FieldDescriptor::CPPTYPE_FLOAT:
        return "a number";
      case FieldDescriptor::CPPTYPE_ENUM:
        return "one of " + EnumNames(field->enum_type(), ", ");
      default:
        return "a whole number";
    }
  }

  static std::string EnumNames(const EnumDescriptor* type,
                               std::string_view separator) {
    std::string out;
    for (int i = 1; i < type->value_count(); ++i) {
      if (!out.empty()) out += separator;
      out += EnumName(*type->value(i));
    }
    return out;
  }

  void Wrong(const YamlNode& node, const FieldDescriptor* field) {
    Fail(node.Mark(),
         fmt::format("'{}' takes {}, not '{}'", std::string(field->name()),
                     Wanted(field), node.Scalar()),
         std::max<size_t>(1, node.Scalar().size()));
  }

  template <typename Number>
  bool Parse(const YamlNode& node, const FieldDescriptor* field, Number* out) {
    const std::string& text = node.Scalar();
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), *out);
    if (error == std::errc() && end == text.data() + text.size()) return true;
    Wrong(node, field);
    return false;
  }

  void ReadScalar(const YamlNode& node, const FieldDescriptor* field,
                  Message* message, bool add) {
    const Reflection* r = message->GetReflection();
    const std::string& text = node.Scalar();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING: {
        const bool control = std::any_of(text.begin(), text.end(), [](char c) {
          return (static_cast<unsigned char>(c) < 0x20 && c != '\n' &&
                  c != '\t') ||
                 c == 0x7F;
        });
        if (control) {
          return Fail(node.Mark(),
                      "a control character; in double quotes \\b is a "
                      "backspace: use single quotes");
        }
        add ? r->AddString(message, field, text)
            : r->SetString(message, field, text);
        return;
      }
      case FieldDescriptor::CPPTYPE_BOOL:
        if (text != "true" && text != "false") return Wrong(node, field);
        add ? r->AddBool(message, field, text == "true")
            : r->SetBool(message, field, text == "true");
        return;
      case FieldDescriptor::CPPTYPE_DOUBLE: {
        double value = 0;
        if (!Parse(node, field, &value)) return;
        if (!std::isfinite(value)) return Wrong(node, field);
        add ? r->AddDouble(message, field, value)
            : r->SetDouble(message, field, value);
        return;
      }
      case FieldDescriptor::CPPTYPE_INT32: {
        int32_t value = 0;
        if (Parse(node, field, &value))
          add ? r->AddInt32(message, field, value)
              : r->SetInt32(message, field, value);
        return;
      }
      case FieldDescriptor::CPPTYPE_INT64: {
        int64_t value = 0;
        if (Parse(node, field, &value))
          add ? r->AddInt64(message, field, value)
              : r->SetInt64(message, field, value);
        return;
      }
      case FieldDescriptor::CPPTYPE_UINT32: {
        uint32_t value = 0;
        if (Parse(node, field, &value))
          add ? r->AddUInt32(message, field, value)
              : r->SetUInt32(message, field, value);
        return;
      }
      case FieldDescriptor::CPPTYPE_ENUM:
        return ReadEnum(node, field, message, add);
      default:
        return Wrong(node, field);
    }
  }

  void ReadEnum(const YamlNode& node, const FieldDescriptor* field,
                Message* message, bool add) {
    const EnumDescriptor* type = field->enum_type();
    const std::string wanted = LowerWithUnderscores(node.Scalar());
    std::vector<std::string> names;
    for (int i = 1; i < type->value_count(); ++i) {
      names.push_back(EnumName(*type->value(i)));
      if (LowerWithUnderscores(names.back()) != wanted) continue;
      add ? message->GetReflection()->AddEnum(message, field, type->value(i))
          : message->GetReflection()->SetEnum(message, field, type->value(i));
      return;
    }
    const std::string nearest = Nearest(wanted, names);
    const std::string hint =
        nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest);
    Fail(node.Mark(),
         fmt::format("'{}' takes one of {}, not '{}'{}",
                     std::string(field->name()), EnumNames(type, ", "),
                     node.Scalar(), hint),
         std::max<size_t>(1, node.Scalar().size()));
  }

  const SourceFile& file_;
  std::vector<v1::Diagnostic>* const diagnostics_;
  Places* const places_;
  size_t nodes_ = 0;
  bool ok_ = true;
};

}  // namespace

std::string EnumName(const EnumValueDescriptor& value) {
  if (value.type()->full_name() == v1::View_descriptor()->full_name())
    return ViewName(static_cast<v1::View>(value.number()));
  const std::string first(value.type()->value(0)->name());  // X_UNSPECIFIED
  const std::string prefix =
      first.substr(0, first.size() - std::string_view("UNSPECIFIED").size());
  const std::string name(value.name());
  return LowerWithUnderscores(name.substr(0, prefix.size()) == prefix
                                  ? name.substr(prefix.size())
                                  : name);
}

bool LoadYaml(const SourceFile& file, Message* message,
              std::vector<v1::Diagnostic>* diagnostics, Places* places) {
  return Loader(file, diagnostics, places).Load(message);
}

}  // namespace sluice::ruleset
