#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "service/classifier/lessons.h"
#include "service/history/memory_history.h"
#include "service/judge.h"
#include "tests/quality/labelled.h"

namespace sluice::quality {

// What the gate made of one labelled comment.
struct Played {
  bool spam = false;
  double gate = 0;   // what it ranks by: the decision's score
  double rules = 0;  // the rules' part of it
  double model = 0;  // the model's log odds; 0 while it is not heard
  v1::Verdict verdict = v1::VERDICT_UNSPECIFIED;
};

// How a comment is judged, and what comes of people's decisions: the whole of a
// server without its store: the shipped rules, history, authors' records, a
// model.
class Gate {
 public:
  // Null if the rules do not load.
  static std::unique_ptr<Gate> Make();

  // Judges the next comment. The gate's verdict becomes part of history.
  Played Check(const Labelled& labelled, Time now);

  // The same without a trace.
  Played Peek(const Labelled& labelled, Time now);

  // A moderator decides on the comment that was checked last; the model learns
  // it at once, if `learn`.
  void Decide(bool spam, bool learn);

  // Learns everything decided so far anew, as a server does aside.
  void Retrain();

 private:
  explicit Gate(std::shared_ptr<const ruleset::Ruleset> ruleset);

  signals::History Remembered(const v1::Comment& comment,
                              const signals::Traces& traces);
  void Note(const v1::Comment& comment, v1::State state, int by);

  const Site site_;
  const signals::Keys keys_;
  history::MemoryHistory history_;
  std::map<std::string, v1::AuthorRecord> by_email_, by_name_;
  std::shared_ptr<classifier::Model> model_;
  classifier::Lessons lessons_;
  size_t count_ = 0;
  // Of the last check.
  v1::Comment comment_;
  signals::Traces traces_;
  v1::State state_ = v1::STATE_UNSPECIFIED;
  classifier::Features features_;
  Time now_;
};

}  // namespace sluice::quality
