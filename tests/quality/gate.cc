#include "tests/quality/gate.h"

#include <fmt/format.h>

#include <utility>

#include "service/base/ascii.h"
#include "service/signals/traces.h"
#include "service/text/fold.h"

namespace sluice::quality {
namespace {

// A rule's own verdict stands outside the sum.
constexpr double kStated = 100;

void Add(v1::AuthorRecord* record, v1::State state, int by) {
  if (state == v1::STATE_ACCEPTED)
    record->set_accepted(record->accepted() + by);
  if (state == v1::STATE_REJECTED)
    record->set_rejected(record->rejected() + by);
  if (state == v1::STATE_HELD) record->set_held(record->held() + by);
}

v1::State StateOf(v1::Verdict verdict) {
  if (verdict == v1::VERDICT_ACCEPT) return v1::STATE_ACCEPTED;
  return verdict == v1::VERDICT_REJECT ? v1::STATE_REJECTED : v1::STATE_HELD;
}

}  // namespace

std::unique_ptr<Gate> Gate::Make() {
  const auto files = ruleset::ReadFolder(SLUICE_SOURCE_DIR "/rules");
  if (!files.ok()) return nullptr;
  const ruleset::LoadResult loaded = ruleset::LoadRuleset(*files, {});
  if (loaded.ruleset == nullptr) return nullptr;
  return std::unique_ptr<Gate>(new Gate(loaded.ruleset));
}

Gate::Gate(std::shared_ptr<const ruleset::Ruleset> ruleset)
    : site_{"default", ruleset->lists_facts(), ruleset},
      keys_{KeyedHash({1, 2}), "key"},
      history_(history::MemoryHistoryOptions{}),
      model_(std::make_shared<classifier::Model>()) {}

signals::History Gate::Remembered(const v1::Comment& comment,
                                  const signals::Traces& traces) {
  signals::History history;
  history.past = *history_.Recall(traces);
  const v1::Author& author = comment.author();
  if (!author.email().empty())
    history.by_email = by_email_[LowerAscii(author.email())];
  if (!author.name().empty())
    history.by_name = by_name_[text::Fold(author.name()).text];
  return history;
}

void Gate::Note(const v1::Comment& comment, v1::State state, int by) {
  const v1::Author& author = comment.author();
  if (!author.email().empty())
    Add(&by_email_[LowerAscii(author.email())], state, by);
  if (!author.name().empty())
    Add(&by_name_[text::Fold(author.name()).text], state, by);
}

Played Gate::Check(const Labelled& labelled, Time now) {
  const Played played = Peek(labelled, now);
  state_ = StateOf(played.verdict);
  history_.Remember(traces_, state_);
  Note(comment_, state_, 1);
  return played;
}

Played Gate::Peek(const Labelled& labelled, Time now) {
  comment_ = labelled.comment;
  comment_.set_name(fmt::format("sites/default/comments/c{}", ++count_));
  now_ = now;
  Rendered rendered(site_, comment_);
  traces_ = signals::TracesOf(rendered.views(), site_.facts, keys_, now);
  const Judgement judgement = Judge(site_, model_.get(), &rendered,
                                    Remembered(comment_, traces_), {}, now);
  features_ = classifier::Extract(rendered.views(), judgement.signals);
  Played played;
  played.spam = labelled.spam;
  played.verdict = judgement.decision.verdict();
  for (const v1::Reason& reason : judgement.decision.reasons()) {
    if (reason.shadow()) continue;
    double score = reason.score();
    if (reason.verdict() == v1::VERDICT_REJECT) score += kStated;
    if (reason.verdict() == v1::VERDICT_ACCEPT) score -= kStated;
    played.gate += score;
    if (reason.kind() != v1::Reason::KIND_CLASSIFIER) played.rules += score;
  }
  if (judgement.signals.classifier().ready())
    played.model = model_->Judge(features_).log_odds;
  return played;
}

void Gate::Decide(bool spam, bool learn) {
  Note(comment_, state_, -1);
  state_ = spam ? v1::STATE_REJECTED : v1::STATE_ACCEPTED;
  Note(comment_, state_, 1);
  history_.Follow(traces_.name, state_);
  lessons_.Add(features_, spam, 1, now_.time_since_epoch().count());
  if (learn) model_->Learn(features_, spam, 1);
}

void Gate::Retrain() {
  model_ = std::make_shared<classifier::Model>(classifier::Train(lessons_));
}

}  // namespace sluice::quality
