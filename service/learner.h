#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "service/classifier/lessons.h"
#include "service/classifier/model.h"
#include "service/moderator.h"
#include "service/store/store.h"
#include "sluice/v1/event.pb.h"

namespace sluice {

// What came of training a site's model anew.
struct RetrainResult {
  absl::Status status;         // not OK: nothing else is set
  bool taken = false;          // it is in force
  std::string reason;          // why, or why not
  std::string version;         // of the model in force now; empty: none
  int64_t lessons = 0;         // decisions it learned from
  double log_loss = 0;         // on the hold-out
  double log_loss_before = 0;  // of the model in place; 0: it said too little
};

// Teaches each site's model what its moderators decided, and hands the
// moderator a new snapshot after each lesson. Learns only from people, never
// from the gate's own verdicts: from reports when it trains a model anew, and
// bounded (learner_reports.h).
//
// Lessons are learned on one thread of its own, so that nobody who decides
// waits for it. Thread-safe. The moderator and the store must outlive it.
class Learner {
 public:
  Learner(store::Store* store, Moderator* moderator);
  ~Learner();  // what is still queued is learned again at the next start

  // Trains each site's model from everything that the store has of people's
  // decisions. Call once, before serving.
  absl::Status LearnFromStore(const std::vector<std::string>& sites);

  // Queues entries that a person has just decided. Entries without a review are
  // passed over.
  void Learn(std::vector<v1::Entry> entries);

  // Makes the model forget decisions that were taken back; `entries` as they
  // are now. What was learned of a comment cannot be taken out of the model
  // alone, for everything learned since stands on it: the sites' models are
  // learned anew from the store, as at a start, so that they are what they
  // would be had those decisions never been made. Many undos at once cost one
  // such pass; until it is done the old model speaks.
  void Unlearn(const std::vector<v1::Entry>& entries);

  // Trains a site's model anew from the store and puts it in force, unless on
  // the newest fifth of the decisions, each judged before it is learned, it
  // does worse than the one in place did when they came. Waits for it; what is
  // decided meanwhile is learned after it. NOT_FOUND: the site is not known.
  // The learner does the same by itself once a quarter more was learned.
  RetrainResult Retrain(const std::string& site);

  // Waits until everything queued so far has been learned.
  void Flush();

 private:
  // Past this many waiting entries the oldest are dropped from the queue; the
  // store still has them.
  static constexpr size_t kMaxQueued = 10'000;
  // A model learns from no more than the newest decisions.
  static constexpr size_t kMaxLessons = 200'000;
  // Nor from more comments that readers reported and nobody decided.
  static constexpr size_t kMaxReported = 2'000;

  // What the thread is to do next.
  struct Work {
    std::vector<v1::Entry> lessons;
    std::set<std::string> anew;
    std::map<std::string, std::vector<RetrainResult*>> retrain;
  };

  void Run();
  void Do(Work* work);
  void LearnNow(const std::vector<v1::Entry>& entries);
  absl::StatusOr<classifier::Lessons> ReadLessons(const std::string& site);
  absl::Status LearnAnew(const std::string& site);
  RetrainResult RetrainNow(const std::string& site);
  // Whether a queued lesson was among those of the last LearnAnew.
  bool KnownAlready(const v1::Entry& entry) const;

  store::Store* const store_;
  Moderator* const moderator_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  std::deque<v1::Entry> queue_;  // guarded by mutex_
  std::set<std::string> anew_;   // sites to learn anew; guarded by mutex_
  // Sites to train, and where the results go; guarded by mutex_.
  std::map<std::string, std::vector<RetrainResult*>> retrain_;
  uint64_t rounds_ = 0;  // of the thread; guarded by mutex_
  bool busy_ = false;    // guarded by mutex_
  bool stop_ = false;    // guarded by mutex_
  // Lessons that LearnAnew found in the store while they were still queued:
  // name and time of the newest decisions. Of the learner's thread.
  std::map<std::string, int64_t> found_;
  // Lessons of a site's model when it was trained last, and how often it was.
  // Of the learner's thread.
  struct Trained {
    uint64_t lessons = 0;
    uint32_t times = 0;
  };
  std::map<std::string, Trained> trained_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace sluice
