#include "service/learner.h"

#include <algorithm>
#include <utility>

#include "service/base/resource_name.h"
#include "service/classifier/features.h"

namespace sluice {
namespace {

constexpr int kPage = 200;

// A lesson is queued within a moment of its commit; what is older than this
// before the newest decision was learned before the pass began.
constexpr int64_t kQueuedMicros = 60'000'000;

int64_t ReviewMicros(const v1::Entry& entry) {
  return entry.review_time().seconds() * 1'000'000 +
         entry.review_time().nanos() / 1000;
}

bool ReviewedBefore(const v1::Entry& a, const v1::Entry& b) {
  return std::make_pair(ReviewMicros(a), std::string_view(a.name())) <
         std::make_pair(ReviewMicros(b), std::string_view(b.name()));
}

// What a person decided, and is not gone.
bool HasLesson(const v1::Entry& entry) {
  return entry.has_review() && entry.purged().what() != "content";
}

// Every entry of a site that a person decided, in the order of the decisions.
absl::StatusOr<std::vector<v1::Entry>> ReviewedOf(store::Store* store,
                                                  const std::string& site) {
  std::vector<v1::Entry> reviewed;
  for (v1::State state : {v1::STATE_ACCEPTED, v1::STATE_REJECTED}) {
    store::ListQuery query{site, state, store::Order::kOldestFirst, kPage, ""};
    do {
      absl::StatusOr<store::EntryPage> page = store->List(query);
      if (!page.ok()) return page.status();
      for (v1::Entry& entry : page->entries) {
        if (HasLesson(entry)) reviewed.push_back(std::move(entry));
      }
      query.page_token = std::move(page->next_page_token);
    } while (!query.page_token.empty());
  }
  std::sort(reviewed.begin(), reviewed.end(), ReviewedBefore);
  return reviewed;
}

void Teach(const Site& site, const v1::Entry& entry, classifier::Model* model) {
  model->Learn(FeaturesOf(site, entry.checked()),
               entry.review().verdict() == v1::VERDICT_REJECT, 1);
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
    const absl::StatusOr<std::vector<v1::Entry>> reviewed =
        ReviewedOf(store_, site);
    if (!reviewed.ok()) return reviewed.status();
    LearnNow(*reviewed);
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

void Learner::Unlearn(const std::vector<v1::Entry>& entries) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const v1::Entry& entry : entries)
      anew_.emplace(ParseResourceName(entry.name()).site);
  }
  wake_.notify_one();
}

void Learner::Flush() {
  std::unique_lock<std::mutex> lock(mutex_);
  idle_.wait(lock,
             [this] { return queue_.empty() && anew_.empty() && !busy_; });
}

void Learner::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    wake_.wait(lock,
               [this] { return stop_ || !queue_.empty() || !anew_.empty(); });
    if (stop_) return;
    std::vector<v1::Entry> lessons(std::make_move_iterator(queue_.begin()),
                                   std::make_move_iterator(queue_.end()));
    queue_.clear();
    const std::set<std::string> anew = std::move(anew_);
    anew_.clear();
    busy_ = true;
    lock.unlock();
    // A store that cannot be read leaves the model as it is; the next start
    // learns it anew.
    std::set<std::string, std::less<>> learned;
    for (const std::string& site : anew) {
      if (LearnAnew(site).ok()) learned.insert(site);
    }
    // What was queued before is in the store: learned with the rest, or undone.
    lessons.erase(
        std::remove_if(lessons.begin(), lessons.end(),
                       [&](const v1::Entry& entry) {
                         return learned.count(
                                    ParseResourceName(entry.name()).site) > 0 ||
                                KnownAlready(entry);
                       }),
        lessons.end());
    LearnNow(lessons);
    lock.lock();
    busy_ = false;
    idle_.notify_all();
  }
}

absl::Status Learner::LearnAnew(const std::string& site_id) {
  const std::shared_ptr<const Sites> sites = moderator_->sites();
  const auto site = sites->find(site_id);
  if (site == sites->end()) return absl::OkStatus();
  const absl::StatusOr<std::vector<v1::Entry>> reviewed =
      ReviewedOf(store_, site_id);
  if (!reviewed.ok()) return reviewed.status();
  auto model = std::make_shared<classifier::Model>();
  for (auto it = found_.begin(); it != found_.end();) {
    it = ParseResourceName(it->first).site == site_id ? found_.erase(it)
                                                      : std::next(it);
  }
  for (const v1::Entry& entry : *reviewed) {
    Teach(site->second, entry, model.get());
    if (ReviewMicros(entry) + kQueuedMicros > ReviewMicros(reviewed->back()))
      found_[entry.name()] = ReviewMicros(entry);
  }
  moderator_->SetModel(site_id, reviewed->empty() ? nullptr : std::move(model));
  return absl::OkStatus();
}

bool Learner::KnownAlready(const v1::Entry& entry) const {
  const auto found = found_.find(entry.name());
  return found != found_.end() && found->second == ReviewMicros(entry);
}

// One copy of each site's model for all its lessons, then one swap.
void Learner::LearnNow(const std::vector<v1::Entry>& entries) {
  const std::shared_ptr<const Sites> sites = moderator_->sites();
  std::map<std::string, std::shared_ptr<classifier::Model>, std::less<>> taught;
  for (const v1::Entry& entry : entries) {
    const std::string site_id(ParseResourceName(entry.name()).site);
    const auto site = sites->find(site_id);
    if (site == sites->end() || !HasLesson(entry)) continue;
    std::shared_ptr<classifier::Model>& model = taught[site_id];
    if (model == nullptr) {
      const std::shared_ptr<const classifier::Model> current =
          moderator_->model(site_id);
      model = current == nullptr
                  ? std::make_shared<classifier::Model>()
                  : std::make_shared<classifier::Model>(*current);
    }
    Teach(site->second, entry, model.get());
  }
  for (auto& [site_id, model] : taught)
    moderator_->SetModel(site_id, std::move(model));
}

}  // namespace sluice
