#include "service/store/listing.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "service/store/entry_row.h"
#include "service/store/page_token.h"

namespace sluice::store {
namespace {

constexpr int kMaxPage = 200;
constexpr int kFilteredChunk = 100;  // entries read at a time under a filter
constexpr int64_t kLast = std::numeric_limits<int64_t>::max();

// The index that is walked.
enum class Path {
  kTime,
  kOneCampaign,
  kId,
  kEmail,
  kName,
  kDomain,
  kScore,
  kCampaigns
};

// By time, upwards and downwards, of each path up to kDomain: the equalities,
// then the position, the end and how many.
#define SLUICE_UPWARDS                           \
  " AND (e.create_time, e.check_event) > (?, ?)" \
  " AND e.create_time <= ?"                      \
  " ORDER BY e.create_time, e.check_event LIMIT ?"
#define SLUICE_DOWNWARDS                         \
  " AND (e.create_time, e.check_event) < (?, ?)" \
  " AND e.create_time >= ?"                      \
  " ORDER BY e.create_time DESC, e.check_event DESC LIMIT ?"
#define SLUICE_BOTH_WAYS(equalities)                                        \
  {                                                                         \
    SLUICE_ENTRY_COLUMNS "WHERE e.site = ?" equalities SLUICE_UPWARDS,      \
        SLUICE_ENTRY_COLUMNS "WHERE e.site = ?" equalities SLUICE_DOWNWARDS \
  }

constexpr std::string_view kByTime[][2] = {
    SLUICE_BOTH_WAYS(" AND e.state = ?"),
    SLUICE_BOTH_WAYS(" AND e.state = ? AND e.campaign = ?"),
    // The index leaves out those without an identity.
    SLUICE_BOTH_WAYS(" AND e.author_id = ? AND e.author_id != x''"),
    SLUICE_BOTH_WAYS(" AND e.author_email = ? AND e.author_email != x''"),
    SLUICE_BOTH_WAYS(" AND e.author_name = ? AND e.author_name != x''"),
    {SLUICE_ENTRY_COLUMNS
     "JOIN link_domains d ON d.entry = e.id WHERE d.site = ? AND d.domain = ?"
     " AND (d.create_time, d.check_event) > (?, ?) AND d.create_time <= ?"
     " ORDER BY d.create_time, d.check_event LIMIT ?",
     SLUICE_ENTRY_COLUMNS
     "JOIN link_domains d ON d.entry = e.id WHERE d.site = ? AND d.domain = ?"
     " AND (d.create_time, d.check_event) < (?, ?) AND d.create_time >= ?"
     " ORDER BY d.create_time DESC, d.check_event DESC LIMIT ?"},
};

constexpr std::string_view kByScore = SLUICE_ENTRY_COLUMNS
    "WHERE e.site = ? AND e.state = ? AND (e.rank, e.check_event) > (?, ?)"
    " AND e.rank <= ? ORDER BY e.rank, e.check_event LIMIT ?";

#define SLUICE_IN_CAMPAIGN                         \
  "WHERE e.site = ?1 AND e.state = ?2"             \
  " AND e.campaign = ?3"                           \
  " AND (e.create_time, e.check_event) > (?4, ?5)" \
  " ORDER BY e.create_time, e.check_event LIMIT ?6"

struct Row {
  PagePosition at;
  v1::Entry entry;
  std::string campaign;
};

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<signed char>(c) >= 0; });
}

class Listing {
 public:
  Listing(Connection* connection, const ListQuery& query,
          const Identify& identify)
      : connection_(connection),
        query_(query),
        states_(StatesOf(query)),
        filtered_(query.filter != nullptr && !query.filter->matches_all()),
        size_(std::clamp(query.page_size, 1, kMaxPage)) {
    if (query.filter != nullptr) bounds_ = query.filter->bounds();
    ChoosePath(identify);
  }

  absl::StatusOr<EntryPage> Read() {
    if (!query_.page_token.empty()) {
      const absl::StatusOr<PagePosition> from = DecodePageToken(query_);
      if (!from.ok()) return from.status();
      at_ = *from;
    }
    while (scanned_ < Store::kMaxScanned) {
      absl::StatusOr<bool> more = ReadChunks();
      if (!more.ok()) return more.status();
      for (Row& row : rows_) {
        if (!Take(&row)) return std::move(page_);
      }
      scanned_ += static_cast<int>(rows_.size());
      if (!*more) return std::move(page_);
    }
    page_.next_page_token = EncodePageToken(query_, *at_);
    return std::move(page_);
  }

