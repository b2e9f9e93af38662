#include "service/signals/link_signals.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "service/signals/public_suffix.h"

namespace sluice::signals {
namespace {

bool Contains(const std::vector<std::string>& sorted, std::string_view value) {
  return std::binary_search(sorted.begin(), sorted.end(), value, std::less<>());
}

// Cuts at a character's border.
std::string_view CutUtf8(std::string_view text, size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80)
    --size;
  return text.substr(0, size);
}

// What stands between "//" and the path: userinfo, host and port as the URL has
// them.
std::string_view Authority(std::string_view url) {
  const size_t slashes = url.find("//");
  if (slashes == std::string_view::npos) return {};
  url.remove_prefix(slashes + 2);
  return url.substr(0, url.find_first_of("/?#\\"));
}

bool IsIpHost(std::string_view host) {
  return !host.empty() &&
         (host.front() == '[' ||
          host.find_first_not_of("0123456789.") == std::string_view::npos);
}

bool HasPunycode(std::string_view host) {
  return host.substr(0, 4) == "xn--" ||
         host.find(".xn--") != std::string_view::npos;
}

// The host a link's text shows, if the text is a URL or a host.
std::string TextHost(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (text.find(' ') != std::string_view::npos) return "";
  const size_t scheme = text.find("://");
  return BareHost(scheme == std::string_view::npos ? text
                                                   : text.substr(scheme + 3));
}

std::string WithoutWww(std::string_view host) {
  return std::string(host.substr(0, 4) == "www." ? host.substr(4) : host);
}

class LinkObserver {
 public:
  LinkObserver(const SiteFacts& site, std::string author_domain,
               v1::LinkSignals* out)
      : site_(site), author_domain_(std::move(author_domain)), out_(out) {}

  void Add(const markup::Link& link) {
    v1::LinkItem item;
    item.set_url(link.url);
    item.set_host(link.host);
    item.set_scheme(link.scheme);
    item.set_text(std::string(CutUtf8(link.text, kMaxLinkText)));
    item.set_published(link.published);
    item.set_text_host(TextHost(link.text));
    const std::string_view authority = Authority(link.url);
    const size_t at = authority.rfind('@');
    out_->set_with_userinfo(out_->with_userinfo() +
                            (at != std::string_view::npos));
    const std::string_view host =
        at == std::string_view::npos ? authority : authority.substr(at + 1);
    const size_t colon = host.rfind(':');
    const bool has_port = colon != std::string_view::npos &&
                          host.find(']', colon) == std::string_view::npos;
    out_->set_with_port(out_->with_port() + has_port);
    Count(std::move(item));
  }

  void AddBare(std::string host, std::string_view text) {
    v1::LinkItem item;
    item.set_url(std::string(text));
    item.set_host(std::move(host));
    item.set_text(std::string(CutUtf8(text, kMaxLinkText)));
    Count(std::move(item));
  }

  void Finish() { out_->set_domains(static_cast<int32_t>(domains_.size())); }

 private:
  void Count(v1::LinkItem item) {
    const std::string& host = item.host();
    item.set_domain(RegistrableDomain(host));
    out_->set_count(out_->count() + 1);
    out_->set_punycode_hosts(out_->punycode_hosts() + HasPunycode(host));
    out_->set_ip_hosts(out_->ip_hosts() + IsIpHost(host));
    out_->set_shorteners(out_->shorteners() +
                         Contains(site_.shortener_domains, item.domain()));
    out_->set_own_site(out_->own_site() + Contains(site_.hosts, host));
    const bool same_as_author =
        !author_domain_.empty() && item.domain() == author_domain_;
    out_->set_same_as_author_url(out_->same_as_author_url() + same_as_author);
    const bool differs = !item.text_host().empty() &&
                         WithoutWww(item.text_host()) != WithoutWww(host);
    out_->set_text_host_differs(out_->text_host_differs() + differs);
    if (!host.empty())
      domains_.insert(item.domain().empty() ? host : item.domain());
    if (out_->items_size() < kMaxLinkItems)
      *out_->add_items() = std::move(item);
  }

