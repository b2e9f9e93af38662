#include "service/rpc/admit.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "service/base/resource_name.h"
#include "service/rpc/status.h"

namespace sluice::rpc {
namespace {

constexpr size_t kMaxName = 256;  // bytes, as comment.proto says of each field
constexpr size_t kMaxEmail = 254;
constexpr size_t kMaxEmailLocal = 64;
constexpr size_t kMaxUrl = 2048;
constexpr size_t kMaxAuthorId = 128;
constexpr size_t kMaxTitle = 512;
constexpr size_t kMaxLanguage = 35;
constexpr size_t kMaxUserAgent = 1024;
constexpr size_t kMaxReferrer = 2048;
constexpr size_t kMaxToken = 1024;
constexpr size_t kMaxHoneypot = 256;
constexpr size_t kMaxQuizAnswer = 256;
constexpr int kMaxLabels = 16;
constexpr size_t kMaxLabelKey = 64;
constexpr size_t kMaxLabelValue = 256;
constexpr std::chrono::hours kMaxClockSkew{24};

bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}
bool IsControlOrSpace(char c) { return IsControl(c) || c == ' '; }
bool IsAlnum(char c) {
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

// Letters, digits, inner hyphens and anything beyond ASCII (an
// internationalised name), in labels between dots.
bool IsHostName(std::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  size_t label = 0;
  for (size_t i = 0; i <= host.size(); ++i) {
    if (i < host.size() && host[i] != '.') {
      if (!IsAlnum(host[i]) && host[i] != '-' &&
          static_cast<unsigned char>(host[i]) < 0x80)
        return false;
      continue;
    }
    if (i == label || i - label > 63 || host[label] == '-' ||
        host[i - 1] == '-')
      return false;
    label = i + 1;
  }
  return true;
}

bool IsEmail(std::string_view email) {
  const size_t at = email.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > kMaxEmailLocal ||
      email.size() > kMaxEmail)
    return false;
  const std::string_view local = email.substr(0, at);
  const bool plain = std::none_of(local.begin(), local.end(), [](char c) {
    return IsControlOrSpace(c) ||
           std::string_view("<>(),;:\\\"[]@").find(c) != std::string_view::npos;
  });
  return plain && IsHostName(email.substr(at + 1));
}

bool StartsWithIgnoreCase(std::string_view text, std::string_view lower) {
  if (text.size() < lower.size()) return false;
  return std::equal(
      lower.begin(), lower.end(), text.begin(),
      [](char l, char t) { return l == (t >= 'A' && t <= 'Z' ? t + 32 : t); });
}

// An absolute http(s) URL with a host; markup/url.h parses it in full where it
// is used.
bool IsWebUrl(std::string_view url) {
  size_t scheme = 0;
  if (StartsWithIgnoreCase(url, "http://")) scheme = 7;
  if (StartsWithIgnoreCase(url, "https://")) scheme = 8;
  if (scheme == 0 || std::any_of(url.begin(), url.end(), IsControlOrSpace))
    return false;
  const std::string_view rest = url.substr(scheme);
  return !rest.empty() &&
         std::string_view("/?#:@").find(rest.front()) == std::string_view::npos;
}

bool IsLanguageTag(std::string_view tag) {
  if (tag.empty() || tag.size() > kMaxLanguage) return false;
  size_t part = 0;
  for (size_t i = 0; i <= tag.size(); ++i) {
    if (i < tag.size() && tag[i] != '-') {
      if (!IsAlnum(tag[i])) return false;
      continue;
    }
    if (i == part || i - part > 8) return false;
    part = i + 1;
  }
  return true;
}

bool IsIpAddress(const std::string& text) {
  unsigned char buffer[sizeof(in6_addr)];
  return inet_pton(AF_INET, text.c_str(), buffer) == 1 ||
         inet_pton(AF_INET6, text.c_str(), buffer) == 1;
}

void CutUtf8(size_t size, std::string* text) {
  if (text->size() <= size) return;
  while (size > 0 && (static_cast<unsigned char>((*text)[size]) & 0xC0) == 0x80)
    --size;
  text->resize(size);
}

// Collects what is wrong; one method a kind of field, so that the list below
// reads as comment.proto does.
class Checker {
 public:
  explicit Checker(std::string_view prefix) : prefix_(prefix) {}

