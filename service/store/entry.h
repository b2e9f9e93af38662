#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/timestamp.pb.h"
#include "service/base/clock.h"
#include "service/store/store.h"
#include "sluice/v1/event.pb.h"
#include "sluice/v1/signals.pb.h"

// How an entry follows from its events; the same for every store.
namespace sluice::store {

int64_t Micros(Time time);
google::protobuf::Timestamp TimestampOf(int64_t micros);

// The state a verdict puts a comment in; STATE_UNSPECIFIED for no verdict.
v1::State StateOf(v1::Verdict verdict);

// Changes with every event of the entry; differs for a comment that was erased
// and came again.
std::string EtagOf(int64_t create_micros, int64_t events);

// An entry right after its check.
v1::Entry NewEntry(v1::Checked checked, int64_t create_micros);

// The entry that follows from all events of a comment, oldest first, each with
// `sequence` and `time`. INTERNAL if they are no valid chain: empty, not begun
// by a check, two checks, an unknown kind, or an undo of what is not there.
// What was undone leaves the decision before it in force, else the check's
// verdict; a claim that a decision ended stays ended.
absl::StatusOr<v1::Entry> DeriveEntry(const std::vector<v1::Event>& events);

// What a listing by score sorts by: finite order for any double.
double ScoreOf(const v1::Checked& checked);

// A check without what its Entry says already.
v1::Checked WithoutTexts(const v1::Checked& checked);

// What a second check of a comment is answered: the first, or ALREADY_EXISTS.
absl::StatusOr<CheckRecord> RepeatedCheck(v1::Entry earlier,
                                          const std::string& request_hash);

// INVALID_ARGUMENT unless it names a comment and has a verdict.
absl::Status ValidateCheck(const v1::Checked& checked);

// ABORTED: someone decided in between.
absl::Status EtagDiffers();

// INVALID_ARGUMENT if this is no decision of a person.
absl::Status ValidateDecision(const v1::EntryDecision& decision);

// The event that a decision is.
v1::Reviewed ReviewOf(const v1::EntryDecision& decision,
                      const std::string& moderator, const std::string& batch);

// The entry as one more comment in its author's record, `sign` +1 or -1.
void CountInto(v1::State state, bool by_person, int sign,
               v1::AuthorRecord* record);

// The day (UTC, counted from 1970) that a time falls on.
int64_t DayOf(int64_t micros);
// `2026-03-31`.
std::string DateOf(int64_t day);

// A check as one more comment of its day, `sign` +1 or -1.
void CountInto(v1::Verdict verdict, int sign, v1::DayCounts* day);
// How a person left it; nothing if no person decided.
void CountPersonInto(v1::State state, bool by_person, int sign,
                     v1::DayCounts* day);

// What the queue groups a comment under: the campaign that the check saw, else
// the one that the comment begins.
std::string CampaignOf(const v1::Checked& checked,
                       const CampaignNamer& begun_by);

// NOT_FOUND: nothing of it is in force.
absl::Status NothingToUndo();

// Counts one decision taken back; `entry` is how its comment stands now.
void AddUndone(v1::Entry entry, UndoResult* result);

// Whether `moderator` may claim (or give back, `release`) what stands so.
bool MayClaim(const v1::Entry& entry, std::string_view moderator, bool release,
              int64_t now_micros);

void AddToCounts(v1::State state, int64_t create_micros, Counts* counts);

// Seconds since the first comment; 0 if that is not in the past.
int64_t AgeSeconds(int64_t first_micros, int64_t now_micros);

}  // namespace sluice::store
