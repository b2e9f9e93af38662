// string.format(list), as extensions/strings.md of the spec has it.

#include <fmt/format.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "service/ruleset/cel/ops.h"
#include "service/ruleset/cel/text_builder.h"
#include "service/ruleset/cel/time.h"
#include "service/text/utf8.h"

namespace sluice::ruleset::cel {
namespace {

constexpr int kMaxPrecision = 100;

std::optional<std::string> NotFinite(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return std::nullopt;
}

// Ill-formed bytes become U+FFFD, adjacent ones a single one.
std::string BytesText(std::string_view bytes) {
  std::string out;
  bool broken = false;
  for (size_t at = 0; at < bytes.size();) {
    const text::Decoded decoded = text::DecodeUtf8(bytes, at);
    const bool bad = decoded.code_point == 0xFFFD && decoded.size == 1;
    if (!bad || !broken) text::AppendUtf8(decoded.code_point, &out);
    broken = bad;
    at += decoded.size;
  }
  return out;
}

class Formatter {
 public:
  explicit Formatter(CallContext& context) : context_(context) {}

  // False: no such text for this kind of value.
  bool Text(const Value& value, int depth, std::string* out) {
    if (depth > kMaxValueDepth || out->size() > kMaxTextBytes) return false;
    context_.Charge(1);
    switch (value.kind()) {
      case Kind::kNull:
        *out += "null";
        return true;
      case Kind::kBool:
        *out += value.bool_value() ? "true" : "false";
        return true;
      case Kind::kInt:
        *out += fmt::format("{}", value.int_value());
        return true;
      case Kind::kUint:
        *out += fmt::format("{}", value.uint_value());
        return true;
      case Kind::kDouble:
        *out += NotFinite(value.double_value())
                    .value_or(fmt::format("{}", value.double_value()));
        return true;
      case Kind::kString:
      case Kind::kType:
        *out += value.text();
        return true;
      case Kind::kBytes:
        *out += BytesText(value.text());
        return true;
      case Kind::kTimestamp:
        *out += FormatTimestamp(value.instant());
        return true;
      case Kind::kDuration:
        *out += FormatDuration(value.instant());
        return true;
      case Kind::kList:
        return ListText(value.list(), depth, out);
      case Kind::kMap:
        return MapText(value.map(), depth, out);
      default:
        return false;
    }
  }

  bool Fixed(const Value& value, char verb, int precision, std::string* out) {
    double number = 0;
    if (value.is(Kind::kDouble)) {
      number = value.double_value();
    } else if (value.is(Kind::kInt)) {
      number = static_cast<double>(value.int_value());
    } else if (value.is(Kind::kUint)) {
      number = static_cast<double>(value.uint_value());
    } else {
      return false;
    }
    if (const auto text = NotFinite(number)) {
      *out += *text;
    } else if (verb == 'f') {
      *out += fmt::format("{:.{}f}", number, precision);
    } else {
      *out += fmt::format("{:.{}e}", number, precision);
    }
    return true;
  }

  static bool Decimal(const Value& value, std::string* out) {
    if (value.is(Kind::kInt)) {
      *out += fmt::format("{}", value.int_value());
    } else if (value.is(Kind::kUint)) {
      *out += fmt::format("{}", value.uint_value());
    } else if (value.is(Kind::kDouble)) {
      *out += NotFinite(value.double_value())
                  .value_or(fmt::format("{}", value.double_value()));
    } else {
      return false;
    }
    return true;
  }

  // Base 16, 8 or 2.
  static bool Based(const Value& value, char verb, std::string* out) {
    if (value.is(Kind::kInt)) {
      const int64_t number = value.int_value();
      if (number < 0) *out += '-';
      *out += Digits(number < 0 ? 0 - static_cast<uint64_t>(number)
                                : static_cast<uint64_t>(number),
                     verb);
      return true;
    }
    if (value.is(Kind::kUint)) {
      *out += Digits(value.uint_value(), verb);
      return true;
    }
    if (verb == 'b' && value.is(Kind::kBool)) {
      *out += value.bool_value() ? "1" : "0";
      return true;
    }
    const bool hex = verb == 'x' || verb == 'X';
    if (!hex || (!value.is(Kind::kString) && !value.is(Kind::kBytes))) {
      return false;
    }
    for (const char c : value.text()) {
      const auto byte = static_cast<unsigned char>(c);
      *out += verb == 'x' ? fmt::format("{:02x}", byte)
                          : fmt::format("{:02X}", byte);
    }
    return true;
  }

