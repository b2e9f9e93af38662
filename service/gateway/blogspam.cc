#include "service/gateway/blogspam.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "service/gateway/json.h"

namespace sluice::gateway {
namespace {

constexpr std::array<std::string_view, 5> kTests = {
    "/", "/blogspam", "/blogspam/", "/testComment", "/blogspam/testComment"};
constexpr std::array<std::string_view, 2> kTrainings = {"/classify",
                                                        "/blogspam/classify"};

template <size_t N>
bool IsOneOf(const std::array<std::string_view, N>& paths,
             std::string_view path) {
  for (const std::string_view known : paths) {
    if (known == path) return true;
  }
  return false;
}

HttpResponse Result(std::string_view result, std::string_view reason) {
  google::protobuf::Struct out;
  Set("result", result, &out);
  if (!reason.empty()) Set("reason", reason, &out);
  Set("version", "2.0", &out);
  HttpResponse response;
  response.content_type = "application/json";
  response.body = ToJson(out);
  return response;
}

HttpResponse Error(int status, std::string_view reason) {
  HttpResponse response = Result("ERROR", reason);
  response.status = status;
  return response;
}

std::string_view HeaderOf(const HttpResponse& response,
                          std::string_view wanted) {
  for (const auto& [name, value] : response.headers) {
    if (SameName(name, wanted)) return value;
  }
  return {};
}

// Akismet's answer in BlogSpam's words. It has none for "wait": what is held is
// not published, unless the site's hold_as says so.
HttpResponse Translate(const HttpResponse& answer, bool training) {
  const std::string_view help = HeaderOf(answer, "x-akismet-debug-help");
  if (answer.status != 200) return Error(answer.status, help);
  if (answer.body == "invalid") return Error(200, help);
  if (training) return Result("OK", "");
  if (answer.body == "true") return Result("SPAM", "it looks like spam");
  if (!HeaderOf(answer, "x-akismet-error").empty())
    return Result("SPAM", "a moderator will look at it");
  return Result("OK", "");
}

Form FormOf(const google::protobuf::Struct& json) {
  std::string text = StringOf(json, "comment");
  const std::string subject = StringOf(json, "subject");
  if (!subject.empty()) text = subject + "\n\n" + text;
  return Form({{"comment_content", std::move(text)},
               {"comment_author", StringOf(json, "name")},
               {"comment_author_email", StringOf(json, "email")},
               {"comment_author_url", StringOf(json, "link")},
               {"user_ip", StringOf(json, "ip")},
               {"user_agent", StringOf(json, "agent")},
               {"blog", StringOf(json, "site")}});
}

}  // namespace

bool BlogSpamDoor::IsItsPath(std::string_view path) {
  return IsOneOf(kTests, path) || IsOneOf(kTrainings, path);
}

void BlogSpamDoor::Handle(std::string_view path, const HttpRequest& request,
                          HttpDone done) {
  if (request.method != "POST")
    return done(Error(405, "this is asked by POST"));
  const absl::StatusOr<google::protobuf::Struct> json = ParseJson(request.body);
  if (!json.ok()) return done(Error(400, "the body is not a JSON object"));
  const absl::StatusOr<Form> query = ParseUrlEncoded(request.query);
  std::string key(query.ok() ? query->Get("key") : "");
  if (key.empty()) key = "none";  // a server that asks for no keys takes any
  const bool training = IsOneOf(kTrainings, path);
  std::string_view endpoint = "comment-check";
  if (training) {
    const std::string kind = StringOf(*json, "train");
    if (kind != "spam" && kind != "ok")
      return done(Error(400, "`train` is neither spam nor ok"));
    endpoint = kind == "spam" ? "submit-spam" : "submit-ham";
  }
  akismet_->HandleForm(
      endpoint, FormOf(*json), key,
      [training, done = std::move(done)](const HttpResponse& answer) {
        done(Translate(answer, training));
      });
}

}  // namespace sluice::gateway
