#include "client/review/model.h"

#include <fmt/format.h>

#include <algorithm>

#include "client/print.h"
#include "client/review/cells.h"
#include "service/text/utf8.h"

namespace sluice::client::review {
namespace {

constexpr size_t kMaxRows = 5000;  // loaded at a time
constexpr size_t kLoadAhead = 50;  // rows after the selected one
constexpr int64_t kCountSeconds = 15;
constexpr int kPageSize = 200;

std::string OrderBy(const std::string& order) {
  if (order == "newest") return "create_time desc";
  if (order == "score") return "score desc";
  if (order == "campaign") return "campaign_size desc";
  return "create_time";
}

}  // namespace

Model::Model(Settings settings)
    : settings_(std::move(settings)),
      decisions_(
          settings_.site, settings_.moderator,
          [this](Request request, bool decides) {
            return Send(std::move(request), "", decides);
          },
          [this](int64_t id) { cancels_.push_back(id); }) {
  Load(false);
}

int64_t Model::Send(Request request, std::string slot, bool decides) {
  calls_.push_back({++last_id_, std::move(request), std::move(slot), decides});
  return last_id_;
}

std::vector<Call> Model::TakeCalls() { return std::exchange(calls_, {}); }
std::vector<int64_t> Model::TakeCancels() {
  return std::exchange(cancels_, {});
}
std::string Model::TakePagerText() { return std::exchange(pager_text_, ""); }

void Model::Say(std::string message, bool bad) {
  message_ = std::move(message);
  bad_ = bad;
}

size_t Model::alerts() const {
  return static_cast<size_t>(
      std::count_if(rows_.all().begin(), rows_.all().end(),
                    [](const Row& row) { return !row.alert.empty(); }));
}

void Model::SetLimits(int detail_lines, int detail_rows, int list_rows,
                      bool one_column) {
  max_scroll_ = std::max(0, detail_lines - detail_rows);
  scroll_ = std::min(scroll_, max_scroll_);
  detail_rows_ = std::max(1, detail_rows);
  list_rows_ = std::max(1, list_rows);
  one_column_ = one_column;
}

void Model::Tick(int64_t now) {
  now_ = now;
  if (now < next_count_ || count_call_ != 0) return;
  next_count_ = now + kCountSeconds;
  v1::CountEntriesRequest request;
  request.set_parent("sites/" + settings_.site);
  count_call_ = Send(std::move(request), "count");
}

void Model::Load(bool next_page) {
  v1::ListEntriesRequest request;
  request.set_parent("sites/" + settings_.site);
  request.set_page_size(kPageSize);
  request.set_filter(settings_.filter);
  request.set_order_by(
      OrderBy(settings_.order == "campaign" && !can_order_by_campaign_
                  ? "oldest"
                  : settings_.order));
  if (next_page) request.set_page_token(next_page_);
  list_is_next_page_ = next_page;
  list_call_ = Send(std::move(request), "list");
}

void Model::LoadMore() {
  if (next_page_.empty() || list_call_ != 0 || rows_.all().size() >= kMaxRows)
    return;
  if (rows_.shown_index() + kLoadAhead >= rows_.shown().size()) Load(true);
}

void Model::Look() {
  LoadMore();
  Row* row = rows_.selected();
  const std::string name = row == nullptr ? "" : row->entry.name();
  if (name == looked_at_) return;
  looked_at_ = name;
  scroll_ = 0;
  if (row == nullptr) return;
  if (can_claim_) Claim(name);
  if (can_match_ && !row->campaign.empty()) CountCampaign(row->campaign);
  v1::GetEntryRequest request;
  request.set_name(name);
  detail_call_ = Send(std::move(request), "detail");
  if (can_history_ && !row->author.has_value()) LookAtAuthor(name);
}

void Model::LookAtAuthor(const std::string& name) {
  v1::ListAuthorHistoryRequest request;
  request.set_parent("sites/" + settings_.site);
  request.set_comment(name);
  author_call_ = Send(std::move(request), "author");
}

void Model::Claim(const std::string& name) {
  v1::ClaimEntriesRequest request;
  request.set_parent("sites/" + settings_.site);
  request.add_names(name);
  request.set_moderator(settings_.moderator);
  ReleaseClaims(name);
  claim_call_ = Send(std::move(request), "claim");
}

void Model::ReleaseClaims(const std::string& but) {
  v1::ClaimEntriesRequest request;
  request.set_parent("sites/" + settings_.site);
  request.set_moderator(settings_.moderator);
  request.set_release(true);
  for (const std::string& name : claimed_) {
    if (name != but && rows_.Find(name) != nullptr) request.add_names(name);
  }
  claimed_.clear();
  if (request.names_size() > 0) release_call_ = Send(std::move(request), "");
}

bool Model::MayDecide(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    Row* row = rows_.Find(name);
    if (row == nullptr) continue;
    if (row->returning) {
      Say("its decision is still being taken back");
      return false;
    }
    if (!row->alert.empty() && !row->armed) {
      row->armed = true;
      rows_.Select(name);
      Say(fmt::format("{}: {}. The same key again overrules",
                      AuthorName(row->entry), row->alert),
          true);
      return false;
    }
  }
  return true;
}

void Model::Decide(v1::Verdict verdict, const std::string& reason) {
  std::vector<std::string> names = rows_.Marked();
  if (names.empty() && rows_.selected() != nullptr)
    names.push_back(rows_.selected()->entry.name());
  DecideRows(std::move(names), verdict, reason);
}

void Model::DecideRows(std::vector<std::string> names, v1::Verdict verdict,
                       const std::string& reason) {
  if (names.empty()) return Say("there is nothing to decide; r looks again");
  if (!MayDecide(names)) return;
  decisions_.Decide(rows_.Remove(names), verdict, reason);
  Say(names.size() == 1
          ? DecisionWords(verdict, reason) + " ..."
          : fmt::format("{} {} ...", DecisionWords(verdict, reason),
                        names.size()));
}

