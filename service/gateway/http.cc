#include "service/gateway/http.h"

#include <algorithm>

#include "service/base/ascii.h"

namespace sluice::gateway {
namespace {

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

// The value behind `=`: a token, or a quoted string with backslashes.
std::string ReadValue(std::string_view text, size_t* end) {
  std::string value;
  if (text.empty() || text.front() != '"') {
    *end = std::min(text.find(';'), text.size());
    return std::string(Trim(text.substr(0, *end)));
  }
  size_t at = 1;
  for (; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\' && at + 1 < text.size()) ++at;
    value.push_back(text[at]);
  }
  *end = std::min(text.find(';', std::min(at, text.size())), text.size());
  return value;
}

}  // namespace

bool SameName(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

std::string_view HttpRequest::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (SameName(key, name)) return value;
  }
  return {};
}

std::string MediaType(std::string_view content_type) {
  return LowerAscii(Trim(content_type.substr(0, content_type.find(';'))));
}

std::string MediaParameter(std::string_view content_type,
                           std::string_view name) {
  constexpr int kMaxParameters = 16;
  size_t at = content_type.find(';');
  for (int i = 0; i < kMaxParameters && at < content_type.size(); ++i) {
    const std::string_view rest = content_type.substr(at + 1);
    const size_t equals = rest.find_first_of("=;");
    if (equals == rest.npos) return {};
    if (rest[equals] == ';') {
      at += 1 + equals;
      continue;
    }
    size_t end = 0;
    const std::string_view behind = rest.substr(equals + 1);
    const size_t space =
        std::min(behind.find_first_not_of(" \t"), behind.size());
    std::string value = ReadValue(behind.substr(space), &end);
    if (SameName(Trim(rest.substr(0, equals)), name)) return value;
    at += 1 + equals + 1 + space + end;
  }
  return {};
}

}  // namespace sluice::gateway
