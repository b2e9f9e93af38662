#include "service/learner.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "service/base/resource_name.h"
#include "service/classifier/features.h"
#include "service/classifier/report.h"
#include "service/learner_reports.h"

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

// What a person decided, and is not gone.
bool HasLesson(const v1::Entry& entry) {
  return entry.has_review() && entry.purged().what() != "content";
}

bool HasReports(const v1::Entry& entry) {
  return !entry.has_review() && entry.purged().what() != "content" &&
         entry.spam_reports() + entry.ham_reports() > 0;
}

// Calls `each` for every published or rejected entry of a site.
template <typename Each>
absl::Status ForEachEntry(store::Store* store, const std::string& site,
                          Each each) {
  for (v1::State state : {v1::STATE_ACCEPTED, v1::STATE_REJECTED}) {
    store::ListQuery query{site, state, store::Order::kOldestFirst, kPage, ""};
    do {
      absl::StatusOr<store::EntryPage> page = store->List(query);
      if (!page.ok()) return page.status();
      for (const v1::Entry& entry : page->entries) {
        each(entry);
      }
      query.page_token = std::move(page->next_page_token);
    } while (!query.page_token.empty());
  }
  return absl::OkStatus();
}

bool IsSpam(const v1::Entry& entry) {
  return entry.review().verdict() == v1::VERDICT_REJECT;
}

// The newest of what a model said.
std::vector<classifier::Said> NewestOf(const classifier::Past& past,
                                       size_t most) {
  std::vector<classifier::Said> said = past.said();
  if (said.size() > most)
    said.erase(said.begin(), said.end() - static_cast<ptrdiff_t>(most));
  return said;
}

// Compares a new model with the one in place (null: none) on the newest
// decisions that both spoke of before they learned them.
void Compare(const classifier::Model& fresh, const classifier::Model* in_place,
             RetrainResult* out) {
  // By chance alone one of two equal models is a little better, the more so the
  // fewer decisions it is judged by.
  constexpr double kMargin = 1.05, kSlack = 0.01, kChance = 1;
  constexpr size_t kEnough = 20;
  const size_t both =
      std::min(fresh.past().size(),
               in_place == nullptr ? size_t{0} : in_place->past().size());
  out->log_loss = classifier::LogLoss(
      NewestOf(fresh.past(), both > 0 ? both : fresh.past().size()),
      fresh.past());
  out->taken = true;
  out->reason = "the model in place has said too little to compare";
  if (both < kEnough) return;
  out->log_loss_before =
      classifier::LogLoss(NewestOf(in_place->past(), both), in_place->past());
  out->taken = out->log_loss <= out->log_loss_before * kMargin + kSlack +
                                    kChance / static_cast<double>(both);
  out->reason = fmt::format(
      "log loss {:.4f} on the newest {} decisions; that of the model in place "
      "{:.4f}: {}",
      out->log_loss, both, out->log_loss_before,
      out->taken ? "no worse" : "worse, so the one in place stays");
}

void Teach(const Site& site, const v1::Entry& entry, classifier::Model* model) {
  model->Learn(FeaturesOf(site, entry.checked()), IsSpam(entry), 1);
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
  idle_.notify_all();
  thread_.join();
}

absl::Status Learner::LearnFromStore(const std::vector<std::string>& sites) {
  for (const std::string& site : sites) {
    if (absl::Status status = LearnAnew(site); !status.ok()) return status;
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

RetrainResult Learner::Retrain(const std::string& site) {
  RetrainResult result;
  std::unique_lock<std::mutex> lock(mutex_);
  retrain_[site].push_back(&result);
  wake_.notify_one();
  // The thread takes all that is asked for at the beginning of a round.
  const uint64_t round = rounds_ + (busy_ ? 2 : 1);
  // Once the thread has taken it up it has the result's address.
  const auto dropped = [&] { return stop_ && retrain_.count(site) > 0; };
  idle_.wait(lock, [&] { return rounds_ >= round || dropped(); });
  if (rounds_ < round) {
    result.status = absl::UnavailableError("the server is stopping");
  }
  return result;
}

void Learner::Flush() {
  std::unique_lock<std::mutex> lock(mutex_);
  idle_.wait(lock, [this] {
    return queue_.empty() && anew_.empty() && retrain_.empty() && !busy_;
  });
}

void Learner::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] {
      return stop_ || !queue_.empty() || !anew_.empty() || !retrain_.empty();
    });
    if (stop_) return;
    Work work;
    work.lessons.assign(std::make_move_iterator(queue_.begin()),
                        std::make_move_iterator(queue_.end()));
    queue_.clear();
    work.anew.swap(anew_);
    work.retrain.swap(retrain_);
    busy_ = true;
    lock.unlock();
    Do(&work);
    lock.lock();
    busy_ = false;
    ++rounds_;
    idle_.notify_all();
  }
}

