#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <istream>
#include <iterator>
#include <ostream>

#include "client/commands.h"
#include "client/print.h"

namespace sluice::client {
namespace {

constexpr size_t kMaxInput = 4 << 20;

bool ReadInput(const std::string& file, const Streams& io, std::string* text) {
  if (file == "-") {
    text->assign(std::istreambuf_iterator<char>(io.in), {});
  } else {
    std::ifstream in(file, std::ios::binary);
    if (!in || std::filesystem::is_directory(file)) {
      io.err << fmt::format(
          "sluice: cannot read '{}'\ngive a file, or - for standard input\n",
          file);
      return false;
    }
    text->assign(std::istreambuf_iterator<char>(in), {});
  }
  if (text->size() <= kMaxInput) return true;
  io.err << "sluice: the comment is larger than 4 MiB\n";
  return false;
}

bool FormatOf(const std::string& word, const Streams& io, v1::Format* format) {
  if (word.empty()) return true;
  if (word == "markdown") *format = v1::FORMAT_MARKDOWN_EXTRA;
  if (word == "html") *format = v1::FORMAT_HTML;
  if (word == "plain") *format = v1::FORMAT_PLAIN_TEXT;
  if (*format != v1::FORMAT_UNSPECIFIED) return true;
  io.err << fmt::format(
      "sluice: --format takes markdown, html or plain, not '{}'\n", word);
  return false;
}

bool CommentOf(const Options& options, const CommentFlags& flags,
               const Streams& io, v1::Comment* comment) {
  v1::Format format = v1::FORMAT_UNSPECIFIED;
  if (!FormatOf(flags.format, io, &format) ||
      !ReadInput(flags.file, io, comment->mutable_body()))
    return false;
  comment->set_format(format);
  comment->set_name(flags.id.empty() ? "sites/" + options.site
                                     : FullName(options.site, flags.id));
  comment->mutable_author()->set_name(flags.author);
  comment->mutable_author()->set_email(flags.email);
  comment->mutable_author()->set_url(flags.url);
  comment->mutable_page()->set_url(flags.page_url);
  comment->mutable_page()->set_title(flags.page_title);
  comment->mutable_client()->set_ip(flags.ip);
  return true;
}

int ExitOf(v1::Verdict verdict) {
  if (verdict == v1::VERDICT_ACCEPT) return kAccept;
  return verdict == v1::VERDICT_HOLD ? kHold : kReject;
}

}  // namespace

int Say(const absl::Status& status, const Streams& io) {
  io.err << "sluice: " << std::string(status.message()) << "\n";
  return ExitCodeOf(status);
}

std::string FullName(const std::string& site, const std::string& id) {
  return id.find('/') == std::string::npos
             ? fmt::format("sites/{}/comments/{}", site, id)
             : id;
}

int Check(const Options& options, const CommentFlags& flags,
          const Streams& io) {
  v1::CheckCommentRequest request;
  if (!CommentOf(options, flags, io, request.mutable_comment())) return kUsage;
  request.set_dry_run(flags.dry_run);
  v1::CheckCommentResponse response;
  Connection connection(options.server, options.timeout_seconds);
  if (absl::Status status = connection.Check(request, &response); !status.ok())
    return Say(status, io);
  io.out << (options.json ? Json(response, false)
                          : DecisionText(request.comment(), response,
                                         Style(UseColour(options.colour))));
  return ExitOf(response.decision().verdict());
}

int Preview(const Options& options, const CommentFlags& flags,
            const Streams& io) {
  v1::Comment comment;
  if (!CommentOf(options, flags, io, &comment)) return kUsage;
  v1::PreviewCommentRequest request;
  request.set_parent("sites/" + options.site);
  request.set_body(comment.body());
  request.set_format(comment.format());
  v1::PreviewCommentResponse response;
  Connection connection(options.server, options.timeout_seconds);
  if (absl::Status status = connection.Preview(request, &response);
      !status.ok())
    return Say(status, io);
  io.out << (options.json ? Json(response, false)
                          : Visible(response.html(), true) + "\n");
  return kAccept;
}

int RulesExplain(const Options& options, const CommentFlags& flags,
                 const Streams& io) {
  v1::ExplainCommentRequest request;
  v1::Comment comment;
  Connection connection(options.server, options.timeout_seconds);
  if (flags.file == "-" || std::filesystem::exists(flags.file)) {
    if (!CommentOf(options, flags, io, &comment)) return kUsage;
    *request.mutable_comment() = comment;
  } else {
    request.set_name(FullName(options.site, flags.file));
    v1::GetEntryRequest get;
    v1::GetEntryResponse entry;
    get.set_name(request.name());
    if (absl::Status status = connection.Get(get, &entry); !status.ok())
      return Say(status, io);
    comment = entry.entry().checked().comment();
  }
  v1::ExplainCommentResponse response;
  if (absl::Status status = connection.Explain(request, &response);
      !status.ok())
    return Say(status, io);
  io.out << (options.json ? Json(response, false)
                          : ExplanationText(comment, response,
                                            Style(UseColour(options.colour))));
  return kAccept;
}

int Report(const Options& options, const std::string& id, bool spam,
           const Streams& io) {
  v1::ReportCommentRequest request;
  request.set_name(FullName(options.site, id));
  request.set_spam(spam);
  request.set_from_site(true);
  v1::ReportCommentResponse response;
  Connection connection(options.server, options.timeout_seconds);
  if (absl::Status status = connection.Report(request, &response); !status.ok())
    return Say(status, io);
  io.out << fmt::format("reported {} as {}\n", id, spam ? "spam" : "not spam");
  return kAccept;
}

}  // namespace sluice::client
