#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/base/clock.h"
#include "service/store/change_hooks.h"
#include "service/store/filter.h"
#include "service/store/key_store.h"
#include "service/store/outbox.h"
#include "sluice/v1/event.pb.h"
#include "sluice/v1/moderation_service.pb.h"
#include "sluice/v1/review_service.pb.h"
#include "sluice/v1/signals.pb.h"

namespace sluice::store {

// When a check's answer may go out.
enum class Durability {
  kBeforeAnswer,  // done is called once the event is on disk
  kBehind,  // done is called once the event is queued; it is on disk within
            // StoreConfig.write_behind_ms
};

// What became of a check.
struct CheckRecord {
  bool repeated = false;  // the comment was there already with the same
                          // request_hash; nothing was stored
  v1::Entry entry;        // as stored now (the earlier one if repeated)
};

// The identities whose records `AuthorHistory` reads; empty ones are skipped.
struct AuthorKeys {
  std::string id;
  std::string email;  // lower case
  std::string name;   // folded
};

struct AuthorHistory {
  v1::AuthorRecord by_id;
  v1::AuthorRecord by_email;
  v1::AuthorRecord by_name;
};

// The id that a campaign begun by this comment has; see CampaignOf.
using CampaignNamer = std::function<std::string(std::string_view name)>;

// Equal times and scores come in the order of the log. kLargestCampaignFirst
// keeps the entries of one campaign together, oldest first; campaigns of equal
// size come in the order they began.
enum class Order {
  kOldestFirst,
  kNewestFirst,
  kHighestScoreFirst,
  kLargestCampaignFirst
};

struct ListQuery {
  std::string site;
  v1::State state = v1::STATE_HELD;
  Order order = Order::kOldestFirst;
  int page_size = 50;
  std::string page_token;  // of the page before; INVALID_ARGUMENT if it is not
                           // one of ours
  // What to show of it; null: all. With STATE_UNSPECIFIED as the state it is
  // what the filter says of `state`; held, if it says nothing.
  std::shared_ptr<const Filter> filter = nullptr;
  // Only who shares this author's id, else its e-mail, else its name, as they
  // were written; also of comments whose personal data was purged. With
  // STATE_UNSPECIFIED in every state. Oldest or newest first.
  std::optional<v1::Author> author = {};
  // Only those that link to this domain, see LinkDomains. As `author`.
  std::string link_domain = {};
};

struct EntryPage {
  std::vector<v1::Entry> entries;
  std::string next_page_token;  // empty: the last page
};

struct Counts {
  int64_t held = 0;
  int64_t accepted = 0;
  int64_t rejected = 0;
  std::optional<Time> oldest_held;
};

// What an undo took back.
struct UndoResult {
  std::vector<v1::Entry> entries;  // as they are now, each once
  int64_t count = 0;               // decisions taken back
  bool more = false;               // call again for the rest
};

// What to claim, or to give back.
struct ClaimRequest {
  std::vector<std::string> names;
  std::string moderator;
  Time expire_time;
  bool release = false;
};

// A change of state that a person made.
struct Change {
  int64_t sequence = 0;
  v1::WatchVerdictsResponse told;  // without resume_token; html where accepted
};

// Where a scan stands: after this check.
struct ScanPosition {
  int64_t micros = 0;    // when it was checked
  int64_t sequence = 0;  // its event
};

struct ScanQuery {
  std::string site;
  std::optional<Time> since;  // unset: all
  // Unset: from the beginning. Then `since` is not looked at.
  std::optional<ScanPosition> after;
  int limit = 256;     // checks; moved into 1 to 1,000
  bool count = false;  // fill ScanChunk::total
};

// One check as a scan gives it.
struct ScannedCheck {
  Time create_time;
  // The person's decision in force; VERDICT_UNSPECIFIED: none.
  v1::Verdict human = v1::VERDICT_UNSPECIFIED;
  // Its v1::Event on the wire, with the whole of `checked`: whoever reads them
  // on several threads parses them there (ParseScanned of scan.h).
  std::string event;
};

struct ScanChunk {
  std::vector<ScannedCheck> checks;  // by time, then by place in the log
  std::optional<ScanPosition> next;  // none: the end
  int64_t total = 0;  // checks from the query's start on, if asked for
};

// What of a site is older than the policy keeps it.
struct Cutoffs {
  Time personal;  // addresses of comments from before
  Time rejected;  // rejected comments from before, by check and by decision
  Time events;    // all comments from before, by check and by decision
};

// What one step of retention did.
struct PurgeResult {
  int64_t purged = 0;   // comments whose addresses went, or that have none
  int64_t removed = 0;  // comments that are gone
  bool more = false;    // there is more to do
};

// An event that another program stored.
struct Other {
  enum class Kind { kChecked, kReviewed, kUndone, kElse };
  Kind kind = Kind::kElse;
  v1::Entry entry;
};

// What the store has done since it was opened.
struct StoreStats {
  int64_t commits = 0;         // transactions that added events
  int64_t failed_commits = 0;  // transactions that were rolled back
  int64_t events = 0;          // events on disk since then
  int64_t pending = 0;         // events that wait to be written
  int64_t checkpoints = 0;     // of the write-ahead log
  int64_t lost = 0;  // kBehind events that could never be written; 0 unless the
                     // store was closed while the disk was full
};

// The event log, and the current state derived from it. An interface because
// the outside world is behind it: SQLite, an in-memory fake, PostgreSQL.
//
// Thread-safe. Errors: UNAVAILABLE where the disk or database does not answer
// (nothing was stored), RESOURCE_EXHAUSTED where too much waits to be written,
// NOT_FOUND for an unknown comment, INTERNAL for an event that the database
// will never take. A `done` callback is called exactly once, either before the
// call returns (kBehind, and errors that are known at once) or on a thread of
// the store. It must not block, and may call the store, except Flush.
class Store {
 public:
  virtual ~Store() = default;

