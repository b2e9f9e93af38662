#include "service/rpc/similar.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "service/base/ascii.h"
#include "service/base/resource_name.h"
#include "service/store/link_domains.h"

namespace sluice::rpc {
namespace {

constexpr int kPerTrait = 100;
constexpr int kRecent = 200;
constexpr size_t kDomains = 2;
constexpr size_t kMaxPairs = 4096;  // of a text; what follows is left out
// Who shares nothing else must be this much alike.
constexpr double kLeastLikeness = 0.2;

// Hashes of the pairs of neighbouring words, sorted, each once.
std::vector<size_t> PairsOf(const v1::Entry& entry) {
  const std::string text = LowerAscii(entry.checked().comment().body());
  std::vector<size_t> pairs;
  std::string_view before;
  for (size_t i = 0; i < text.size() && pairs.size() < kMaxPairs;) {
    const auto word = [](char c) {
      return static_cast<signed char>(c) < 0 || (c >= 'a' && c <= 'z') ||
             (c >= '0' && c <= '9');
    };
    size_t end = i;
    while (end < text.size() && word(text[end])) ++end;
    if (end == i) {
      ++i;
      continue;
    }
    const std::string_view now = std::string_view(text).substr(i, end - i);
    pairs.push_back(std::hash<std::string_view>()(before) * 31 +
                    std::hash<std::string_view>()(now));
    before = now;
    i = end;
  }
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  return pairs;
}

double Likeness(const std::vector<size_t>& a, const std::vector<size_t>& b) {
  std::vector<size_t> both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(),
                        std::back_inserter(both));
  const size_t all = a.size() + b.size() - both.size();
  return all == 0 ? 0
                  : static_cast<double>(both.size()) / static_cast<double>(all);
}

struct Candidate {
  double likeness = 0;
  v1::Entry entry;
};

class Search {
 public:
  Search(store::Store* store, const v1::Entry& entry)
      : store_(store), entry_(entry), pairs_(PairsOf(entry)) {}

  // What a trait is worth beside the likeness of the text, which is at most 1.
  absl::Status Add(store::ListQuery query, int most, double worth) {
    query.site = ParseResourceName(entry_.name()).site;
    query.order = store::Order::kNewestFirst;
    query.page_size = most;
    absl::StatusOr<store::EntryPage> page = store_->List(query);
    if (!page.ok()) return page.status();
    for (v1::Entry& found : page->entries) {
      if (found.name() == entry_.name()) continue;
      Candidate& candidate = candidates_[found.name()];
      if (candidate.entry.name().empty()) {
        candidate.likeness = Likeness(pairs_, PairsOf(found));
        candidate.entry = std::move(found);
      }
      candidate.likeness += worth;
    }
    return absl::OkStatus();
  }

  std::vector<v1::Entry> Best(size_t count) {
    std::vector<Candidate*> order;
    for (auto& [name, candidate] : candidates_) {
      if (candidate.likeness >= kLeastLikeness) order.push_back(&candidate);
    }
    std::stable_sort(order.begin(), order.end(),
                     [](const Candidate* a, const Candidate* b) {
                       return a->likeness > b->likeness;
                     });
    std::vector<v1::Entry> best;
    for (size_t i = 0; i < std::min(count, order.size()); ++i)
      best.push_back(std::move(order[i]->entry));
    return best;
  }

 private:
  store::Store* const store_;
  const v1::Entry& entry_;
  const std::vector<size_t> pairs_;
  std::map<std::string, Candidate> candidates_;
};

}  // namespace

absl::StatusOr<std::vector<v1::Entry>> ListSimilar(store::Store* store,
                                                   const v1::Entry& entry,
                                                   size_t count) {
  Search search(store, entry);
  const v1::Checked& checked = entry.checked();
  absl::Status status;
  const std::string& campaign = checked.signals().repetition().campaign();
  if (!campaign.empty()) {
    store::ListQuery query;
    query.state = v1::STATE_UNSPECIFIED;
    // An id is hexadecimal digits.
    absl::StatusOr<std::shared_ptr<const store::Filter>> filter =
        store::Filter::Parse("state:* AND campaign = \"" + campaign + "\"", {});
    if (!filter.ok()) return filter.status();
    query.filter = *std::move(filter);
    status = search.Add(std::move(query), kPerTrait, 2);
  }
  const v1::Author& author = checked.comment().author();
  if (status.ok() && !(author.id().empty() && author.email().empty() &&
                       author.name().empty())) {
    store::ListQuery query;
    query.state = v1::STATE_UNSPECIFIED;
    query.author = author;
    status = search.Add(std::move(query), kPerTrait, 0.3);
  }
  std::vector<std::string> domains = store::LinkDomains(checked);
  domains.resize(std::min(domains.size(), kDomains));
  for (std::string& domain : domains) {
    store::ListQuery query;
    query.state = v1::STATE_UNSPECIFIED;
    query.link_domain = std::move(domain);
    if (status.ok()) status = search.Add(std::move(query), kPerTrait, 0.4);
  }
  store::ListQuery recent;
  recent.state = entry.state();
  if (status.ok()) status = search.Add(std::move(recent), kRecent, 0);
  if (!status.ok()) return status;
  return search.Best(count);
}

}  // namespace sluice::rpc
