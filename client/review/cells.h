#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::client::review {

// What a piece of text is, for the terminal to show as it can. Never the only
// carrier of meaning.
enum class Look : uint8_t {
  kPlain,
  kBold,
  kDim,
  kGood,
  kDoubtful,
  kBad,
  kMark,  // a word that a rule matched
  kLink,
  kBar,       // the bars at the top and the bottom
  kSelected,  // the line that keys act on
};

// A piece of a line. `text` is tame, without line breaks.
struct Run {
  std::string text;
  Look look = Look::kPlain;
};
using Line = std::vector<Run>;

// Columns that a code point takes, by the locale's wcwidth (the terminal
// library goes by the same); -1: it cannot be shown.
int CellWidth(char32_t c);

// Any text as a terminal may have it, every character with a width that is
// known: what Visible (client/terminal.h) lets through, less characters that
// the locale cannot show (in a locale without UTF-8 all beyond ASCII), marks
// without a letter or more than two on one; these are named, <U+0301>.
// Line breaks are kept if `lines`, tabs become spaces.
std::string Tame(std::string_view text, bool lines = false);

// Columns of a tame text.
int Columns(std::string_view tame);
int Columns(const Line& line);

// The beginning that fits into `columns`, with `...` if something is left out.
std::string Cut(std::string_view tame, int columns);
Line Cut(const Line& line, int columns);

// The same, filled up with spaces to exactly `columns`.
Line Fit(const Line& line, int columns, Look filling = Look::kPlain);

// Breaks a line at spaces, between wide characters, or where it must. Every
// line after the first begins with `indent`. `columns` is at least 1.
std::vector<Line> Wrap(const Line& line, int columns,
                       std::string_view indent = "");

// `text` (tame, with line breaks) as lines of one look.
std::vector<Line> Lines(std::string_view text, Look look, int columns,
                        std::string_view indent = "");

// The text of a line without its looks.
std::string Plain(const Line& line);

}  // namespace sluice::client::review
