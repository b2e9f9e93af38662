#include "client/import_reader.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <array>
#include <istream>

#include "client/import_formats.h"
#include "service/base/ascii.h"
#include "service/base/keyed_hash.h"

namespace sluice::client {
namespace {

using google::protobuf::util::TimeUtil;

constexpr size_t kPiece = 1 << 16;  // bytes
constexpr size_t kMaxId = 128;

bool IsOneOf(std::string_view word,
             std::initializer_list<std::string_view> in) {
  return std::find(in.begin(), in.end(), word) != in.end();
}

bool SetLabel(const std::string& word, v1::ImportEntriesRequest* request) {
  if (IsOneOf(word, {"spam", "1", "true", "yes", "bad"})) {
    request->set_verdict(v1::VERDICT_REJECT);
    request->set_reason_code("spam");
  } else if (word == "abuse") {
    request->set_verdict(v1::VERDICT_REJECT);
    request->set_reason_code("abuse");
  } else if (IsOneOf(word, {"ham", "0", "false", "no", "good"})) {
    request->set_verdict(v1::VERDICT_ACCEPT);
  } else {
    return word.empty();
  }
  return true;
}

bool SetStatus(const std::string& word, v1::ImportEntriesRequest* request) {
  if (IsOneOf(word, {"1", "approved", "approve", "accepted", "published"})) {
    request->set_verdict(v1::VERDICT_ACCEPT);
  } else if (IsOneOf(word, {"spam", "rejected"})) {
    request->set_verdict(v1::VERDICT_REJECT);
    request->set_reason_code("spam");
  } else if (IsOneOf(word, {"trash", "post-trashed", "deleted"})) {
    // Thrown away for a reason that nobody wrote down: nothing to learn from.
  } else {
    return IsOneOf(word, {"", "0", "hold", "held", "pending", "unapproved"});
  }
  return true;
}

// RFC 3339; `2016-04-20 22:06:26` and `2016-04-20` are in UTC.
bool SetTime(std::string text, v1::ImportEntriesRequest* request) {
  if (text.empty()) return true;
  if (text.size() == 10) text += "T00:00:00Z";
  if (text.size() >= 19 && text[10] == ' ') text[10] = 'T';
  if (text.size() == 19) text += "Z";
  return TimeUtil::FromString(
      text, request->mutable_comment()->mutable_create_time());
}

bool CanBeId(std::string_view id) {
  return !id.empty() && id.size() <= kMaxId &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '~' ||
                  c == '-';
         });
}

std::string HashId(const v1::Comment& comment, std::string_view id) {
  const KeyedHash hash;
  const std::string time = comment.has_create_time()
                               ? TimeUtil::ToString(comment.create_time())
                               : "";
  return fmt::format(
      "i{:016x}{:016x}", hash(1, comment.body()),
      hash(2, fmt::format("{}\n{}\n{}", id, comment.author().name(), time)));
}

}  // namespace

ImportFormat GuessFormat(std::string_view beginning) {
  if (beginning.substr(0, 3) == "\xEF\xBB\xBF") beginning.remove_prefix(3);
  const size_t first = beginning.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return ImportFormat::kJsonLines;
  if (beginning[first] == '<') return ImportFormat::kWordPress;
  if (beginning[first] == '{') return ImportFormat::kJsonLines;
  return ImportFormat::kCsv;
}

std::unique_ptr<ImportReader> ImportReader::Make(ImportFormat format,
                                                 std::istream* in,
                                                 const std::string& site) {
  switch (format) {
    case ImportFormat::kJsonLines:
      return MakeJsonLinesReader(in, site);
    case ImportFormat::kCsv:
      return MakeCsvReader(in, site);
    case ImportFormat::kWordPress:
      return MakeWordPressReader(in, site);
    case ImportFormat::kMbox:
      return MakeMboxReader(in, site);
  }
  return nullptr;
}

absl::StatusOr<std::optional<ImportedComment>> ImportReader::Next() {
  std::array<char, kPiece> piece;
  while (ready_.empty() && !ended_) {
    in_->read(piece.data(), piece.size());
    const auto size = static_cast<size_t>(in_->gcount());
    bytes_ += size;
    ended_ = size < piece.size();
    if (absl::Status status =
            Feed(std::string_view(piece.data(), size), ended_);
        !status.ok())
      return status;
  }
  if (ready_.empty()) return std::optional<ImportedComment>();
  std::optional<ImportedComment> next(std::move(ready_.front()));
  ready_.pop_front();
  return next;
}

bool SetField(std::string_view field, std::string_view value,
              v1::ImportEntriesRequest* request) {
  const std::string name = LowerAscii(field);
  const std::string text(value);
  v1::Comment* const comment = request->mutable_comment();
  if (IsOneOf(name, {"text", "comment", "content", "body", "message"})) {
    comment->set_body(text);
  } else if (IsOneOf(name, {"author", "name", "comment_author"})) {
    comment->mutable_author()->set_name(text);
  } else if (IsOneOf(name, {"email", "author_email"})) {
    // A hash in place of an address says nothing to a filter.
    if (text.find('@') != std::string::npos)
      comment->mutable_author()->set_email(text);
  } else if (IsOneOf(name, {"url", "website", "author_url"})) {
    if (text.rfind("http", 0) == 0) comment->mutable_author()->set_url(text);
  } else if (IsOneOf(name, {"id", "comment_id"})) {
    comment->set_name(text);
  } else if (IsOneOf(name, {"date", "created_at", "time", "create_time"})) {
    return SetTime(text, request);
  } else if (name == "ip") {
    comment->mutable_client()->set_ip(text);
  } else if (name == "user_agent") {
    comment->mutable_client()->set_user_agent(text);
  } else if (name == "page_url") {
    comment->mutable_page()->set_url(text);
  } else if (name == "page_title") {
    comment->mutable_page()->set_title(text);
  } else if (name == "format") {
    v1::Format format = v1::FORMAT_UNSPECIFIED;
    if (!v1::Format_Parse(text, &format)) return text.empty();
    comment->set_format(format);
  } else if (IsOneOf(name, {"label", "class", "spam", "is_spam"})) {
    return SetLabel(LowerAscii(text), request);
  } else if (IsOneOf(name, {"status", "state"})) {
    return SetStatus(LowerAscii(text), request);
  }
  return true;
}

bool Complete(const std::string& site, v1::ImportEntriesRequest* request) {
  v1::Comment* const comment = request->mutable_comment();
  if (comment->body().find_first_not_of(" \t\r\n") == std::string::npos)
    return false;
  const std::string id = comment->name();
  comment->set_name(fmt::format("sites/{}/comments/{}", site,
                                CanBeId(id) ? id : HashId(*comment, id)));
  return true;
}

}  // namespace sluice::client
