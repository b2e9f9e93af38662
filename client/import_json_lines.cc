#include <fmt/format.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <string>

#include "client/import_formats.h"
#include "client/terminal.h"

namespace sluice::client {
namespace {

class JsonLinesReader final : public ImportReader {
 public:
  JsonLinesReader(std::istream* in, std::string site)
      : ImportReader(in), site_(std::move(site)) {}

 private:
  absl::Status Feed(std::string_view piece, bool last) override {
    for (size_t end; (end = piece.find('\n')) != std::string_view::npos;) {
      line_.append(piece.substr(0, end));
      piece.remove_prefix(end + 1);
      if (absl::Status status = TakeLine(); !status.ok()) return status;
    }
    line_.append(piece);
    if (line_.size() > kMaxImportField) {
      ++number_;
      return Error("is longer than 1 MiB");
    }
    return last ? TakeLine() : absl::OkStatus();
  }

  absl::Status TakeLine() {
    ++number_;
    std::string line;
    line.swap(line_);
    if (line.size() > kMaxImportField) return Error("is longer than 1 MiB");
    if (line.find_first_not_of(" \t\r") == std::string::npos)
      return absl::OkStatus();
    google::protobuf::Struct object;
    if (!google::protobuf::util::JsonStringToMessage(line, &object).ok())
      return Error("is not a JSON object");
    ImportedComment comment;
    comment.line = number_;
    for (const auto& [key, value] : object.fields()) {
      const std::string text = TextOf(value);
      if (SetField(key, text, &comment.request)) continue;
      return Error(fmt::format("'{}' cannot be '{}'", Visible(key, false),
                               Visible(text.substr(0, 40), false)));
    }
    if (!Complete(site_, &comment.request)) {
      Skip();
    } else {
      Add(std::move(comment));
    }
    return absl::OkStatus();
  }

  static std::string TextOf(const google::protobuf::Value& value) {
    if (value.has_string_value()) return value.string_value();
    if (value.has_bool_value()) return value.bool_value() ? "true" : "false";
    if (value.has_number_value())
      return fmt::format("{}", value.number_value());
    return "";
  }

  absl::Status Error(const std::string& what) const {
    return absl::InvalidArgumentError(
        fmt::format("line {}: {}", number_, what));
  }

  const std::string site_;
  std::string line_;
  int64_t number_ = 0;
};

}  // namespace

std::unique_ptr<ImportReader> MakeJsonLinesReader(std::istream* in,
                                                  const std::string& site) {
  return std::make_unique<JsonLinesReader>(in, site);
}

}  // namespace sluice::client
