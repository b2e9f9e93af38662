#pragma once

#include <string>
#include <string_view>

namespace sluice::signals {

// The registrable domain of a host (`a.b.example.co.uk` -> `example.co.uk`) by
// the public suffix list that comes with libpsl. The host is in lower case and
// punycode. Empty for an IP address, a bare suffix or an empty host.
// Thread-safe.
std::string RegistrableDomain(std::string_view host);

// Whether `label` is a top-level domain of the list's ICANN part. Thread-safe.
bool IsTopLevelDomain(std::string_view label);

// A host written without a scheme, as `example.com` or
// `www.example.co.uk/page`, with a real top-level domain and not a file name as
// `main.py`. Returns the host in lower case, empty if `word` is none.
std::string BareHost(std::string_view word);

}  // namespace sluice::signals
