// What answers of the server change.

#include <fmt/format.h>

#include <algorithm>

#include "client/print.h"
#include "client/review/cells.h"
#include "client/review/model.h"

namespace sluice::client::review {
namespace {

// Whether a later version of the server may have it.
bool IsMissing(const absl::Status& status) {
  return absl::IsUnimplemented(status);
}

AuthorRecord RecordOf(const v1::ListAuthorHistoryResponse& response,
                      const std::string& but) {
  AuthorRecord record;
  record.more = !response.next_page_token().empty();
  for (const v1::Entry& entry : response.entries()) {
    if (entry.name() == but) continue;
    record.accepted += entry.state() == v1::STATE_ACCEPTED;
    record.held += entry.state() == v1::STATE_HELD;
    record.rejected += entry.state() == v1::STATE_REJECTED;
  }
  return record;
}

}  // namespace

void Model::Take(Answer answer) {
  const int64_t id = answer.id;
  if (decisions_.Knows(id)) {
    Apply(decisions_.Take(std::move(answer)));
    next_count_ = std::min(next_count_, now_ + 1);
    if (mode_ == Mode::kLeaving && decisions_.tally().waiting == 0)
      FinishLeaving();
  } else if (id == list_call_) {
    list_call_ = 0;
    TakeList(answer.status,
             std::get_if<v1::ListEntriesResponse>(&answer.response));
  } else if (id == detail_call_) {
    detail_call_ = 0;
    if (answer.status.ok())
      TakeEntry(std::get_if<v1::GetEntryResponse>(&answer.response));
  } else if (id == author_call_) {
    author_call_ = 0;
    can_history_ = can_history_ && !IsMissing(answer.status);
    const auto* response =
        std::get_if<v1::ListAuthorHistoryResponse>(&answer.response);
    Row* row = rows_.Find(looked_at_);
    if (answer.status.ok() && response != nullptr && row != nullptr)
      row->author = RecordOf(*response, looked_at_);
  } else if (id == claim_call_ || id == release_call_) {
    TakeClaims(id == claim_call_, answer.status,
               std::get_if<v1::ClaimEntriesResponse>(&answer.response));
  } else if (id == dry_run_call_) {
    dry_run_call_ = 0;
    TakeDryRun(answer.status,
               std::get_if<v1::DecideMatchingResponse>(&answer.response));
  } else if (id == page_call_) {
    page_call_ = 0;
    page_answer_ = std::move(answer.response);
    if (!answer.status.ok())
      page_error_ = IsMissing(answer.status) ? "this server does not have it"
                                             : ErrorLine(answer.status);
  } else if (id == count_call_) {
    count_call_ = 0;
    const auto* response =
        std::get_if<v1::CountEntriesResponse>(&answer.response);
    if (answer.status.ok() && response != nullptr) held_ = response->held();
  }
  Look();
}

void Model::TakeList(const absl::Status& status,
                     v1::ListEntriesResponse* page) {
  if (!status.ok() || page == nullptr) return ListFailed(status);
  std::vector<v1::Entry> entries;
  for (v1::Entry& entry : *page->mutable_entries()) {
    if (!decisions_.Holds(entry.name())) entries.push_back(std::move(entry));
  }
  next_page_ = page->next_page_token();
  last_good_filter_ = settings_.filter;
  const bool by_campaign =
      settings_.order == "campaign" && can_order_by_campaign_;
  const bool group = settings_.order == "campaign" && !can_order_by_campaign_;
  if (list_is_next_page_) {
    rows_.Append(std::move(entries));
    if (group) rows_.GroupByCampaign();
    if (by_campaign) rows_.FindBeginners();
  } else {
    campaign_counts_.clear();
    rows_.Replace(std::move(entries), group);
    if (by_campaign) rows_.FindBeginners();
    looked_at_.clear();
    if (!settings_.filter.empty() && message_ == "filtering ...")
      Say(fmt::format("{}{} found", rows_.all().size(),
                      next_page_.empty() ? "" : " or more"));
  }
  loaded_ = true;
}

void Model::ListFailed(const absl::Status& status) {
  if (settings_.order == "campaign" && can_order_by_campaign_ &&
      settings_.filter == last_good_filter_ &&
      (absl::IsInvalidArgument(status) || IsMissing(status))) {
    can_order_by_campaign_ = false;  // an older server: grouped here
    return Load(false);
  }
  if (list_is_next_page_) next_page_.clear();
  Say(ErrorLine(status), true);
  if (settings_.filter == last_good_filter_) return;
  Say(IsMissing(status) ? "this server does not filter yet" : ErrorLine(status),
      true);
  // Once more to type; what was listed stays.
  const std::string tried = settings_.filter;
  settings_.filter = last_good_filter_;
  if (!IsMissing(status)) OpenPrompt(PromptKind::kFilter, tried);
}

void Model::TakeEntry(v1::GetEntryResponse* response) {
  if (response == nullptr) return;
  Row* row = rows_.Find(response->entry().name());
  if (row == nullptr) return;
  const v1::Entry& now = response->entry();
  if (row->alert.empty() && !row->returning &&
      (now.state() != row->entry.state() ||
       now.review_time().seconds() != row->entry.review_time().seconds())) {
    row->alert = now.has_review()
                     ? fmt::format("{} by {} meanwhile",
                                   DecisionWords(now.review().verdict(),
                                                 now.review().reason_code()),
                                   Tame(now.review().moderator()))
                     : fmt::format("{} meanwhile", StateWord(now.state()));
    row->armed = false;
  }
  row->events.assign(response->events().begin(), response->events().end());
  row->entry = std::move(*response->mutable_entry());
  row->fresh = true;
}

void Model::TakeClaims(bool mine, const absl::Status& status,
                       const v1::ClaimEntriesResponse* response) {
  if (IsMissing(status)) can_claim_ = false;
  if (!status.ok() || response == nullptr) return;
  for (const v1::Entry& entry : response->entries()) {
    if (mine) claimed_.push_back(entry.name());
    Row* row = rows_.Find(entry.name());
    if (row == nullptr || row->returning) continue;
    // The claim alone; what else may have changed is for TakeEntry to say.
    if (entry.state() != row->entry.state()) continue;
    *row->entry.mutable_claim() = entry.claim();
    row->entry.set_etag(entry.etag());
  }
}

void Model::TakeDryRun(const absl::Status& status,
                       const v1::DecideMatchingResponse* response) {
  const bool asked = mode_ == Mode::kCampaign && counting_ == campaign_;
  if (status.ok() && response != nullptr) {
    campaign_counts_[counting_] = response->count();
    if (asked) campaign_count_ = response->count();
    // All of it is in the sample: then what is not there is not of it.
    if (response->count() == response->sample_size()) {
      std::vector<std::string> names;
      for (const v1::Entry& entry : response->sample())
        names.push_back(entry.name());
      rows_.SetCampaign(counting_, names);
    }
    return;
  }
  can_match_ = can_match_ && !IsMissing(status);
  if (!asked) return;
  if (!IsMissing(status)) Say(ErrorLine(status), true);
  campaign_count_ = static_cast<int64_t>(rows_.OfCampaign(campaign_).size());
}

}  // namespace sluice::client::review