  void Add(std::string_view field, std::string description) {
    violations_.push_back(
        {fmt::format("{}{}", prefix_, field), std::move(description)});
  }

  void Size(std::string_view field, std::string_view value, size_t max) {
    if (value.size() > max)
      Add(field, fmt::format("is {} bytes long; at most {} are allowed",
                             value.size(), max));
  }

  void Line(std::string_view field, std::string_view value, size_t max) {
    Size(field, value, max);
    if (std::any_of(value.begin(), value.end(), IsControl))
      Add(field, "has a line break or control character");
  }

  void WebUrl(std::string_view field, std::string_view value) {
    Size(field, value, kMaxUrl);
    if (!value.empty() && !IsWebUrl(value))
      Add(field, "is not an absolute http or https URL");
  }

  void Body(std::string_view field, std::string_view value, size_t max) {
    Size(field, value, max);
    if (std::all_of(value.begin(), value.end(), IsControlOrSpace))
      Add(field, "is empty");
  }

  absl::Status Result() const {
    return violations_.empty() ? absl::OkStatus()
                               : InvalidArgument(violations_);
  }

 private:
  std::string_view prefix_;
  std::vector<Violation> violations_;
};

void CheckAuthor(const v1::Author& author, Checker* check) {
  check->Line("author.name", author.name(), kMaxName);
  check->Line("author.id", author.id(), kMaxAuthorId);
  check->WebUrl("author.url", author.url());
  if (!author.email().empty() && !IsEmail(author.email())) {
    check->Add(
        "author.email",
        "is not an e-mail address of the form local@domain, up to 254 bytes");
  }
}

void CheckPage(const v1::Page& page, Checker* check) {
  check->WebUrl("page.url", page.url());
  check->Line("page.title", page.title(), kMaxTitle);
  if (!page.language().empty() && !IsLanguageTag(page.language())) {
    check->Add("page.language",
               "is not a BCP 47 language tag such as en or pt-BR");
  }
}

void CheckClient(const v1::Client& client, Checker* check) {
  if (!client.ip().empty() && !IsIpAddress(client.ip()))
    check->Add("client.ip", "is not an IPv4 or IPv6 address");
}

void CheckForm(const v1::FormSubmission& form, Checker* check) {
  check->Size("form.token", form.token(), kMaxToken);
  check->Size("form.honeypot", form.honeypot(), kMaxHoneypot);
  check->Size("form.quiz_answer", form.quiz_answer(), kMaxQuizAnswer);
}

void CheckLabels(const v1::Comment& comment, Checker* check) {
  if (comment.labels_size() > kMaxLabels) {
    check->Add("labels", fmt::format("has {} entries; at most {} are allowed",
                                     comment.labels_size(), kMaxLabels));
    return;
  }
  for (const auto& [key, value] : comment.labels()) {
    if (key.empty() || key.size() > kMaxLabelKey)
      check->Add("labels", "has a key that is not 1 to 64 bytes long");
    if (value.size() > kMaxLabelValue)
      check->Add("labels", "has a value of more than 256 bytes");
  }
}

void CheckTime(const v1::Comment& comment, Time now, Checker* check) {
  if (!comment.has_create_time()) return;
  const Time time{std::chrono::seconds(comment.create_time().seconds())};
  const bool nanos_ok = comment.create_time().nanos() >= 0 &&
                        comment.create_time().nanos() < 1'000'000'000;
  constexpr int64_t kFirst =
      -62'135'596'800;  // 0001-01-01, the first moment of a Timestamp
  if (!nanos_ok || comment.create_time().seconds() < kFirst ||
      time > now + kMaxClockSkew) {
    check->Add("create_time",
               "is not a time up to a day ahead of the server's clock");
  }
}

void CheckParent(const v1::Comment& comment, std::string_view site,
                 Checker* check) {
  if (comment.parent().empty()) return;
  const ResourceName parent = ParseResourceName(comment.parent());
  if (!parent.valid || parent.comment.empty() || parent.site != site) {
    check->Add("parent",
               "is not the name of a comment of the same site, "
               "sites/{site}/comments/{comment}");
  }
}

std::string UnknownSite(std::string_view site) {
  return fmt::format(
      "names the site '{}', which is not known to this server; name it under "
      "`sites` of its configuration",
      site);
}

// Twenty characters that sort by time: nine for the milliseconds, eleven of
// chance.
std::string MakeCommentId(Time now, uint64_t random) {
  constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  const auto ms = static_cast<uint64_t>(now.time_since_epoch().count() / 1000);
  std::string id(20, '0');
  for (int i = 0; i < 9; ++i) id[8 - i] = kAlphabet[(ms >> (5 * i)) & 31];
  for (int i = 0; i < 11; ++i) id[19 - i] = kAlphabet[(random >> (5 * i)) & 31];
  return id;
}

}  // namespace