 private:
  void ChoosePath(const Identify& identify) {
    const bool by_time = query_.order == Order::kOldestFirst ||
                         query_.order == Order::kNewestFirst;
    if (query_.order == Order::kHighestScoreFirst) {
      path_ = Path::kScore;
    } else if (by_time && !query_.link_domain.empty()) {
      path_ = Path::kDomain;
    } else if (by_time && ChooseAuthor(identify)) {
    } else if (!bounds_.campaign.empty()) {
      path_ = Path::kOneCampaign;
    } else if (!by_time) {
      path_ = Path::kCampaigns;
    }
  }

  bool ChooseAuthor(const Identify& identify) {
    v1::Author author;
    author.set_id(bounds_.author_id);
    // What is hashed is in lower case by ASCII alone.
    if (IsAscii(bounds_.author_email)) author.set_email(bounds_.author_email);
    if (IsAscii(bounds_.author_name)) author.set_name(bounds_.author_name);
    const Identities who =
        identify(query_.site, query_.author.value_or(author));
    const std::pair<Path, const std::string*> kinds[] = {
        {Path::kId, &who.id},
        {Path::kEmail, &who.email},
        {Path::kName, &who.name}};
    for (const auto& [path, hash] : kinds) {
      if (hash->empty()) continue;
      path_ = path;
      author_ = *hash;
      return true;
    }
    return false;
  }

  bool OneWalk() const { return path_ >= Path::kId && path_ <= Path::kDomain; }

  // Fills rows_ with the next ones in order; whether there may be more.
  absl::StatusOr<bool> ReadChunks() {
    rows_.clear();
    // Most filters that an index serves let all through: a page first.
    const int limit = scanned_ > 0 ? kFilteredChunk : size_ + 1;
    std::optional<PagePosition> horizon;  // past it a walk was not read
    for (v1::State state :
         {v1::STATE_HELD, v1::STATE_ACCEPTED, v1::STATE_REJECTED}) {
      if (!OneWalk() && (states_ >> state & 1) == 0) continue;
      const size_t before = rows_.size();
      absl::Status status = path_ == Path::kCampaigns
                                ? ReadCampaigns(state, limit)
                                : ReadWalk(state, at_, limit);
      if (!status.ok()) return status;
      const bool full = rows_.size() - before == static_cast<size_t>(limit);
      if (full &&
          (!horizon || ComesBefore(query_.order, rows_.back().at, *horizon)))
        horizon = rows_.back().at;
      if (OneWalk()) break;
    }
    const auto before = [this](const Row& a, const Row& b) {
      return ComesBefore(query_.order, a.at, b.at);
    };
    std::sort(rows_.begin(), rows_.end(), before);
    while (horizon && ComesBefore(query_.order, *horizon, rows_.back().at))
      rows_.pop_back();
    return horizon.has_value();
  }

  // One index from `after` on; see kByTime and kByScore.
  absl::Status ReadWalk(v1::State state,
                        const std::optional<PagePosition>& after, int limit) {
    const bool down = query_.order == Order::kNewestFirst;
    absl::StatusOr<Query> walk = connection_->Prepare(
        path_ == Path::kScore ? kByScore
                              : kByTime[static_cast<size_t>(path_)][down]);
    if (!walk.ok()) return walk.status();
    walk->Text(query_.site);
    if (path_ == Path::kDomain)
      walk->Text(query_.link_domain);
    else if (OneWalk())
      walk->Blob(author_);
    else
      walk->Int(state);
    if (path_ == Path::kOneCampaign) walk->Text(bounds_.campaign);
    if (path_ == Path::kScore) {
      walk->Real(after ? after->rank : -bounds_.score_to);
      walk->Int(after ? after->sequence : 0).Real(-bounds_.score_from);
    } else if (down) {
      walk->Int(after ? after->time : bounds_.created_to);
      walk->Int(after ? after->sequence : kLast).Int(bounds_.created_from);
    } else {
      walk->Int(after ? after->time : bounds_.created_from);
      walk->Int(after ? after->sequence : 0).Int(bounds_.created_to);
    }
    walk->Int(limit);
    return Collect(&*walk, PagePosition());
  }

  // `campaign` gives rank and since.
  absl::Status Collect(Query* walk, const PagePosition& campaign) {
    while (true) {
      const absl::StatusOr<bool> found = walk->Step();
      if (!found.ok()) return found.status();
      if (!*found) return absl::OkStatus();
      absl::StatusOr<v1::Entry> entry = EntryOf(*walk);
      if (!entry.ok()) return entry.status();
      PagePosition at = campaign;
      at.sequence = walk->IntAt(kCheckEvent);
      if (path_ == Path::kScore)
        at.rank = walk->RealAt(kRank);
      else
        at.time = walk->IntAt(kCreateTime);
      rows_.push_back(
          {at, *std::move(entry), std::string(walk->BytesAt(kCampaign))});
    }
  }

