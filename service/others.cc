#include "service/others.h"

#include <utility>

namespace sluice {

void TakeIn(const std::vector<store::Other>& others, Moderator* moderator,
            Learner* learner) {
  std::vector<v1::Entry> decided;
  std::vector<v1::Entry> undone;
  for (const store::Other& other : others) {
    switch (other.kind) {
      case store::Other::Kind::kChecked:
        moderator->CheckedElsewhere(other.entry);
        break;
      case store::Other::Kind::kReviewed:
        decided.push_back(other.entry);
        break;
      case store::Other::Kind::kUndone:
        undone.push_back(other.entry);
        break;
      case store::Other::Kind::kElse:
        break;
    }
  }
  moderator->Follow(decided);
  moderator->Follow(undone);
  if (!decided.empty()) learner->Learn(std::move(decided));
  if (!undone.empty()) learner->Unlearn(undone);
}

}  // namespace sluice
