#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::signals {

// How much a name looks like another.
enum class Likeness { kNone, kNear, kSame };

// Skeletons (text/skeleton.h) longer than this are cut: nobody reads on.
inline constexpr size_t kMaxSkeleton = 48;  // bytes

// Names with shorter skeletons are near to nothing: "ann" is not an imitation
// of "anna".
inline constexpr size_t kMinNearSkeleton = 7;  // bytes

// The skeleton of a name as it is compared, cut to kMaxSkeleton.
std::string NameSkeleton(std::string_view name);

// kSame: the skeletons are equal. kNear: one byte of one was exchanged, added
// or left out, or two neighbours were swapped, and both are long enough and of
// ASCII. Empty ones are like nothing.
Likeness LikenessOf(std::string_view a, std::string_view b);

// The skeleton itself and, if it is long enough to be near to something, each
// with one byte left out: two near skeletons have one of these in common. At
// most kMaxSkeleton + 1, each once.
std::vector<std::string> NearForms(std::string_view skeleton);

}  // namespace sluice::signals
