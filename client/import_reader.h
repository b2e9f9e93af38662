#pragma once

#include <cstdint>
#include <deque>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "sluice/v1/review_service.pb.h"

namespace sluice::client {

enum class ImportFormat { kJsonLines, kCsv, kWordPress, kMbox };

// By its beginning: `<` is a WordPress export, `{` are JSON lines, all else is
// a CSV with a header.
ImportFormat GuessFormat(std::string_view beginning);

// A comment of the past, with where it stands in its file.
struct ImportedComment {
  v1::ImportEntriesRequest request;
  int64_t line = 0;
};

// Reads a file's comments one by one in bounded memory: a piece of the file at
// a time, fields of at most 1 MiB. Not thread-safe.
class ImportReader {
 public:
  virtual ~ImportReader() = default;

  // `site` is where they go. The stream must outlive the reader.
  static std::unique_ptr<ImportReader> Make(ImportFormat format,
                                            std::istream* in,
                                            const std::string& site);

  // The next one; nothing at the end of the file. INVALID_ARGUMENT names the
  // line of what cannot be read; there is no going on after it.
  absl::StatusOr<std::optional<ImportedComment>> Next();

  // Bytes read so far.
  uint64_t bytes() const { return bytes_; }

  // Rows that are no comments (pingbacks, empty ones).
  int64_t skipped() const { return skipped_; }

 protected:
  explicit ImportReader(std::istream* in) : in_(in) {}

  // Takes a piece of the file; calls Add for each comment that is complete.
  virtual absl::Status Feed(std::string_view piece, bool last) = 0;

  void Add(ImportedComment comment) { ready_.push_back(std::move(comment)); }
  void Skip() { ++skipped_; }

 private:
  std::istream* const in_;
  std::deque<ImportedComment> ready_;
  uint64_t bytes_ = 0;
  int64_t skipped_ = 0;
  bool ended_ = false;
};

// What a column or key says, in the words of several systems. Unknown fields
// are passed over. False: the value is none that the field can have.
//
//   text comment content body message | author name | email | url website
//   id | date created_at time | ip | user_agent | page_url | page_title
//   label class spam is_spam: spam, abuse, ham, good, 1, 0, true, false
//   status state: approved, spam, pending, hold, trash
bool SetField(std::string_view field, std::string_view value,
              v1::ImportEntriesRequest* request);

// Makes the name: the file's id where it can be one, else a hash of the
// comment, so that the same file can be imported again without a second entry.
// False: there is no text.
bool Complete(const std::string& site, v1::ImportEntriesRequest* request);

}  // namespace sluice::client
