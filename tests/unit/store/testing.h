#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "service/store/sqlite_store.h"
#include "service/store/store.h"

// Small verbs for tests of the stores.
namespace sluice::store {

// A folder that goes with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "sluice-store-XXXXXX")
            .string();
    path_ = mkdtemp(name.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string File(const std::string& name) const {
    return (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

inline Time At(int64_t seconds) {
  return Time(std::chrono::seconds(1'700'000'000 + seconds));
}

inline std::string NameOf(const std::string& comment,
                          const std::string& site = "blog") {
  return "sites/" + site + "/comments/" + comment;
}

inline v1::Checked CheckOf(const std::string& name, v1::Verdict verdict,
                           double score = 0) {
  v1::Checked checked;
  checked.mutable_comment()->set_name(name);
  checked.mutable_comment()->set_body("The body of " + name);
  checked.mutable_decision()->set_verdict(verdict);
  checked.mutable_decision()->set_score(score);
  checked.set_html("<p>The body</p>");
  checked.set_request_hash("hash of " + name);
  return checked;
}

inline absl::StatusOr<CheckRecord> Record(Store* store, v1::Checked checked,
                                          Time now, Durability durability) {
  std::promise<absl::StatusOr<CheckRecord>> promise;
  store->RecordCheck(std::move(checked), now, durability,
                     [&promise](absl::StatusOr<CheckRecord> record) {
                       promise.set_value(std::move(record));
                     });
  return promise.get_future().get();
}

inline absl::StatusOr<CheckRecord> Hold(Store* store, const std::string& name,
                                        Time now = At(0)) {
  return Record(store, CheckOf(name, v1::VERDICT_HOLD), now,
                Durability::kBeforeAnswer);
}

inline absl::StatusOr<CheckRecord> Accept(Store* store, const std::string& name,
                                          Time now = At(0)) {
  return Record(store, CheckOf(name, v1::VERDICT_ACCEPT), now,
                Durability::kBehind);
}

inline v1::EntryDecision DecisionOf(const std::string& name,
                                    v1::Verdict verdict,
                                    const std::string& etag = "") {
  v1::EntryDecision decision;
  decision.set_name(name);
  decision.set_verdict(verdict);
  decision.set_etag(etag);
  return decision;
}

inline absl::StatusOr<Store::DecideResults> Decide(
    Store* store, std::vector<v1::EntryDecision> decisions, Time now = At(1),
    const std::string& batch = "batch-1") {
  std::promise<absl::StatusOr<Store::DecideResults>> promise;
  store->Decide(std::move(decisions), "ann", batch, now,
                [&promise](absl::StatusOr<Store::DecideResults> results) {
                  promise.set_value(std::move(results));
                });
  return promise.get_future().get();
}

// One decision: its own result, or the commit's error.
inline absl::StatusOr<v1::Entry> DecideOne(Store* store,
                                           const v1::EntryDecision& decision,
                                           Time now = At(1)) {
  absl::StatusOr<Store::DecideResults> results = Decide(store, {decision}, now);
  if (!results.ok()) return results.status();
  return std::move(results->front());
}

inline absl::StatusOr<UndoResult> Undo(Store* store,
                                       v1::UndoDecisionRequest target,
                                       Time now) {
  std::promise<absl::StatusOr<UndoResult>> promise;
  target.set_moderator("ann");
  store->Undo(std::move(target), "undo-1", now,
              [&promise](absl::StatusOr<UndoResult> result) {
                promise.set_value(std::move(result));
              });
  return promise.get_future().get();
}

inline absl::StatusOr<UndoResult> UndoOne(Store* store, const std::string& name,
                                          const std::string& etag = "",
                                          Time now = At(3)) {
  v1::UndoDecisionRequest target;
  target.set_name(name);
  target.set_etag(etag);
  return Undo(store, target, now);
}

inline absl::StatusOr<UndoResult> UndoBatch(Store* store,
                                            const std::string& batch,
                                            const std::string& site = "blog",
                                            Time now = At(3)) {
  v1::UndoDecisionRequest target;
  target.set_parent("sites/" + site);
  target.set_batch(batch);
  return Undo(store, target, now);
}

inline absl::StatusOr<std::vector<v1::Entry>> Claim(Store* store,
                                                    ClaimRequest request,
                                                    Time now) {
  std::promise<absl::StatusOr<std::vector<v1::Entry>>> promise;
  store->Claim(std::move(request), now,
               [&promise](absl::StatusOr<std::vector<v1::Entry>> claimed) {
                 promise.set_value(std::move(claimed));
               });
  return promise.get_future().get();
}

inline absl::Status Report(Store* store, const std::string& name, bool spam,
                           Time now = At(2)) {
  v1::Reported report;
  report.set_spam(spam);
  report.set_source("reader");
  std::promise<absl::Status> promise;
  store->Report(name, report, now, [&promise](absl::Status status) {
    promise.set_value(std::move(status));
  });
  return promise.get_future().get();
}

// All entries of a listing, page by page.
inline std::vector<v1::Entry> ListAll(Store* store, ListQuery query) {
  std::vector<v1::Entry> all;
  constexpr int kMaxPages = 100'000;
  for (int i = 0; i < kMaxPages; ++i) {
    absl::StatusOr<EntryPage> page = store->List(query);
    if (!page.ok()) return {};
    for (v1::Entry& entry : page->entries) all.push_back(std::move(entry));
    if (page->next_page_token.empty()) break;
    query.page_token = page->next_page_token;
  }
  return all;
}

inline std::vector<std::string> NamesOf(const std::vector<v1::Entry>& entries) {
  std::vector<std::string> names;
  for (const v1::Entry& entry : entries) names.push_back(entry.name());
  return names;
}

inline std::unique_ptr<Store> OpenOrDie(SqliteOptions options) {
  absl::StatusOr<std::unique_ptr<Store>> store =
      OpenSqliteStore(std::move(options));
  if (!store.ok()) {
    std::fprintf(stderr, "%s\n", store.status().ToString().c_str());
    std::abort();
  }
  return *std::move(store);
}

}  // namespace sluice::store
