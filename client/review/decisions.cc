#include "client/review/decisions.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "client/print.h"
#include "client/review/cells.h"

namespace sluice::client::review {
namespace {

constexpr int kMaxResends = 3;

bool SameReview(const v1::Entry& a, const v1::Entry& b) {
  return a.state() == b.state() && a.has_review() == b.has_review() &&
         a.review_time().seconds() == b.review_time().seconds() &&
         a.review_time().nanos() == b.review_time().nanos();
}

// Whether nothing has happened that a moderator would want to see first; a
// claim changes the etag and nothing else.
bool IsAsSeen(const v1::Entry& seen, const v1::Entry& now) {
  return SameReview(seen, now) && seen.spam_reports() == now.spam_reports() &&
         seen.ham_reports() == now.ham_reports();
}

std::string StandsNow(const v1::Entry& entry) {
  if (!entry.has_review())
    return fmt::format("is {} now, {} reports", StateWord(entry.state()),
                       entry.spam_reports() + entry.ham_reports());
  return fmt::format(
      "was {} by {}",
      DecisionWords(entry.review().verdict(), entry.review().reason_code()),
      Tame(entry.review().moderator()));
}

std::string Named(const std::vector<Row>& rows, int64_t count) {
  return count == 1 && rows.size() == 1 ? AuthorName(rows[0].entry)
                                        : fmt::format("{} comments", count);
}

}  // namespace

Decisions::Decisions(std::string site, std::string moderator, Send send,
                     Cancel cancel)
    : site_(std::move(site)),
      moderator_(std::move(moderator)),
      send_(std::move(send)),
      cancel_(std::move(cancel)) {}

void Decisions::Decide(std::vector<Row> rows, v1::Verdict verdict,
                       const std::string& reason) {
  ++last_group_;
  for (size_t at = 0; at < rows.size(); at += kMaxEntries) {
    const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end = rows.begin() + static_cast<std::ptrdiff_t>(std::min(
                                        rows.size(), at + kMaxEntries));
    Operation operation;
    operation.group = last_group_;
    operation.rows.assign(std::make_move_iterator(begin),
                          std::make_move_iterator(end));
    operation.verdict = verdict;
    operation.reason = reason;
    SendEntries(&operation);
    operations_.push_back(std::move(operation));
  }
}

void Decisions::SendEntries(Operation* operation) {
  v1::DecideEntriesRequest request;
  request.set_parent("sites/" + site_);
  request.set_moderator(moderator_);
  for (const Row& row : operation->rows) {
    v1::EntryDecision* decision = request.add_decisions();
    decision->set_name(row.entry.name());
    decision->set_etag(row.entry.etag());
    decision->set_verdict(operation->verdict);
    decision->set_reason_code(operation->reason);
    decision->set_note(row.note);
  }
  operation->count = request.decisions_size();
  operation->state = State::kSending;
  operation->call = send_(std::move(request), true);
}

void Decisions::DecideMatching(std::vector<Row> rows, const std::string& filter,
                               int64_t count, v1::Verdict verdict,
                               const std::string& reason) {
  v1::DecideMatchingRequest request;
  request.set_parent("sites/" + site_);
  request.set_moderator(moderator_);
  request.set_filter(filter);
  request.set_verdict(verdict);
  request.set_reason_code(reason);
  request.set_expected_count(count);
  Operation operation;
  operation.rows = std::move(rows);
  operation.verdict = verdict;
  operation.reason = reason;
  operation.matching = true;
  operation.group = ++last_group_;
  operation.count = count;
  operation.call = send_(std::move(request), true);
  operations_.push_back(std::move(operation));
}

Decisions::Outcome Decisions::UndoLast() {
  Outcome outcome;
  const auto last = std::find_if(
      operations_.rbegin(), operations_.rend(), [](const Operation& operation) {
        return operation.state != State::kUndoing && !operation.undo_wanted;
      });
  if (last == operations_.rend()) {
    outcome.message = "there is nothing to take back";
    return outcome;
  }
  const int64_t group = last->group;
  int64_t count = 0;
  std::string what;
  for (Operation& operation : operations_) {
    if (operation.group != group || operation.state == State::kUndoing ||
        operation.undo_wanted)
      continue;
    count += operation.count;
    what = DecisionWords(operation.verdict, operation.reason);
    UndoOperation(&operation, &outcome);
  }
  outcome.message =
      fmt::format("taking back: {} {} ...", what, Named(outcome.back, count));
  return outcome;
}

void Decisions::UndoOperation(Operation* operation, Outcome* outcome) {
  for (const Row& row : operation->rows) {
    outcome->back.push_back(row);
    outcome->back.back().returning = true;
  }
  if (operation->state == State::kDone) return SendUndo(operation);
  operation->undo_wanted = true;
  if (operation->state == State::kSending) cancel_(operation->call);
}

void Decisions::SendUndo(Operation* operation) {
  v1::UndoDecisionRequest request;
  request.set_parent("sites/" + site_);
  request.set_moderator(moderator_);
  request.set_batch(operation->batch);
  operation->state = State::kUndoing;
  operation->call = send_(std::move(request), true);
}

bool Decisions::Knows(int64_t call) const {
  return std::any_of(
      operations_.begin(), operations_.end(),
      [call](const Operation& operation) { return operation.call == call; });
}

Decisions::Outcome Decisions::Take(Answer answer) {
  const auto it = std::find_if(operations_.begin(), operations_.end(),
                               [&answer](const Operation& operation) {
                                 return operation.call == answer.id;
                               });
  Operation operation = std::move(*it);
  operations_.erase(it);
  Outcome outcome;
  if (absl::IsCancelled(answer.status)) {
    outcome.message = fmt::format("taken back before it was sent: {}",
                                  Named(operation.rows, operation.count));
    outcome.back = std::move(operation.rows);
    return outcome;
  }
  switch (operation.state) {
    case State::kUndoing:
      return TakeUndone(std::move(operation), answer);
    case State::kChecking:
      return TakeChecked(std::move(operation), answer);
    default:
      return operation.matching ? TakeMatched(std::move(operation), answer)
                                : TakeDecided(std::move(operation), answer);
  }
}

void Decisions::Keep(Operation operation, Outcome* outcome) {
  const std::string what =
      fmt::format("{} {}", DecisionWords(operation.verdict, operation.reason),
                  Named(operation.rows, operation.count));
  if (operation.undo_wanted) {
    operation.undo_wanted = false;
    SendUndo(&operation);
  } else {
    operation.state = State::kDone;
    operation.call = 0;
    if (outcome->message.empty()) outcome->message = what + " (u undoes)";
  }
  operations_.push_back(std::move(operation));
}

Decisions::Outcome Decisions::TakeDecided(Operation operation,
                                          const Answer& answer) {
  Outcome outcome;
  const auto* response =
      std::get_if<v1::DecideEntriesResponse>(&answer.response);
  if (!answer.status.ok() || response == nullptr) {
    outcome.message =
        fmt::format("not {}: {}", DecisionWords(operation.verdict, ""),
                    ErrorLine(answer.status));
    outcome.bad = true;
    outcome.back = std::move(operation.rows);
    return outcome;
  }
  std::vector<Row> seen = std::exchange(operation.rows, {});
  for (size_t i = 0; i < seen.size(); ++i) {
    if (static_cast<int>(i) < response->results_size() &&
        !response->results(static_cast<int>(i)).has_error()) {
      *seen[i].entry.mutable_etag() =
          response->results(static_cast<int>(i)).entry().etag();
      operation.rows.push_back(std::move(seen[i]));
      continue;
    }
    // Somebody was faster, or only a claim has changed the etag: look first.
    v1::GetEntryRequest request;
    request.set_name(seen[i].entry.name());
    Operation check = operation;
    check.rows = {std::move(seen[i])};
    check.count = 1;
    check.state = State::kChecking;
    check.call = send_(std::move(request), false);
    operations_.push_back(std::move(check));
  }
  operation.count = static_cast<int64_t>(operation.rows.size());
  operation.batch = response->batch();
  if (!operation.rows.empty()) Keep(std::move(operation), &outcome);
  return outcome;
}

Decisions::Outcome Decisions::TakeMatched(Operation operation,
                                          const Answer& answer) {
  Outcome outcome;
  const auto* response =
      std::get_if<v1::DecideMatchingResponse>(&answer.response);
  if (answer.status.ok() && response != nullptr) {
    operation.count = response->count();
    outcome.reload =
        operation.count != static_cast<int64_t>(operation.rows.size());
    operation.batch = response->batch();
    Keep(std::move(operation), &outcome);
    return outcome;
  }
  if (absl::IsAborted(answer.status) && !operation.rows.empty()) {
    // Either the campaign has changed, or this was sent twice.
    v1::GetEntryRequest request;
    request.set_name(operation.rows.front().entry.name());
    operation.state = State::kChecking;
    operation.call = send_(std::move(request), false);
    operations_.push_back(std::move(operation));
    return outcome;
  }
  outcome.back = std::move(operation.rows);
  if (absl::IsUnimplemented(answer.status)) {
    outcome.by_names = true;
    outcome.verdict = operation.verdict;
    outcome.reason = operation.reason;
    return outcome;
  }
  outcome.bad = true;
  outcome.reload = true;
  outcome.message = "nothing was decided: " + ErrorLine(answer.status);
  return outcome;
}

bool Decisions::IsMine(const Operation& operation, const v1::Entry& seen,
                       const v1::Entry& now) const {
  return now.has_review() && !SameReview(seen, now) &&
         now.review().moderator() == moderator_ &&
         now.review().verdict() == operation.verdict &&
         now.review().reason_code() == operation.reason;
}

Decisions::Outcome Decisions::TakeCampaignChecked(Operation operation,
                                                  const Answer& answer) {
  Outcome outcome;
  const auto* response = std::get_if<v1::GetEntryResponse>(&answer.response);
  if (answer.status.ok() && response != nullptr &&
      IsMine(operation, operation.rows.front().entry, response->entry())) {
    operation.batch = response->entry().review().batch();
    Keep(std::move(operation), &outcome);
    return outcome;
  }
  outcome.back = std::move(operation.rows);
  outcome.bad = true;
  outcome.reload = true;
  outcome.message =
      "nothing was decided: the campaign has changed, look again (C)";
  return outcome;
}

Decisions::Outcome Decisions::TakeChecked(Operation operation,
                                          const Answer& answer) {
  if (operation.matching)
    return TakeCampaignChecked(std::move(operation), answer);
  Outcome outcome;
  Row row = std::move(operation.rows.front());
  const auto* response = std::get_if<v1::GetEntryResponse>(&answer.response);
  if (!answer.status.ok() || response == nullptr) {
    outcome.bad = true;
    outcome.message =
        fmt::format("{} could not be decided: {}", AuthorName(row.entry),
                    ErrorLine(answer.status));
    if (!absl::IsNotFound(answer.status)) outcome.back = {std::move(row)};
    return outcome;
  }
  const v1::Entry& now = response->entry();
  const bool as_seen = IsAsSeen(row.entry, now);
  const bool is_mine = IsMine(operation, row.entry, now);
  row.entry = now;
  row.events.assign(response->events().begin(), response->events().end());
  row.fresh = true;
  if (is_mine) {  // sent twice: the first answer was lost
    operation.batch = now.review().batch();
    operation.rows = {std::move(row)};
    Keep(std::move(operation), &outcome);
    return outcome;
  }
  if (as_seen && operation.undo_wanted) {
    outcome.back = {std::move(row)};
    return outcome;
  }
  if (as_seen && operation.resends < kMaxResends) {
    ++operation.resends;
    operation.rows = {std::move(row)};
    SendEntries(&operation);
    operations_.push_back(std::move(operation));
    return outcome;
  }
  row.alert = fmt::format("{}; it was not {}", StandsNow(now),
                          DecisionWords(operation.verdict, operation.reason));
  outcome.bad = true;
  outcome.message =
      fmt::format("{} {} (! goes there)", AuthorName(now), row.alert);
  outcome.back = {std::move(row)};
  return outcome;
}

Decisions::Outcome Decisions::TakeUndone(Operation operation,
                                         const Answer& answer) {
  Outcome outcome;
  const auto* response =
      std::get_if<v1::UndoDecisionResponse>(&answer.response);
  if (!answer.status.ok() || response == nullptr) {
    for (const Row& row : operation.rows)
      outcome.gone.push_back(row.entry.name());
    outcome.bad = true;
    outcome.reload = true;  // if it was sent twice, the rows are there
    outcome.message =
        absl::IsUnimplemented(answer.status)
            ? "this server cannot take decisions back"
            : "it could not be taken back: " + ErrorLine(answer.status);
    if (!absl::IsNotFound(answer.status)) {
      operation.state = State::kDone;
      operation.call = 0;
      operations_.push_back(std::move(operation));
    }
    return outcome;
  }
  std::map<std::string, const v1::Entry*> entries;
  for (const v1::Entry& entry : response->entries())
    entries[entry.name()] = &entry;
  for (Row& row : operation.rows) {
    const auto it = entries.find(row.entry.name());
    if (it == entries.end()) {
      outcome.gone.push_back(row.entry.name());
      continue;
    }
    row.entry = *it->second;
    row.fresh = false;
    outcome.back.push_back(std::move(row));
  }
  outcome.reload =
      response->count() != static_cast<int64_t>(outcome.back.size());
  outcome.message = fmt::format(
      "taken back: {} {}", DecisionWords(operation.verdict, operation.reason),
      Named(outcome.back, response->count()));
  return outcome;
}

bool Decisions::Holds(const std::string& name) const {
  for (const Operation& operation : operations_) {
    if (operation.state == State::kDone || operation.state == State::kUndoing ||
        operation.undo_wanted)
      continue;
    for (const Row& row : operation.rows) {
      if (row.entry.name() == name) return true;
    }
  }
  return false;
}

Decisions::Tally Decisions::tally() const {
  Tally tally;
  for (const Operation& operation : operations_) {
    if (operation.state != State::kDone) {
      tally.waiting += operation.count;
    } else if (operation.verdict == v1::VERDICT_ACCEPT) {
      tally.accepted += operation.count;
    } else {
      tally.rejected += operation.count;
    }
  }
  return tally;
}

std::vector<std::string> Decisions::Waiting() const {
  std::vector<std::string> lines;
  for (const Operation& operation : operations_) {
    if (operation.state == State::kDone) continue;
    std::string names;
    for (const Row& row : operation.rows)
      names += " " + ShortId(row.entry.name());
    lines.push_back(fmt::format(
        "{}{}:{}", operation.state == State::kUndoing ? "taken back: " : "",
        DecisionWords(operation.verdict, operation.reason), names));
  }
  return lines;
}

std::string DecisionWords(v1::Verdict verdict, const std::string& reason) {
  const std::string word =
      verdict == v1::VERDICT_ACCEPT ? "accepted" : "rejected";
  return reason.empty() || reason == "ok" ? word : word + " as " + Tame(reason);
}

std::string AuthorName(const v1::Entry& entry) {
  const v1::Author& author = entry.checked().comment().author();
  const std::string name =
      author.name().empty() ? author.email() : author.name();
  return name.empty() ? ShortId(entry.name()) : Tame(name);
}

std::string ErrorLine(const absl::Status& status) {
  std::string out;
  const std::string text(status.message());
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const size_t begin = text.find_first_not_of(' ', at);
    // What follows the first line unindented is advice for a command line.
    if (!out.empty() && begin == at) break;
    if (begin < end)
      out += (out.empty() ? "" : "; ") + text.substr(begin, end - begin);
    at = end + 1;
  }
  return Tame(out);
}

}  // namespace sluice::client::review
