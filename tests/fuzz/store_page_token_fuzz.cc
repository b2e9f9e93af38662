// A page token comes from outside: whatever it is, it is refused or is one that
// encodes to itself.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "service/store/page_token.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice::store;
  ListQuery query;
  query.site = "blog";
  query.order = size % 2 == 0 ? Order::kOldestFirst : Order::kHighestScoreFirst;
  query.page_token.assign(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<PagePosition> position = DecodePageToken(query);
  if (position.ok() && EncodePageToken(query, *position) != query.page_token)
    std::abort();
  return 0;
}
