#include "service/gateway/callers.h"

#include <algorithm>

#include "service/base/ascii.h"

namespace sluice::gateway {

std::string HostOf(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme != url.npos) {
    const std::string name = LowerAscii(url.substr(0, scheme));
    if (name != "http" && name != "https") return {};
    url.remove_prefix(scheme + 3);
  }
  url = url.substr(0, url.find_first_of("/?#\\"));
  const size_t user = url.rfind('@');
  if (user != url.npos) url.remove_prefix(user + 1);
  if (!url.empty() && url.front() == '[') {
    const size_t end = url.find(']');
    return end == url.npos ? "" : LowerAscii(url.substr(1, end - 1));
  }
  std::string host = LowerAscii(url.substr(0, url.find(':')));
  while (!host.empty() && host.back() == '.') host.pop_back();
  return host;
}

Callers::Callers(const v1::ServerConfig* config, Upstream* upstream)
    : config_(config), upstream_(upstream) {}

void Callers::Find(std::string_view key, std::string_view blog,
                   Done done) const {
  if (key.empty()) return done(absl::UnauthenticatedError("there is no key"));
  (void)upstream_;
  absl::StatusOr<Caller> caller = Choose(nullptr, blog);
  if (caller.ok()) caller->may_review = true;
  done(std::move(caller));
}

absl::StatusOr<Caller> Callers::Choose(const std::vector<std::string>* ids,
                                       std::string_view blog) const {
  const std::string host = HostOf(blog);
  const v1::SiteConfig* first = nullptr;
  bool of_another = false;
  for (const v1::SiteConfig& site : config_->sites()) {
    const bool may = ids == nullptr || std::find(ids->begin(), ids->end(),
                                                 site.id()) != ids->end();
    const bool is_its = std::any_of(
        site.hosts().begin(), site.hosts().end(),
        [&host](const std::string& name) { return LowerAscii(name) == host; });
    if (may && is_its) return Caller{&site};
    if (may && first == nullptr) first = &site;
    of_another |= !may && is_its;
  }
  if (first == nullptr || of_another)
    return absl::PermissionDeniedError("the key is not for this blog");
  return Caller{first};
}

}  // namespace sluice::gateway
