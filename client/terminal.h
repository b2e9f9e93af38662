#pragma once

#include <string>
#include <string_view>

namespace sluice::client {

// Text of a commenter as a terminal may have it: control characters, escape
// sequences, bidirectional controls and other invisible characters are shown
// (\x1b, <U+202E>), never sent, so that no comment can move the cursor or set a
// title. Line breaks and tabs are kept if `lines`, else shown too. Emoji that
// are joined to one picture are shown side by side.
std::string Visible(std::string_view text, bool lines);

// Colours, never the only carrier of meaning.
class Style {
 public:
  explicit Style(bool colour) : colour_(colour) {}

  std::string Bold(std::string_view text) const { return Wrap("1", text); }
  std::string Dim(std::string_view text) const { return Wrap("2", text); }
  std::string Good(std::string_view text) const { return Wrap("32", text); }
  std::string Doubtful(std::string_view text) const { return Wrap("33", text); }
  std::string Bad(std::string_view text) const { return Wrap("31", text); }

  // A matched word: coloured, and in brackets where there is no colour.
  std::string Mark(std::string_view text) const;

 private:
  std::string Wrap(std::string_view code, std::string_view text) const;

  const bool colour_;
};

enum class ColourWish { kAuto, kAlways, kNever };

// Whether standard output shall be coloured: as wished; by itself on a terminal
// unless NO_COLOR is set.
bool UseColour(ColourWish wish);

}  // namespace sluice::client
