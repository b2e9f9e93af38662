#pragma once

namespace sluice::evasion {

// While one of these lives, text::Fold undoes case and runs of white space and
// nothing else, in every library of the program: what rules would see if
// folding were no more than that. For one thread, after the rules are loaded.
//
// Works through the linker (--wrap, see CMakeLists.txt), so that the service
// needs no switch that only a benchmark would turn.
class PlainFold {
 public:
  PlainFold();
  ~PlainFold();
  PlainFold(const PlainFold&) = delete;
  PlainFold& operator=(const PlainFold&) = delete;
};

}  // namespace sluice::evasion
