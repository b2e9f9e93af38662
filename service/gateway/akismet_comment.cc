#include "service/gateway/akismet_comment.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "service/base/ascii.h"
#include "service/gateway/callers.h"

namespace sluice::gateway {
namespace {

// Bytes, as comment.proto says of each field.
constexpr size_t kMaxName = 256;
constexpr size_t kMaxEmail = 254;
constexpr size_t kMaxEmailLocal = 64;
constexpr size_t kMaxUrl = 2048;
constexpr size_t kMaxAuthorId = 128;
constexpr size_t kMaxHoneypot = 256;
constexpr size_t kMaxLabel = 256;
constexpr size_t kMaxEntity = 10;  // `&#x1F600;`

bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

bool IsAlnum(char c) {
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

std::string CutUtf8(std::string text, size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80)
    --size;
  text.resize(size);
  return text;
}

std::string Line(std::string text, size_t max) {
  for (char& c : text) {
    if (IsControl(c)) c = ' ';
  }
  const size_t begin = std::min(text.find_first_not_of(' '), text.size());
  text.erase(0, begin);
  text.erase(text.find_last_not_of(' ') + 1);
  return CutUtf8(std::move(text), max);
}

// What CheckComment takes for an absolute http or https URL; `example.org/a`
// becomes one. Empty: it is none.
std::string WebUrl(std::string_view text) {
  std::string url(text);
  if (url.find("://") == url.npos && url.find('.') != url.npos &&
      url.find(':') == url.npos)
    url = "http://" + url;
  const std::string lower = LowerAscii(url.substr(0, 8));
  const size_t scheme = lower.substr(0, 7) == "http://"    ? 7
                        : lower.substr(0, 8) == "https://" ? 8
                                                           : 0;
  const bool has_host =
      scheme != 0 && url.size() > scheme &&
      std::string_view("/?#:@").find(url[scheme]) == std::string_view::npos;
  if (!has_host || url.size() > kMaxUrl ||
      std::any_of(url.begin(), url.end(),
                  [](char c) { return IsControl(c) || c == ' '; }))
    return {};
  return url;
}

bool IsHostName(std::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  for (size_t begin = 0; begin <= host.size();) {
    const size_t end = std::min(host.find('.', begin), host.size());
    const std::string_view label = host.substr(begin, end - begin);
    if (label.empty() || label.size() > 63 || label.front() == '-' ||
        label.back() == '-' ||
        !std::all_of(label.begin(), label.end(), [](char c) {
          return IsAlnum(c) || c == '-' ||
                 static_cast<unsigned char>(c) >= 0x80;
        }))
      return false;
    begin = end + 1;
  }
  return true;
}

bool IsEmail(std::string_view email) {
  const size_t at = email.rfind('@');
  if (at == email.npos || at == 0 || at > kMaxEmailLocal ||
      email.size() > kMaxEmail || !IsHostName(email.substr(at + 1)))
    return false;
  const std::string_view local = email.substr(0, at);
  return std::none_of(local.begin(), local.end(), [](char c) {
    return IsControl(c) || std::string_view(" <>(),;:\\\"[]@").find(c) !=
                               std::string_view::npos;
  });
}

// In the form that CheckComment takes; an IPv4 address within IPv6 as IPv4.
std::string Address(std::string_view text) {
  constexpr std::string_view kMapped = "::ffff:";
  std::string ip(text);
  if (LowerAscii(ip.substr(0, kMapped.size())) == kMapped &&
      ip.find('.') != ip.npos)
    ip.erase(0, kMapped.size());
  unsigned char buffer[sizeof(in6_addr)];
  const bool valid = inet_pton(AF_INET, ip.c_str(), buffer) == 1 ||
                     inet_pton(AF_INET6, ip.c_str(), buffer) == 1;
  return valid ? ip : std::string();
}

// The first of `en, fr_ca`, as `en`; `pt_BR` as `pt-BR`.
std::string Language(std::string_view list) {
  std::string tag(list.substr(0, list.find(',')));
  std::replace(tag.begin(), tag.end(), '_', '-');
  size_t part = 0;
  for (size_t i = 0; i <= tag.size(); ++i) {
    if (i < tag.size() && IsAlnum(tag[i])) continue;
    if ((i < tag.size() && tag[i] != '-') || i == part || i - part > 8)
      return {};
    part = i + 1;
  }
  return tag.size() <= 35 ? tag : std::string();
}

// `YYYY-MM-DD[T ]hh:mm:ss`, what follows a fraction of a second and `Z` or an
// offset of zero, as clients write it.
std::optional<Time> ReadDate(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd";
  if (text.size() < kShape.size()) return std::nullopt;
  for (size_t i = 0; i < kShape.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    const bool fits = kShape[i] == 'd'   ? digit
                      : kShape[i] == 'T' ? text[i] == 'T' || text[i] == ' '
                                         : text[i] == kShape[i];
    if (!fits) return std::nullopt;
  }
  const auto number = [text](size_t at, size_t size) {
    int value = 0;
    std::from_chars(text.data() + at, text.data() + at + size, value);
    return value;
  };
  const std::chrono::year_month_day date{
      std::chrono::year(number(0, 4)),
      std::chrono::month(static_cast<unsigned>(number(5, 2))),
      std::chrono::day(static_cast<unsigned>(number(8, 2)))};
  if (!date.ok() || number(0, 4) < 1 || number(11, 2) > 23 ||
      number(14, 2) > 59 || number(17, 2) > 59)
    return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(number(11, 2)) +
         std::chrono::minutes(number(14, 2)) +
         std::chrono::seconds(number(17, 2));
}

// A form's fields as text.
class Fields {
 public:
  explicit Fields(const Form& form)
      : form_(form), charset_(form.Get("blog_charset")) {}

