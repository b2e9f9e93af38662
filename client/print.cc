#include "client/print.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <chrono>

namespace sluice::client {
namespace {

constexpr size_t kContext = 32;  // bytes shown on either side of a match

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// The field of the comment that a match's bytes are of.
const std::string& FieldOf(const v1::Comment& comment, v1::View view) {
  switch (view) {
    case v1::VIEW_AUTHOR_NAME:
      return comment.author().name();
    case v1::VIEW_AUTHOR_EMAIL:
      return comment.author().email();
    case v1::VIEW_AUTHOR_URL:
      return comment.author().url();
    case v1::VIEW_PAGE_TITLE:
      return comment.page().title();
    case v1::VIEW_USER_AGENT:
      return comment.client().user_agent();
    default:
      return comment.body();
  }
}

std::string FieldName(v1::View view) {
  std::string name = v1::View_Name(view).substr(5);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return name;
}

// `... cheap [V1AGRA] here ...`
std::string MatchText(const v1::Comment& comment, const v1::Match& match,
                      const Style& style) {
  const std::string& field = FieldOf(comment, match.view());
  if (match.begin() >= match.end() || match.end() > field.size())
    return style.Mark(Visible(match.text(), false));
  size_t begin = match.begin() > kContext ? match.begin() - kContext : 0;
  size_t end = std::min<size_t>(field.size(), match.end() + kContext);
  while (begin < match.begin() && IsContinuation(field[begin])) ++begin;
  while (end < field.size() && IsContinuation(field[end])) ++end;
  return fmt::format(
      "{}{}{}{}{}", begin > 0 ? "... " : "",
      Visible(field.substr(begin, match.begin() - begin), false),
      style.Mark(Visible(
          field.substr(match.begin(), match.end() - match.begin()), false)),
      Visible(field.substr(match.end(), end - match.end()), false),
      end < field.size() ? " ..." : "");
}

std::string Coloured(v1::Verdict verdict, const Style& style) {
  switch (verdict) {
    case v1::VERDICT_ACCEPT:
      return style.Good("ACCEPT");
    case v1::VERDICT_HOLD:
      return style.Doubtful("HOLD");
    default:
      return style.Bad("REJECT");
  }
}

std::string ReasonText(const v1::Comment& comment, const v1::Reason& reason,
                       const Style& style) {
  const std::string what = reason.verdict() != v1::VERDICT_UNSPECIFIED
                               ? VerdictWord(reason.verdict())
                           : reason.kind() == v1::Reason::KIND_DEGRADED
                               ? "note"
                               : fmt::format("{:+.2f}", reason.score());
  std::string out =
      fmt::format("  {:>7}  {}{}  {}\n", what, style.Bold(reason.id()),
                  reason.shadow()    ? " (shadow)"
                  : reason.demoted() ? " (demoted)"
                                     : "",
                  Visible(reason.why(), false));
  for (const v1::Match& match : reason.matches()) {
    const std::string pattern = Visible(match.pattern(), false);
    out +=
        fmt::format("           {} in {}: {}\n", style.Dim(pattern),
                    FieldName(match.view()), MatchText(comment, match, style));
  }
  if (!reason.when().empty())
    out += fmt::format("           {}\n",
                       style.Dim("when " + Visible(reason.when(), false)));
  return out;
}

std::string ReasonsText(const v1::Comment& comment,
                        const v1::Decision& decision, const Style& style) {
  std::string out = fmt::format(
      "{}  score {:.2f} (hold at {:g}, reject at {:g})  ruleset {}{}\n",
      Coloured(decision.verdict(), style), decision.score(), decision.hold_at(),
      decision.reject_at(), decision.ruleset_version(),
      decision.model_version().empty() ? ""
                                       : "  model " + decision.model_version());
  if (decision.reasons().empty()) out += "  no rule spoke\n";
  for (const v1::Reason& reason : decision.reasons())
    out += ReasonText(comment, reason, style);
  for (const std::string& text : decision.tell_author())
    out += fmt::format("  to the author: {}\n", Visible(text, false));
  return out;
}

// The scores and how they add up, and what decided: `+3 a, +2.5 b = 5.5`.
std::string SumText(const v1::Decision& decision, const Style& style) {
  std::string sum;
  const v1::Reason* stated = nullptr;  // the loudest; reasons are sorted
  for (const v1::Reason& reason : decision.reasons()) {
    if (reason.shadow()) continue;
    if (reason.score() != 0)
      sum += fmt::format("{}{:+g} {}", sum.empty() ? "" : ", ", reason.score(),
                         reason.id());
    if (stated == nullptr && reason.verdict() == decision.verdict())
      stated = &reason;
  }
  std::string out =
      fmt::format("{}\n  {} = {:g}; hold at {:g}, reject at {:g}\n",
                  style.Bold("sum"), sum.empty() ? "nothing" : sum,
                  decision.score(), decision.hold_at(), decision.reject_at());
  if (stated != nullptr) {
    out += fmt::format("  decided by {}, which says {}\n", stated->id(),
                       VerdictWord(decision.verdict()));
  } else {
    out += "  decided by the sum\n";
  }
  return out;
}

template <typename Removals>
std::string RemovedText(const Removals& removals) {
  std::string out;
  for (const v1::Removed& removed : removals) {
    const std::string name = Visible(removed.name(), false);
    out += fmt::format("  {}{} at bytes {} to {}\n", removed.kind(),
                       name.empty() ? "" : " " + name, removed.begin(),
                       removed.end());
  }
  return out.empty() ? "" : "removed from the HTML\n" + out;
}

std::string HtmlText(const std::string& html) {
  return "safe HTML\n" + Visible(html, true) + (html.empty() ? "" : "\n");
}

std::string FirstWords(const std::string& text, size_t size) {
  std::string flat;
  for (char c : text)
    flat.push_back(c == '\n' || c == '\t' || c == '\r' ? ' ' : c);
  if (flat.size() <= size) return Visible(flat, false);
  size_t cut = size > 3 ? size - 3 : 0;
  while (cut > 0 && IsContinuation(flat[cut])) --cut;
  return Visible(flat.substr(0, cut), false) + "...";
}

std::string EventText(const v1::Event& event, int64_t now) {
  const std::string ago = Age(now - event.time().seconds());
  switch (event.kind_case()) {
    case v1::Event::kChecked:
      return fmt::format("  {:>4} ago  checked: {}\n", ago,
                         VerdictWord(event.checked().decision().verdict()));
    case v1::Event::kReviewed:
      return fmt::format(
          "  {:>4} ago  {} by {}{}{}{}\n", ago,
          event.reviewed().verdict() == v1::VERDICT_ACCEPT ? "accepted"
                                                           : "rejected",
          Visible(event.reviewed().moderator(), false),
          event.reviewed().reason_code().empty()
              ? ""
              : " as " + Visible(event.reviewed().reason_code(), false),
          event.reviewed().note().empty()
              ? ""
              : ": " + Visible(event.reviewed().note(), false),
          event.reviewed().batch().empty()
              ? ""
              : "  (batch " + Visible(event.reviewed().batch(), false) + ")");
    case v1::Event::kReported:
      return fmt::format("  {:>4} ago  reported as {} by a {}\n", ago,
                         event.reported().spam() ? "spam" : "not spam",
                         event.reported().source());
    case v1::Event::kUndone:
      return fmt::format("  {:>4} ago  a decision taken back by {}\n", ago,
                         Visible(event.undone().moderator(), false));
    case v1::Event::kClaimed:
      return fmt::format(
          "  {:>4} ago  {}\n", ago,
          event.claimed().moderator().empty()
              ? "given back"
              : "claimed by " + Visible(event.claimed().moderator(), false));
    case v1::Event::kPurged:
      return fmt::format(
          "  {:>4} ago  {} removed ({})\n", ago,
          event.purged().what() == "personal" ? "addresses" : "what it said",
          Visible(event.purged().cause(), false));
    default:
      return fmt::format("  {:>4} ago  changed\n", ago);
  }
}

std::string AuthorText(const v1::Author& author) {
  std::string out =
      author.name().empty() ? "(no name)" : Visible(author.name(), false);
  if (!author.email().empty())
    out += " <" + Visible(author.email(), false) + ">";
  if (!author.url().empty()) out += " " + Visible(author.url(), false);
  return out;
}

}  // namespace

std::string DecisionText(const v1::Comment& comment,
                         const v1::CheckCommentResponse& answer,
                         const Style& style) {
  std::string out = ReasonsText(comment, answer.decision(), style);
  if (!answer.name().empty())
    out += fmt::format("comment {}{}\n", ShortId(answer.name()),
                       answer.repeated_check() ? " (checked before)" : "");
  return out + RemovedText(answer.removed()) + HtmlText(answer.html());
}

std::string EntryLine(const v1::Entry& entry, int64_t now_seconds, size_t width,
                      const Style& style) {
  const v1::Checked& checked = entry.checked();
  std::string reason = checked.decision().reasons().empty()
                           ? "-"
                           : checked.decision().reasons(0).id();
  const std::string id = ShortId(entry.name());
  const std::string author = FirstWords(checked.comment().author().name(), 16);
  const std::string head =
      fmt::format("{}  {:<8} {:>4} {:>6.1f}  {:<16}  {:<24}  ", id,
                  StateWord(entry.state()),
                  Age(now_seconds - entry.create_time().seconds()),
                  checked.decision().score(),
                  author.empty() ? "(no name)" : author, reason.substr(0, 24));
  const size_t left = width > head.size() + 12 ? width - head.size() : 24;
  return style.Bold(head.substr(0, id.size())) + head.substr(id.size()) +
         FirstWords(checked.comment().body(), left) + "\n";
}

std::string EntryText(const v1::GetEntryResponse& response, int64_t now_seconds,
                      const Style& style) {
  const v1::Entry& entry = response.entry();
  const v1::Comment& comment = entry.checked().comment();
  std::string out =
      fmt::format("{}  {}  {} ago\n", style.Bold(ShortId(entry.name())),
                  StateWord(entry.state()),
                  Age(now_seconds - entry.create_time().seconds()));
  out += fmt::format("by {}\n", AuthorText(comment.author()));
  if (!comment.page().url().empty())
    out += fmt::format("on {}\n", Visible(comment.page().url(), false));
  out += "\n" + Visible(comment.body(), true) + "\n\n";
  out += ReasonsText(comment, entry.checked().decision(), style);
  out +=
      RemovedText(entry.checked().removed()) + HtmlText(entry.checked().html());
  out += "history\n";
  for (const v1::Event& event : response.events())
    out += EventText(event, now_seconds);
  return out;
}

std::string ExplanationText(const v1::Comment& comment,
                            const v1::ExplainCommentResponse& response,
                            const Style& style) {
  std::string out = style.Bold("views") + "\n";
  for (const auto& [name, text] : std::map<std::string, std::string>(
           response.views().begin(), response.views().end())) {
    if (!text.empty())
      out += fmt::format("  {:<13} {}\n", name, Visible(text, false));
  }
  out += style.Bold("signals") + "\n" + Json(response.signals(), false);
  out += style.Bold("rules") + "\n";
  for (const auto& rule : response.rules()) {
    const std::string says =
        rule.verdict() != v1::VERDICT_UNSPECIFIED
            ? fmt::format("says {}", VerdictWord(rule.verdict()))
            : fmt::format("{:+g}", rule.score());
    if (rule.hit()) {
      out += fmt::format("  {}  {}: {}  {}\n", style.Doubtful("hit "),
                         rule.id(), rule.shadow() ? "in shadow" : says,
                         style.Dim(Visible(rule.source(), false)));
      for (const v1::Match& match : rule.matches())
        out += "        " + MatchText(comment, match, style) + "\n";
    } else {
      out += fmt::format("  {}  {}: {}\n", style.Dim("miss"), rule.id(),
                         Visible(rule.miss(), false));
    }
  }
  return out + SumText(response.decision(), style) + style.Bold("decision") +
         "\n" + ReasonsText(comment, response.decision(), style) +
         HtmlText(response.html());
}

std::string Json(const google::protobuf::Message& message, bool one_line) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = !one_line;
  options.preserve_proto_field_names = true;
  std::string out;
  if (!google::protobuf::util::MessageToJsonString(message, &out, options).ok())
    return "";
  if (out.empty() || out.back() != '\n') out += "\n";
  return out;
}

