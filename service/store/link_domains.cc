#include "service/store/link_domains.h"

#include <algorithm>

namespace sluice::store {

std::vector<std::string> LinkDomains(const v1::Checked& checked) {
  std::vector<std::string> domains;
  for (const v1::LinkItem& link : checked.signals().links().items()) {
    if (domains.size() == kMaxLinkDomains) break;
    const std::string& domain =
        link.domain().empty() ? link.host() : link.domain();
    if (domain.empty() ||
        std::find(domains.begin(), domains.end(), domain) != domains.end())
      continue;
    domains.push_back(domain);
  }
  return domains;
}

}  // namespace sluice::store
