// Fold is a chain of steps, each with its own map, composed on the way. The
// steps are run again until nothing changes: joining letters can make a leet
// word, a leet word can make letters that repeat. Plain prose is through after
// one step and one scan.

#include "service/text/fold.h"

#include <utility>

#include "service/text/draft.h"

namespace sluice::text {
namespace {

// Texts are stable after two or three; the bound is against the one that is
// built not to be.
constexpr int kMaxPasses = 8;

bool Pass(Draft* draft) {
  bool changed = false;
  if (draft->composing_letters) changed |= ComposeLetters(draft);
  if (draft->regional_letters) changed |= ReadRegionalLetters(draft);
  if (draft->turned_letters) changed |= TurnUpright(draft);
  Suspicions found = Suspect(*draft);
  if (found.spaced && JoinSpaced(draft)) changed = true;
  if (draft->foreign_letters) changed |= ResolveScripts(draft);
  if (changed) found = Suspect(*draft);
  if (found.leet && ReadLeet(draft)) {
    changed = true;
    found = Suspect(*draft);
  }
  if (found.repeats && CollapseRepeats(draft)) changed = true;
  return changed;
}

}  // namespace

Folded Fold(std::string_view utf8) { return Fold(utf8, nullptr); }

Folded Fold(std::string_view utf8, const OffsetMap* written) {
  Draft draft = Transcribe(utf8);
  draft.written = written;
  for (int pass = 0; pass < kMaxPasses; ++pass) {
    const bool again = Pass(&draft) || !draft.wide_spaces.empty();
    draft.wide_spaces.clear();
    draft.written = nullptr;
    if (!again) break;
  }
  return {std::move(draft.text), std::move(draft.map), draft.counts,
          std::move(draft.spaced_out)};
}

}  // namespace sluice::text