int64_t NowSeconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string Grouped(int64_t count) {
  std::string out = std::to_string(count);
  const size_t first = count < 0 ? 1 : 0;
  for (size_t at = out.size(); at > first + 3;) out.insert(at -= 3, ",");
  return out;
}

std::string Age(int64_t seconds) {
  if (seconds < 60) return fmt::format("{}s", std::max<int64_t>(0, seconds));
  if (seconds < 3600) return fmt::format("{}m", seconds / 60);
  if (seconds < 86'400) return fmt::format("{}h", seconds / 3600);
  return fmt::format("{}d", seconds / 86'400);
}

std::string ShortId(const std::string& name) {
  return name.substr(name.rfind('/') + 1);
}

const char* VerdictWord(v1::Verdict verdict) {
  switch (verdict) {
    case v1::VERDICT_ACCEPT:
      return "accept";
    case v1::VERDICT_HOLD:
      return "hold";
    case v1::VERDICT_REJECT:
      return "reject";
    default:
      return "-";
  }
}

const char* StateWord(v1::State state) {
  switch (state) {
    case v1::STATE_ACCEPTED:
      return "accepted";
    case v1::STATE_HELD:
      return "held";
    case v1::STATE_REJECTED:
      return "rejected";
    default:
      return "-";
  }
}

}  // namespace sluice::client