  std::string operator[](std::string_view name) const {
    return ToUtf8(form_.Get(name), charset_);
  }
  bool Truth(std::string_view name) const {
    const std::string value = LowerAscii(form_.Get(name));
    return value == "1" || value == "true";
  }

 private:
  const Form& form_;
  const std::string charset_;
};

void SetAuthor(const Fields& fields, v1::Comment* comment) {
  v1::Author* author = comment->mutable_author();
  author->set_name(Line(fields["comment_author"], kMaxName));
  const std::string email = Line(fields["comment_author_email"], kMaxUrl);
  if (IsEmail(email)) author->set_email(email);
  const std::string url = Line(fields["comment_author_url"], kMaxUrl + 1);
  author->set_url(WebUrl(url));
  if (author->url().empty() && !url.empty())
    (*comment->mutable_labels())[kUrlLabel] = CutUtf8(url, kMaxLabel);
  const std::string id = Line(fields["user_id"], kMaxAuthorId);
  if (id != "0") author->set_id(id);
}

void SetClient(const Fields& fields, v1::Comment* comment) {
  v1::Client* client = comment->mutable_client();
  client->set_ip(Address(Line(fields["user_ip"], kMaxName)));
  client->set_user_agent(CutUtf8(fields["user_agent"], 1024));
  client->set_referrer(CutUtf8(fields["referrer"], 2048));
}

void SetPage(const Fields& fields, v1::Comment* comment) {
  std::string url = WebUrl(Line(fields["permalink"], kMaxUrl + 1));
  if (url.empty()) url = WebUrl(Line(fields["blog"], kMaxUrl + 1));
  comment->mutable_page()->set_url(url);
  comment->mutable_page()->set_language(
      Language(Line(fields["blog_lang"], kMaxName)));
}

// The honeypot is either the field that the form names or the plugin's own.
void SetForm(const Fields& fields, v1::Comment* comment) {
  std::string honeypot = fields["POST_ak_hp_textarea"];
  const std::string name = fields["honeypot_field_name"];
  if (!name.empty() && !fields[name].empty()) honeypot = fields[name];
  if (!honeypot.empty())
    comment->mutable_form()->set_honeypot(CutUtf8(honeypot, kMaxHoneypot));
}

void SetLabel(const char* label, std::string value, v1::Comment* comment) {
  if (!value.empty())
    (*comment->mutable_labels())[label] = Line(std::move(value), kMaxLabel);
}

void SetTime(const Fields& fields, Time now, AkismetFlags* flags,
             v1::Comment* comment) {
  const std::optional<Time> time = ReadDate(fields["comment_date_gmt"]);
  if (!time.has_value() || *time > now + std::chrono::hours(24)) return;
  flags->dated = true;
  comment->mutable_create_time()->set_seconds(
      std::chrono::floor<std::chrono::seconds>(*time)
          .time_since_epoch()
          .count());
}

void SetFlags(const Fields& fields, AkismetFlags* flags) {
  constexpr std::string_view kSpam = "akismet-guaranteed-spam";
  const std::string author = fields["comment_author"];
  flags->is_test = fields.Truth("is_test");
  flags->administrator = fields["user_role"] == "administrator";
  flags->guaranteed_spam =
      author == kSpam || author == "viagra-test-123" ||
      fields["comment_author_email"] == "akismet-guaranteed-spam@example.com";
  flags->recheck = !fields["recheck_reason"].empty();
}

// The text without tags, entities, white space and case.
std::string Essence(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : ' ';
    if (text[i] == '<' && (IsAlnum(next) || next == '/' || next == '!')) {
      const size_t end = text.find('>', i);
      // Without an end no later tag has one either: it is looked for once.
      if (end == text.npos) break;
      i = end;
      continue;
    }
    if (text[i] == '&') {
      const size_t end = text.substr(i, kMaxEntity).find(';');
      if (end != text.npos) i += end;
      continue;
    }
    if (IsAlnum(text[i]) || static_cast<unsigned char>(text[i]) >= 0x80)
      out.push_back(text[i]);
  }
  return LowerAscii(out);
}

}  // namespace

