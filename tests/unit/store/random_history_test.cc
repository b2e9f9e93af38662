// Seeded histories of events, applied to each store and to a plain model that
// shares no code with them.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "service/store/memory_store.h"
#include "tests/unit/store/consistency.h"
#include "tests/unit/store/fault_vfs.h"

namespace sluice::store {
namespace {

constexpr int kSteps = 60;
constexpr const char* kSites[] = {"one", "two"};

// SLUICE_STORE_HISTORIES=N for a long run.
int Histories() {
  const char* asked = std::getenv("SLUICE_STORE_HISTORIES");
  return asked == nullptr ? 100 : std::atoi(asked);
}

// What is known of a comment.
struct Known {
  v1::State state;
  std::string hash;
  std::string email;
  int64_t created;
  double score;
  int order;  // of the log
  int events = 1;
  int spam_reports = 0;
  std::string purged = {};  // what was: nothing, addresses, or the content
  bool noted = false;       // retention has been there
  std::string claimed_by = {};
  // What people decided and is in force, the first decision below.
  struct Decided {
    std::string batch;
    v1::State state;
    int64_t second;
  };
  std::vector<Decided> reviews = {};
  bool reviewed() const { return !reviews.empty(); }
  v1::State now() const { return reviewed() ? reviews.back().state : state; }
  bool older_than(int64_t second) const {
    return created < second && (!reviewed() || reviews.back().second < second);
  }
};

// Says what each call must answer, and what must be there.
class Model {
 public:
  std::string Check(const v1::Checked& checked, int64_t second) {
    const std::string& name = checked.comment().name();
    if (const auto found = known_.find(name); found != known_.end()) {
      return found->second.hash == checked.request_hash() ? "repeated"
                                                          : "ALREADY_EXISTS";
    }
    const v1::State state =
        checked.decision().verdict() == v1::VERDICT_ACCEPT ? v1::STATE_ACCEPTED
        : checked.decision().verdict() == v1::VERDICT_HOLD ? v1::STATE_HELD
                                                           : v1::STATE_REJECTED;
    known_[name] = {state,
                    checked.request_hash(),
                    LowerAscii(checked.comment().author().email()),
                    second,
                    checked.decision().score(),
                    next_++};
    return "new";
  }
  std::string Decide(const std::string& name, v1::Verdict verdict,
                     bool stale_etag, const std::string& batch,
                     int64_t second) {
    const auto found = known_.find(name);
    if (found == known_.end()) return "NOT_FOUND";
    if (stale_etag) return "ABORTED";
    found->second.reviews.push_back({batch,
                                     verdict == v1::VERDICT_ACCEPT
                                         ? v1::STATE_ACCEPTED
                                         : v1::STATE_REJECTED,
                                     second});
    found->second.claimed_by = "";
    ++found->second.events;
    return "OK";
  }
  std::string Report(const std::string& name, bool spam) {
    const auto found = known_.find(name);
    if (found == known_.end()) return "NOT_FOUND";
    ++found->second.events;
    found->second.spam_reports += spam;
    return "OK";
  }
  std::string Undo(const std::string& name, bool stale_etag) {
    const auto found = known_.find(name);
    if (found == known_.end()) return "NOT_FOUND";
    if (stale_etag) return "ABORTED";
    if (!found->second.reviewed()) return "NOT_FOUND";
    found->second.reviews.pop_back();
    ++found->second.events;
    return "OK 1";
  }
  std::string UndoBatch(const std::string& site, const std::string& batch) {
    int count = 0;
    for (auto& [name, known] : known_) {
      if (name.rfind("sites/" + site + "/", 0) != 0) continue;
      while (known.reviewed() && known.reviews.back().batch == batch) {
        known.reviews.pop_back();
        ++known.events;
        ++count;
      }
    }
    return count == 0 ? "NOT_FOUND" : "OK " + std::to_string(count);
  }
  std::string Claim(const std::string& name, const std::string& moderator,
                    bool release) {
    const auto found = known_.find(name);
    if (found == known_.end()) return "0";
    Known& known = found->second;
    if (!release && known.now() != v1::STATE_HELD) return "0";
    if (!known.claimed_by.empty() && known.claimed_by != moderator) return "0";
    if (!release || !known.claimed_by.empty()) ++known.events;
    known.claimed_by = release ? "" : moderator;
    return "1";
  }

