#include "service/rpc/review_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "service/base/resource_name.h"
#include "service/rpc/status.h"

namespace sluice::rpc {
namespace {

constexpr int kDefaultPage = 50;
constexpr int kMaxDecisions = 200;
constexpr int kMaxClaims = 200;
constexpr int kDefaultClaimSeconds = 600;
constexpr int kMaxClaimSeconds = 86'400;
constexpr size_t kMaxModerator = 64;
constexpr size_t kMaxNote = 1000;
constexpr size_t kMaxBatch = 64;

constexpr std::array<std::string_view, 6> kReasonCodes = {
    "spam", "abuse", "off_topic", "duplicate", "personal_data", "ok"};

absl::Status OrderOf(std::string_view order_by, store::Order* order) {
  if (order_by.empty() || order_by == "create_time") {
    *order = store::Order::kOldestFirst;
  } else if (order_by == "create_time desc") {
    *order = store::Order::kNewestFirst;
  } else if (order_by == "score desc") {
    *order = store::Order::kHighestScoreFirst;
  } else if (order_by == "campaign_size desc") {
    *order = store::Order::kLargestCampaignFirst;
  } else {
    return InvalidArgument(
        {{"order_by",
          "is not `create_time`, `create_time desc`, `score desc` or "
          "`campaign_size desc`"}});
  }
  return absl::OkStatus();
}

absl::Status FilterOf(const std::string& text, Time now,
                      store::ListQuery* query) {
  absl::StatusOr<std::shared_ptr<const store::Filter>> filter =
      store::Filter::Parse(text, now);
  if (!filter.ok())
    return InvalidArgument(
        {{"filter", std::string(filter.status().message())}});
  query->filter = *std::move(filter);
  return absl::OkStatus();
}

absl::Status PageSizeOf(int asked, int unset, int* size) {
  if (asked < 0) {
    return InvalidArgument(
        {{"page_size", "is negative; 1 to 200 are allowed"}});
  }
  *size = asked == 0 ? unset : std::min(asked, kMaxPageSize);
  return absl::OkStatus();
}

void CheckModerator(const std::string& moderator,
                    std::vector<Violation>* wrong) {
  if (moderator.empty() || moderator.size() > kMaxModerator)
    wrong->push_back({"moderator", "must name who decides in 1 to 64 bytes"});
}

// The built-in codes and those of the site's policy, with whether `code` is one
// of them; a code need not be given.
class ReasonCodes {
 public:
  ReasonCodes(const ServiceContext& context, const std::string& site) {
    for (std::string_view code : kReasonCodes) codes_.emplace_back(code);
    const std::shared_ptr<const Sites> sites = context.moderator->sites();
    const auto found = sites->find(site);
    if (found == sites->end()) return;
    const auto& own = found->second.ruleset->policy().reason_codes();
    codes_.insert(codes_.end(), own.begin(), own.end());
  }
  bool Allows(const std::string& code) const {
    return code.empty() ||
           std::find(codes_.begin(), codes_.end(), code) != codes_.end();
  }
  std::string Explain() const {
    return fmt::format("is not one of {}", fmt::join(codes_, ", "));
  }