v1::Comment CommentOfForm(const Form& form, v1::Format format,
                          size_t max_body_bytes, Time now,
                          AkismetFlags* flags) {
  const Fields fields(form);
  v1::Comment comment;
  std::string body = fields["comment_content"];
  body.erase(std::remove(body.begin(), body.end(), '\0'), body.end());
  flags->too_long = body.size() > max_body_bytes;
  body = CutUtf8(std::move(body), max_body_bytes);
  // A trackback or a sign-up may have none, and is judged by the rest.
  if (std::all_of(body.begin(), body.end(),
                  [](char c) { return IsControl(c) || c == ' '; }))
    body = "(no text)";
  comment.set_body(std::move(body));
  comment.set_format(format);
  SetFlags(fields, flags);
  SetAuthor(fields, &comment);
  comment.mutable_author()->set_is_staff(flags->administrator);
  SetClient(fields, &comment);
  SetPage(fields, &comment);
  SetForm(fields, &comment);
  SetTime(fields, now, flags, &comment);
  std::string type = fields["comment_type"];
  if (type.empty()) type = fields["content_type"];  // Discourse's name for it
  SetLabel(kTypeLabel, std::move(type), &comment);
  SetLabel(kNonceLabel, fields["akismet_comment_nonce"], &comment);
  return comment;
}

std::string CommentIdOf(std::string_view key, std::string_view site,
                        const v1::Comment& comment, uint64_t occurrence) {
  std::string text(site);
  const auto add = [&text](std::string_view part) {
    text += fmt::format("\n{} ", part.size());
    text += part;
  };
  const v1::Author& author = comment.author();
  add(LowerAscii(author.email()));
  add(Essence(author.name()));
  add(comment.client().ip());
  add(Essence(comment.page().url()));
  add(Essence(comment.body()));
  add(std::to_string(occurrence));
  unsigned char hash[EVP_MAX_MD_SIZE] = {};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash,
       &size);
  std::string id;
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) id.push_back('-');
    // RFC 9562: version 8, whose bits are the maker's own
    const int byte = i == 6   ? (hash[i] & 0x0F) | 0x80
                     : i == 8 ? (hash[i] & 0x3F) | 0x80
                              : hash[i];
    id += fmt::format("{:02x}", byte);
  }
  return id;
}

}  // namespace sluice::gateway