  // Records a check. If the comment is there already: the same request_hash is
  // `repeated`, another is ALREADY_EXISTS. INVALID_ARGUMENT for a check without
  // a comment's name or a verdict.
  using CheckDone = std::function<void(absl::StatusOr<CheckRecord>)>;
  virtual void RecordCheck(v1::Checked checked, Time now, Durability durability,
                           CheckDone done) = 0;

  // Records decisions in one commit; results in their order: the entry as it is
  // then, NOT_FOUND, INVALID_ARGUMENT for another verdict than ACCEPT and
  // REJECT, or ABORTED if the etag differs. A commit that fails is the one
  // error for all. A decision ends a claim.
  using DecideResults = std::vector<absl::StatusOr<v1::Entry>>;
  using DecideDone = std::function<void(absl::StatusOr<DecideResults>)>;
  virtual void Decide(std::vector<v1::EntryDecision> decisions,
                      std::string moderator, std::string batch, Time now,
                      DecideDone done) = 0;

  // Takes back the decision in force on `target.name` (only if the etag is
  // `target.etag`, where that is not empty: else ABORTED), or up to kMaxUndo
  // decisions of `target.batch` that are in force, in the order of the log, in
  // one commit. What was in force before is so again: an earlier decision, or
  // the check's verdict. NOT_FOUND: nothing of it is in force. `batch` is the
  // id of the undoing.
  static constexpr int kMaxUndo = 200;
  using UndoDone = std::function<void(absl::StatusOr<UndoResult>)>;
  virtual void Undo(v1::UndoDecisionRequest target, std::string batch, Time now,
                    UndoDone done) = 0;

  // Claims entries in one commit, or gives them back; a claim ends by itself,
  // by a decision, or by being given back. Results: those that are now the
  // moderator's (nobody's, if released). Who is not among them is claimed by
  // another, not held any more, or unknown.
  using ClaimDone = std::function<void(absl::StatusOr<std::vector<v1::Entry>>)>;
  virtual void Claim(ClaimRequest request, Time now, ClaimDone done) = 0;

  // Records a reader's or site's report.
  using ReportDone = std::function<void(absl::Status)>;
  virtual void Report(std::string name, v1::Reported report, Time now,
                      ReportDone done) = 0;

  // The entry, including one whose event is still queued.
  virtual absl::StatusOr<v1::Entry> Get(std::string_view name) = 0;

  // The events of a comment, oldest first. Its check has only the decision,
  // without matches, and the request_hash; the rest is in the Entry.
  virtual absl::StatusOr<std::vector<v1::Event>> Events(
      std::string_view name) = 0;

