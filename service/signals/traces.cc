#include "service/signals/traces.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "service/base/resource_name.h"
#include "service/signals/link_signals.h"
#include "service/signals/public_suffix.h"

namespace sluice::signals {
namespace {

// Keeps the keys of one kind apart from those of another.
enum Kind : uint64_t {
  kIp = 1,
  kIpPrefix,
  kEmail,
  kPage,
  kDomain,
  kName,
  kText,
  kSketch,
  kToken,
  kIdentity
};

struct Address {
  std::string bytes;
  size_t prefix;  // bytes of it that are the network's
};

// "::ffff:192.0.2.1" is the IPv4 address it holds, as dual-stack servers write
// them.
std::optional<Address> ParseAddress(const std::string& text) {
  std::array<char, 16> bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1)
    return Address{std::string(bytes.data(), 4), 3};
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return std::nullopt;
  const std::string_view all(bytes.data(), bytes.size());
  constexpr std::string_view kMapped("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
  if (all.substr(0, 12) == kMapped)
    return Address{std::string(all.substr(12)), 3};
  return Address{std::string(all), 6};
}

std::string DomainOrHost(const std::string& host) {
  std::string domain = RegistrableDomain(host);
  return domain.empty() ? host : domain;
}

bool IsOwn(const SiteFacts& site, const std::string& domain) {
  return std::any_of(site.hosts.begin(), site.hosts.end(),
                     [&domain](const std::string& own) {
                       return DomainOrHost(own) == domain;
                     });
}

// A reply that quotes what it answers is no copy of the other replies that
// quote it, so that only its own words make the sketch.
void AddText(Views* views, const KeyedHash& hash, Traces* out) {
  const std::string_view text = views->Text(v1::VIEW_TEXT);
  if (!text.empty()) out->text = hash(kText, text);
  const bool quotes = views->rendering().quoted_bytes > 0;
  out->sketch = SketchOf(quotes ? views->Text(v1::VIEW_OWN_WORDS) : text,
                         hash(kSketch, ""));
}

// Forged tokens leave no trace, so that they cannot fill the memory of used
// ones.
void AddToken(const v1::Comment& comment, const Keys& keys, Traces* out) {
  out->token_check = CheckFormToken(keys.form, comment);
  if (out->token_check.kind != TokenCheck::Kind::kSigned) return;
  out->token = keys.hash(out->site + kToken, comment.form().token());
  if (out->ip != 0) out->token_and_ip = SpreadBits(out->token ^ out->ip);
}

}  // namespace

Time EventTime(const v1::Comment& comment, Time now) {
  if (!comment.has_create_time()) return now;
  const Time sent{
      std::chrono::seconds(comment.create_time().seconds()) +
      std::chrono::microseconds(comment.create_time().nanos() / 1000)};
  return std::min(sent, now);
}

uint64_t EmailKey(const KeyedHash& hash, uint64_t space,
                  std::string_view email) {
  const size_t at = email.rfind('@');
  if (at == std::string_view::npos || at == 0) return 0;
  std::string plain(email.substr(0, std::min(email.find('+'), at)));
  plain += email.substr(at);
  for (char& c : plain) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return hash(space + kEmail, plain);
}

uint64_t PageKey(const KeyedHash& hash, uint64_t space, std::string_view url) {
  return url.empty() ? 0 : hash(space + kPage, url.substr(0, url.find('#')));
}

std::vector<std::string> ForeignDomains(Views* views, const SiteFacts& site) {
  std::vector<std::string> domains;
  const auto add = [&](const std::string& domain) {
    if (domain.empty() || domains.size() >= kMaxTracedDomains) return;
    const bool known =
        std::find(domains.begin(), domains.end(), domain) != domains.end();
    if (!known && !IsOwn(site, domain)) domains.push_back(domain);
  };
  for (const v1::LinkItem& link : LinksOf(views, site).items())
    add(link.domain().empty() ? link.host() : link.domain());
  add(AuthorDomain(views->comment().author().url()));
  return domains;
}

Traces TracesOf(Views* views, const SiteFacts& site, const Keys& keys,
                Time now) {
  const KeyedHash& hash = keys.hash;
  const v1::Comment& comment = views->comment();
  Traces out;
  out.name = hash(comment.name());
  out.site = hash(SiteName(ParseResourceName(comment.name()).site));
  out.time = EventTime(comment, now);
  if (const auto address = ParseAddress(comment.client().ip());
      address.has_value()) {
    const std::string_view bytes = address->bytes;
    out.ip = hash(out.site + kIp, bytes);
    out.ip_prefix =
        hash(out.site + kIpPrefix, bytes.substr(0, address->prefix));
  }
  out.email = EmailKey(hash, out.site, comment.author().email());
  out.page = PageKey(hash, out.site, comment.page().url());
  for (const std::string& domain : ForeignDomains(views, site))
    out.domains.push_back(hash(out.site + kDomain, domain));
  if (const std::string_view name = views->Text(v1::VIEW_AUTHOR_NAME);
      !name.empty())
    out.author_name = hash(out.site + kName, name);
  out.author = comment.author().name();
  out.skeleton = NameSkeleton(out.author);
  out.identity = comment.author().id().empty()
                     ? out.email
                     : hash(out.site + kIdentity, comment.author().id());
  AddText(views, hash, &out);
  AddToken(comment, keys, &out);
  return out;
}

}  // namespace sluice::signals
