#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "service/base/clock.h"
#include "service/base/mutex.h"
#include "service/network/address_files.h"
#include "service/network/resolver.h"
#include "sluice/v1/signals.pb.h"

namespace sluice::network {

// The name under which a block list knows an address or a domain (RFC 5782):
// the bytes of an IPv4 address or the hexadecimal digits of an IPv6 one
// backwards, or the domain, before the zone. Empty for what is no address.
std::string AddressQuestion(std::string_view ip, std::string_view zone);
std::string DomainQuestion(std::string_view domain, std::string_view zone);

// Whether a list's answer says "listed": an address of 127.0.0.0/8. Lists
// answer from 127.255.255.0/24 to say that they do not answer the asker, and
// from elsewhere when their domain was sold; that is `kFailed`.
DnsAnswer::Kind ListedBy(const DnsAnswer& answer);

struct NetworkOptions {
  std::vector<std::string> ip_lists;
  std::vector<std::string> domain_lists;
  size_t max_cached = 100'000;
};

// What is asked of the network about a comment. Answers are kept for as long as
// they say themselves, in a bounded cache. Thread-safe. The resolver, the files
// and the clock must outlive it.
class NetworkChecks {
 public:
  NetworkChecks(NetworkOptions options, Resolver* resolver,
                const AddressFiles* files, const Clock* clock);

  struct Answer {
    v1::NetworkSignals signals;
    bool finished = true;  // false: some list did not answer
  };
  using Done = std::function<void(Answer)>;

  // Asks about an address (empty: none) and at most kMaxDomains domains. Calls
  // `done` exactly once: before this returns if everything is known, else where
  // the resolver does.
  void Ask(std::string_view ip, const std::vector<std::string>& domains,
           Done done);

  static constexpr size_t kMaxDomains = 8;

 private:
  struct Asked;
  struct Cached {
    bool listed;
    Time expires;
  };

  bool FromCache(const std::string& name, bool* listed);
  void Keep(const std::string& name, const DnsAnswer& answer);

  const NetworkOptions options_;
  Resolver* const resolver_;
  const AddressFiles* const files_;
  const Clock* const clock_;
  Mutex mutex_;
  std::map<std::string, Cached, std::less<>> cache_ SLUICE_GUARDED_BY(mutex_);
  std::deque<std::string> order_ SLUICE_GUARDED_BY(mutex_);  // oldest first
};

}  // namespace sluice::network