  // Seconds before which rejected comments, and all, go; before which
  // addresses do.
  std::string Purge(const std::string& site, int64_t personal, int64_t rejected,
                    int64_t all) {
    int purged = 0;
    int removed = 0;
    for (auto at = known_.begin(); at != known_.end();) {
      Known& known = at->second;
      const bool here = at->first.rfind("sites/" + site + "/", 0) == 0;
      const int64_t before =
          known.now() == v1::STATE_REJECTED ? std::max(rejected, all) : all;
      if (here && known.older_than(before)) {
        ++removed;
        lost_first_.insert(site);
        at = known_.erase(at);
        continue;
      }
      if (here && !known.noted && known.created < personal) {
        ++purged;
        known.noted = true;
        if (!known.email.empty() && known.purged.empty()) {
          known.purged = "personal";
          known.hash = "";  // an address could be guessed from it
          ++known.events;
        }
      }
      ++at;
    }
    return std::to_string(purged) + " " + std::to_string(removed);
  }

  // What was erased is counted under no identity any more.
  std::string Erase(const std::string& site, const std::string& email) {
    int comments = 0;
    for (auto& [name, known] : known_) {
      if (name.rfind("sites/" + site + "/", 0) != 0 || known.email != email)
        continue;
      ++comments;
      known.email = "";
      known.purged = "content";
      known.noted = true;
      known.hash = "";
      ++known.events;
    }
    return std::to_string(comments);
  }

  std::vector<std::string> List(const std::string& site, v1::State state,
                                Order order) const {
    std::vector<std::pair<std::tuple<double, int64_t, int>, std::string>> found;
    for (const auto& [name, known] : known_) {
      if (name.rfind("sites/" + site + "/", 0) != 0 || known.now() != state)
        continue;
      const bool by_score = order == Order::kHighestScoreFirst;
      found.push_back({{by_score ? -known.score : 0,
                        by_score ? 0 : known.created, known.order},
                       name});
    }
    std::sort(found.begin(), found.end());
    if (order == Order::kNewestFirst) std::reverse(found.begin(), found.end());
    std::vector<std::string> names;
    for (const auto& [key, name] : found) names.push_back(name);
    return names;
  }

  v1::AuthorRecord Author(const std::string& site, const std::string& email,
                          int64_t now) const {
    v1::AuthorRecord record;
    for (const auto& [name, known] : known_) {
      if (known.email != email || name.rfind("sites/" + site + "/", 0) != 0)
        continue;
      if (known.now() == v1::STATE_ACCEPTED)
        record.set_accepted(record.accepted() + 1);
      if (known.now() == v1::STATE_HELD) record.set_held(record.held() + 1);
      if (known.now() == v1::STATE_REJECTED) {
        record.set_rejected(record.rejected() + 1);
        if (known.reviewed())
          record.set_rejected_by_person(record.rejected_by_person() + 1);
      }
      record.set_age_seconds(
          std::max(record.age_seconds(), now - known.created));
    }
    return record;
  }

  const std::map<std::string, Known>& known() const { return known_; }
  // Comments were removed: since when an author is known is then the store's to
  // say, which may remember the first one or not.
  bool knows_ages(const std::string& site) const {
    return lost_first_.count(site) == 0;
  }