void Learner::Do(Work* work) {
  // A store that cannot be read leaves the model as it is; the next start
  // learns it anew.
  std::set<std::string, std::less<>> learned;
  for (const std::string& site : work->anew) {
    if (LearnAnew(site).ok()) learned.insert(site);
  }
  // What was queued before is in the store: learned with the rest, or undone.
  const auto known = [&](const v1::Entry& entry) {
    return learned.count(ParseResourceName(entry.name()).site) > 0 ||
           KnownAlready(entry);
  };
  work->lessons.erase(
      std::remove_if(work->lessons.begin(), work->lessons.end(), known),
      work->lessons.end());
  LearnNow(work->lessons);
  for (const auto& [site, results] : work->retrain) {
    const RetrainResult result = RetrainNow(site);
    for (RetrainResult* asked : results) *asked = result;
  }
  // By itself, once a model has learned a quarter more since it was trained.
  for (const v1::Entry& entry : work->lessons) {
    const std::string site(ParseResourceName(entry.name()).site);
    const std::shared_ptr<const classifier::Model> model =
        moderator_->model(site);
    if (model == nullptr) continue;
    const uint64_t lessons = model->spam_seen() + model->good_seen();
    if (lessons >= classifier::kMinTrained &&
        lessons >= trained_[site].lessons * 5 / 4)
      RetrainNow(site);
  }
}

// Everything people decided at a site, in the order of the decisions. Notes
// what of it may still be queued.
absl::StatusOr<classifier::Lessons> Learner::ReadLessons(
    const std::string& site_id) {
  const std::shared_ptr<const Sites> sites = moderator_->sites();
  const auto site = sites->find(site_id);
  if (site == sites->end())
    return absl::NotFoundError("the site is not known to this server");
  classifier::Lessons lessons;
  std::vector<std::pair<int64_t, std::string>> decided;  // when, and the name
  struct Reports {
    classifier::Features features;
    int64_t micros;
    std::string name;
    ReportedOpinion opinion;
  };
  std::vector<Reports> reported;
  ReportWeigher weigher;
  const absl::Status read =
      ForEachEntry(store_, site_id, [&](const v1::Entry& entry) {
        if (HasLesson(entry)) {
          decided.emplace_back(ReviewMicros(entry), entry.name());
          lessons.Add(FeaturesOf(site->second, entry.checked()), IsSpam(entry),
                      1, decided.back().first);
        } else if (HasReports(entry) && reported.size() < kMaxReported) {
          const auto events = store_->Events(entry.name());
          if (!events.ok()) return;
          const auto opinion = weigher.Weigh(*events);
          if (!opinion.has_value()) return;
          reported.push_back({FeaturesOf(site->second, entry.checked()),
                              entry.update_time().seconds() * 1'000'000,
                              entry.name(), *opinion});
        }
      });
  if (!read.ok()) return read;
  // Where nobody decides, reports alone teach nothing.
  double most = ReportWeigher::kMaxShare * static_cast<double>(decided.size());
  for (const Reports& one : reported) {
    most -= one.opinion.weight;
    if (most < 0) break;
    decided.emplace_back(one.micros, one.name);
    lessons.Add(one.features, one.opinion.spam, one.opinion.weight, one.micros);
  }
  std::vector<size_t> order(decided.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&decided](size_t a, size_t b) { return decided[a] < decided[b]; });
  if (order.size() > kMaxLessons)
    order.erase(order.begin(), order.end() - kMaxLessons);
  lessons.Arrange(order);
  for (auto it = found_.begin(); it != found_.end();) {
    it = ParseResourceName(it->first).site == site_id ? found_.erase(it)
                                                      : std::next(it);
  }
  for (const auto& [micros, name] : decided) {
    if (micros + kQueuedMicros > decided[order.back()].first)
      found_[name] = micros;
  }
  return lessons;
}

absl::Status Learner::LearnAnew(const std::string& site) {
  const absl::StatusOr<classifier::Lessons> lessons = ReadLessons(site);
  if (absl::IsNotFound(lessons.status())) return absl::OkStatus();
  if (!lessons.ok()) return lessons.status();
  trained_[site].lessons = lessons->size();
  moderator_->SetModel(site, lessons->size() == 0
                                 ? nullptr
                                 : std::make_shared<const classifier::Model>(
                                       classifier::Train(*lessons)));
  return absl::OkStatus();
}

RetrainResult Learner::RetrainNow(const std::string& site) {
  RetrainResult result;
  const absl::StatusOr<classifier::Lessons> lessons = ReadLessons(site);
  if (!lessons.ok()) {
    result.status = lessons.status();
    return result;
  }
  const std::shared_ptr<const classifier::Model> in_place =
      moderator_->model(site);
  if (in_place != nullptr) result.version = in_place->version();
  result.lessons = static_cast<int64_t>(lessons->size());
  if (lessons->size() < classifier::kMinTrained) {
    result.reason = fmt::format(
        "there are {} decisions; from {} on a model can be trained and judged",
        lessons->size(), classifier::kMinTrained);
    return result;
  }
  Trained& trained = trained_[site];
  trained.lessons = lessons->size();
  auto fresh = std::make_shared<classifier::Model>(classifier::Train(*lessons));
  Compare(*fresh, in_place.get(), &result);
  if (!result.taken) return result;
  fresh->set_generation(++trained.times);
  result.version = fresh->version();
  moderator_->SetModel(site, std::move(fresh));
  return result;
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
