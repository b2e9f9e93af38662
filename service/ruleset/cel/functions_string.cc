// Texts are sequences of code points: every index here counts those, not bytes.

#include <re2/re2.h>

#include <algorithm>
#include <cstring>

#include "service/ruleset/cel/functions.h"
#include "service/ruleset/cel/ops.h"
#include "service/ruleset/cel/text_builder.h"
#include "service/text/utf8.h"

namespace sluice::ruleset::cel {
namespace {

constexpr size_t kNone = std::string_view::npos;
// Compiling a pattern at run time, in steps.
constexpr uint64_t kCompileCost = 500;
constexpr int64_t kMaxDynamicPatternMemory = 1 << 20;

Value OutOfRange() { return Value::Error("index out of range"); }

// Bytes that the first `count` code points take; kNone: there are fewer.
size_t ByteOffset(std::string_view text, int64_t count) {
  if (count < 0) return kNone;
  size_t at = 0;
  for (; count > 0; --count) {
    if (at >= text.size()) return kNone;
    at += text::DecodeUtf8(text, at).size;
  }
  return at;
}

Value CodePoints(std::string_view before) {
  return Value::Int(static_cast<int64_t>(text::CountCodePoints(before)));
}

// The search is not quadratic: memmem's two-way algorithm is linear, while
// std::string_view::find on "aaaa...b" is not.
size_t Search(std::string_view text, std::string_view part) {
  if (part.empty()) return 0;
  const void* found =
      memmem(text.data(), text.size(), part.data(), part.size());
  return found == nullptr ? kNone
                          : static_cast<size_t>(
                                static_cast<const char*>(found) - text.data());
}

Value Contains(const Value* a, size_t, CallContext& context) {
  context.ChargeBytes(a[0].text().size());
  return Value::Bool(Search(a[0].text(), a[1].text()) != kNone);
}
Value StartsWith(const Value* a, size_t, CallContext& context) {
  const std::string_view part = a[1].text();
  context.ChargeBytes(part.size());
  return Value::Bool(a[0].text().substr(0, part.size()) == part);
}
Value EndsWith(const Value* a, size_t, CallContext& context) {
  const std::string_view text = a[0].text();
  const std::string_view part = a[1].text();
  context.ChargeBytes(part.size());
  return Value::Bool(text.size() >= part.size() &&
                     text.substr(text.size() - part.size()) == part);
}

// With a pattern that was not a literal.
Value Matches(const Value* a, size_t, CallContext& context) {
  context.Charge(kCompileCost);
  context.ChargeBytes(4 * a[0].text().size());
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxDynamicPatternMemory);
  const RE2 pattern(re2::StringPiece(a[1].text().data(), a[1].text().size()),
                    options);
  if (!pattern.ok()) return Value::Error("RE2 refuses this pattern");
  return Value::Bool(RE2::PartialMatch(
      re2::StringPiece(a[0].text().data(), a[0].text().size()), pattern));
}

Value CharAt(const Value* a, size_t, CallContext& context) {
  const std::string_view text = a[0].text();
  context.ChargeBytes(text.size());
  const size_t at = ByteOffset(text, a[1].int_value());
  if (at == kNone) return OutOfRange();
  if (at == text.size()) return Value::String("");
  return Value::String(text.substr(at, text::DecodeUtf8(text, at).size));
}

Value IndexOf(const Value* a, size_t count, CallContext& context) {
  const std::string_view text = a[0].text();
  const std::string_view part = a[1].text();
  context.ChargeBytes(text.size());
  const int64_t offset = count == 3 ? a[2].int_value() : 0;
  if (part.empty()) return Value::Int(offset);
  const size_t from = ByteOffset(text, offset);
  if (from == kNone || (count == 3 && from == text.size())) return OutOfRange();
  const size_t found = Search(text.substr(from), part);
  if (found == kNone) return Value::Int(-1);
  return CodePoints(text.substr(0, from + found));
}

// The last place at or before byte `limit` where part begins. Linear: both are
// turned around and searched from the front.
size_t SearchLast(std::string_view text, std::string_view part, size_t limit) {
  const std::string_view head =
      text.substr(0, std::min(text.size(), limit + part.size()));
  const std::string turned_text(head.rbegin(), head.rend());
  const std::string turned_part(part.rbegin(), part.rend());
  const size_t found = Search(turned_text, turned_part);
  return found == kNone ? kNone : head.size() - found - part.size();
}

Value LastIndexOf(const Value* a, size_t count, CallContext& context) {
  const std::string_view text = a[0].text();
  const std::string_view part = a[1].text();
  context.ChargeBytes(2 * text.size());
  if (part.empty()) return count == 3 ? a[2] : CodePoints(text);
  size_t limit = text.size();
  if (count == 3) {
    limit = ByteOffset(text, a[2].int_value());
    if (limit == kNone || limit == text.size()) return OutOfRange();
  }
  const size_t found = SearchLast(text, part, limit);
  return found == kNone ? Value::Int(-1) : CodePoints(text.substr(0, found));
}

Value Substring(const Value* a, size_t count, CallContext& context) {
  const std::string_view text = a[0].text();
  context.ChargeBytes(text.size());
  const size_t begin = ByteOffset(text, a[1].int_value());
  const size_t end =
      count == 3 ? ByteOffset(text, a[2].int_value()) : text.size();
  if (begin == kNone || end == kNone || begin > end) return OutOfRange();
  return Value::String(text.substr(begin, end - begin));
}

template <char First, char Last>
Value ChangeCase(const Value* a, size_t, CallContext& context) {
  std::string text(a[0].text());
  context.ChargeBytes(text.size());
  for (char& c : text) {
    if (c >= First && c <= Last) c = static_cast<char>(c ^ 0x20);
  }
  return Value::String(context.arena.Copy(text));
}

// White space as Unicode has it (White_Space=yes).
bool IsSpace(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 ||
         c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

Value Trim(const Value* a, size_t, CallContext& context) {
  const std::string_view text = a[0].text();
  context.ChargeBytes(text.size());
  size_t begin = text.size();
  size_t end = text.size();
  for (size_t at = 0; at < text.size();) {
    const text::Decoded decoded = text::DecodeUtf8(text, at);
    if (!IsSpace(decoded.code_point)) {
      begin = std::min(begin, at);
      end = at + decoded.size;
    }
    at += decoded.size;
  }
  if (begin == text.size()) return Value::String("");
  return Value::String(text.substr(begin, end - begin));
}

Value Reverse(const Value* a, size_t, CallContext& context) {
  const std::string_view text = a[0].text();
  context.ChargeBytes(text.size());
  std::string turned(text.size(), '\0');
  size_t end = text.size();
  for (size_t at = 0; at < text.size();) {
    const size_t size = text::DecodeUtf8(text, at).size;
    end -= size;
    turned.replace(end, size, text.substr(at, size));
    at += size;
  }
  return Value::String(context.arena.Copy(turned));
}

// How many replacements or parts the last argument allows; below 0: any.
int64_t Limit(const Value* a, size_t count, size_t index) {
  return count > index ? a[index].int_value() : -1;
}

Value Replace(const Value* a, size_t count, CallContext& context) {
  std::string_view rest = a[0].text();
  const std::string_view from = a[1].text();
  const std::string_view to = a[2].text();
  int64_t limit = Limit(a, count, 3);
  context.ChargeBytes(rest.size());
  TextBuilder out;
  while (limit != 0 && !out.full()) {
    if (from.empty()) {
      // Between all code points, as Go has it.
      out.Add(to);
      --limit;
      if (rest.empty()) break;
      const size_t size = text::DecodeUtf8(rest, 0).size;
      out.Add(rest.substr(0, size));
      rest.remove_prefix(size);
      continue;
    }
    const size_t found = Search(rest, from);
    if (found == kNone) break;
    out.Add(rest.substr(0, found));
    out.Add(to);
    rest.remove_prefix(found + from.size());
    --limit;
  }
  out.Add(rest);
  return out.Finish(context);
}

Value Split(const Value* a, size_t count, CallContext& context) {
  std::string_view rest = a[0].text();
  const std::string_view separator = a[1].text();
  const int64_t limit = Limit(a, count, 2);
  context.ChargeBytes(rest.size());
  std::vector<Value> parts;
  const auto room = [&parts, limit] {
    return limit < 0 || static_cast<int64_t>(parts.size()) + 1 < limit;
  };
  if (limit == 0) return NewList(nullptr, 0, &context.arena);
  while (room()) {
    size_t found = kNone;
    if (!separator.empty()) {
      found = Search(rest, separator);
    } else if (!rest.empty()) {
      found = text::DecodeUtf8(rest, 0).size;
      if (found == rest.size()) found = kNone;
    }
    if (found == kNone) break;
    parts.push_back(Value::String(rest.substr(0, found)));
    rest.remove_prefix(found + separator.size());
  }
  if (!separator.empty() || !rest.empty()) parts.push_back(Value::String(rest));
  context.Charge(parts.size());
  return NewList(parts.data(), parts.size(), &context.arena);
}

Value Join(const Value* a, size_t count, CallContext& context) {
  const List& list = a[0].list();
  context.Charge(list.size());
  TextBuilder out;
  for (size_t i = 0; i < list.size(); ++i) {
    const Value part = list.At(i, &context.arena);
    if (!part.is(Kind::kString)) return NoSuchOverload();
    if (i > 0 && count == 2) out.Add(a[1].text());
    out.Add(part.text());
  }
  return out.Finish(context);
}

Value Quote(const Value* a, size_t, CallContext& context) {
  constexpr std::string_view kFrom = "\a\b\f\n\r\t\v\\\"";
  constexpr std::string_view kTo = "abfnrtv\\\"";
  const std::string_view text = a[0].text();
  context.ChargeBytes(text.size());
  TextBuilder out;
  out.Add("\"");
  for (size_t at = 0; at < text.size();) {
    const text::Decoded decoded = text::DecodeUtf8(text, at);
    const size_t escape = kFrom.find(text[at]);
    if (escape != kNone) {
      out.Add("\\");
      out.Add(kTo.substr(escape, 1));
    } else {
      std::string character;
      text::AppendUtf8(decoded.code_point, &character);
      out.Add(character);
    }
    at += decoded.size;
  }
  out.Add("\"");
  return out.Finish(context);
}

Value FormatText(const Value* a, size_t, CallContext& context) {
  return Format(a[0].text(), a[1].list(), context);
}

}  // namespace

std::vector<BuiltinRow> StringFunctions() {
  return {
      {"string.contains(string): bool", Contains},
      {"string.startsWith(string): bool", StartsWith},
      {"string.endsWith(string): bool", EndsWith},
      {"string.matches(string): bool", Matches},
      {"matches(string, string): bool", Matches},
      {"string.charAt(int): string", CharAt},
      {"string.indexOf(string): int", IndexOf},
      {"string.indexOf(string, int): int", IndexOf},
      {"string.lastIndexOf(string): int", LastIndexOf},
      {"string.lastIndexOf(string, int): int", LastIndexOf},
      {"string.substring(int): string", Substring},
      {"string.substring(int, int): string", Substring},
      {"string.lowerAscii(): string", ChangeCase<'A', 'Z'>},
      {"string.upperAscii(): string", ChangeCase<'a', 'z'>},
      {"string.trim(): string", Trim},
      {"string.reverse(): string", Reverse},
      {"string.replace(string, string): string", Replace},
      {"string.replace(string, string, int): string", Replace},
      {"string.split(string): list<string>", Split},
      {"string.split(string, int): list<string>", Split},
      {"list<string>.join(): string", Join},
      {"list<string>.join(string): string", Join},
      {"string.format(list<dyn>): string", FormatText},
      {"strings.quote(string): string", Quote},
  };
}

}  // namespace sluice::ruleset::cel
