#include "service/gateway/form.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "service/gateway/http.h"
#include "service/text/utf8.h"

namespace sluice::gateway {
namespace {

constexpr size_t kMaxBoundary = 70;      // RFC 2046, section 5.1.1
constexpr size_t kMaxPartHeader = 4096;  // bytes of one part's headers

using Fields = std::vector<std::pair<std::string, std::string>>;

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string Decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = HexValue(text[i + 1]), low = HexValue(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out.push_back(static_cast<char>(high << 4 | low));
        i += 2;
        continue;
      }
    }
    out.push_back(text[i] == '+' ? ' ' : text[i]);
  }
  return out;
}

absl::Status TooManyFields() {
  return absl::InvalidArgumentError(
      fmt::format("the form has more than {} fields", kMaxFormFields));
}

absl::Status NotMultipart(std::string_view why) {
  return absl::InvalidArgumentError(
      fmt::format("the body is not multipart/form-data: {}", why));
}

// The header of a part, by name; its lines end with CR LF.
std::string_view PartHeader(std::string_view headers, std::string_view name) {
  while (!headers.empty()) {
    const size_t end = std::min(headers.find("\r\n"), headers.size());
    const std::string_view line = headers.substr(0, end);
    const size_t colon = line.find(':');
    if (colon != line.npos && SameName(line.substr(0, colon), name))
      return line.substr(colon + 1);
    headers.remove_prefix(std::min(end + 2, headers.size()));
  }
  return {};
}

// Adds the field of one part, whose text begins behind its delimiter's line.
absl::Status AddPart(std::string_view part, Fields* fields) {
  size_t head = 0, body = 2;  // a part without headers begins with CR LF
  if (part.substr(0, 2) != "\r\n") {
    head = part.substr(0, kMaxPartHeader).find("\r\n\r\n");
    if (head == part.npos)
      return NotMultipart("a part has no end of its headers");
    body = head + 4;
  }
  const std::string_view disposition =
      PartHeader(part.substr(0, head), "content-disposition");
  if (MediaType(disposition) != "form-data") return absl::OkStatus();
  if (!MediaParameter(disposition, "filename").empty()) return absl::OkStatus();
  fields->emplace_back(MediaParameter(disposition, "name"), part.substr(body));
  return absl::OkStatus();
}

absl::StatusOr<Form> ParseMultipart(std::string_view boundary,
                                    std::string_view body) {
  if (boundary.empty() || boundary.size() > kMaxBoundary)
    return NotMultipart("its boundary is missing or too long");
  const std::string delimiter = fmt::format("\r\n--{}", boundary);
  const std::string_view first = std::string_view(delimiter).substr(2);
  // A body may begin with its first delimiter, or with a preamble.
  size_t at = body.substr(0, first.size()) == first ? first.size() : body.npos;
  if (at == body.npos) {
    at = body.find(delimiter);
    if (at == body.npos) return NotMultipart("its boundary is not in it");
    at += delimiter.size();
  }
  Fields fields;
  while (body.substr(at, 2) != "--") {
    if (body.substr(at, 2) != "\r\n")
      return NotMultipart("a line goes on behind the boundary");
    at += 2;
    // What is empty ends with the CR LF of its header's end.
    const size_t end = body.find(delimiter, at - 2);
    if (end == body.npos) return NotMultipart("it has no end");
    if (fields.size() >= kMaxFormFields) return TooManyFields();
    if (end >= at) {
      const absl::Status added = AddPart(body.substr(at, end - at), &fields);
      if (!added.ok()) return added;
    }
    at = end + delimiter.size();
  }
  return Form(std::move(fields));
}

// What Windows-1252 has between 0x80 and 0x9F; 0: nothing.
constexpr std::array<char16_t, 32> kWindows1252 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
    0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
    0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
    0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

bool IsLatin1(std::string_view charset) {
  constexpr std::array<std::string_view, 6> kNames = {
      "iso-8859-1", "iso8859-1", "latin1", "latin-1", "windows-1252", "cp1252"};
  return std::any_of(
      kNames.begin(), kNames.end(),
      [charset](std::string_view name) { return SameName(name, charset); });
}

std::string FromWindows1252(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    char32_t code = byte;
    if (byte >= 0x80 && byte < 0xA0) {
      code = kWindows1252[byte - 0x80];
      if (code == 0) code = 0xFFFD;
    }
    text::AppendUtf8(code, &out);
  }
  return out;
}

}  // namespace

Form::Form(Fields fields) : fields_(std::move(fields)) {
  std::stable_sort(
      fields_.begin(), fields_.end(),
      [](const auto& a, const auto& b) { return a.first < b.first; });
}

std::string_view Form::Get(std::string_view name) const {
  const auto found = std::lower_bound(
      fields_.begin(), fields_.end(), name,
      [](const auto& field, std::string_view n) { return field.first < n; });
  if (found == fields_.end() || found->first != name) return {};
  return found->second;
}

bool Form::Has(std::string_view name) const {
  const auto found = std::lower_bound(
      fields_.begin(), fields_.end(), name,
      [](const auto& field, std::string_view n) { return field.first < n; });
  return found != fields_.end() && found->first == name;
}

absl::StatusOr<Form> ParseUrlEncoded(std::string_view body) {
  Fields fields;
  while (!body.empty()) {
    const size_t end = std::min(body.find('&'), body.size());
    const std::string_view pair = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (pair.empty()) continue;
    if (fields.size() >= kMaxFormFields) return TooManyFields();
    const size_t equals = std::min(pair.find('='), pair.size());
    fields.emplace_back(Decode(pair.substr(0, equals)),
                        Decode(pair.substr(std::min(equals + 1, pair.size()))));
  }
  return Form(std::move(fields));
}

absl::StatusOr<Form> ParseForm(std::string_view content_type,
                               std::string_view body) {
  const std::string type = MediaType(content_type);
  if (type.empty() || type == "application/x-www-form-urlencoded")
    return ParseUrlEncoded(body);
  if (type == "multipart/form-data")
    return ParseMultipart(MediaParameter(content_type, "boundary"), body);
  return absl::InvalidArgumentError(
      "the body is neither application/x-www-form-urlencoded nor "
      "multipart/form-data");
}

std::string ToUtf8(std::string_view bytes, std::string_view charset) {
  if (text::IsValidUtf8(bytes)) return std::string(bytes);
  if (IsLatin1(charset)) return FromWindows1252(bytes);
  std::string out;
  for (size_t at = 0; at < bytes.size();) {
    const text::Decoded decoded = text::DecodeUtf8(bytes, at);
    text::AppendUtf8(decoded.code_point, &out);
    at += decoded.size;
  }
  return out;
}

}  // namespace sluice::gateway