absl::Status Admit(const AdmitRules& rules, Time now, std::string_view prefix,
                   v1::Comment* comment) {
  const ResourceName name = ParseResourceName(comment->name());
  Checker check(prefix);
  if (!name.valid)
    check.Add(
        "name",
        "is not of the form sites/{site} or sites/{site}/comments/{comment}");
  check.Body("body", comment->body(), rules.max_comment_bytes);
  if (!v1::Format_IsValid(comment->format()))
    check.Add("format", "is not a format of comment.proto");
  CheckAuthor(comment->author(), &check);
  CheckPage(comment->page(), &check);
  CheckClient(comment->client(), &check);
  CheckForm(comment->form(), &check);
  CheckParent(*comment, name.site, &check);
  CheckTime(*comment, now, &check);
  CheckLabels(*comment, &check);
  if (absl::Status status = check.Result(); !status.ok()) return status;
  if (!rules.is_known_site(name.site)) {
    return InvalidArgument(
        {{fmt::format("{}name", prefix), UnknownSite(name.site)}});
  }
  if (name.comment.empty())
    comment->set_name(
        CommentName(name.site, MakeCommentId(now, rules.random())));
  if (comment->has_client()) {
    CutUtf8(kMaxUserAgent, comment->mutable_client()->mutable_user_agent());
    CutUtf8(kMaxReferrer, comment->mutable_client()->mutable_referrer());
  }
  return absl::OkStatus();
}

absl::Status AdmitSite(const AdmitRules& rules, std::string_view field,
                       std::string_view name, std::string* site) {
  const ResourceName parsed = ParseResourceName(name);
  if (!parsed.valid || !parsed.comment.empty()) {
    return InvalidArgument(
        {{std::string(field), "is not of the form sites/{site}"}});
  }
  if (!rules.is_known_site(parsed.site)) {
    return InvalidArgument({{std::string(field), UnknownSite(parsed.site)}});
  }
  *site = std::string(parsed.site);
  return absl::OkStatus();
}

absl::Status AdmitCommentName(const AdmitRules& rules, std::string_view field,
                              std::string_view name) {
  const ResourceName parsed = ParseResourceName(name);
  if (!parsed.valid || parsed.comment.empty()) {
    return InvalidArgument(
        {{std::string(field),
          "is not of the form sites/{site}/comments/{comment}"}});
  }
  if (!rules.is_known_site(parsed.site))
    return absl::NotFoundError("there is no such comment");
  return absl::OkStatus();
}

absl::Status AdmitWebUrl(std::string_view field, std::string_view url) {
  Checker check("");
  check.WebUrl(field, url);
  return check.Result();
}

absl::Status AdmitBody(const AdmitRules& rules, std::string_view field,
                       std::string_view body) {
  Checker check("");
  check.Body(field, body, rules.max_comment_bytes);
  return check.Result();
}

}  // namespace sluice::rpc
