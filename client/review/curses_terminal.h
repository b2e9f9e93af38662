#pragma once

#include <optional>
#include <string>

#include "client/review/model.h"
#include "client/review/screen.h"

namespace sluice::client::review {

// The terminal in full screen, through ncursesw; given back when destroyed. One
// at a time, one thread but for Wake.
class CursesTerminal {
 public:
  // `colour`: where the terminal has it.
  explicit CursesTerminal(bool colour);
  ~CursesTerminal();
  CursesTerminal(const CursesTerminal&) = delete;
  CursesTerminal& operator=(const CursesTerminal&) = delete;

  Surface surface() const;
  void Show(const Frame& frame);
  // The next key; none after so many milliseconds, when woken, or when the size
  // has changed.
  std::optional<Key> Wait(int milliseconds);
  // From any thread or signal handler: Wait returns.
  void Wake();
  // Gives the terminal to the pager until it ends. Returns what went wrong;
  // empty: nothing.
  std::string Page(const std::string& text);

 private:
  void SetLooks();
  std::optional<Key> ReadKey();

  bool colour_;
  int wake_[2] = {-1, -1};
};

}  // namespace sluice::client::review
