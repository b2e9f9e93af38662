#include "service/warm_up.h"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

constexpr int kPage = 200;

struct Remembered {
  signals::Traces traces;
  v1::State state;
};

Time TimeOf(const google::protobuf::Timestamp& stamp) {
  return Time{std::chrono::seconds(stamp.seconds()) +
              std::chrono::microseconds(stamp.nanos() / 1000)};
}

absl::Status ReadState(store::Store* store, const Moderator& moderator,
                       const Site& site, v1::State state, size_t max_comments,
                       std::vector<Remembered>* out) {
  store::ListQuery query{site.id, state, store::Order::kNewestFirst, kPage, ""};
  size_t read = 0;
  do {
    absl::StatusOr<store::EntryPage> page = store->List(query);
    if (!page.ok()) return page.status();
    for (const v1::Entry& entry : page->entries) {
      out->push_back({moderator.TracesOf(site, entry.checked().comment(),
                                         TimeOf(entry.create_time())),
                      entry.state()});
    }
    read += page->entries.size();
    query.page_token = std::move(page->next_page_token);
  } while (!query.page_token.empty() && read < max_comments);
  return absl::OkStatus();
}

// Equal times come in the order of their names' hashes: the same at every
// start.
bool SentBefore(const Remembered& a, const Remembered& b) {
  return std::make_pair(a.traces.time, a.traces.name) <
         std::make_pair(b.traces.time, b.traces.name);
}

}  // namespace

absl::Status WarmUpHistory(store::Store* store, const Moderator& moderator,
                           size_t max_comments) {
  history::History* const history = moderator.memory().history;
  if (history == nullptr) return absl::OkStatus();
  std::vector<Remembered> all;
  for (const auto& [id, site] : *moderator.sites()) {
    for (v1::State state :
         {v1::STATE_ACCEPTED, v1::STATE_HELD, v1::STATE_REJECTED}) {
      if (absl::Status status =
              ReadState(store, moderator, site, state, max_comments, &all);
          !status.ok())
        return status;
    }
  }
  std::sort(all.begin(), all.end(), SentBefore);
  const size_t skipped = all.size() - std::min(all.size(), max_comments);
  for (size_t i = skipped; i < all.size(); ++i)
    history->Remember(all[i].traces, all[i].state);
  return absl::OkStatus();
}

}  // namespace sluice
