#include "service/gateway/callers.h"

#include <algorithm>

#include "service/base/ascii.h"

namespace sluice::gateway {
namespace {

constexpr char kGetCaller[] = "/sluice.v1.KeyService/GetCaller";
constexpr size_t kMaxKey = 256;

// Whether it can be a key at all. Metadata of gRPC must not have other bytes.
bool CanBeKey(std::string_view key) {
  return !key.empty() && key.size() <= kMaxKey &&
         std::all_of(key.begin(), key.end(),
                     [](char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace

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
  if (!CanBeKey(key))
    return done(absl::UnauthenticatedError("there is no key"));
  CallFor<v1::GetCallerResponse>(
      upstream_, kGetCaller, v1::GetCallerRequest(), Authorization(key),
      [this, key = std::string(key), blog = std::string(blog),
       done = std::move(done)](absl::StatusOr<v1::GetCallerResponse> answer) {
        // Also if no key is asked for, one that is none is refused.
        if (absl::IsUnauthenticated(answer.status()))
          return FindWithout(blog, done);
        if (absl::IsUnimplemented(answer.status()))
          return done(Everything(blog));
        if (!answer.ok()) return done(answer.status());
        absl::StatusOr<Caller> caller = Choose(*answer, blog);
        if (caller.ok() && !answer->id().empty()) caller->key = key;
        done(std::move(caller));
      });
}

void Callers::FindWithout(std::string_view blog, Done done) const {
  CallFor<v1::GetCallerResponse>(
      upstream_, kGetCaller, v1::GetCallerRequest(), {},
      [this, blog = std::string(blog),
       done = std::move(done)](absl::StatusOr<v1::GetCallerResponse> answer) {
        if (!answer.ok()) return done(answer.status());
        done(Choose(*answer, blog));
      });
}

absl::StatusOr<Caller> Callers::Everything(std::string_view blog) const {
  v1::GetCallerResponse everything;
  everything.set_all_sites(true);
  everything.add_scopes(v1::SCOPE_REVIEW);
  return Choose(everything, blog);
}

absl::StatusOr<Caller> Callers::Choose(const v1::GetCallerResponse& caller,
                                       std::string_view blog) const {
  const std::string host = HostOf(blog);
  Caller found;
  found.may_review = std::find(caller.scopes().begin(), caller.scopes().end(),
                               v1::SCOPE_REVIEW) != caller.scopes().end();
  bool of_another = false;
  for (const v1::SiteConfig& site : config_->sites()) {
    const bool may = caller.all_sites() ||
                     std::find(caller.sites().begin(), caller.sites().end(),
                               site.id()) != caller.sites().end();
    const bool is_its = std::any_of(
        site.hosts().begin(), site.hosts().end(),
        [&host](const std::string& name) { return LowerAscii(name) == host; });
    if (may && (is_its || found.site == nullptr)) found.site = &site;
    if (may && is_its) return found;
    of_another |= !may && is_its;
  }
  if (found.site == nullptr || of_another)
    return absl::PermissionDeniedError("the key is not for this blog");
  return found;
}

}  // namespace sluice::gateway
