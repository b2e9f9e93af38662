#include <expat.h>
#include <fmt/format.h>

#include <cstring>
#include <string>

#include "client/import_formats.h"

namespace sluice::client {
namespace {

// What of an export is read; names as expat has them without namespaces, the
// prefix being WordPress's own in every version.
class WordPressReader final : public ImportReader {
 public:
  WordPressReader(std::istream* in, std::string site)
      : ImportReader(in),
        site_(std::move(site)),
        parser_(XML_ParserCreate("UTF-8")) {
    XML_SetUserData(parser_, this);
    XML_SetElementHandler(parser_, &WordPressReader::OnStart,
                          &WordPressReader::OnEnd);
    XML_SetCharacterDataHandler(parser_, &WordPressReader::OnText);
    // An export declares no entities; what does is an attack on the reader.
    XML_SetEntityDeclHandler(parser_, &WordPressReader::OnEntity);
  }
  ~WordPressReader() override { XML_ParserFree(parser_); }
  WordPressReader(const WordPressReader&) = delete;
  WordPressReader& operator=(const WordPressReader&) = delete;

 private:
  absl::Status Feed(std::string_view piece, bool last) override {
    const XML_Status parsed =
        XML_Parse(parser_, piece.data(), static_cast<int>(piece.size()),
                  last ? XML_TRUE : XML_FALSE);
    if (!status_.ok()) return status_;
    if (parsed != XML_STATUS_OK)
      return Error(XML_ErrorString(XML_GetErrorCode(parser_)));
    if (last && !export_)
      return Error("is no WordPress export: there is no `wxr_version`");
    return absl::OkStatus();
  }

  static void OnStart(void* self, const char* name, const char**) {
    auto* const reader = static_cast<WordPressReader*>(self);
    reader->text_.clear();
    if (std::strcmp(name, "item") == 0) {
      reader->link_.clear();
      reader->title_.clear();
    } else if (std::strcmp(name, "wp:comment") == 0) {
      reader->comment_ = ImportedComment();
      reader->comment_.line =
          static_cast<int64_t>(XML_GetCurrentLineNumber(reader->parser_));
      reader->type_.clear();
      reader->inside_ = true;
    }
  }

  static void OnText(void* self, const char* text, int size) {
    auto* const reader = static_cast<WordPressReader*>(self);
    reader->text_.append(text, static_cast<size_t>(size));
    if (reader->text_.size() > kMaxImportField)
      reader->Stop("a field is longer than 1 MiB");
  }

  static void OnEntity(void* self, const char*, int, const char*, int,
                       const char*, const char*, const char*, const char*) {
    static_cast<WordPressReader*>(self)->Stop(
        "declares an entity, which no export does");
  }

  static void OnEnd(void* self, const char* name) {
    auto* const reader = static_cast<WordPressReader*>(self);
    reader->TakeElement(name);
    reader->text_.clear();
  }

  void TakeElement(std::string_view name) {
    if (name == "wp:wxr_version") export_ = true;
    if (name == "wp:comment") return TakeComment();
    if (!inside_) {
      if (name == "link") link_ = text_;
      if (name == "title") title_ = text_;
      return;
    }
    constexpr std::string_view kPrefix = "wp:comment_";
    if (name.substr(0, kPrefix.size()) != kPrefix) return;
    const std::string_view field = name.substr(kPrefix.size());
    v1::ImportEntriesRequest* const request = &comment_.request;
    if (field == "type") type_ = text_;
    if (field == "content") SetField("text", text_, request);
    if (field == "author") SetField("author", text_, request);
    if (field == "author_email") SetField("email", text_, request);
    if (field == "author_url") SetField("url", text_, request);
    if (field == "author_IP") SetField("ip", text_, request);
    if (field == "agent") SetField("user_agent", text_, request);
    if (field == "id") request->mutable_comment()->set_name("wp-" + text_);
    if (field == "approved" && !SetField("status", text_, request))
      Stop("wp:comment_approved is a word that WordPress does not use");
    if (field == "date_gmt" && text_.rfind("0000", 0) != 0 &&
        !SetField("date", text_, request))
      Stop("wp:comment_date_gmt is no time");
  }

  void TakeComment() {
    inside_ = false;
    v1::Comment* const comment = comment_.request.mutable_comment();
    if (link_.rfind("http", 0) == 0) comment->mutable_page()->set_url(link_);
    comment->mutable_page()->set_title(title_);
    comment->set_format(v1::FORMAT_HTML);  // what WordPress's forms take
    if ((!type_.empty() && type_ != "comment") ||
        !Complete(site_, &comment_.request))
      return Skip();
    Add(std::move(comment_));
  }

  void Stop(std::string_view what) {
    if (!status_.ok()) return;
    status_ = Error(what);
    XML_StopParser(parser_, XML_FALSE);
  }

  absl::Status Error(std::string_view what) const {
    return absl::InvalidArgumentError(
        fmt::format("line {}: {}", XML_GetCurrentLineNumber(parser_), what));
  }

  const std::string site_;
  const XML_Parser parser_;
  std::string text_;   // of the element that is open
  std::string link_;   // of the item
  std::string title_;  // of the item
  std::string type_;   // of the comment
  ImportedComment comment_;
  bool inside_ = false;  // a comment
  bool export_ = false;  // it is one
  absl::Status status_;
};

}  // namespace

std::unique_ptr<ImportReader> MakeWordPressReader(std::istream* in,
                                                  const std::string& site) {
  return std::make_unique<WordPressReader>(in, site);
}

}  // namespace sluice::client
