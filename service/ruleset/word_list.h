#pragma once

#include <string>
#include <vector>

#include "service/ruleset/source.h"
#include "sluice/v1/ruleset.pb.h"

namespace sluice::ruleset {

// One line of lists/NAME.txt.
struct ListEntry {
  std::string text;
  std::string until;  // YYYY-MM-DD; empty: no end
  uint32_t line;      // from 1
  uint32_t column;    // of the text, in bytes, from 1
};

// Reads lists/NAME.txt: one entry a line, `#` at its beginning or after a blank
// begins a comment, `until=YYYY-MM-DD` after an entry lets it lapse. Mistakes
// (not UTF-8, not a date) are added to `diagnostics`; lapsed entries are
// returned too.
std::vector<ListEntry> ReadList(const SourceFile& file,
                                std::vector<v1::Diagnostic>* diagnostics);

// A diagnostic of a list at an entry.
v1::Diagnostic ListDiagnostic(v1::Diagnostic::Severity severity,
                              const SourceFile& file, const ListEntry& entry,
                              std::string message);

}  // namespace sluice::ruleset
