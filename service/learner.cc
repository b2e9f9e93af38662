#include "service/learner.h"

#include <algorithm>
#include <utility>

#include "service/base/resource_name.h"
#include "service/classifier/features.h"

namespace sluice {
namespace {

constexpr int kPage = 200;

bool ReviewedBefore(const v1::Entry& a, const v1::Entry& b) {
  const auto key = [](const v1::Entry& entry) {
    return std::make_pair(entry.review_time().seconds(),
                          entry.review_time().nanos());
  };
  return key(a) < key(b);
}

}  // namespace

Learner::Learner(store::Store* store, Moderator* moderator)
    : store_(store), moderator_(moderator), thread_([this] { Run(); }) {}

Learner::~Learner() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

absl::Status Learner::LearnFromStore(const std::vector<std::string>& sites) {
  for (const std::string& site : sites) {
    std::vector<v1::Entry> reviewed;
    for (v1::State state : {v1::STATE_ACCEPTED, v1::STATE_REJECTED}) {
      store::ListQuery query{site, state, store::Order::kOldestFirst, kPage,
                             ""};
      do {
        absl::StatusOr<store::EntryPage> page = store_->List(query);
        if (!page.ok()) return page.status();
        for (v1::Entry& entry : page->entries) {
          if (entry.has_review()) reviewed.push_back(std::move(entry));
        }
        query.page_token = std::move(page->next_page_token);
      } while (!query.page_token.empty());
    }
    std::sort(reviewed.begin(), reviewed.end(), ReviewedBefore);
    LearnNow(reviewed);
  }
  return absl::OkStatus();
}

void Learner::Learn(std::vector<v1::Entry> entries) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::move(entries.begin(), entries.end(), std::back_inserter(queue_));
    while (queue_.size() > kMaxQueued) queue_.pop_front();
  }
  wake_.notify_one();
}

void Learner::Flush() {
  std::unique_lock<std::mutex> lock(mutex_);
  idle_.wait(lock, [this] { return queue_.empty() && !busy_; });
}

void Learner::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stop_ || !queue_.empty(); });
    if (stop_) return;
    std::vector<v1::Entry> lessons(std::make_move_iterator(queue_.begin()),
                                   std::make_move_iterator(queue_.end()));
    queue_.clear();
    busy_ = true;
    lock.unlock();
    LearnNow(lessons);
    lock.lock();
    busy_ = false;
    idle_.notify_all();
  }
}

// One copy of each site's model for all its lessons, then one swap.
void Learner::LearnNow(const std::vector<v1::Entry>& entries) {
  const std::shared_ptr<const Sites> sites = moderator_->sites();
  std::map<std::string, std::shared_ptr<classifier::Model>, std::less<>> taught;
  for (const v1::Entry& entry : entries) {
    const std::string site_id(ParseResourceName(entry.name()).site);
    const auto site = sites->find(site_id);
    if (site == sites->end() || !entry.has_review()) continue;
    std::shared_ptr<classifier::Model>& model = taught[site_id];
    if (model == nullptr) {
      const std::shared_ptr<const classifier::Model> current =
          moderator_->model(site_id);
      model = current == nullptr
                  ? std::make_shared<classifier::Model>()
                  : std::make_shared<classifier::Model>(*current);
    }
    const classifier::Features features =
        FeaturesOf(site->second, entry.checked());
    model->Learn(features, entry.review().verdict() == v1::VERDICT_REJECT, 1);
  }
  for (auto& [site_id, model] : taught)
    moderator_->SetModel(site_id, std::move(model));
}

}  // namespace sluice
