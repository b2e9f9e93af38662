#pragma once

#include <iosfwd>
#include <memory>
#include <string>

#include "client/import_reader.h"

namespace sluice::client {

// Longest field or line that is taken, bytes.
constexpr size_t kMaxImportField = 1 << 20;

// One JSON object a line, as v1::LabelledComment has it.
std::unique_ptr<ImportReader> MakeJsonLinesReader(std::istream* in,
                                                  const std::string& site);

// RFC 4180, the first line names the columns.
std::unique_ptr<ImportReader> MakeCsvReader(std::istream* in,
                                            const std::string& site);

// WordPress's own export (WXR): the comments below each item, with the item's
// link and title as their page.
std::unique_ptr<ImportReader> MakeWordPressReader(std::istream* in,
                                                  const std::string& site);

// Mail (RFC 4155): subject and text of each message become the comment, its
// sender the author. Of a message of parts the first text is taken.
// `X-Spam-Flag: YES` is a verdict; else the file says none.
std::unique_ptr<ImportReader> MakeMboxReader(std::istream* in,
                                             const std::string& site);

}  // namespace sluice::client
