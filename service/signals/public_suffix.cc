#include "service/signals/public_suffix.h"

#include <libpsl.h>

#include <algorithm>
#include <array>

namespace sluice::signals {
namespace {

constexpr size_t kMaxHost = 253;  // RFC 1035
constexpr size_t kMaxLabel = 63;

bool IsHostByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.';
}

bool IsIpAddress(std::string_view host) {
  if (host.front() == '[') return true;
  return std::all_of(host.begin(), host.end(),
                     [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

// Top-level domains that are far more often the ending of a file name in the
// comments of a technical blog.
constexpr std::array<std::string_view, 14> kFileEndings = {
    "app", "cc", "dev", "gz", "md", "mm",  "pl",
    "ps",  "py", "rs",  "sh", "so", "zip", "mov"};

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }

// `the end.Next I say`: a sentence's end, not a host.
bool IsMissingSpace(std::string_view word) {
  const size_t dot = word.find('.');
  return dot != std::string_view::npos && dot + 2 < word.size() &&
         IsLower(word.front()) && word[dot + 1] >= 'A' &&
         word[dot + 1] <= 'Z' && IsLower(word[dot + 2]);
}

bool LabelsAreSound(std::string_view host) {
  size_t label = 0;
  for (size_t i = 0; i <= host.size(); ++i) {
    if (i < host.size() && host[i] != '.') continue;
    const size_t size = i - label;
    if (size == 0 || size > kMaxLabel || host[label] == '-' ||
        host[i - 1] == '-')
      return false;
    label = i + 1;
  }
  return true;
}

}  // namespace

std::string RegistrableDomain(std::string_view host) {
  if (host.empty() || host.size() > kMaxHost || IsIpAddress(host)) return "";
  const std::string terminated(host);
  const char* domain =
      psl_registrable_domain(psl_builtin(), terminated.c_str());
  return domain == nullptr ? "" : domain;
}

bool IsTopLevelDomain(std::string_view label) {
  const std::string terminated(label);
  return psl_is_public_suffix2(psl_builtin(), terminated.c_str(),
                               PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) != 0;
}

std::string BareHost(std::string_view word) {
  if (IsMissingSpace(word)) return "";
  std::string host;
  for (char c : word.substr(0, kMaxHost + 1)) {
    const char lower =
        c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (c == '/' || c == ':' || c == '?' || c == '#') break;
    if (!IsHostByte(lower)) return "";
    host.push_back(lower);
  }
  while (!host.empty() && host.back() == '.') host.pop_back();
  const size_t dot = host.rfind('.');
  if (dot == std::string::npos || dot == 0 || host.size() > kMaxHost ||
      !LabelsAreSound(host))
    return "";
  const std::string_view top = std::string_view(host).substr(dot + 1);
  const bool two_labels = host.find('.') == dot;
  if (top.size() < 2 || !std::all_of(top.begin(), top.end(), [](char c) {
        return c >= 'a' && c <= 'z';
      }))
    return "";
  if (two_labels && std::find(kFileEndings.begin(), kFileEndings.end(), top) !=
                        kFileEndings.end())
    return "";
  return IsTopLevelDomain(top) ? host : "";
}

}  // namespace sluice::signals
