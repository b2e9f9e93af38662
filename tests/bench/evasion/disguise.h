#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

// Twenty ways in which spammers write a word so that a filter does not see it,
// and a mixture of them, for measuring what still gets caught. Deterministic
// given the seed: their own generator, no library's distributions.
namespace sluice::evasion {

struct Disguise {
  std::string_view name;
  std::string (*apply)(std::string_view text, uint32_t seed);
  // Folding alone has to undo it; else it takes rendering HTML or Markdown.
  bool text_level;
};

// The twenty in a fixed order, then the mixture. They change ASCII letters and
// leave URLs with a scheme alone, which have to keep working for the spammer.
std::span<const Disguise> Disguises();

}  // namespace sluice::evasion