 private:
  std::map<std::string, Known> known_;
  int next_ = 0;
  std::set<std::string> lost_first_;
};

std::string Said(const absl::StatusOr<CheckRecord>& record) {
  if (!record.ok()) return absl::StatusCodeToString(record.status().code());
  return record->repeated ? "repeated" : "new";
}

std::string Said(const absl::Status& status) {
  return absl::StatusCodeToString(status.code());
}

std::string Said(const absl::StatusOr<UndoResult>& undone) {
  if (!undone.ok()) return Said(undone.status());
  return "OK " + std::to_string(undone->count);
}

v1::Checked RandomCheck(std::mt19937_64* random) {
  const auto any = [random](uint64_t below) { return (*random)() % below; };
  v1::Checked checked = CheckOf(
      NameOf("c" + std::to_string(any(25)), kSites[any(2)]),
      static_cast<v1::Verdict>(1 + any(3)), static_cast<double>(any(5)) - 1.5);
  checked.set_request_hash(std::to_string(any(4) == 0));
  if (any(2) == 0) {
    checked.mutable_signals()->mutable_repetition()->set_campaign(
        "campaign-" + std::to_string(any(3)));
  }
  checked.mutable_comment()->mutable_author()->set_email(
      any(3) == 0 ? "" : std::string(any(2) == 0 ? "Ann" : "bob") + "@x.org");
  return checked;
}

void ExpectAsModel(Store* store, const Model& model, int64_t now) {
  for (const char* site : kSites) {
    const auto counts = store->Count(site);
    ASSERT_TRUE(counts.ok());
    for (v1::State state :
         {v1::STATE_ACCEPTED, v1::STATE_HELD, v1::STATE_REJECTED}) {
      for (Order order : {Order::kOldestFirst, Order::kNewestFirst,
                          Order::kHighestScoreFirst}) {
        ListQuery query;
        query.site = site;
        query.state = state;
        query.order = order;
        query.page_size = 4;
        ASSERT_EQ(NamesOf(ListAll(store, query)),
                  model.List(site, state, order));
      }
      const int64_t counted = state == v1::STATE_ACCEPTED ? counts->accepted
                              : state == v1::STATE_HELD   ? counts->held
                                                          : counts->rejected;
      ASSERT_EQ(counted,
                static_cast<int64_t>(
                    model.List(site, state, Order::kOldestFirst).size()));
    }
    for (const char* email : {"ann@x.org", "bob@x.org"}) {
      auto history = store->ReadAuthorHistory(site, {"", email, ""}, At(now));
      ASSERT_TRUE(history.ok());
      v1::AuthorRecord expected = model.Author(site, email, now);
      if (!model.knows_ages(site)) {
        history->by_email.clear_age_seconds();
        expected.clear_age_seconds();
      }
      ASSERT_EQ(history->by_email.ShortDebugString(),
                expected.ShortDebugString());
    }
    ASSERT_EQ(Contradiction(store, site, At(now)), "");
  }
  for (const auto& [name, known] : model.known()) {
    ASSERT_EQ(static_cast<int>(store->Events(name)->size()), known.events);
    const auto entry = store->Get(name);
    ASSERT_EQ(entry->spam_reports(), known.spam_reports);
    ASSERT_EQ(entry->claim().moderator(), known.claimed_by);
    ASSERT_EQ(entry->review().batch(),
              known.reviewed() ? known.reviews.back().batch : "");
    ASSERT_EQ(entry->purged().what(), known.purged);
    ASSERT_EQ(entry->checked().comment().author().email().empty(),
              known.email.empty() || !known.purged.empty());
  }
}

int64_t Erase(Store* store, const std::string& site, const std::string& email,
              Time now) {
  v1::EraseAuthorRequest request;
  request.set_parent("sites/" + site);
  request.set_email(email);
  request.set_moderator("ann");
  std::promise<int64_t> erased;
  store->Erase(request, now,
               [&](const absl::StatusOr<v1::EraseAuthorResponse>& response) {
                 erased.set_value(response.ok() ? response->comments() : -1);
               });
  return erased.get_future().get();
}

// All steps of a purge, "purged removed".
std::string Purge(Store* store, const std::string& site, int64_t personal,
                  int64_t rejected, int64_t all, Time now) {
  PurgeResult sum;
  for (sum.more = true; sum.more;) {
    const auto step =
        store->Purge(site, {At(personal), At(rejected), At(all)}, now);
    if (!step.ok()) return Said(step.status());
    sum.purged += step->purged;
    sum.removed += step->removed;
    sum.more = step->more;
  }
  return std::to_string(sum.purged) + " " + std::to_string(sum.removed);
}

void PurgeStep(const std::vector<Store*>& stores, Model* model,
               std::mt19937_64* random, int64_t second) {
  const auto any = [random](uint64_t below) { return (*random)() % below; };
  const std::string site = kSites[any(2)];
  const int64_t personal = second - static_cast<int64_t>(any(10));
  const int64_t rejected = personal - static_cast<int64_t>(any(10));
  const int64_t all = rejected - static_cast<int64_t>(any(20));
  const std::string expected = model->Purge(site, personal, rejected, all);
  for (Store* store : stores) {
    ASSERT_TRUE(store->Flush().ok());
    ASSERT_EQ(Purge(store, site, personal, rejected, all, At(second)),
              expected);
  }
}

// Several decisions in one commit, some of them on what is not there.
void ManyDecisions(const std::vector<Store*>& stores, Model* model,
                   std::mt19937_64* random, int64_t second) {
  const auto any = [random](uint64_t below) { return (*random)() % below; };
  const std::string batch = "b" + std::to_string(any(4));
  std::vector<v1::EntryDecision> decisions;
  std::vector<std::string> expected;
  for (int i = 0; i < 5; ++i) {
    const auto verdict = any(2) == 0 ? v1::VERDICT_ACCEPT : v1::VERDICT_REJECT;
    decisions.push_back(
        DecisionOf(NameOf("c" + std::to_string(any(25)), "one"), verdict));
    expected.push_back(
        model->Decide(decisions.back().name(), verdict, false, batch, second));
  }
  for (Store* store : stores) {
    const auto results = Decide(store, decisions, At(second), batch);
    ASSERT_TRUE(results.ok());
    for (size_t i = 0; i < expected.size(); ++i)
      ASSERT_EQ(Said((*results)[i].status()), expected[i]);
  }
}

// One step of a history on all stores; each must say what the model says.
void Step(const std::vector<Store*>& stores, Model* model,
          std::mt19937_64* random, int64_t second) {
  const auto any = [random](uint64_t below) { return (*random)() % below; };
  const std::string name =
      NameOf("c" + std::to_string(any(25)), kSites[any(2)]);
  const uint64_t kind = any(20);
  const std::string batch = "b" + std::to_string(any(4));
  const std::string moderator = any(2) == 0 ? "ann" : "bob";
  if (kind < 5) {
    const v1::Checked checked = RandomCheck(random);
    const auto durability =
        any(2) == 0 ? Durability::kBehind : Durability::kBeforeAnswer;
    const std::string expected = model->Check(checked, second);
    for (Store* store : stores)
      ASSERT_EQ(Said(Record(store, checked, At(second), durability)), expected);
  } else if (kind < 8) {
    const auto verdict = any(2) == 0 ? v1::VERDICT_ACCEPT : v1::VERDICT_REJECT;
    const uint64_t etag = any(3);  // none, the right one, one that is not
    const std::string expected =
        model->Decide(name, verdict, etag == 2, batch, second);
    for (Store* store : stores) {
      const auto entry = store->Get(name);
      const std::string right = entry.ok() ? entry->etag() : "none";
      const v1::EntryDecision decision = DecisionOf(name, verdict,
                                                    etag == 0   ? ""
                                                    : etag == 1 ? right
                                                                : right + "0");
      const auto results = Decide(store, {decision}, At(second), batch);
      ASSERT_EQ(Said(results->front().status()), expected);
    }
  } else if (kind < 9) {
    const bool spam = any(2) == 0;
    const std::string expected = model->Report(name, spam);
    for (Store* store : stores)
      ASSERT_EQ(Said(Report(store, name, spam, At(second))), expected);
  } else if (kind < 12) {
    const bool stale = any(4) == 0;
    const std::string expected = model->Undo(name, stale);
    for (Store* store : stores)
      ASSERT_EQ(Said(UndoOne(store, name, stale ? "stale" : "", At(second))),
                expected);
  } else if (kind < 13) {
    const std::string site = kSites[any(2)];
    const std::string expected = model->UndoBatch(site, batch);
    for (Store* store : stores)
      ASSERT_EQ(Said(UndoBatch(store, batch, site, At(second))), expected);
  } else if (kind < 15) {
    const bool release = any(3) == 0;
    const std::string expected = model->Claim(name, moderator, release);
    for (Store* store : stores) {
      const auto claimed =
          Claim(store, {{name}, moderator, At(1'000'000), release}, At(second));
      ASSERT_EQ(std::to_string(claimed->size()), expected);
    }
  } else if (kind < 17) {
    PurgeStep(stores, model, random, second);
  } else if (kind < 18) {
    const std::string site = kSites[any(2)];
    const std::string email = any(2) == 0 ? "ann@x.org" : "bob@x.org";
    const std::string expected = model->Erase(site, email);
    for (Store* store : stores)
      ASSERT_EQ(std::to_string(Erase(store, site, email, At(second))),
                expected);
  } else if (kind < 19) {
    ManyDecisions(stores, model, random, second);
  } else {
    for (Store* store : stores) ASSERT_TRUE(store->Flush().ok());
  }
}

TEST(RandomHistory, AllStoresAndThePlainModelAgree) {
  for (int seed = 0; seed < Histories(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(static_cast<uint64_t>(seed));
    const TemporaryFolder folder;
    FaultVfs vfs;  // spares the real disk the syncs
    const SqliteOptions options{.path = folder.File("store.db"),
                                .write_behind = std::chrono::hours(1),
                                .checkpoint_pages = 20,
                                .vfs = vfs.name()};
    std::unique_ptr<Store> file = OpenOrDie(options);
    const std::unique_ptr<Store> memory =
        OpenOrDie({.path = ":memory:", .write_behind = std::chrono::hours(1)});
    MemoryStore fake;
    Model model;
    for (int step = 0; step < kSteps; ++step) {
      Step({file.get(), memory.get(), &fake}, &model, &random, step / 2);
      if (HasFatalFailure()) return;
      if (random() % 20 == 0) {
        file.reset();
        file = OpenOrDie(options);
      }
    }
    for (Store* store :
         {file.get(), memory.get(), static_cast<Store*>(&fake)}) {
      ExpectAsModel(store, model, kSteps);
      if (HasFatalFailure()) return;
    }
    for (const char* site : kSites) {
      if (!model.knows_ages(site)) continue;
      const std::string expected = Dump(&fake, site, At(kSteps));
      ASSERT_EQ(Dump(file.get(), site, At(kSteps)), expected);
      ASSERT_EQ(Dump(memory.get(), site, At(kSteps)), expected);
    }
  }
}

}  // namespace
}  // namespace sluice::store
