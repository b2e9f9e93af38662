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
#include "service/classifier/model.h"
#include "service/moderator.h"
#include "service/store/store.h"
#include "sluice/v1/event.pb.h"

namespace sluice {

// Teaches each site's model what its moderators decided, and hands the
// moderator a new snapshot after each lesson. Learns only from people, never
// from the gate's own verdicts.
//
// Lessons are learned on one thread of its own, so that nobody who decides
// waits for it. Thread-safe. The moderator and the store must outlive it.
class Learner {
 public:
  Learner(store::Store* store, Moderator* moderator);
  ~Learner();  // what is still queued is learned again at the next start

  // Learns everything that the store has of people's decisions, in the order
  // they were made. Call once, before serving.
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

  // Waits until everything queued so far has been learned.
  void Flush();

 private:
  // Past this many waiting entries the oldest are dropped from the queue; the
  // store still has them.
  static constexpr size_t kMaxQueued = 10'000;

  void Run();
  void LearnNow(const std::vector<v1::Entry>& entries);
  absl::Status LearnAnew(const std::string& site);
  // Whether a queued lesson was among those of the last LearnAnew.
  bool KnownAlready(const v1::Entry& entry) const;

  store::Store* const store_;
  Moderator* const moderator_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  std::deque<v1::Entry> queue_;  // guarded by mutex_
  std::set<std::string> anew_;   // sites to learn anew; guarded by mutex_
  bool busy_ = false;            // guarded by mutex_
  bool stop_ = false;            // guarded by mutex_
  // Lessons that LearnAnew found in the store while they were still queued:
  // name and time of the newest decisions. Of the learner's thread.
  std::map<std::string, int64_t> found_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace sluice
