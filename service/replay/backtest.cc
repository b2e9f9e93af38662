#include "service/replay/backtest.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

namespace sluice::replay {
namespace {

constexpr int kMaxReasons = 8;
constexpr size_t kMaxExcerpt = 200;
// Comments between two messages when nothing changes.
constexpr int64_t kProgressEvery = 2048;

// Ids of the reasons of `a` that speak and do not speak in `b`.
void AddNew(const v1::Decision& a, const v1::Decision& b,
            google::protobuf::RepeatedPtrField<std::string>* out) {
  for (const v1::Reason& reason : a.reasons()) {
    if (reason.shadow() || out->size() == kMaxReasons) continue;
    const bool there = std::any_of(
        b.reasons().begin(), b.reasons().end(), [&](const v1::Reason& other) {
          return !other.shadow() && other.id() == reason.id();
        });
    if (!there) *out->Add() = reason.id();
  }
}

std::string_view Excerpt(std::string_view text) {
  if (text.size() <= kMaxExcerpt) return text;
  size_t end = kMaxExcerpt;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end;  // not within a character
  return text.substr(0, end);
}

v1::VerdictChange ChangeOf(const Row& row, const v1::Decision& before,
                           const v1::Decision& after, std::string_view text) {
  v1::VerdictChange change;
  change.set_name(row.checked->comment().name());
  change.set_before(before.verdict());
  change.set_after(after.verdict());
  change.set_human(row.human);
  AddNew(after, before, change.mutable_gained());
  AddNew(before, after, change.mutable_lost());
  change.set_score_before(before.score());
  change.set_score_after(after.score());
  change.set_excerpt(std::string(Excerpt(text)));
  return change;
}

class Totals {
 public:
  void Add(const v1::VerdictChange& change) {
    v1::VerdictChangeCount& count = counts_[{change.before(), change.after()}];
    count.set_before(change.before());
    count.set_after(change.after());
    count.set_count(count.count() + 1);
    if (change.human() == v1::VERDICT_ACCEPT)
      count.set_accepted_by_person(count.accepted_by_person() + 1);
    if (change.human() == v1::VERDICT_REJECT)
      count.set_rejected_by_person(count.rejected_by_person() + 1);
  }
  void WriteTo(v1::BacktestRulesetResponse* out) const {
    for (const auto& [kind, count] : counts_) *out->add_totals() = count;
  }

 private:
  std::map<std::pair<v1::Verdict, v1::Verdict>, v1::VerdictChangeCount> counts_;
};

}  // namespace

absl::Status RunBacktest(store::Store* store, Site before, Site after,
                         const WalkOptions& options, const TakeMessage& take) {
  before.demoted = after.demoted = nullptr;
  const bool alike = RendersAlike(before, after);
  using Changes = std::vector<v1::VerdictChange>;
  const auto replay = [&](const std::vector<Row>& rows) {
    auto changes = std::make_shared<Changes>();
    for (const Row& row : rows) {
      Rendered rendered(before, row.checked->comment());
      std::optional<Rendered> other;
      if (!alike) other.emplace(after, row.checked->comment());
      const v1::Decision was =
          DecideAgain(before, *row.checked, row.then, &rendered);
      const v1::Decision is = DecideAgain(after, *row.checked, row.then,
                                          alike ? &rendered : &*other);
      if (was.verdict() == is.verdict()) continue;
      changes->push_back(ChangeOf(row, was, is, rendered.rendering().text));
    }
    return changes;
  };

  Totals totals;
  Progress last;
  int64_t told = 0;
  bool wanted = true;
  const absl::Status status =
      WalkHistory(store, options, [&](const std::vector<Row>& rows) -> InOrder {
        return [&, changes = replay(rows)](const Progress& progress) {
          last = progress;
          for (v1::VerdictChange& change : *changes) {
            totals.Add(change);
            v1::BacktestRulesetResponse message;
            message.set_replayed(progress.done);
            message.set_total(progress.total);
            *message.mutable_change() = std::move(change);
            wanted = take(std::move(message));
            if (!wanted) return false;
          }
          if (progress.done - told < kProgressEvery) return true;
          told = progress.done;
          v1::BacktestRulesetResponse message;
          message.set_replayed(progress.done);
          message.set_total(progress.total);
          wanted = take(std::move(message));
          return wanted;
        };
      });
  if (!status.ok() || !wanted) return status;
  v1::BacktestRulesetResponse message;
  message.set_replayed(last.done);
  message.set_total(last.total);
  totals.WriteTo(&message);
  message.set_version(after.ruleset->version());
  take(std::move(message));
  return absl::OkStatus();
}

}  // namespace sluice::replay
