#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "sluice/v1/ruleset.pb.h"

namespace sluice::ruleset {

// One file of a rule folder.
struct SourceFile {
  std::string path;  // relative to the folder
  std::string content;
};

inline constexpr size_t kMaxFiles = 256;
inline constexpr size_t kMaxFileBytes = 1 << 20;

// Reads *.yaml and lists/*.txt of a folder, sorted by path; symbolic links are
// followed, hidden files (an editor's locks) passed over. Errors: NOT_FOUND,
// INVALID_ARGUMENT past a limit.
absl::StatusOr<std::vector<SourceFile>> ReadFolder(const std::string& folder);

// As a good compiler prints: file:line:column: message, the source line, a
// caret.
std::string FormatDiagnostic(const v1::Diagnostic& diagnostic);

// The line of `content`, from 1, without its line break.
std::string_view LineOf(std::string_view content, size_t line);

// The candidate nearest to `word` by edit distance, if it is near enough to be
// meant; else "".
std::string Nearest(std::string_view word,
                    const std::vector<std::string>& candidates);

}  // namespace sluice::ruleset
