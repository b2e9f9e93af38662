#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "client/review/server.h"
#include "tests/unit/client/review_testing.h"

namespace sluice::client::review {

// A queue in memory that answers as ReviewService does, as far as the tests
// ask.
class FakeServer final : public Server {
 public:
  // Names of calls that this server does not have.
  std::set<std::string> missing;
  std::map<std::string, v1::Entry> entries;
  std::vector<std::string> asked;            // names of calls
  std::map<std::string, std::string> begun;  // by name: the campaign it began
  int64_t matching_now = -1;  // what DecideMatching counts; -1: the truth

  void Add(v1::Entry entry) {
    order_.push_back(entry.name());
    entries[entry.name()] = std::move(entry);
  }

  v1::State StateOf(const std::string& id) {
    return entries.at(NameOf(id)).state();
  }

  // Another moderator.
  void DecideAs(const std::string& moderator, const std::string& id,
                v1::Verdict verdict, const std::string& reason) {
    Review(&entries.at(NameOf(id)), moderator, verdict, reason, "other");
  }

  absl::Status Ask(const Request& request, Response* response) override {
    return std::visit(
        [&](const auto& typed) {
          const std::string name = typed.GetDescriptor()->name();
          asked.push_back(name);
          if (missing.count(name) > 0)
            return absl::UnimplementedError("not yet");
          return Answer(typed, response);
        },
        request);
  }

 private:
  void Change(v1::Entry* entry) {
    entry->set_etag(fmt::format("{}-{}", entry->name(), ++changes_));
    entry->mutable_update_time()->set_seconds(changes_);
  }

  void Review(v1::Entry* entry, const std::string& moderator,
              v1::Verdict verdict, const std::string& reason,
              const std::string& batch) {
    Change(entry);
    entry->set_state(verdict == v1::VERDICT_ACCEPT ? v1::STATE_ACCEPTED
                                                   : v1::STATE_REJECTED);
    entry->mutable_review()->set_moderator(moderator);
    entry->mutable_review()->set_verdict(verdict);
    entry->mutable_review()->set_reason_code(reason);
    entry->mutable_review()->set_batch(batch);
    entry->mutable_review_time()->set_seconds(changes_);
  }

  absl::Status Answer(const v1::ListEntriesRequest& request, Response* out) {
    auto& response = out->emplace<v1::ListEntriesResponse>();
    if (request.filter() == "bad")
      return absl::InvalidArgumentError("column 1");
    if (missing.count("campaign_size") > 0 &&
        request.order_by() == "campaign_size desc")
      return absl::InvalidArgumentError("order_by");
    for (const std::string& name : order_) {
      if (entries.at(name).state() == v1::STATE_HELD)
        *response.add_entries() = entries.at(name);
    }
    return absl::OkStatus();
  }

  absl::Status Answer(const v1::GetEntryRequest& request, Response* out) {
    const auto it = entries.find(request.name());
    if (it == entries.end()) return absl::NotFoundError("gone");
    *out->emplace<v1::GetEntryResponse>().mutable_entry() = it->second;
    return absl::OkStatus();
  }

  absl::Status Answer(const v1::DecideEntriesRequest& request, Response* out) {
    auto& response = out->emplace<v1::DecideEntriesResponse>();
    response.set_batch(fmt::format("batch{}", ++batches_));
    for (const v1::EntryDecision& decision : request.decisions()) {
      auto* result = response.add_results();
      v1::Entry& entry = entries.at(decision.name());
      if (decision.etag() != entry.etag()) {
        result->mutable_error()->set_code(10);  // ABORTED
        continue;
      }
      Review(&entry, request.moderator(), decision.verdict(),
             decision.reason_code(), response.batch());
      entry.mutable_review()->set_note(decision.note());
      *result->mutable_entry() = entry;
    }
    return absl::OkStatus();
  }

  absl::Status Answer(const v1::DecideMatchingRequest& request, Response* out) {
    auto& response = out->emplace<v1::DecideMatchingResponse>();
    std::vector<v1::Entry*> found;
    for (auto& [name, entry] : entries) {
      const std::string& campaign =
          begun.count(name) > 0
              ? begun.at(name)
              : entry.checked().signals().repetition().campaign();
      if (entry.state() == v1::STATE_HELD && !campaign.empty() &&
          request.filter().find("\"" + campaign + "\"") != std::string::npos)
        found.push_back(&entry);
    }
    response.set_count(matching_now >= 0 ? matching_now
                                         : static_cast<int64_t>(found.size()));
    for (size_t i = 0; i < found.size() && i < 10; ++i)
      *response.add_sample() = *found[i];
    if (request.dry_run()) return absl::OkStatus();
    if (request.expected_count() != response.count())
      return absl::AbortedError("other count");
    response.set_batch(fmt::format("batch{}", ++batches_));
    for (v1::Entry* entry : found)
      Review(entry, request.moderator(), request.verdict(),
             request.reason_code(), response.batch());
    return absl::OkStatus();
  }

  absl::Status Answer(const v1::UndoDecisionRequest& request, Response* out) {
    auto& response = out->emplace<v1::UndoDecisionResponse>();
    for (auto& [name, entry] : entries) {
      if (entry.review().batch() != request.batch()) continue;
      entry.clear_review();
      entry.clear_review_time();
      entry.set_state(v1::STATE_HELD);
      Change(&entry);
      *response.add_entries() = entry;
    }
    response.set_count(response.entries_size());
    return response.count() > 0 ? absl::OkStatus()
                                : absl::NotFoundError("nothing of it");
  }

  absl::Status Answer(const v1::ClaimEntriesRequest& request, Response* out) {
    auto& response = out->emplace<v1::ClaimEntriesResponse>();
    for (const std::string& name : request.names()) {
      v1::Entry& entry = entries.at(name);
      if (entry.state() != v1::STATE_HELD) continue;
      Change(&entry);
      entry.mutable_claim()->set_moderator(
          request.release() ? "" : request.moderator());
      *response.add_entries() = entry;
    }
    return absl::OkStatus();
  }

  absl::Status Answer(const v1::ListSimilarRequest&, Response* out) {
    out->emplace<v1::ListSimilarResponse>();
    return absl::OkStatus();
  }
  absl::Status Answer(const v1::ListAuthorHistoryRequest&, Response* out) {
    out->emplace<v1::ListAuthorHistoryResponse>();
    return absl::OkStatus();
  }
  absl::Status Answer(const v1::CountEntriesRequest&, Response* out) {
    auto& response = out->emplace<v1::CountEntriesResponse>();
    for (const auto& [name, entry] : entries)
      response.set_held(response.held() + (entry.state() == v1::STATE_HELD));
    return absl::OkStatus();
  }
  absl::Status Answer(const v1::ExplainCommentRequest&, Response* out) {
    auto& response = out->emplace<v1::ExplainCommentResponse>();
    auto* rule = response.add_rules();
    rule->set_id("pharma");
    rule->set_hit(true);
    rule->set_score(4);
    return absl::OkStatus();
  }

  std::vector<std::string> order_;
  int64_t changes_ = 0;
  int batches_ = 0;
};

}  // namespace sluice::client::review
