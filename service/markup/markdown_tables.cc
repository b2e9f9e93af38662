#include "service/markup/markdown_tables.h"

#include <algorithm>

namespace sluice::markup::markdown {
namespace {

constexpr uint32_t kMaxIndent = 3;

std::string_view ViewFromStart(const MarkdownText& text, const Line& line) {
  return text.text().substr(line.start(), line.end - line.start());
}

bool HasBar(const MarkdownText& text, const Line& line) {
  return line.is_text() &&
         ViewFromStart(text, line).find('|') != std::string_view::npos;
}

// `| --- | :-: |`, or `--- | ---` without the leading bar.
bool IsUnder(const MarkdownText& text, const Line& line, bool leading) {
  if (!line.is_text() || line.indent > kMaxIndent) return false;
  std::string_view view = ViewFromStart(text, line);
  if (leading) {
    if (line.first != '|') return false;
    view.remove_prefix(1);
    view.remove_prefix(std::min(view.find_first_not_of(' '), view.size()));
  }
  size_t at = 0;
  while (at < view.size() && (view[at] == '-' || view[at] == ':')) ++at;
  if (at == 0) return false;
  const std::string_view rest = view.substr(at);
  if (!leading) {
    const size_t bar = rest.find_first_not_of(' ');
    if (bar == rest.npos || rest[bar] != '|') return false;
  }
  return rest.find_first_not_of("-| :") == rest.npos;
}

Align AlignOf(std::string_view cell) {
  while (!cell.empty() && cell.front() == ' ') cell.remove_prefix(1);
  while (!cell.empty() && cell.back() == ' ') cell.remove_suffix(1);
  const bool left = cell.starts_with(':');
  const bool right = cell.size() > 1 && cell.ends_with(':');
  if (left) cell.remove_prefix(1);
  if (right) cell.remove_suffix(1);
  if (cell.empty() || cell.find_first_not_of('-') != cell.npos) {
    return Align::kNone;
  }
  if (left) return right ? Align::kCenter : Align::kLeft;
  return right ? Align::kRight : Align::kNone;
}

}  // namespace

size_t EndOfTable(const MarkdownText& text, const Lines& lines, size_t begin,
                  bool leading, size_t* dead) {
  if (begin < *dead || begin + 1 >= lines.size()) return begin;
  const Line& head = lines[begin];
  if (!head.is_text() || head.indent > kMaxIndent ||
      (leading && (head.first != '|' || head.start() + 1 == head.end)) ||
      !IsUnder(text, lines[begin + 1], leading) || !HasBar(text, head)) {
    return begin;
  }
  size_t end = begin + 2;
  while (end < lines.size() &&
         (leading ? lines[end].first == '|' && lines[end].is_text()
                  : HasBar(text, lines[end]))) {
    ++end;
  }
  if (end == lines.size() || lines[end].blank()) return end;
  // A line that is no row makes all of it text, and every later start too.
  *dead = end;
  return begin;
}

Line TrimRow(const MarkdownText& text, const Line& row, bool leading) {
  const uint32_t begin = leading ? row.start() + 1 : row.start();
  uint32_t end = row.end;
  while (end > begin && text.text()[end - 1] == ' ') --end;
  if (end > begin && text.text()[end - 1] == '|') --end;
  return text.MakeLine(begin, end, 0);
}

std::vector<Align> ReadAligns(const MarkdownText& text, const Line& under,
                              bool leading) {
  std::vector<Align> aligns;
  std::string_view view = text.View(TrimRow(text, under, leading));
  while (true) {
    const size_t bar = view.find('|');
    aligns.push_back(AlignOf(view.substr(0, bar)));
    if (bar == view.npos) return aligns;
    view.remove_prefix(bar + 1);
  }
}

std::vector<Line> SplitRow(const MarkdownText& text, const Line& row,
                           const std::vector<uint32_t>& bars, size_t most) {
  std::vector<Line> cells;
  uint32_t begin = row.begin;
  for (const uint32_t bar : bars) {
    if (cells.size() + 1 >= most) break;
    cells.push_back(text.MakeLine(begin, bar, 0));
    begin = bar + 1;
  }
  cells.push_back(text.MakeLine(begin, std::max(begin, row.end), 0));
  return cells;
}

}  // namespace sluice::markup::markdown
