// Any bytes as a file to import, in each format: comments with a name and a
// text, or an error that names a line.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "client/import_reader.h"

using sluice::client::ImportFormat;
using sluice::client::ImportReader;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  (void)sluice::client::GuessFormat(text);
  for (const ImportFormat format :
       {ImportFormat::kJsonLines, ImportFormat::kCsv,
        ImportFormat::kWordPress}) {
    std::istringstream in(text);
    const auto reader = ImportReader::Make(format, &in, "default");
    for (;;) {
      const auto next = reader->Next();
      if (!next.ok()) {
        if (next.status().message().empty()) std::abort();
        break;
      }
      if (!next->has_value()) break;
      const auto& comment = (*next)->request;
      if (comment.ByteSizeLong() == 0) std::abort();
    }
  }
  return 0;
}