  // A page of 1 to 200 entries; sizes outside are moved into that range. At
  // most kMaxScanned entries are looked at: under a filter that finds little a
  // page may be short or empty and have a next one.
  static constexpr int kMaxScanned = 2000;
  virtual absl::StatusOr<EntryPage> List(const ListQuery& query) = 0;

  virtual absl::StatusOr<Counts> Count(std::string_view site) = 0;

  // What happened on the `days` days (at most kMaxDays) of which the last is
  // that of `now`, oldest first, none left out.
  static constexpr int kMaxDays = 366;
  virtual absl::StatusOr<std::vector<v1::DayCounts>> CountDays(
      std::string_view site, Time now, int days) = 0;

  // Records of an author within a site, as of the events stored or queued so
  // far.
  virtual absl::StatusOr<AuthorHistory> ReadAuthorHistory(
      std::string_view site, const AuthorKeys& keys, Time now) = 0;

  // Changes of a site with a sequence above `after`, in its order: a decision,
  // and the undoing of one with the state it led to. At most `limit`, moved
  // into 1 to 1,000; fewer where there is much HTML, but none only if there are
  // none. Sequences become visible in their order: after a change was read, no
  // smaller one will appear.
  virtual absl::StatusOr<std::vector<Change>> Changes(std::string_view site,
                                                      int64_t after,
                                                      int limit) = 0;
  // The last sequence of the log, 0 for an empty one; never less than what it
  // was before.
  virtual absl::StatusOr<int64_t> LastSequence() = 0;
  // Tells this store from every other: 16 bytes that stay with its data.
  virtual std::string Id() = 0;
  // One step of retention at a site, small enough that no check waits for it
  // long. Waits for the commit. Who does many leaves kPurgePause times as long
  // between two as the step took: what a step writes must be brought into the
  // file too, and checks wait for that.
  static constexpr int kPurgePause = 100;
  virtual absl::StatusOr<PurgeResult> Purge(const std::string& site,
                                            const Cutoffs& cutoffs,
                                            Time now) = 0;
  // Erases an author, or tells what there is to erase; the request is valid.
  // NOT_FOUND if it names a comment that is not there. An error after some
  // comments were erased: ask again, for the rest.
  using EraseDone =
      std::function<void(absl::StatusOr<v1::EraseAuthorResponse>)>;
  virtual void Erase(v1::EraseAuthorRequest request, Time now,
                     EraseDone done) = 0;

  // What webhooks are still to be told of the changes.
  virtual Outbox* outbox() = 0;
  // Keys of callers. Null: this store cannot keep any.
  virtual KeyStore* keys() { return nullptr; }
  // Called when there are new changes.
  ChangeHooks& change_hooks() { return change_hooks_; }

  // The next checks of a site, in order of time, with the human verdict in
  // force now. Each chunk is read for itself: between two of them the store
  // holds nothing, and a comment that changes its state is still met once.
  // A scan from the beginning first waits until what is queued is on disk, so
  // not to be called from a callback.
  virtual absl::StatusOr<ScanChunk> Scan(const ScanQuery& query) = 0;

  // What other programs have stored in the same database since this one opened
  // it, each event once, in the order of the log; with the entry as it is by
  // now. Called on a thread of the store, and never again once FollowOthers has
  // returned with another `told`, which may be null. A store that has its data
  // for itself never calls it.
  using OthersDone = std::function<void(const std::vector<Other>&)>;
  virtual void FollowOthers(OthersDone told) { (void)told; }

  // Writes all that is committed, as it is at one moment, into a new file and
  // returns its name; the caller removes it. Checks go on meanwhile. `go_on` is
  // asked many times a second; false: CANCELLED. One at a time, else
  // RESOURCE_EXHAUSTED. UNIMPLEMENTED where the database has means of its own.
  virtual absl::StatusOr<std::string> Backup(
      const std::function<bool()>& go_on) {
    (void)go_on;
    return absl::UnimplementedError(
        "this store is not one file; use its database's own backup");
  }

  // Waits until everything queued so far is on disk; UNAVAILABLE if it cannot
  // be written now. Asks the disk even if nothing is queued, if the last commit
  // failed. Not to be called from a callback.
  virtual absl::Status Flush() = 0;

  // OK, or why the store cannot take events now.
  virtual absl::Status Health() = 0;

  virtual StoreStats Stats() { return {}; }

 private:
  ChangeHooks change_hooks_;
};

}  // namespace sluice::store
