#include <csv.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "client/import_formats.h"
#include "client/terminal.h"

namespace sluice::client {
namespace {

constexpr size_t kMaxColumns = 256;

class CsvReader final : public ImportReader {
 public:
  CsvReader(std::istream* in, std::string site)
      : ImportReader(in), site_(std::move(site)) {
    csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI);
  }
  ~CsvReader() override { csv_free(&parser_); }
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;

 private:
  absl::Status Feed(std::string_view piece, bool last) override {
    const size_t read = csv_parse(&parser_, piece.data(), piece.size(),
                                  &CsvReader::OnField, &CsvReader::OnRow, this);
    if (status_.ok() && read != piece.size())
      return Error(csv_strerror(csv_error(&parser_)));
    if (status_.ok() && last &&
        csv_fini(&parser_, &CsvReader::OnField, &CsvReader::OnRow, this) != 0)
      return Error("a quoted field does not end");
    if (status_.ok() && csv_get_buffer_size(&parser_) > kMaxImportField)
      return Error("a field is longer than 1 MiB");
    return status_;
  }

  static void OnField(void* text, size_t size, void* self) {
    auto* const reader = static_cast<CsvReader*>(self);
    if (reader->fields_.size() < kMaxColumns)
      reader->fields_.emplace_back(static_cast<const char*>(text), size);
  }

  static void OnRow(int, void* self) {
    static_cast<CsvReader*>(self)->TakeRow();
  }

  void TakeRow() {
    std::vector<std::string> fields;
    fields.swap(fields_);
    if (++row_ == 1) return TakeHeader(std::move(fields));
    if (!status_.ok()) return;
    ImportedComment comment;
    comment.line = row_;
    for (size_t i = 0; i < std::min(fields.size(), columns_.size()); ++i) {
      if (SetField(columns_[i], fields[i], &comment.request)) continue;
      status_ =
          Error(fmt::format("'{}' cannot be '{}'", Visible(columns_[i], false),
                            Visible(fields[i].substr(0, 40), false)));
      return;
    }
    if (!Complete(site_, &comment.request)) {
      Skip();
    } else {
      Add(std::move(comment));
    }
  }

  void TakeHeader(std::vector<std::string> names) {
    if (!names.empty() && names.front().rfind("\xEF\xBB\xBF", 0) == 0)
      names.front().erase(0, 3);
    columns_ = std::move(names);
    for (const std::string& name : columns_) {
      v1::ImportEntriesRequest probe;
      SetField(name, "x", &probe);
      if (!probe.comment().body().empty()) return;
    }
    status_ = absl::InvalidArgumentError(
        "the first row names no column `text` (or comment, content, body, "
        "message)");
  }

  absl::Status Error(std::string_view what) const {
    return absl::InvalidArgumentError(
        fmt::format("row {}: {}", std::max<int64_t>(row_, 1), what));
  }

  const std::string site_;
  csv_parser parser_{};
  std::vector<std::string> columns_;
  std::vector<std::string> fields_;
  int64_t row_ = 0;
  absl::Status status_;
};

}  // namespace

std::unique_ptr<ImportReader> MakeCsvReader(std::istream* in,
                                            const std::string& site) {
  return std::make_unique<CsvReader>(in, site);
}

}  // namespace sluice::client