  // The campaign where the page before ended is finished first, even if it has
  // changed its size since; then the next ones.
  absl::Status ReadCampaigns(v1::State state, int limit) {
    const size_t end = rows_.size() + static_cast<size_t>(limit);
    PagePosition campaign;
    campaign.rank = -std::numeric_limits<double>::infinity();
    if (at_) {
      campaign = {0, at_->rank, 0, at_->since};
      const absl::StatusOr<std::string> name = CampaignSince(at_->since);
      if (!name.ok()) return name.status();
      absl::Status status = ReadCampaign(state, campaign, *name, limit);
      if (!status.ok()) return status;
    }
    while (rows_.size() < end) {
      absl::StatusOr<Query> next = connection_->Prepare(
          "SELECT rank, since, campaign FROM campaigns"
          " WHERE site = ? AND state = ?"
          " AND (rank, since) > (?, ?) ORDER BY rank, since LIMIT 1");
      if (!next.ok()) return next.status();
      next->Text(query_.site).Int(state);
      next->Real(campaign.rank).Int(campaign.since);
      const absl::StatusOr<bool> found = next->Step();
      if (!found.ok()) return found.status();
      if (!*found) return absl::OkStatus();
      campaign.rank = static_cast<double>(next->IntAt(0));
      campaign.since = next->IntAt(1);
      const std::string name(next->BytesAt(2));
      const absl::Status status = ReadCampaign(
          state, campaign, name, static_cast<int>(end - rows_.size()));
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  // The campaign that this check_event began; empty if it is gone.
  absl::StatusOr<std::string> CampaignSince(int64_t since) {
    absl::StatusOr<Query> query = connection_->Prepare(
        "SELECT campaign FROM entries WHERE id ="
        " (SELECT entry FROM events WHERE sequence = ?)");
    if (!query.ok()) return query.status();
    const absl::StatusOr<bool> found = query->Int(since).Step();
    if (!found.ok()) return found.status();
    return *found ? std::string(query->BytesAt(0)) : std::string();
  }

  absl::Status ReadCampaign(v1::State state, const PagePosition& campaign,
                            const std::string& name, int limit) {
    // Where several states are merged, a campaign stands at another place in
    // each: it is gone on with only where it stands at this one.
    const bool alone = (states_ & (states_ - 1)) == 0;
    absl::StatusOr<Query> walk = connection_->Prepare(
        alone ? SLUICE_ENTRY_COLUMNS SLUICE_IN_CAMPAIGN
              : SLUICE_ENTRY_COLUMNS
            "JOIN campaigns g ON g.site = e.site AND g.state = e.state"
            " AND g.campaign = e.campaign AND g.rank = ?7 " SLUICE_IN_CAMPAIGN);
    if (!walk.ok()) return walk.status();
    const bool going_on = at_ && at_->since == campaign.since;
    walk->Text(query_.site).Int(state).Text(name);
    walk->Int(going_on ? at_->time : std::numeric_limits<int64_t>::min());
    walk->Int(going_on ? at_->sequence : 0).Int(limit);
    if (!alone) walk->Real(campaign.rank);
    return Collect(&*walk, campaign);
  }

  // False: the page is full, and this row is the first of the next one.
  bool Take(Row* row) {
    const FilterInput input{row->entry, row->campaign};
    const bool shown = (states_ >> row->entry.state() & 1) != 0 &&
                       (!filtered_ || query_.filter->Matches(input));
    if (shown && static_cast<int>(page_.entries.size()) == size_) {
      page_.next_page_token = EncodePageToken(query_, *at_);
      return false;
    }
    at_ = row->at;
    if (shown) page_.entries.push_back(std::move(row->entry));
    return true;
  }

  Connection* const connection_;
  const ListQuery& query_;
  const uint32_t states_;
  const bool filtered_;
  const int size_;
  FilterBounds bounds_;
  Path path_ = Path::kTime;
  std::string author_;              // hash of the identity that is walked
  std::optional<PagePosition> at_;  // the last entry looked at
  std::vector<Row> rows_;
  int scanned_ = 0;  // entries looked at
  EntryPage page_;
};

}  // namespace

absl::StatusOr<EntryPage> ReadPage(Connection* connection,
                                   const ListQuery& query,
                                   const Identify& identify) {
  return Listing(connection, query, identify).Read();
}

}  // namespace sluice::store
