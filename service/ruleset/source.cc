#include "service/ruleset/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <numeric>

namespace sluice::ruleset {
namespace {

namespace fs = std::filesystem;

absl::StatusOr<SourceFile> ReadOne(const fs::path& path, std::string name) {
  SourceFile file{std::move(name), ""};
  std::ifstream in(path, std::ios::binary);
  if (!in)
    return absl::NotFoundError(
        fmt::format("{}: cannot be read", path.string()));
  file.content.assign(std::istreambuf_iterator<char>(in), {});
  if (file.content.size() > kMaxFileBytes) {
    return absl::InvalidArgumentError(fmt::format(
        "{}: is larger than {} bytes", path.string(), kMaxFileBytes));
  }
  return file;
}

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replace = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replace});
    }
  }
  return row[b.size()];
}

}  // namespace

absl::StatusOr<std::vector<SourceFile>> ReadFolder(const std::string& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return absl::NotFoundError(
        fmt::format("{}: is not a folder that can be read", folder));
  }
  std::map<std::string, fs::path> paths;  // by name in the folder
  const auto collect = [&paths](const fs::path& from, std::string_view ending,
                                const std::string& prefix) {
    std::error_code ended;
    for (fs::directory_iterator entry(from, ended), end; !ended && entry != end;
         entry.increment(ended)) {
      std::error_code gone;
      const fs::path& path = entry->path();
      const std::string name = path.filename().string();
      if (name.front() != '.' && path.extension() == ending &&
          entry->is_regular_file(gone))
        paths.emplace(prefix + name, path);
    }
  };
  collect(folder, ".yaml", "");
  collect(fs::path(folder) / "lists", ".txt", "lists/");
  if (paths.empty())
    return absl::NotFoundError(fmt::format("{}: holds no *.yaml file", folder));
  if (paths.size() > kMaxFiles) {
    return absl::InvalidArgumentError(
        fmt::format("{}: holds more than {} files", folder, kMaxFiles));
  }
  std::vector<SourceFile> files;
  for (const auto& [name, path] : paths) {
    absl::StatusOr<SourceFile> file = ReadOne(path, name);
    if (!file.ok()) return file.status();
    files.push_back(*std::move(file));
  }
  return files;
}

std::string FormatDiagnostic(const v1::Diagnostic& diagnostic) {
  std::string where = diagnostic.file();
  if (diagnostic.line() > 0)
    where += fmt::format(":{}:{}", diagnostic.line(),
                         std::max(1U, diagnostic.column()));
  const bool warning =
      diagnostic.severity() == v1::Diagnostic::SEVERITY_WARNING;
  std::string out = fmt::format("{}: {}{}", where, warning ? "warning: " : "",
                                diagnostic.message());
  if (diagnostic.source_line().empty() || diagnostic.column() == 0) return out;
  const std::string& line = diagnostic.source_line();
  std::string blank;
  for (size_t i = 0; i + 1 < diagnostic.column() && i < line.size(); ++i)
    blank += line[i] == '\t' ? '\t' : ' ';
  const size_t length = std::max<size_t>(
      1, std::min<size_t>(diagnostic.length(), line.size() - blank.size()));
  return out + fmt::format("\n  {}\n  {}^{}", line, blank,
                           std::string(length - 1, '~'));
}

std::string_view LineOf(std::string_view content, size_t line) {
  size_t begin = 0;
  for (size_t i = 1; i < line; ++i) {
    const size_t end = content.find('\n', begin);
    if (end == std::string_view::npos) return {};
    begin = end + 1;
  }
  std::string_view text =
      content.substr(begin, content.find('\n', begin) - begin);
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return text;
}

std::string Nearest(std::string_view word,
                    const std::vector<std::string>& candidates) {
  constexpr size_t kMaxWord = 64;  // the distance is quadratic
  std::string best;
  size_t best_distance = std::max<size_t>(2, word.size() / 3) + 1;
  if (word.size() > kMaxWord) return best;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kMaxWord) continue;
    const size_t distance = EditDistance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace sluice::ruleset