 private:
  std::vector<std::string> codes_;
};

// What all ways to decide have in common. `prefix` is put before the fields.
void CheckDecision(const ReasonCodes& codes, std::string_view prefix,
                   v1::Verdict verdict, const std::string& reason_code,
                   const std::string& note, std::vector<Violation>* wrong) {
  const auto add = [&](std::string_view field, std::string what) {
    wrong->push_back({fmt::format("{}{}", prefix, field), std::move(what)});
  };
  if (verdict != v1::VERDICT_ACCEPT && verdict != v1::VERDICT_REJECT)
    add("verdict", "must be ACCEPT or REJECT");
  if (!codes.Allows(reason_code)) add("reason_code", codes.Explain());
  if (note.size() > kMaxNote) add("note", "is longer than 1,000 bytes");
}

bool IsCommentOf(std::string_view name, std::string_view site) {
  const ResourceName parsed = ParseResourceName(name);
  return !parsed.comment.empty() && parsed.site == site;
}

absl::Status Verdict(const std::vector<Violation>& wrong) {
  return wrong.empty() ? absl::OkStatus() : InvalidArgument(wrong);
}

}  // namespace

absl::Status ListQueryOf(const ServiceContext& context,
                         const v1::ListEntriesRequest& request, Time now,
                         store::ListQuery* query) {
  absl::Status status =
      AdmitSite(context.admit, "parent", request.parent(), &query->site);
  if (status.ok()) status = OrderOf(request.order_by(), &query->order);
  if (status.ok())
    status = PageSizeOf(request.page_size(), kDefaultPage, &query->page_size);
  if (!status.ok()) return status;
  if (!v1::State_IsValid(request.state()))
    return InvalidArgument({{"state", "is not a state of event.proto"}});
  query->state = request.state();
  query->page_token = request.page_token();
  return FilterOf(request.filter(), now, query);
}

absl::Status AdmitDecisions(const ServiceContext& context,
                            const v1::DecideEntriesRequest& request) {
  std::string site;
  if (absl::Status status =
          AdmitSite(context.admit, "parent", request.parent(), &site);
      !status.ok())
    return status;
  std::vector<Violation> wrong;
  const int count = request.decisions_size();
  if (count == 0 || count > kMaxDecisions) {
    wrong.push_back(
        {"decisions", fmt::format("has {} entries; 1 to {} are allowed", count,
                                  kMaxDecisions)});
  }
  CheckModerator(request.moderator(), &wrong);
  const ReasonCodes codes(context, site);
  for (int i = 0; i < std::min(count, kMaxDecisions); ++i) {
    const v1::EntryDecision& decision = request.decisions(i);
    const std::string prefix = fmt::format("decisions[{}].", i);
    if (!IsCommentOf(decision.name(), site))
      wrong.push_back({prefix + "name", "is not a comment of this site"});
    CheckDecision(codes, prefix, decision.verdict(), decision.reason_code(),
                  decision.note(), &wrong);
  }
  return Verdict(wrong);
}

absl::Status MatchingOf(const ServiceContext& context,
                        const v1::DecideMatchingRequest& request, Time now,
                        store::ListQuery* query) {
  absl::Status status =
      AdmitSite(context.admit, "parent", request.parent(), &query->site);
  if (!status.ok()) return status;
  std::vector<Violation> wrong;
  CheckModerator(request.moderator(), &wrong);
  CheckDecision(ReasonCodes(context, query->site), "", request.verdict(),
                request.reason_code(), request.note(), &wrong);
  if (request.expected_count() < 0)
    wrong.push_back({"expected_count", "is negative"});
  // What was left empty by mistake would be the whole queue.
  if (request.filter().find_first_not_of(" \t\r\n") == std::string::npos) {
    wrong.push_back(
        {"filter", "is empty; `state = HELD` is everything that is held"});
  }
  if (!wrong.empty()) return InvalidArgument(wrong);
  query->state = v1::STATE_UNSPECIFIED;
  query->page_size = kMaxPageSize;
  return FilterOf(request.filter(), now, query);
}

absl::Status AuthorQueryOf(const ServiceContext& context,
                           const v1::ListAuthorHistoryRequest& request,
                           store::ListQuery* query) {
  using Request = v1::ListAuthorHistoryRequest;
  absl::Status status =
      AdmitSite(context.admit, "parent", request.parent(), &query->site);
  if (status.ok())
    status = PageSizeOf(request.page_size(), kDefaultPage, &query->page_size);
  if (!status.ok()) return status;
  query->state = v1::STATE_UNSPECIFIED;
  query->order = store::Order::kNewestFirst;
  query->page_token = request.page_token();
  v1::Author& author = query->author.emplace();
  switch (request.author_case()) {
    case Request::kId:
      author.set_id(request.id());
      break;
    case Request::kEmail:
      author.set_email(request.email());
      break;
    case Request::kAuthorName:
      author.set_name(request.author_name());
      break;
    case Request::kComment: {
      if (!IsCommentOf(request.comment(), query->site)) {
        return InvalidArgument({{"comment", "is not a comment of this site"}});
      }
      const absl::StatusOr<v1::Entry> entry =
          context.moderator->store()->Get(request.comment());
      if (!entry.ok()) return entry.status();
      author = entry->checked().comment().author();
      if (author.id().empty() && author.email().empty() &&
          author.name().empty()) {
        return absl::NotFoundError(
            "the comment does not say who wrote it, or that was removed");
      }
      return absl::OkStatus();
    }
    default:
      break;
  }
  if (author.id().empty() && author.email().empty() && author.name().empty())
    return InvalidArgument(
        {{"id", "or `email`, `author_name` or `comment` must say whose"}});
  return absl::OkStatus();
}

absl::Status AdmitImport(const ServiceContext& context, Time now,
                         v1::ImportEntriesRequest* request) {
  absl::Status status =
      Admit(context.admit, now, "comment.", request->mutable_comment());
  if (!status.ok()) return status;
  std::vector<Violation> wrong;
  const std::string site(ParseResourceName(request->comment().name()).site);
  if (request->verdict() != v1::VERDICT_UNSPECIFIED) {
    CheckDecision(ReasonCodes(context, site), "", request->verdict(),
                  request->reason_code(), "", &wrong);
  }
  if (request->moderator().size() > kMaxModerator)
    wrong.push_back({"moderator", "is longer than 64 bytes"});
  return Verdict(wrong);
}

absl::Status AdmitUndo(const ServiceContext& context,
                       const v1::UndoDecisionRequest& request) {
  std::string site;
  if (absl::Status status =
          AdmitSite(context.admit, "parent", request.parent(), &site);
      !status.ok())
    return status;
  std::vector<Violation> wrong;
  CheckModerator(request.moderator(), &wrong);
  switch (request.target_case()) {
    case v1::UndoDecisionRequest::kName:
      if (!IsCommentOf(request.name(), site))
        wrong.push_back({"name", "is not a comment of this site"});
      break;
    case v1::UndoDecisionRequest::kBatch:
      if (request.batch().empty() || request.batch().size() > kMaxBatch)
        wrong.push_back({"batch", "is not the id of a batch"});
      if (!request.etag().empty())
        wrong.push_back({"etag", "goes with `name`; a batch has none"});
      break;
    default:
      wrong.push_back({"name", "or `batch` must say what to undo"});
  }
  return Verdict(wrong);
}

absl::Status ClaimOf(const ServiceContext& context,
                     const v1::ClaimEntriesRequest& request, Time now,
                     store::ClaimRequest* claim) {
  std::string site;
  if (absl::Status status =
          AdmitSite(context.admit, "parent", request.parent(), &site);
      !status.ok())
    return status;
  std::vector<Violation> wrong;
  CheckModerator(request.moderator(), &wrong);
  const int count = request.names_size();
  if (count == 0 || count > kMaxClaims) {
    wrong.push_back({"names", fmt::format("has {} entries; 1 to {} are allowed",
                                          count, kMaxClaims)});
  }
  for (int i = 0; i < std::min(count, kMaxClaims); ++i) {
    if (!IsCommentOf(request.names(i), site)) {
      wrong.push_back(
          {fmt::format("names[{}]", i), "is not a comment of this site"});
    }
  }
  if (request.seconds() < 0 || request.seconds() > kMaxClaimSeconds)
    wrong.push_back({"seconds", "must be at most 86,400"});
  if (!wrong.empty()) return InvalidArgument(wrong);
  claim->names.assign(request.names().begin(), request.names().end());
  claim->moderator = request.moderator();
  claim->release = request.release();
  claim->expire_time =
      now + std::chrono::seconds(request.seconds() == 0 ? kDefaultClaimSeconds
                                                        : request.seconds());
  return absl::OkStatus();
}

absl::Status SimilarCountOf(const v1::ListSimilarRequest& request, int* count) {
  constexpr int kDefaultSimilar = 20;
  return PageSizeOf(request.page_size(), kDefaultSimilar, count);
}

absl::Status AdmitDays(int days) {
  if (days >= 0 && days <= store::Store::kMaxDays) return absl::OkStatus();
  return InvalidArgument({{"days", "must be 0 to 366"}});
}

v1::Entry AsShown(v1::Entry entry, Time now) {
  const auto& end = entry.claim().expire_time();
  const Time expires{std::chrono::seconds(end.seconds()) +
                     std::chrono::microseconds(end.nanos() / 1000)};
  if (entry.has_claim() && expires <= now) entry.clear_claim();
  return entry;
}

}  // namespace sluice::rpc
