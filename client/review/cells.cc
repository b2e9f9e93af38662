#include "client/review/cells.h"

#include <fmt/format.h>
#include <wchar.h>

#include <algorithm>

#include "client/terminal.h"
#include "service/text/utf8.h"

namespace sluice::client::review {
namespace {

constexpr int kTab = 4;       // columns
constexpr int kMaxMarks = 2;  // on one letter; more would climb over lines
constexpr char32_t kFirstSymbol = 0x203C;  // what has an emoji form lies above

bool IsVariationSelector(char32_t c) { return c >= 0xFE00 && c <= 0xFE0F; }

bool IsWide(char32_t c) { return CellWidth(c) == 2; }

// One character of a line that is being broken.
struct Cell {
  std::string_view text;
  Look look;
  int width;
  bool space;
  bool wide;
};

std::vector<Cell> CellsOf(const Line& line) {
  std::vector<Cell> cells;
  for (const Run& run : line) {
    const std::string_view text = run.text;
    for (size_t at = 0; at < text.size();) {
      const text::Decoded decoded = text::DecodeUtf8(text, at);
      cells.push_back({text.substr(at, decoded.size), run.look,
                       std::max(0, CellWidth(decoded.code_point)),
                       decoded.code_point == ' ', IsWide(decoded.code_point)});
      at += decoded.size;
    }
  }
  return cells;
}

void Append(const Cell& cell, Line* line) {
  if (line->empty() || line->back().look != cell.look)
    line->push_back({"", cell.look});
  line->back().text += cell.text;
}

// One past the last cell of the line that begins at `begin`.
size_t EndOfLine(const std::vector<Cell>& cells, size_t begin, int columns) {
  int used = 0;
  size_t chance = begin;  // where the line could end
  for (size_t at = begin; at < cells.size(); ++at) {
    used += cells[at].width;
    if (used > columns && cells[at].space) return at;
    if (used > columns)
      return chance > begin ? chance : std::max(at, begin + 1);
    if (at + 1 == cells.size() || cells[at + 1].width == 0) continue;
    if (cells[at].space || cells[at].wide || cells[at + 1].wide)
      chance = at + 1;
  }
  return cells.size();
}

}  // namespace

int CellWidth(char32_t c) {
  if (c >= 0x20 && c < 0x7F) return 1;
  return c < 0xA0 ? -1 : wcwidth(static_cast<wchar_t>(c));
}

std::string Tame(std::string_view text, bool lines) {
  std::string out;
  const std::string visible = Visible(text, true);
  char32_t base = 0;  // what a mark would stand on
  int marks = 0;
  int column = 0;
  for (size_t at = 0; at < visible.size();) {
    const text::Decoded decoded = text::DecodeUtf8(visible, at);
    const char32_t c = decoded.code_point;
    const int width = CellWidth(c);
    if (c == '\n') {
      out += lines ? "\n" : " ";
      base = 0;
      column = lines ? 0 : column + 1;
    } else if (c == '\t') {
      const int spaces = kTab - column % kTab;
      out.append(spaces, ' ');
      base = 0;
      column += spaces;
    } else if (IsVariationSelector(c)) {
      // It asks for an emoji's picture, of which wcwidth knows nothing; on
      // letters it only hides.
      if (base < kFirstSymbol)
        out += fmt::format("<U+{:04X}>", static_cast<uint32_t>(c));
    } else if (width < 0 || (width == 0 && (base == 0 || marks >= kMaxMarks))) {
      out += fmt::format("<U+{:04X}>", static_cast<uint32_t>(c));
      base = 0;
    } else {
      out += visible.substr(at, decoded.size);
      marks = width == 0 ? marks + 1 : 0;
      if (width > 0) base = c == ' ' ? 0 : c;
      column += width;
    }
    at += decoded.size;
  }
  return out;
}

int Columns(std::string_view tame) {
  int columns = 0;
  for (size_t at = 0; at < tame.size();) {
    const text::Decoded decoded = text::DecodeUtf8(tame, at);
    columns += std::max(0, CellWidth(decoded.code_point));
    at += decoded.size;
  }
  return columns;
}

int Columns(const Line& line) {
  int columns = 0;
  for (const Run& run : line) columns += Columns(run.text);
  return columns;
}

std::string Cut(std::string_view tame, int columns) {
  return Plain(Cut(Line{{std::string(tame), Look::kPlain}}, columns));
}

Line Cut(const Line& line, int columns) {
  if (Columns(line) <= columns) return line;
  const int dots = std::min(3, std::max(0, columns - 3));
  Line out;
  int used = 0;
  const std::vector<Cell> cells = CellsOf(line);
  for (const Cell& cell : cells) {
    if (used + cell.width > columns - dots) break;
    used += cell.width;
    Append(cell, &out);
  }
  if (dots > 0) out.push_back({std::string(dots, '.'), Look::kDim});
  return out;
}

Line Fit(const Line& line, int columns, Look filling) {
  Line out = Cut(line, columns);
  if (const int used = Columns(out); used < columns)
    out.push_back({std::string(columns - used, ' '), filling});
  return out;
}

std::vector<Line> Wrap(const Line& line, int columns, std::string_view indent) {
  const std::vector<Cell> cells = CellsOf(line);
  if (Columns(indent) + 2 > columns) indent = "";
  std::vector<Line> lines;
  for (size_t at = 0; at < cells.size();) {
    Line out;
    int room = std::max(1, columns);
    if (!lines.empty() && !indent.empty()) {
      out.push_back({std::string(indent), Look::kPlain});
      room = std::max(1, columns - Columns(indent));
    }
    const size_t end = EndOfLine(cells, at, room);
    // The space at which it is broken is not shown.
    const bool broken = end < cells.size();
    const size_t shown =
        broken && end > at + 1 && cells[end - 1].space ? end - 1 : end;
    for (; at < shown; ++at) Append(cells[at], &out);
    at = broken && shown == end && cells[end].space ? end + 1 : end;
    lines.push_back(std::move(out));
  }
  if (lines.empty()) lines.emplace_back();
  return lines;
}

std::vector<Line> Lines(std::string_view text, Look look, int columns,
                        std::string_view indent) {
  std::vector<Line> out;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    for (Line& line : Wrap({{std::string(text.substr(at, end - at)), look}},
                           columns, indent))
      out.push_back(std::move(line));
    at = end + 1;
  }
  if (!text.empty() && text.back() == '\n') out.pop_back();
  return out;
}

std::string Plain(const Line& line) {
  std::string out;
  for (const Run& run : line) out += run.text;
  return out;
}

}  // namespace sluice::client::review
