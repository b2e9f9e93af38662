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

TEST(BadRules, EachMistakeIsToldAsItsTextSays) {
  size_t count = 0;
  for (const auto& entry :
       fs::directory_iterator(SLUICE_SOURCE_DIR "/tests/bad_rules")) {
    if (entry.path().extension() != ".yaml") continue;
    ++count;
    LoadOptions options;
    options.now = Time{std::chrono::seconds(1'800'000'000)};
    const LoadResult loaded = LoadRuleset(
        {{entry.path().filename().string(), ReadAll(entry.path())}}, options);
    EXPECT_EQ(loaded.ruleset, nullptr) << entry.path();
    std::string told;
    for (const v1::Diagnostic& diagnostic : loaded.diagnostics)
      told += FormatDiagnostic(diagnostic) + "\n";
    const fs::path expected = fs::path(entry.path()).replace_extension(".txt");
    if (std::getenv("SLUICE_UPDATE_GOLDENS") != nullptr)
      std::ofstream(expected) << told;
    EXPECT_EQ(told, ReadAll(expected)) << entry.path();
  }
  EXPECT_GE(count, 30u);
}

}  // namespace
}  // namespace sluice::ruleset