 private:
  static std::string Digits(uint64_t number, char verb) {
    switch (verb) {
      case 'x':
        return fmt::format("{:x}", number);
      case 'X':
        return fmt::format("{:X}", number);
      case 'o':
        return fmt::format("{:o}", number);
      default:
        return fmt::format("{:b}", number);
    }
  }

  bool ListText(const List& list, int depth, std::string* out) {
    *out += '[';
    for (size_t i = 0; i < list.size(); ++i) {
      if (i > 0) *out += ", ";
      if (!Text(list.At(i, &context_.arena), depth + 1, out)) return false;
    }
    *out += ']';
    return true;
  }

  bool MapText(const Map& map, int depth, std::string* out) {
    std::vector<std::pair<std::string, size_t>> keys;
    for (size_t i = 0; i < map.size(); ++i) {
      std::string key;
      if (!Text(map.KeyAt(i, &context_.arena), depth + 1, &key)) return false;
      keys.emplace_back(std::move(key), i);
    }
    std::sort(keys.begin(), keys.end());
    *out += '{';
    for (const auto& [key, index] : keys) {
      if (out->back() != '{') *out += ", ";
      *out += key + ": ";
      if (!Text(map.ValueAt(index, &context_.arena), depth + 1, out)) {
        return false;
      }
    }
    *out += '}';
    return true;
  }

  CallContext& context_;
};

// "%.3f": what stands between the percent sign and the end of the verb.
struct Verb {
  int precision = 6;
  bool has_precision = false;
  char name = '\0';  // '\0': not a verb
};

Verb ReadVerb(std::string_view format, size_t* at) {
  Verb verb;
  if (*at < format.size() && format[*at] == '.') {
    ++*at;
    verb.has_precision = true;
    verb.precision = 0;
    const size_t digits = *at;
    while (*at < format.size() && format[*at] >= '0' && format[*at] <= '9') {
      verb.precision = verb.precision * 10 + (format[(*at)++] - '0');
      if (verb.precision > kMaxPrecision) return verb;
    }
    if (*at == digits) return verb;
  }
  if (*at >= format.size()) return verb;
  constexpr std::string_view kVerbs = "sdfexXob";
  const char name = format[(*at)++];
  if (kVerbs.find(name) != std::string_view::npos) verb.name = name;
  return verb;
}

bool Apply(const Verb& verb, const Value& value, Formatter* formatter,
           std::string* out) {
  switch (verb.name) {
    case 's':
      return formatter->Text(value, 0, out);
    case 'd':
      return Formatter::Decimal(value, out);
    case 'f':
    case 'e':
      return formatter->Fixed(value, verb.name, verb.precision, out);
    default:
      return Formatter::Based(value, verb.name, out);
  }
}

}  // namespace

Value Format(std::string_view format, const List& values,
             CallContext& context) {
  Formatter formatter(context);
  TextBuilder out;
  size_t next = 0;
  context.ChargeBytes(format.size());
  for (size_t at = 0; at < format.size() && !out.full();) {
    const size_t percent = std::min(format.find('%', at), format.size());
    out.Add(format.substr(at, percent - at));
    at = percent + 1;
    if (percent == format.size()) break;
    if (at < format.size() && format[at] == '%') {
      out.Add("%");
      ++at;
      continue;
    }
    const Verb verb = ReadVerb(format, &at);
    if (verb.name == '\0') return Value::Error("unknown verb in a format");
    if (next >= values.size()) {
      return Value::Error("a format has more verbs than values");
    }
    std::string text;
    const Value value = values.At(next++, &context.arena);
    if (!Apply(verb, value, &formatter, &text)) {
      return Value::Error("a verb of a format does not take this value");
    }
    out.Add(text);
  }
  return out.Finish(context);
}

}  // namespace sluice::ruleset::cel
