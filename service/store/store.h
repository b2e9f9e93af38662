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
#include "sluice/v1/event.pb.h"
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

enum class Order { kOldestFirst, kNewestFirst, kHighestScoreFirst };

struct ListQuery {
  std::string site;
  v1::State state = v1::STATE_HELD;
  Order order = Order::kOldestFirst;
  int page_size = 50;
  std::string page_token;  // of the page before; INVALID_ARGUMENT if it is not
                           // one of ours
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

// The event log, and the current state derived from it. An interface because
// the outside world is behind it: SQLite, an in-memory fake, PostgreSQL.
//
// Thread-safe. Errors: UNAVAILABLE where the disk or database does not answer
// (nothing was stored), RESOURCE_EXHAUSTED where too much waits to be written,
// NOT_FOUND for an unknown comment. A `done` callback is called exactly once,
// on a thread of the store, and must not block.
class Store {
 public:
  virtual ~Store() = default;

  // Records a check. If the comment is there already: the same request_hash is
  // `repeated`, another is ALREADY_EXISTS.
  virtual void RecordCheck(
      v1::Checked checked, Time now, Durability durability,
      std::function<void(absl::StatusOr<CheckRecord>)> done) = 0;

  // Records decisions in one commit; results in their order: the entry as it is
  // then, NOT_FOUND, or ABORTED if the etag differs. A commit that fails is the
  // one error for all.
  using DecideResults = std::vector<absl::StatusOr<v1::Entry>>;
  virtual void Decide(
      std::vector<v1::EntryDecision> decisions, std::string moderator,
      std::string batch, Time now,
      std::function<void(absl::StatusOr<DecideResults>)> done) = 0;

  // Records a reader's or site's report.
  virtual void Report(std::string name, v1::Reported report, Time now,
                      std::function<void(absl::Status)> done) = 0;

  // The entry, including one whose event is still queued.
  virtual absl::StatusOr<v1::Entry> Get(std::string_view name) = 0;

  // The events of a comment, oldest first, without Checked's texts.
  virtual absl::StatusOr<std::vector<v1::Event>> Events(
      std::string_view name) = 0;

  virtual absl::StatusOr<EntryPage> List(const ListQuery& query) = 0;

  virtual absl::StatusOr<Counts> Count(std::string_view site) = 0;

  // Records of an author within a site, as of the events stored or queued so
  // far.
  virtual absl::StatusOr<AuthorHistory> ReadAuthorHistory(
      std::string_view site, const AuthorKeys& keys, Time now) = 0;

  // Waits until everything queued so far is on disk.
  virtual absl::Status Flush() = 0;

  // OK, or why the store cannot take events now.
  virtual absl::Status Health() = 0;
};

}  // namespace sluice::store
