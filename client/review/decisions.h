#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "client/review/calls.h"
#include "client/review/rows.h"

namespace sluice::client::review {

// What was decided in this session: what is on its way, what was done and can
// be taken back, and what became of the rest. A row belongs to it from the
// decision until it is given back. Knows no screen and waits for nothing.
class Decisions {
 public:
  // Sends a call, as one that decides or that only reads, and returns its id.
  using Send = std::function<int64_t(Request, bool decides)>;
  // Takes a call back if it was not sent yet.
  using Cancel = std::function<void(int64_t)>;

  // What an answer, or an undo, means for the list.
  struct Outcome {
    std::vector<Row> back;          // into the list
    std::vector<std::string> gone;  // out of it again: they stay decided
    std::string message;            // empty: nothing to say
    bool bad = false;
    bool reload = false;  // the list is not what it was
    // The server cannot decide by filter: `back` is to be decided by names.
    bool by_names = false;
    v1::Verdict verdict = v1::VERDICT_UNSPECIFIED;  // with by_names
    std::string reason;                             // with by_names
  };

  struct Tally {
    int64_t accepted = 0;
    int64_t rejected = 0;
    int64_t waiting = 0;  // entries whose decision has no answer yet
  };

  Decisions(std::string site, std::string moderator, Send send, Cancel cancel);

  // In as many calls as are needed; one undo takes them all back.
  void Decide(std::vector<Row> rows, v1::Verdict verdict,
              const std::string& reason);
  // All held entries that `filter` finds, of which `rows` are known; not if
  // they are not `count`.
  void DecideMatching(std::vector<Row> rows, const std::string& filter,
                      int64_t count, v1::Verdict verdict,
                      const std::string& reason);
  // Takes the last one back that is not taken back yet: `back` are its rows,
  // marked as returning until there is an answer.
  Outcome UndoLast();

  // Whether the answer is one to a call of this object.
  bool Knows(int64_t call) const;
  // REQUIRES: Knows(answer.id)
  Outcome Take(Answer answer);

  // Whether a decision on this entry has no answer yet.
  bool Holds(const std::string& name) const;
  Tally tally() const;
  // One line for each decision without an answer.
  std::vector<std::string> Waiting() const;

  static constexpr size_t kMaxEntries = 200;  // a call decides

 private:
  enum class State {
    kSending,
    kChecking,  // refused as ABORTED: what is there now?
    kDone,
    kUndoing,
  };
  struct Operation {
    State state = State::kSending;
    int64_t group = 0;  // decided, and taken back, by one key
    int64_t call = 0;
    std::vector<Row> rows;  // as they were seen
    v1::Verdict verdict = v1::VERDICT_UNSPECIFIED;
    std::string reason;
    std::string batch;
    int64_t count = 0;
    bool matching = false;
    bool undo_wanted = false;
    int resends = 0;
  };

  void SendEntries(Operation* operation);
  void SendUndo(Operation* operation);
  void UndoOperation(Operation* operation, Outcome* outcome);
  Outcome TakeDecided(Operation operation, const Answer& answer);
  Outcome TakeMatched(Operation operation, const Answer& answer);
  Outcome TakeChecked(Operation operation, const Answer& answer);
  Outcome TakeCampaignChecked(Operation operation, const Answer& answer);
  // Whether what is there now is what the operation wanted.
  bool IsMine(const Operation& operation, const v1::Entry& seen,
              const v1::Entry& now) const;
  Outcome TakeUndone(Operation operation, const Answer& answer);
  // Decided: it can be taken back from now on.
  void Keep(Operation operation, Outcome* outcome);

  const std::string site_;
  const std::string moderator_;
  const Send send_;
  const Cancel cancel_;
  int64_t last_group_ = 0;
  std::vector<Operation> operations_;  // in the order of the decisions
};

// `rejected as spam`.
std::string DecisionWords(v1::Verdict verdict, const std::string& reason);

// An author's name, or what stands for it; tame.
std::string AuthorName(const v1::Entry& entry);

// An error on one line, without advice; tame.
std::string ErrorLine(const absl::Status& status);

}  // namespace sluice::client::review
