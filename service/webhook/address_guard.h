#pragma once

struct sockaddr;

namespace sluice::webhook {

// Whether an address is one of the public internet: not loopback, private,
// link-local, shared (RFC 6598), multicast, reserved or for documentation, and
// not an IPv6 form (mapped, NAT64, 6to4, Teredo) that leads to such an IPv4
// one. Whoever may name a webhook's URL must not reach what stands behind the
// server's firewall.
bool IsPublicAddress(const sockaddr* address);

}  // namespace sluice::webhook
