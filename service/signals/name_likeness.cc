#include "service/signals/name_likeness.h"

#include <algorithm>

#include "service/text/skeleton.h"

namespace sluice::signals {
namespace {

// Of what is left when equal beginnings and ends are taken away.
bool DifferByOne(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty() && a.front() == b.front()) {
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  while (!a.empty() && !b.empty() && a.back() == b.back()) {
    a.remove_suffix(1);
    b.remove_suffix(1);
  }
  const bool swapped =
      a.size() == 2 && b.size() == 2 && a[0] == b[1] && a[1] == b[0];
  return swapped || std::max(a.size(), b.size()) <= 1;
}

// Near means one letter, and a byte is one only in ASCII: in a name of three
// Han characters one of them is a third of the name.
bool CanBeNear(std::string_view skeleton) {
  return skeleton.size() >= kMinNearSkeleton &&
         std::none_of(skeleton.begin(), skeleton.end(), [](char c) {
           return (static_cast<unsigned char>(c) & 0x80) != 0;
         });
}

}  // namespace

std::string NameSkeleton(std::string_view name) {
  std::string skeleton = text::Skeleton(name);
  if (skeleton.size() > kMaxSkeleton) skeleton.resize(kMaxSkeleton);
  return skeleton;
}

Likeness LikenessOf(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return Likeness::kNone;
  if (a == b) return Likeness::kSame;
  if (!CanBeNear(a) || !CanBeNear(b)) return Likeness::kNone;
  return DifferByOne(a, b) ? Likeness::kNear : Likeness::kNone;
}

std::vector<std::string> NearForms(std::string_view skeleton) {
  std::vector<std::string> forms{std::string(skeleton)};
  if (!CanBeNear(skeleton)) return forms;
  const size_t size = std::min(skeleton.size(), kMaxSkeleton);
  for (size_t i = 0; i < size; ++i) {
    // Leaving out either of two equal neighbours gives the same.
    if (i > 0 && skeleton[i] == skeleton[i - 1]) continue;
    std::string form(skeleton);
    form.erase(i, 1);
    forms.push_back(std::move(form));
  }
  return forms;
}

}  // namespace sluice::signals
