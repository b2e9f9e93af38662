#include "tests/cel/typed_value.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <vector>

#include "service/ruleset/cel/base64.h"
#include "service/ruleset/cel/time.h"
#include "service/text/utf8.h"

namespace sluice::ruleset::cel {
namespace {

using Json = google::protobuf::Value;

// The one member of {"int": "1"}.
std::pair<std::string, const Json*> Member(const Json& typed) {
  const auto& fields = typed.struct_value().fields();
  if (fields.empty()) return {"", nullptr};
  return {fields.begin()->first, &fields.begin()->second};
}

int64_t ToInt(const std::string& text) {
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

uint64_t ToUint(const std::string& text) {
  uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

double ToDouble(const Json& json) {
  if (json.kind_case() == Json::kNumberValue) return json.number_value();
  const std::string& text = json.string_value();
  if (text == "NaN" || text == "nan") {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return std::strtod(text.c_str(), nullptr);
}

Value FromList(const Json& json, Arena* arena) {
  std::vector<Value> values;
  for (const Json& item : json.list_value().values()) {
    values.push_back(FromTyped(item, arena));
  }
  return NewList(values.data(), values.size(), arena);
}

Value FromMap(const Json& json, Arena* arena) {
  std::vector<Value> entries;
  for (const Json& pair : json.list_value().values()) {
    entries.push_back(FromTyped(pair.list_value().values(0), arena));
    entries.push_back(FromTyped(pair.list_value().values(1), arena));
  }
  return NewMap(entries.data(), entries.size() / 2, arena);
}

bool MatchesList(const Json& json, const List& list, Arena* arena) {
  const auto& items = json.list_value().values();
  if (list.size() != static_cast<size_t>(items.size())) return false;
  for (size_t i = 0; i < list.size(); ++i) {
    if (!Matches(items[static_cast<int>(i)], list.At(i, arena), arena)) {
      return false;
    }
  }
  return true;
}

bool MatchesMap(const Json& json, const Map& map, Arena* arena) {
  const auto& pairs = json.list_value().values();
  if (map.size() != static_cast<size_t>(pairs.size())) return false;
  for (const Json& pair : pairs) {
    const Value key = FromTyped(pair.list_value().values(0), arena);
    const auto found = map.Find(key, arena);
    if (!found || !Matches(pair.list_value().values(1), *found, arena)) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool HasObject(const Json& typed) {
  const auto [kind, json] = Member(typed);
  if (json == nullptr) return false;
  if (kind == "object") return true;
  if (kind != "list" && kind != "map") return false;
  for (const Json& item : json->list_value().values()) {
    if (kind == "list" && HasObject(item)) return true;
    if (kind == "map" && (HasObject(item.list_value().values(0)) ||
                          HasObject(item.list_value().values(1)))) {
      return true;
    }
  }
  return false;
}

Value FromTyped(const Json& typed, Arena* arena) {
  const auto [kind, json] = Member(typed);
  if (json == nullptr) return Value::Null();
  if (kind == "bool") return Value::Bool(json->bool_value());
  if (kind == "int") return Value::Int(ToInt(json->string_value()));
  if (kind == "uint") return Value::Uint(ToUint(json->string_value()));
  if (kind == "double") return Value::Double(ToDouble(*json));
  if (kind == "string") return Value::String(arena->Copy(json->string_value()));
  if (kind == "bytes") {
    return Value::Bytes(
        arena->Copy(DecodeBase64(json->string_value()).value_or("")));
  }
  if (kind == "timestamp") {
    return Value::Timestamp(
        ParseTimestamp(json->string_value()).value_or(Instant{}));
  }
  if (kind == "duration") {
    return Value::Duration(
        ParseDuration(json->string_value()).value_or(Instant{}));
  }
  if (kind == "type")
    return Value::TypeNamed(arena->Copy(json->string_value()));
  if (kind == "list") return FromList(*json, arena);
  if (kind == "map") return FromMap(*json, arena);
  return Value::Null();
}

Type TypeOfTyped(const Json& typed) {
  const std::string kind = Member(typed).first;
  if (kind == "null") return Type::Null();
  if (kind == "bool") return Type::Bool();
  if (kind == "int") return Type::Int();
  if (kind == "uint") return Type::Uint();
  if (kind == "double") return Type::Double();
  if (kind == "string") return Type::String();
  if (kind == "bytes") return Type::Bytes();
  if (kind == "timestamp") return Type::Timestamp();
  if (kind == "duration") return Type::Duration();
  if (kind == "type") return Type::TypeType();
  if (kind == "list") return Type::List(Type::Dyn());
  if (kind == "map") return Type::Map(Type::Dyn(), Type::Dyn());
  return Type::Dyn();
}

bool Matches(const Json& typed, const Value& value, Arena* arena) {
  const auto [kind, json] = Member(typed);
  if (json == nullptr) return false;
  if (kind == "null") return value.is(Kind::kNull);
  if (kind == "object") {
    // The data gives the type alone.
    const std::string& name = json->string_value();
    if (value.is(Kind::kTimestamp)) return name == "google.protobuf.Timestamp";
    if (value.is(Kind::kDuration)) return name == "google.protobuf.Duration";
    return value.is(Kind::kMessage) &&
           value.message().GetDescriptor()->full_name() == name;
  }
  const Value want = FromTyped(typed, arena);
  if (want.kind() != value.kind()) return false;
  if (kind == "list") return MatchesList(*json, value.list(), arena);
  if (kind == "map") return MatchesMap(*json, value.map(), arena);
  if (kind == "double") {
    const double a = want.double_value();
    const double b = value.double_value();
    return a == b || (std::isnan(a) && std::isnan(b));
  }
  if (want.is(Kind::kTimestamp) || want.is(Kind::kDuration)) {
    return want.instant() == value.instant();
  }
  if (want.is(Kind::kString) || want.is(Kind::kBytes) || want.is(Kind::kType)) {
    return want.text() == value.text();
  }
  return want.uint_value() == value.uint_value();
}

namespace {

std::string UndoEscapes(const std::string& text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const char kind =
        text[at] == '\\' && at + 1 < text.size() ? text[at + 1] : 0;
    const size_t digits = kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
    uint32_t code = 0;
    const char* begin = text.data() + at + 2;
    const bool whole =
        digits > 0 && at + 2 + digits <= text.size() &&
        std::from_chars(begin, begin + digits, code, 16).ptr == begin + digits;
    if (whole) {
      text::AppendUtf8(static_cast<char32_t>(code), &out);
      at += 2 + digits;
    } else if (kind == '?') {
      out += '?';
      at += 2;
    } else {
      out += text[at++];
    }
  }
  return out;
}

}  // namespace

Json UndoTextFormatEscapes(const Json& typed) {
  Json undone = typed;
  for (auto& [kind, json] : *undone.mutable_struct_value()->mutable_fields()) {
    if (kind == "string") {
      json.set_string_value(UndoEscapes(json.string_value()));
    } else if (kind == "bytes") {
      json.set_string_value(EncodeBase64(
          UndoEscapes(DecodeBase64(json.string_value()).value_or(""))));
    }
  }
  return undone;
}

}  // namespace sluice::ruleset::cel
