// A whole comment through the whole pipeline with the rules that ship. The
// first byte chooses the format, the rest is body, author and page. What comes
// out holds together: HTML within the whitelist that sanitising again leaves as
// it is, spans inside their text, a verdict that its reasons explain, and the
// same answer when asked again.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "service/judge.h"
#include "service/markup/render.h"
#include "service/ruleset/source.h"

namespace {

namespace v1 = sluice::v1;

void Require(bool held, const char* what) {
  if (held) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

sluice::Site MakeSite() {
  const auto files = sluice::ruleset::ReadFolder(SLUICE_SOURCE_DIR "/rules");
  Require(files.ok(), "the rules that ship are not there");
  const auto loaded = sluice::ruleset::LoadRuleset(*files, {});
  Require(loaded.ruleset != nullptr, "the rules that ship do not load");
  return {"default", loaded.ruleset->lists_facts(), loaded.ruleset};
}

v1::Comment CommentOf(std::string_view bytes) {
  v1::Comment comment;
  comment.set_name("sites/default/comments/1");
  if (bytes.empty()) return comment;
  comment.set_format(static_cast<v1::Format>(bytes[0] & 3));
  bytes.remove_prefix(1);
  // "\n\x01" parts the fields.
  std::string parts[4];
  for (std::string& part : parts) {
    const size_t end = bytes.find("\n\x01");
    part = std::string(bytes.substr(0, end));
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 2);
  }
  comment.set_body(parts[0]);
  comment.mutable_author()->set_name(parts[1]);
  comment.mutable_author()->set_email(parts[2]);
  comment.mutable_author()->set_url(parts[3]);
  return comment;
}

size_t SizeOf(const v1::Comment& comment, v1::View view) {
  switch (view) {
    case v1::VIEW_AUTHOR_NAME:
      return comment.author().name().size();
    case v1::VIEW_AUTHOR_EMAIL:
      return comment.author().email().size();
    case v1::VIEW_AUTHOR_URL:
      return comment.author().url().size();
    case v1::VIEW_PAGE_TITLE:
      return comment.page().title().size();
    case v1::VIEW_USER_AGENT:
      return 0;  // none is sent
    default:
      return comment.body().size();
  }
}

void CheckDecision(const v1::Comment& comment, const v1::Decision& decision) {
  Require(decision.verdict() != v1::VERDICT_UNSPECIFIED, "no verdict");
  bool explained = decision.verdict() == v1::VERDICT_ACCEPT;
  for (const v1::Reason& reason : decision.reasons()) {
    explained |= !reason.shadow();
    for (const v1::Match& match : reason.matches()) {
      Require(match.begin() <= match.end() &&
                  match.end() <= SizeOf(comment, match.view()),
              "a span outside of its text");
    }
  }
  Require(explained || decision.degraded(), "a verdict without a reason");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const sluice::Site kSite = MakeSite();
  const v1::Comment comment =
      CommentOf({reinterpret_cast<const char*>(data), size});
  const sluice::Time now{std::chrono::seconds(1'700'000'000)};
  const sluice::Judgement one =
      sluice::Judge(kSite, nullptr, comment, {}, {}, now);
  CheckDecision(comment, one.decision);
  const sluice::Judgement two =
      sluice::Judge(kSite, nullptr, comment, {}, {}, now);
  Require(one.decision.SerializeAsString() == two.decision.SerializeAsString(),
          "another decision the second time");
  Require(one.html == two.html, "another rendering the second time");
  const sluice::markup::HtmlPolicy& policy = kSite.ruleset->html_policy();
  Require(sluice::markup::VerifyHtml(one.html, policy),
          "not within the whitelist");
  const auto again = sluice::markup::Render(
      one.html, sluice::markup::Format::kHtml, policy, "");
  Require(again.over_budget || again.html == one.html,
          "sanitising it again changes it");
  return 0;
}