void Model::DecideCampaign(v1::Verdict verdict, const std::string& reason) {
  const Row* row = rows_.selected();
  if (row == nullptr) return Decide(verdict, reason);
  const std::string campaign = row->campaign;
  if (campaign.empty()) {
    return DecideRows({row->entry.name()}, verdict, reason);
  }
  std::vector<std::string> names = rows_.OfCampaign(campaign);
  // A search shows only a part of it: what is not seen is not decided.
  if (!can_match_ || !rows_.search().empty()) {
    return DecideRows(std::move(names), verdict, reason);
  }
  if (!MayDecide(names)) return;
  const auto counted = campaign_counts_.find(campaign);
  const int64_t count = counted == campaign_counts_.end()
                            ? static_cast<int64_t>(names.size())
                            : counted->second;
  campaign_counts_.erase(campaign);
  decisions_.DecideMatching(rows_.Remove(names), CampaignFilter(campaign),
                            count, verdict, reason);
  Say(fmt::format("{} {} ...", DecisionWords(verdict, reason), count));
}

void Model::AskCampaign() {
  const Row* row = rows_.selected();
  if (row == nullptr) return;
  campaign_ = row->campaign;
  if (campaign_.empty())
    return Say("it belongs to no campaign; a, s and b decide it alone");
  mode_ = Mode::kCampaign;
  campaign_count_ = static_cast<int64_t>(rows_.OfCampaign(campaign_).size());
  if (!can_match_ || !rows_.search().empty()) return;
  campaign_count_.reset();
  CountCampaign(campaign_);
}

std::string Model::CampaignFilter(const std::string& campaign) const {
  std::string filter = fmt::format("campaign = \"{}\"", campaign);
  if (!settings_.filter.empty())
    filter += fmt::format(" AND ({})", settings_.filter);
  return filter;
}

void Model::CountCampaign(const std::string& campaign) {
  v1::DecideMatchingRequest request;
  request.set_parent("sites/" + settings_.site);
  request.set_filter(CampaignFilter(campaign));
  request.set_verdict(v1::VERDICT_REJECT);
  request.set_moderator(settings_.moderator);
  request.set_dry_run(true);
  counting_ = campaign;
  dry_run_call_ = Send(std::move(request), "dry run");
}

void Model::Undo() {
  Decisions::Outcome outcome = decisions_.UndoLast();
  const std::string first =
      outcome.back.empty() ? "" : outcome.back.front().entry.name();
  Apply(std::move(outcome));
  if (!first.empty()) {
    if (Row* row = rows_.Find(first); row != nullptr && row->hidden)
      rows_.Search("");
    rows_.Select(first);
  }
}

void Model::Apply(Decisions::Outcome outcome) {
  if (!outcome.message.empty()) Say(std::move(outcome.message), outcome.bad);
  rows_.Remove(outcome.gone);
  if (outcome.by_names) {
    can_match_ = false;
    std::vector<std::string> names;
    for (const Row& row : outcome.back) names.push_back(row.entry.name());
    rows_.PutBack(std::move(outcome.back));
    DecideRows(std::move(names), outcome.verdict, outcome.reason);
  } else {
    rows_.PutBack(std::move(outcome.back));
  }
  if (outcome.reload) Load(false);
}

void Model::Mark() {
  Row* row = rows_.selected();
  if (row == nullptr) return;
  row->marked = !row->marked;
  rows_.Move(1);
  const size_t marked = rows_.Marked().size();
  Say(marked == 0
          ? ""
          : fmt::format("{} marked: a, s and b decide them all", marked));
}

void Model::Unmark() {
  for (Row& row : rows_.all()) row.marked = false;
  Say("nothing is marked");
}

void Model::JumpCampaign(int by) {
  const Row* row = rows_.selected();
  if (row == nullptr) return;
  const std::vector<const Row*> rows = rows_.shown();
  const std::string campaign = row->campaign;
  int64_t at = static_cast<int64_t>(rows_.shown_index());
  const auto campaign_at = [&rows](int64_t index) {
    return rows[static_cast<size_t>(index)]->campaign;
  };
  const int64_t last = static_cast<int64_t>(rows.size()) - 1;
  do {
    at += by;
  } while (at > 0 && at < last && !campaign.empty() &&
           campaign_at(at) == campaign);
  at = std::clamp<int64_t>(at, 0, last);
  // Backwards: to the first of the campaign before.
  while (by < 0 && at > 0 && !campaign_at(at).empty() &&
         campaign_at(at - 1) == campaign_at(at))
    --at;
  rows_.Select(rows[static_cast<size_t>(at)]->entry.name());
}

void Model::JumpAlert() {
  for (const Row* row : rows_.shown()) {
    if (row->alert.empty()) continue;
    rows_.Select(row->entry.name());
    return Say(fmt::format("{}: {}", AuthorName(row->entry), row->alert), true);
  }
  Say("nothing has happened behind your back");
}

void Model::Quit() {
  if (decisions_.tally().waiting == 0) return FinishLeaving();
  mode_ = Mode::kLeaving;
}

void Model::FinishLeaving() {
  ReleaseClaims("");
  done_ = true;
}

std::string Model::Farewell() const {
  const Decisions::Tally tally = decisions_.tally();
  std::string out;
  if (tally.accepted + tally.rejected > 0)
    out = fmt::format("{} accepted, {} rejected\n", tally.accepted,
                      tally.rejected);
  for (const std::string& line : decisions_.Waiting())
    out += fmt::format("not known to have reached the server: {}\n", line);
  return out;
}

}  // namespace sluice::client::review
