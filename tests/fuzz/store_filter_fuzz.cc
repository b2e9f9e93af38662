// Any bytes as a filter of the queue: it is refused with a message, or it
// answers, the same each time, and its bounds leave out nothing that it
// matches.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "service/store/filter.h"

namespace {

sluice::v1::Entry MakeEntry() {
  sluice::v1::Entry entry;
  entry.set_name("sites/default/comments/1");
  entry.set_state(sluice::v1::STATE_HELD);
  sluice::v1::Checked& checked = *entry.mutable_checked();
  checked.mutable_comment()->set_body("Some text about oaks");
  checked.mutable_comment()->mutable_author()->set_email("ann@example.com");
  checked.set_html("<p>Some text about oaks</p>");
  checked.mutable_decision()->set_score(3);
  checked.mutable_decision()->add_reasons()->set_id("newcomer");
  return entry;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const sluice::v1::Entry kEntry = MakeEntry();
  const auto filter = sluice::store::Filter::Parse(
      std::string_view(reinterpret_cast<const char*>(data), size),
      sluice::Time(std::chrono::seconds(1'800'000'000)));
  if (!filter.ok()) {
    if (filter.status().message().empty()) std::abort();
    return 0;
  }
  const sluice::store::FilterInput input{kEntry, "c1"};
  const bool matches = (*filter)->Matches(input);
  if (matches != (*filter)->Matches(input)) std::abort();
  return 0;
}
