#pragma once

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "service/base/clock.h"
#include "service/breaker.h"
#include "service/classifier/features.h"
#include "service/classifier/model.h"
#include "service/markup/render.h"
#include "service/ruleset/ruleset.h"
#include "service/signals/observe.h"
#include "service/signals/views.h"
#include "sluice/v1/event.pb.h"
#include "sluice/v1/ruleset_service.pb.h"

// The pipeline without the outside world. All of it is pure, so that a replay
// over history calls the same functions as a check.
namespace sluice {

// One site as the pipeline sees it. Immutable; a check holds on to the one it
// began with.
struct Site {
  std::string id;
  signals::SiteFacts facts;
  std::shared_ptr<const ruleset::Ruleset> ruleset;
  // Rules that can only hold (breaker.h); null: none.
  std::shared_ptr<const ruleset::RuleIds> demoted = nullptr;
};

// All sites by id.
using Sites = std::map<std::string, Site, std::less<>>;

// What the pipeline makes of one comment.
struct Judgement {
  v1::Signals signals;
  v1::Decision decision;
  std::string html;                  // safe to publish
  std::vector<v1::Removed> removed;  // at most markup::kMaxRemovals
};

// The first step: a comment as it renders, and the texts that rules look in.
// What of history is to be read is known only after it. The site and the
// comment must outlive it.
class Rendered {
 public:
  Rendered(const Site& site, const v1::Comment& comment);
  Rendered(const Rendered&) = delete;
  Rendered& operator=(const Rendered&) = delete;

  const v1::Comment& comment() const { return comment_; }
  const markup::Rendering& rendering() const { return rendering_; }
  signals::Views* views() { return &views_; }

 private:
  const v1::Comment& comment_;
  const markup::Rendering rendering_;
  signals::Views views_;
};

// The steps of a check whose times are told (Moderator::set_on_steps).
enum class Step { kRender, kRecall, kObserve, kClassify, kMatch, kRecord };
inline constexpr size_t kSteps = 6;

// How long each step took; 0: it did not run.
using StepTimes = std::array<std::chrono::nanoseconds, kSteps>;

// Measures one step after the other. Null: nothing is measured.
class StepWatch {
 public:
  explicit StepWatch(StepTimes* times) : times_(times) { Restart(); }
  void Restart() {
    if (times_ != nullptr) last_ = std::chrono::steady_clock::now();
  }
  // The step that ran since the last one was done.
  void Done(Step step) {
    if (times_ == nullptr) return;
    const auto now = std::chrono::steady_clock::now();
    (*times_)[static_cast<size_t>(step)] = now - last_;
    last_ = now;
  }

 private:
  StepTimes* const times_;
  std::chrono::steady_clock::time_point last_;
};

// What comes after `render`: observe, classify, match, decide.
// `model` is null where the site has learned nothing; `unfinished` names checks
// that could not finish before it; `times`, if given, gets those of its steps.
Judgement Judge(const Site& site, const classifier::Model* model,
                Rendered* rendered, const signals::History& history,
                std::vector<std::string> unfinished, Time now,
                StepTimes* times = nullptr);

// Adds to the model's reason, as its matches, which features spoke loudest and
// what each added to the log odds, if the model spoke.
// Slow: for what a person will read. Judge does it for what it does not accept.
void NameLoudest(const classifier::Model& model, Rendered* rendered,
                 const v1::Signals& signals, v1::Decision* decision);

// The same as Judge with `render` before it.
Judgement Judge(const Site& site, const classifier::Model* model,
                const v1::Comment& comment, const signals::History& history,
                std::vector<std::string> unfinished, Time now);

// The same for a comment that was checked before, at `then`: with the facts as
// they were observed and the model's opinion as it was given then, the rules as
// they are now.
Judgement JudgeAgain(const Site& site, const v1::Checked& checked, Time then);

// The decision of JudgeAgain alone, over a rendering that rulesets may share:
// that of this site, or of one with which it RendersAlike.
v1::Decision DecideAgain(const Site& site, const v1::Checked& checked,
                         Time then, Rendered* rendered);

// Whether the policies of both render every comment the same.
bool RendersAlike(const Site& a, const Site& b);

// What a model learns of a comment that was checked: its text as it renders
// now, its signals as they were then.
classifier::Features FeaturesOf(const Site& site, const v1::Checked& checked);

// A judgement with every step that led to it.
v1::ExplainCommentResponse ExplanationOf(const Site& site, Rendered* rendered,
                                         Judgement judgement, Time now);

// What the sanitizer removed, for an answer.
std::vector<v1::Removed> RemovedOf(const markup::Rendering& rendering);

}  // namespace sluice
