// Any bytes as a file of rules, a policy, and a list beside rules that name it:
// each is loaded or refused with a diagnostic that has a place and a message.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "service/ruleset/ruleset.h"

namespace {

using sluice::ruleset::LoadOptions;
using sluice::ruleset::LoadResult;
using sluice::ruleset::SourceFile;

void Load(const std::vector<SourceFile>& files) {
  LoadOptions options;
  options.now = sluice::Time(std::chrono::seconds(1'800'000'000));
  const LoadResult result = sluice::ruleset::LoadRuleset(files, options);
  bool error = false;
  for (const sluice::v1::Diagnostic& diagnostic : result.diagnostics) {
    if (diagnostic.message().empty()) std::abort();
    error |= diagnostic.severity() == sluice::v1::Diagnostic::SEVERITY_ERROR;
  }
  if (error == (result.ruleset != nullptr)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  Load({{"rules.yaml", text}});
  Load({{"policy.yaml", text}});
  Load({{"lists/words.txt", text},
        {"rules.yaml",
         "rules:\n  - id: a\n    why: w\n    words: [lists/words.txt]\n"
         "    score: 1\n"}});
  return 0;
}
