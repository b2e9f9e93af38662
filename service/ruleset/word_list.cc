#include "service/ruleset/word_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "service/ruleset/date.h"
#include "service/text/utf8.h"

namespace sluice::ruleset {
namespace {

constexpr std::string_view kBlank = " \t\r";

std::string_view TrimEnd(std::string_view text) {
  return text.substr(0, text.find_last_not_of(kBlank) + 1);
}

// Where `mark` stands after a blank; npos if it does not.
size_t FindAfterBlank(std::string_view line, std::string_view mark) {
  for (size_t at = line.find(mark, 1); at != std::string_view::npos;
       at = line.find(mark, at + 1)) {
    if (kBlank.find(line[at - 1]) != std::string_view::npos) return at;
  }
  return std::string_view::npos;
}

ListEntry ReadLine(std::string_view line, uint32_t number) {
  constexpr std::string_view kUntil = "until=";
  if (!line.empty() && line.front() == '#') return {};
  line = TrimEnd(line.substr(0, FindAfterBlank(line, "#")));
  const size_t mark = FindAfterBlank(line, kUntil);
  const std::string_view until =
      mark == std::string_view::npos ? "" : line.substr(mark + kUntil.size());
  line = TrimEnd(line.substr(0, mark));
  const size_t begin = std::min(line.find_first_not_of(kBlank), line.size());
  return {std::string(line.substr(begin)), std::string(until), number,
          static_cast<uint32_t>(begin) + 1};
}

}  // namespace

std::vector<ListEntry> ReadList(const SourceFile& file,
                                std::vector<v1::Diagnostic>* diagnostics) {
  std::vector<ListEntry> out;
  const std::string_view content = file.content;
  uint32_t number = 0;
  for (size_t at = 0; at < content.size();) {
    const size_t end = std::min(content.find('\n', at), content.size());
    const std::string_view line = content.substr(at, end - at);
    ListEntry entry = ReadLine(line, ++number);
    at = end + 1;
    if (!text::IsValidUtf8(line)) {
      v1::Diagnostic& told = diagnostics->emplace_back();
      told.set_severity(v1::Diagnostic::SEVERITY_ERROR);
      told.set_file(file.path);
      told.set_line(number);
      told.set_message("is not well-formed UTF-8");
      continue;
    }
    if (entry.text.empty()) continue;
    if (!entry.until.empty() && !IsDate(entry.until)) {
      diagnostics->push_back(
          ListDiagnostic(v1::Diagnostic::SEVERITY_ERROR, file, entry,
                         fmt::format("until= takes a date YYYY-MM-DD, not '{}'",
                                     entry.until)));
      continue;
    }
    out.push_back(std::move(entry));
  }
  return out;
}

v1::Diagnostic ListDiagnostic(v1::Diagnostic::Severity severity,
                              const SourceFile& file, const ListEntry& entry,
                              std::string message) {
  v1::Diagnostic out;
  out.set_severity(severity);
  out.set_file(file.path);
  out.set_line(entry.line);
  out.set_column(entry.column);
  out.set_length(static_cast<uint32_t>(entry.text.size()));
  out.set_source_line(std::string(LineOf(file.content, entry.line)));
  out.set_message(std::move(message));
  return out;
}

}  // namespace sluice::ruleset
