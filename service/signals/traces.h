#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "service/base/clock.h"
#include "service/base/keyed_hash.h"
#include "service/signals/form_token.h"
#include "service/signals/observe.h"
#include "service/signals/sketch.h"
#include "service/signals/views.h"
#include "sluice/v1/comment.pb.h"

namespace sluice::signals {

// What a comment leaves in history and is looked up by: keyed hashes, so that
// history does not hold who wrote what; only names stand as they are written.
// All but `name`, `site`, `text` and `sketch` are within the site; 0 is "not
// known".
struct Traces {
  uint64_t name = 0;  // the comment's resource name
  uint64_t site = 0;
  Time time;               // EventTime
  uint64_t ip = 0;         // of the address in its binary form
  uint64_t ip_prefix = 0;  // its /24 (IPv4) or /48 (IPv6)
  uint64_t email = 0;      // without case and without a +tag
  uint64_t page = 0;       // the URL without its fragment
  // Registrable domains (or IP hosts) of links and of the author's URL, but for
  // the site's own; each once, of the first kMaxLinkItems links, at most
  // kMaxTracedDomains.
  std::vector<uint64_t> domains;
  uint64_t author_name = 0;      // as folded
  std::string author;            // name as written
  std::string skeleton;          // NameSkeleton of it
  uint64_t identity = 0;         // signed-in id, else e-mail
  uint64_t text = 0;             // the rendered text as folded
  std::optional<Sketch> sketch;  // of its own words, without quotations
  TokenCheck token_check;        // of its form token
  uint64_t token = 0;            // of a signed one
  uint64_t token_and_ip = 0;     // that and the address; 0 without an address
};

// Under what comments leave their traces and tokens are signed; from the
// server's secret.
struct Keys {
  KeyedHash hash;
  std::string form;  // empty: every token is forged
};

inline constexpr size_t kMaxTracedDomains = 16;

// When a comment counts as sent: its create_time if that is before `now`, so
// that an import is no flood; `now` otherwise.
Time EventTime(const v1::Comment& comment, Time now);

// The key of an e-mail within a space: without case and without what stands
// between a + and the @, which delivers to the same box. 0 for an empty one.
uint64_t EmailKey(const KeyedHash& hash, uint64_t space,
                  std::string_view email);

// The key of a page's URL: without the fragment. 0 for an empty one.
uint64_t PageKey(const KeyedHash& hash, uint64_t space, std::string_view url);

// The registrable domains (or IP hosts) of the first kMaxLinkItems links and of
// the author's URL, each once, at most kMaxTracedDomains; the site's own are
// left out.
std::vector<std::string> ForeignDomains(Views* views, const SiteFacts& site);

// Linear in the comment.
Traces TracesOf(Views* views, const SiteFacts& site, const Keys& keys,
                Time now);

}  // namespace sluice::signals