  const SiteFacts& site_;
  const std::string author_domain_;
  v1::LinkSignals* out_;
  std::set<std::string> domains_;
};

// What parts hosts from other words: white space, brackets, quotes, commas. A
// table, since every byte of a text is asked.
constexpr std::array<bool, 256> kParts = [] {
  std::array<bool, 256> parts{};
  for (char c : std::string_view(" \t\n\r\"'()<>[]{},;"))
    parts[static_cast<unsigned char>(c)] = true;
  return parts;
}();

// The first byte from `at` on that parts words, or does not; the end if none.
size_t FindPart(std::string_view text, size_t at, bool parts) {
  while (at < text.size() &&
         kParts[static_cast<unsigned char>(text[at])] != parts)
    ++at;
  return at;
}

// Hosts in the text that are no link already: `see example.com`.
void AddBareHosts(const markup::Rendering& rendering, LinkObserver* observer) {
  const std::string_view text = rendering.text;
  size_t next_link = 0;
  size_t looked_at = 0;
  for (size_t at = 0; at < text.size() && looked_at < kMaxBareHosts;) {
    const size_t begin = FindPart(text, at, false);
    at = FindPart(text, begin, true);
    while (next_link < rendering.links.size() &&
           rendering.links[next_link].text_span.end <= begin)
      ++next_link;
    const bool in_link = next_link < rendering.links.size() &&
                         rendering.links[next_link].text_span.begin < at;
    const std::string_view word = text.substr(begin, at - begin);
    if (in_link || word.find('.') == std::string_view::npos ||
        word.find('@') != std::string_view::npos)
      continue;
    ++looked_at;
    if (std::string host = BareHost(word); !host.empty())
      observer->AddBare(std::move(host), word);
  }
}

constexpr size_t kMaxWikiLink = 512;  // bytes between its brackets

// `[http://x]` and `[http://x text]`, but not `[http://x](http://x)`, which is
// Markdown.
bool IsWikiLink(std::string_view rest) {
  if (rest.substr(0, 5) != "http:" && rest.substr(0, 6) != "https:")
    return false;
  const size_t end = rest.substr(0, kMaxWikiLink).find(']');
  return end != std::string_view::npos &&
         (end + 1 == rest.size() ||
          (rest[end + 1] != '(' && rest[end + 1] != '['));
}

bool IsUrlTag(std::string_view rest) {
  return rest.size() >= 4 && (rest[0] | 0x20) == 'u' &&
         (rest[1] | 0x20) == 'r' && (rest[2] | 0x20) == 'l' &&
         (rest[3] == '=' || rest[3] == ']');
}

int32_t CountBbcode(std::string_view source) {
  int32_t count = 0;
  for (size_t at = source.find('['); at != std::string_view::npos;
       at = source.find('[', at + 1)) {
    const std::string_view rest = source.substr(at + 1);
    count += IsUrlTag(rest) || IsWikiLink(rest);
  }
  return count;
}

double LinkTextShare(const markup::Rendering& rendering) {
  if (rendering.text.empty()) return 0;
  size_t bytes = 0;
  for (const markup::Link& link : rendering.links)
    bytes += link.text_span.size();
  return std::min(1.0, static_cast<double>(bytes) /
                           static_cast<double>(rendering.text.size()));
}

v1::LinkSignals Observe(Views* views, const SiteFacts& site) {
  v1::LinkSignals out;
  const markup::Rendering& rendering = views->rendering();
  const std::string& author_url = views->comment().author().url();
  LinkObserver observer(site, AuthorDomain(author_url), &out);
  for (const markup::Link& link : rendering.links) observer.Add(link);
  AddBareHosts(rendering, &observer);
  observer.Finish();
  const auto past_the_list =
      static_cast<int32_t>(rendering.link_count - rendering.links.size());
  out.set_count(out.count() + past_the_list);
  out.set_text_share(LinkTextShare(rendering));
  out.set_bbcode(CountBbcode(views->comment().body()));
  out.set_author_url(!author_url.empty());
  return out;
}

}  // namespace

std::string AuthorDomain(std::string_view url) {
  const std::string_view authority = Authority(url);
  return RegistrableDomain(
      BareHost(authority.substr(authority.rfind('@') + 1)));
}

const v1::LinkSignals& LinksOf(Views* views, const SiteFacts& site) {
  std::optional<v1::LinkSignals>& links = views->links();
  if (!links.has_value()) links = Observe(views, site);
  return *links;
}

}  // namespace sluice::signals
