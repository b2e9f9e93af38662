// One file a mistake under tests/bad_rules/, the whole expected text beside it.
// Written anew by SLUICE_UPDATE_GOLDENS=1; the diff is then to be read.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "service/ruleset/ruleset.h"

namespace sluice::ruleset {
namespace {

namespace fs = std::filesystem;

std::string ReadAll(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// A file stands for itself, a folder for a whole set of rules with lists.
std::vector<SourceFile> FilesOf(const fs::path& path) {
  if (!fs::is_directory(path))
    return {{path.filename().string(), ReadAll(path)}};
  const absl::StatusOr<std::vector<SourceFile>> files =
      ReadFolder(path.string());
  EXPECT_TRUE(files.ok()) << path;
  return files.ok() ? *files : std::vector<SourceFile>{};
}

TEST(BadRules, EachMistakeIsToldAsItsTextSays) {
  size_t count = 0;
  for (const auto& entry :
       fs::directory_iterator(SLUICE_SOURCE_DIR "/tests/bad_rules")) {
    if (entry.path().extension() == ".txt") continue;
    ++count;
    LoadOptions options;
    options.now = Time{std::chrono::seconds(1'800'000'000)};  // 2027-01-15
    options.sites = {"blog", "shop"};
    const LoadResult loaded = LoadRuleset(FilesOf(entry.path()), options);
    std::string told;
    bool errors = false;
    for (const v1::Diagnostic& diagnostic : loaded.diagnostics) {
      told += FormatDiagnostic(diagnostic) + "\n";
      errors =
          errors || diagnostic.severity() == v1::Diagnostic::SEVERITY_ERROR;
    }
    EXPECT_NE(told, "") << entry.path();
    EXPECT_EQ(loaded.ruleset == nullptr, errors) << entry.path();
    const fs::path expected = fs::path(entry.path()).replace_extension(".txt");
    if (std::getenv("SLUICE_UPDATE_GOLDENS") != nullptr)
      std::ofstream(expected) << told;
    EXPECT_EQ(told, ReadAll(expected)) << entry.path();
  }
  EXPECT_GE(count, 60u);
}

}  // namespace
}  // namespace sluice::ruleset
