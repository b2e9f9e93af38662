#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "service/base/clock.h"
#include "service/breaker.h"
#include "service/classifier/model.h"
#include "service/history/history.h"
#include "service/judge.h"
#include "service/network/network_checks.h"
#include "service/ruleset/ruleset.h"
#include "service/signals/traces.h"
#include "service/store/store.h"
#include "sluice/v1/moderation_service.pb.h"
#include "sluice/v1/ruleset_service.pb.h"

namespace sluice {

// What the moderator remembers earlier comments by.
struct Memory {
  history::History* history = nullptr;  // null: nothing is remembered
  signals::Keys keys;                   // of the server's secret
};

// Judges comments and records what must not be lost. Thread-safe; the store,
// the clock, the history and the network checks must outlive it and every
// callback that is still to come.
class Moderator {
 public:
  // `network` is null where nothing is asked of the network.
  Moderator(store::Store* store, const Clock* clock, Memory memory = {},
            network::NetworkChecks* network = nullptr);

  // The sites in force. Swapped as one; a check sees one version from start to
  // end. Which rules are demoted is the breaker's to say, not SetSites'
  // caller's.
  std::shared_ptr<const Sites> sites() const;
  void SetSites(std::shared_ptr<const Sites> sites);

  // Rules that the breaker has demoted at a site.
  std::vector<v1::RuleDemotion> demotions(std::string_view site) const {
    return breaker_.demotions(site);
  }
  // Takes a demoted rule as it is. NOT_FOUND if it is not demoted.
  absl::Status ConfirmRule(std::string_view site, std::string_view rule);

  // Called for each demotion, on the thread of the check that brought it about;
  // must not block. Set before the first check.
  using DemotedHook =
      std::function<void(std::string_view site, const v1::RuleDemotion&)>;
  void set_on_demoted(DemotedHook hook) { on_demoted_ = std::move(hook); }

  // Called with the times of a check's steps once it is answered, dry runs
  // without kRecord; must not block. Set before the first check.
  using StepsHook = std::function<void(const StepTimes&)>;
  void set_on_steps(StepsHook hook) { on_steps_ = std::move(hook); }

  // A site's model; null where nothing was learned. Swapped as a whole.
  std::shared_ptr<const classifier::Model> model(std::string_view site) const;
  void SetModel(const std::string& site,
                std::shared_ptr<const classifier::Model> model);

  // Judges an admitted comment (full name, known site, within limits). `done`
  // is called exactly once: before Check returns if nothing had to be waited
  // for, else on a thread of the network checks or, once a hold or reject is
  // durable, of the store. The request may be gone when Check returns.
  // Errors: those of Store::RecordCheck.
  using CheckDone =
      std::function<void(absl::StatusOr<v1::CheckCommentResponse>)>;
  void Check(const v1::CheckCommentRequest& request, CheckDone done);

  // Judges an admitted comment of the past as at `then`, with its author's
  // record as it is now. Records nothing, asks nothing of the network, and
  // leaves nothing in history: what is newest of it is read from the store at
  // the next start. NOT_FOUND: the site is not known.
  absl::StatusOr<v1::Checked> JudgePast(const v1::Comment& comment, Time then);

  // Safe HTML without a verdict or a trace. REQUIRES: the site is known.
  v1::PreviewCommentResponse Preview(
      const Site& site, const v1::PreviewCommentRequest& request) const;

  // Every step of judging the comment, with its author's record as it is now;
  // stores nothing and asks nothing of the network.
  v1::ExplainCommentResponse Explain(const Site& site,
                                     const v1::Comment& comment);
  // The same by JudgeAgain.
  v1::ExplainCommentResponse ExplainAgain(const Site& site,
                                          const v1::Checked& checked,
                                          Time then) const;

  // A token for a comment form of the site; `nonce` is random. Nothing is
  // stored.
  v1::IssueFormTokenResponse IssueFormToken(const Site& site,
                                            std::string_view page_url,
                                            uint64_t nonce) const;

  // Lets history know how comments stand after a person's decision or the
  // undoing of one; each entry as it is now.
  void Follow(const std::vector<v1::Entry>& entries);

  // Takes in a comment that another program on the same database has checked:
  // into history and the rules' counts.
  void CheckedElsewhere(const v1::Entry& entry);

  // What a comment that was checked at `now` leaves in history.
  signals::Traces TracesOf(const Site& site, const v1::Comment& comment,
                           Time now) const;

  const Memory& memory() const { return memory_; }

  store::Store* store() const { return store_; }
  const Clock& clock() const { return *clock_; }

 private:
  struct Work;

  void JudgeAndRecord(const std::shared_ptr<Work>& work,
                      network::NetworkChecks::Answer network);
  absl::StatusOr<v1::CheckCommentResponse> Earlier(
      const v1::CheckCommentRequest& request, std::string_view request_hash);
  signals::History ReadHistory(const v1::Comment& comment,
                               const signals::Traces& traces,
                               std::string_view site, Time now,
                               std::vector<std::string>* unfinished);

  void Demote(const Sites& sites);
  void CountForBreaker(const Site& site, const v1::Decision& decision,
                       Time now);

  store::Store* const store_;
  const Clock* const clock_;
  const Memory memory_;
  Breaker breaker_;
  DemotedHook on_demoted_;
  StepsHook on_steps_;
  std::mutex swapping_;  // one change of sites at a time
  network::NetworkChecks* const network_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Sites> sites_;  // guarded by mutex_
  std::map<std::string, std::shared_ptr<const classifier::Model>, std::less<>>
      models_;  // guarded by mutex_
};

}  // namespace sluice
