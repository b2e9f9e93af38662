#include "service/ruleset/report.h"

namespace sluice::ruleset {
namespace {

// `rules[3].words[0]`, then `rules[3].words`, then `rules[3]` ...
std::string Parent(const std::string& path) {
  const size_t cut = path.find_last_of(".[");
  return cut == std::string::npos ? "" : path.substr(0, cut);
}

// Where the byte `offset` of a literal block (`when: |`) stands that begins
// after line `line`; line 0 if it cannot be told.
Place InBlock(std::string_view content, uint32_t line, size_t offset) {
  const std::string_view first = LineOf(content, line + 1);
  const size_t indent = first.find_first_not_of(' ');
  if (indent == std::string_view::npos || indent == 0) return {};
  constexpr uint32_t kMaxLines = 1'000;
  for (uint32_t i = 1; i <= kMaxLines; ++i) {
    const std::string_view text = LineOf(content, line + i);
    const size_t size = text.size() > indent ? text.size() - indent : 0;
    if (offset <= size)
      return {line + i, static_cast<uint32_t>(indent + offset) + 1};
    offset -= size + 1;
  }
  return {};
}

}  // namespace

void Report::Add(v1::Diagnostic::Severity severity, const std::string& path,
                 std::string message, size_t offset, size_t length) {
  v1::Diagnostic& out = out_->emplace_back();
  out.set_severity(severity);
  out.set_file(file_.path);
  out.set_message(std::move(message));
  out.set_length(static_cast<uint32_t>(length));
  std::string at = path;
  while (!at.empty() && places_.find(at) == places_.end()) at = Parent(at);
  const auto place = places_.find(at);
  if (place == places_.end()) return;
  out.set_line(place->second.line);
  out.set_column(place->second.column);
  out.set_source_line(std::string(LineOf(file_.content, out.line())));
  const std::string_view value =
      std::string_view(out.source_line()).substr(place->second.column - 1);
  if (!value.empty() && value.front() == '|') {
    const Place inside = InBlock(file_.content, out.line(), offset);
    if (inside.line == 0) return;
    out.set_line(inside.line);
    out.set_column(inside.column);
    out.set_source_line(std::string(LineOf(file_.content, inside.line)));
    return;
  }
  // Inside a value that stands on this line, quoted or not, its own place can
  // be pointed at.
  const size_t quote =
      !value.empty() && (value.front() == '\'' || value.front() == '"') ? 1 : 0;
  if (offset > 0 && !value.empty() && value.front() != '>' &&
      offset + quote < value.size()) {
    out.set_column(
        static_cast<uint32_t>(place->second.column + offset + quote));
  }
}

}  // namespace sluice::ruleset
