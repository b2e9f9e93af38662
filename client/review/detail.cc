#include "client/review/detail.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "client/print.h"
#include "client/review/html_text.h"

namespace sluice::client::review {
namespace {

constexpr size_t kContext = 12;  // bytes around a match that tell places apart
constexpr size_t kMaxHosts = 12;
constexpr size_t kMaxSummary = 4;  // reasons named above the text

using Spans = std::vector<std::pair<size_t, size_t>>;

// Which field a match's bytes are of; kText stands for the body.
v1::View FieldOf(v1::View view) {
  switch (view) {
    case v1::VIEW_AUTHOR_NAME:
    case v1::VIEW_AUTHOR_EMAIL:
    case v1::VIEW_AUTHOR_URL:
    case v1::VIEW_PAGE_TITLE:
    case v1::VIEW_USER_AGENT:
      return view;
    default:
      return v1::VIEW_TEXT;
  }
}

// Matches of live rules in a field, each place once.
Spans SpansOf(const v1::Entry& entry, v1::View field) {
  std::set<std::pair<size_t, size_t>> spans;
  for (const v1::Reason& reason : entry.checked().decision().reasons()) {
    if (reason.shadow()) continue;
    for (const v1::Match& match : reason.matches()) {
      if (FieldOf(match.view()) == field && match.begin() < match.end())
        spans.insert({match.begin(), match.end()});
    }
  }
  return {spans.begin(), spans.end()};
}

std::vector<Matched> MatchedOf(const v1::Entry& entry) {
  const std::string& body = entry.checked().comment().body();
  std::vector<Matched> out;
  for (const auto& [begin, end] : SpansOf(entry, v1::VIEW_TEXT)) {
    if (end > body.size()) continue;
    const size_t from = begin - std::min(begin, kContext);
    out.push_back({body.substr(begin, end - begin),
                   body.substr(from, begin - from),
                   body.substr(end, kContext)});
  }
  return out;
}

std::string Ago(int64_t now, const google::protobuf::Timestamp& time) {
  return Age(now - time.seconds()) + " ago";
}

std::string Join(const std::vector<std::string>& parts,
                 std::string_view between) {
  std::string out;
  for (const std::string& part : parts) {
    if (part.empty()) continue;
    if (!out.empty()) out += between;
    out += part;
  }
  return out;
}

std::string Says(const v1::Reason& reason) {
  if (reason.verdict() != v1::VERDICT_UNSPECIFIED)
    return VerdictWord(reason.verdict());
  if (reason.kind() == v1::Reason::KIND_DEGRADED) return "note";
  return fmt::format("{:+.1f}", reason.score());
}

// Builds lines of a width.
class Writer {
 public:
  Writer(const Layout& layout, std::vector<Line>* lines)
      : layout_(layout), lines_(*lines) {}

  void Add(const Line& line, std::string_view indent = "") {
    for (Line& wrapped : Wrap(line, layout_.columns, indent))
      lines_.push_back(std::move(wrapped));
  }
  void Add(std::string text, Look look = Look::kPlain,
           std::string_view indent = "") {
    if (!text.empty()) Add(Line{{std::move(text), look}}, indent);
  }
  void Add(std::vector<Line> lines) {
    std::move(lines.begin(), lines.end(), std::back_inserter(lines_));
  }
  void Gap() {
    if (!lines_.empty()) lines_.emplace_back();
  }
  void Heading(std::string text) {
    Gap();
    Add(std::move(text), Look::kBold);
  }

 private:
  const Layout& layout_;
  std::vector<Line>& lines_;
};

class Detail {
 public:
  Detail(const Row& row, const Model& model, const Layout& layout,
         std::vector<Line>* lines)
      : row_(row),
        entry_(row.entry),
        checked_(row.entry.checked()),
        model_(model),
        layout_(layout),
        out_(layout, lines) {}

  void Write() {
    Alerts();
    Who();
    Where();
    Standing();
    out_.Gap();
    Text();
    Hosts();
    Reasons();
    Removals();
    Since();
  }

 private:
  Line Marked(const std::string& text, v1::View field) const {
    return MarkedLine(text, SpansOf(entry_, field), layout_.brackets);
  }

  void Alerts() {
    if (!row_.alert.empty()) out_.Add("! " + row_.alert, Look::kBad, "  ");
    if (row_.returning)
      out_.Add("its decision is being taken back ...", Look::kDoubtful);
    const v1::Claimed& claim = entry_.claim();
    if (!claim.moderator().empty() &&
        claim.moderator() != model_.settings().moderator &&
        claim.expire_time().seconds() > model_.now()) {
      out_.Add(fmt::format("@ {} is reading it (for {} more)",
                           Tame(claim.moderator()),
                           Age(claim.expire_time().seconds() - model_.now())),
               Look::kDoubtful, "  ");
    }
    if (entry_.state() != v1::STATE_HELD && row_.alert.empty())
      out_.Add(StateWord(entry_.state()), Look::kDoubtful);
    if (!row_.note.empty())
      out_.Add("your note: " + Tame(row_.note), Look::kDoubtful, "  ");
  }

  void Who() {
    const v1::Author& author = checked_.comment().author();
    Line line = {{"(no name)", Look::kDim}};
    if (!author.name().empty()) {
      line = Marked(author.name(), v1::VIEW_AUTHOR_NAME);
      for (Run& run : line) {
        if (run.look == Look::kPlain) run.look = Look::kBold;
      }
    }
    const auto append = [&line](Line more) {
      line.push_back({"  "});
      std::move(more.begin(), more.end(), std::back_inserter(line));
    };
    if (!author.email().empty())
      append(Marked(author.email(), v1::VIEW_AUTHOR_EMAIL));
    if (!author.url().empty())
      append(Marked(author.url(), v1::VIEW_AUTHOR_URL));
    if (author.is_staff()) append({{"staff", Look::kGood}});
    out_.Add(line, "  ");
    const v1::AuthorSignals& signals = checked_.signals().author();
    if (signals.impersonates())
      out_.Add("looks like " + Tame(signals.impersonated_name()), Look::kBad);
    Record(signals);
  }

  void Record(const v1::AuthorSignals& signals) {
    AuthorRecord record;
    std::string more;
    if (row_.author.has_value()) {
      record = *row_.author;
      if (record.more) more = " of the last";
    } else {
      const v1::AuthorRecord& known =
          signals.by_id().accepted() + signals.by_id().rejected() > 0
              ? signals.by_id()
          : signals.by_email().accepted() + signals.by_email().held() +
                      signals.by_email().rejected() >
                  0
              ? signals.by_email()
              : signals.by_name();
      record = {known.accepted(), known.held(), known.rejected(), false};
    }
    if (record.accepted + record.held + record.rejected == 0)
      return out_.Add("no other comment of this author", Look::kDim);
    const Line line = {{"author: ", Look::kDim},
                       {fmt::format("{} accepted", record.accepted),
                        record.accepted > 0 ? Look::kGood : Look::kPlain},
                       {fmt::format(", {} held, ", record.held)},
                       {fmt::format("{} rejected", record.rejected),
                        record.rejected > 0 ? Look::kBad : Look::kPlain},
                       {more, Look::kDim}};
    out_.Add(line, "  ");
  }

  void Where() {
    const v1::Page& page = checked_.comment().page();
    Line line = {{Ago(model_.now(), entry_.create_time()), Look::kPlain}};
    if (!page.title().empty() || !page.url().empty())
      line.push_back({"  under ", Look::kDim});
    for (Run& run : Marked(page.title(), v1::VIEW_PAGE_TITLE))
      line.push_back(std::move(run));
    if (!page.url().empty())
      line.push_back(
          {(page.title().empty() ? "" : "  ") + Tame(page.url()), Look::kDim});
    out_.Add(line, "  ");
  }

  void Standing() {
    const v1::Decision& decision = checked_.decision();
    const std::string& campaign = row_.campaign;
    if (!campaign.empty()) {
      const size_t here = model_.rows().OfCampaign(campaign).size();
      const int64_t held =
          model_.CountOf(campaign).value_or(static_cast<int64_t>(here));
      const int seen = checked_.signals().repetition().campaign_size();
      const std::string more =
          seen > held ? fmt::format(", {} seen when it came", seen) : "";
      const char* what = model_.ListsHeldOnly() ? "held" : "in this list";
      out_.Add(Line{{fmt::format("campaign: {} {}", held, what), Look::kBold},
                    {more + (held > 1 ? "; A S B decide them all" : ""),
                     Look::kDim}},
               "  ");
    }
    std::string why;
    size_t shown = 0;
    for (const v1::Reason& reason : decision.reasons()) {
      if (reason.shadow() || shown++ >= kMaxSummary) continue;
      why += fmt::format("{}{} {}", why.empty() ? "" : ", ", reason.id(),
                         Says(reason));
    }
    if (shown > kMaxSummary) why += ", ...";
    out_.Add(Line{{fmt::format("score {:.1f}", decision.score()), Look::kBold},
                  {fmt::format(" (hold at {:g}, reject at {:g})  ",
                               decision.hold_at(), decision.reject_at()),
                   Look::kDim},
                  {Tame(why), Look::kDoubtful}},
             "  ");
    if (entry_.spam_reports() + entry_.ham_reports() > 0)
      out_.Add(fmt::format("reported: {} as spam, {} as not spam",
                           entry_.spam_reports(), entry_.ham_reports()),
               Look::kDoubtful);
  }

  void Text() {
    const std::string& body = checked_.comment().body();
    if (body.empty() && entry_.has_purged()) {
      out_.Add(fmt::format("its text was removed ({})",
                           Tame(entry_.purged().cause())),
               Look::kDim);
    } else if (model_.text_view() == TextView::kSource) {
      out_.Add("source as sent (v: HTML)", Look::kDim);
      out_.Add(SourceAsText(body, SpansOf(entry_, v1::VIEW_TEXT),
                            layout_.brackets, layout_.columns));
    } else if (model_.text_view() == TextView::kHtml) {
      out_.Add("safe HTML (v: as read)", Look::kDim);
      out_.Add(
          Lines(Tame(checked_.html(), true), Look::kPlain, layout_.columns));
    } else {
      std::vector<Line> lines = HtmlAsText(checked_.html(), MatchedOf(entry_),
                                           layout_.brackets, layout_.columns);
      if (lines.empty())
        out_.Add("(nothing of it would be published; v shows the source)",
                 Look::kDim);
      out_.Add(std::move(lines));
    }
  }

  void Hosts() {
    std::vector<std::string> hosts;
    std::set<std::string> seen;
    for (const v1::LinkItem& link : checked_.signals().links().items()) {
      if (link.host().empty() || !seen.insert(link.host()).second) continue;
      std::string host = Tame(link.host());
      if (!link.published()) host += " (not published)";
      if (!link.text_host().empty() && link.text_host() != link.host())
        host += fmt::format(" (shown as {}!)", Tame(link.text_host()));
      hosts.push_back(std::move(host));
    }
    if (hosts.empty()) return;
    if (hosts.size() > kMaxHosts) {
      hosts.resize(kMaxHosts);
      hosts.push_back("...");
    }
    out_.Gap();
    out_.Add(Line{{"links to ", Look::kDim}, {Join(hosts, ", "), Look::kLink}},
             "  ");
  }

  void Reasons() {
    const v1::Decision& decision = checked_.decision();
    out_.Heading("reasons");
    if (decision.reasons().empty()) out_.Add("no rule spoke", Look::kDim);
    for (const v1::Reason& reason : decision.reasons()) {
      const Look look = reason.shadow() ? Look::kDim : Look::kDoubtful;
      out_.Add(Line{{fmt::format("{:>6}  ", Says(reason)), look},
                    {Tame(reason.id()), Look::kBold},
                    {reason.shadow()    ? " (shadow)"
                     : reason.demoted() ? " (demoted)"
                                        : "",
                     Look::kDim},
                    {"  " + Tame(reason.why())}},
               "        ");
      Matches(reason);
    }
  }

  void Matches(const v1::Reason& reason) {
    std::map<std::string, int> words;
    for (const v1::Match& match : reason.matches()) ++words[Tame(match.text())];
    std::vector<std::string> parts;
    for (const auto& [word, count] : words)
      parts.push_back(count > 1 ? fmt::format("{} x{}", word, count) : word);
    if (!parts.empty())
      out_.Add(Line{{"        "}, {Join(parts, ", "), Look::kMark}},
               "        ");
    if (!reason.when().empty())
      out_.Add("        when " + Tame(reason.when()), Look::kDim, "        ");
  }

  void Removals() {
    std::map<std::string, int> counts;
    for (const v1::Removed& removed : checked_.removed())
      ++counts[Tame(removed.kind() +
                    (removed.name().empty() ? "" : " " + removed.name()))];
    if (counts.empty()) return;
    std::vector<std::string> parts;
    for (const auto& [what, count] : counts)
      parts.push_back(count > 1 ? fmt::format("{} x{}", what, count) : what);
    out_.Gap();
    out_.Add(Line{{"not published: ", Look::kDim}, {Join(parts, ", ")}}, "  ");
  }

  void Since() {
    bool first = true;
    for (const v1::Event& event : row_.events) {
      const std::string what = EventWords(event);
      if (what.empty()) continue;
      if (first) out_.Heading("since it came");
      first = false;
      out_.Add(Line{{fmt::format("{:>4} ago  ",
                                 Age(model_.now() - event.time().seconds())),
                     Look::kDim},
                    {what}},
               "          ");
    }
  }

  static std::string EventWords(const v1::Event& event) {
    switch (event.kind_case()) {
      case v1::Event::kReviewed: {
        const v1::Reviewed& review = event.reviewed();
        const std::string note =
            review.note().empty() ? "" : ": " + Tame(review.note());
        return fmt::format(
            "{} by {}{}", DecisionWords(review.verdict(), review.reason_code()),
            Tame(review.moderator()), note);
      }
      case v1::Event::kReported:
        return fmt::format("reported as {} by a {}",
                           event.reported().spam() ? "spam" : "not spam",
                           Tame(event.reported().source()));
      case v1::Event::kUndone:
        return fmt::format("taken back by {}",
                           Tame(event.undone().moderator()));
      case v1::Event::kPurged:
        return fmt::format("{} data removed ({})", Tame(event.purged().what()),
                           Tame(event.purged().cause()));
      default:  // the check itself; claims, which come and go
        return "";
    }
  }

  const Row& row_;
  const v1::Entry& entry_;
  const v1::Checked& checked_;
  const Model& model_;
  const Layout& layout_;
  Writer out_;
};

struct KeyHelp {
  const char* keys;
  const char* what;
};

// In the order in which one needs them; empty keys are a heading.
constexpr KeyHelp kKeys[] = {
    {"", "decide"},
    {"a", "accept: publish it"},
    {"s", "reject as spam"},
    {"b", "reject as abuse"},
    {"A S B", "the same with its whole campaign, as many as the list counts"},
    {"C", "ask first: counts the campaign, then a, s or b"},
    {"u", "undo the last decision or batch; again: the one before"},
    {"x X", "mark for a, s, b; unmark all"},
    {"m", "a note that goes with the decision"},
    {"", "move"},
    {"j k", "next, previous (arrows; space and n: leave it for later)"},
    {"] [", "next, previous campaign"},
    {"g G", "first, last"},
    {"PgDn PgUp", "scroll the comment"},
    {"Enter Tab Esc", "comment or list, where only one has room"},
    {"!", "to what others have decided meanwhile"},
    {"", "look"},
    {"v", "as its reader would see it, as sent, as HTML"},
    {"w", "why: every rule, and how the scores add up"},
    {"h", "the author's other comments"},
    {"=", "similar comments"},
    {"o", "open in the pager ($PAGER, or less)"},
    {"", "the list"},
    {"/", "search what is listed; Esc shows all again"},
    {"f", "filter: state = REJECTED AND author.email = \"a@b.example\""},
    {"O", "order: oldest, newest, score or campaign"},
    {"r", "look for new ones; tries a lost server at once"},
    {"q", "quit"},
};

void HelpLines(Writer* out) {
  for (const KeyHelp& key : kKeys) {
    if (*key.keys == '\0') {
      out->Heading(key.what);
      continue;
    }
    out->Add(Line{{fmt::format("  {:<14}", key.keys), Look::kBold}, {key.what}},
             "                ");
  }
  out->Heading("in the list");
  for (const char* line :
       {"12x  the first of 12 of a campaign   |  another one of it",
        "x marked   ! changed meanwhile   @ another moderator reads it   ~ "
        "being taken back",
        "then: score, age, author, text"})
    out->Add(std::string("  ") + line, Look::kPlain, "  ");
}

void SumLines(const v1::Decision& decision, Writer* out) {
  std::string sum;
  for (const v1::Reason& reason : decision.reasons()) {
    if (reason.shadow() || reason.score() == 0) continue;
    sum += fmt::format("{}{:+g} {}", sum.empty() ? "" : ", ", reason.score(),
                       Tame(reason.id()));
  }
  out->Add(Line{{VerdictWord(decision.verdict()), Look::kBold},
                {fmt::format(": {} = {:g}; hold at {:g}, reject at {:g}; "
                             "ruleset {}",
                             sum.empty() ? "nothing" : sum, decision.score(),
                             decision.hold_at(), decision.reject_at(),
                             Tame(decision.ruleset_version()))}},
           "  ");
}

void RuleLines(const v1::ExplainCommentResponse& response, bool hit,
               Writer* out) {
  for (const auto& rule : response.rules()) {
    if (rule.hit() != hit) continue;
    const std::string says =
        !hit            ? Tame(rule.miss())
        : rule.shadow() ? "in shadow"
        : rule.verdict() != v1::VERDICT_UNSPECIFIED
            ? fmt::format("says {}", VerdictWord(rule.verdict()))
            : fmt::format("{:+g}", rule.score());
    out->Add(Line{{"  " + Tame(rule.id()), hit ? Look::kDoubtful : Look::kDim},
                  {": " + says},
                  {"  " + Tame(rule.source()), Look::kDim}},
             "      ");
    for (const v1::Match& match : rule.matches())
      out->Add(Line{{"      "},
                    {Tame(match.text()), Look::kMark},
                    {"  by " + Tame(match.pattern()), Look::kDim}},
               "      ");
  }
}

void WhyLines(const v1::ExplainCommentResponse& response, Writer* out) {
  SumLines(response.decision(), out);
  out->Heading("rules that hit");
  RuleLines(response, true, out);
  out->Heading("what rules read");
  for (const auto& [name, text] : std::map<std::string, std::string>(
           response.views().begin(), response.views().end())) {
    if (!text.empty())
      out->Add(Line{{fmt::format("  {:<12} ", name), Look::kDim}, {Tame(text)}},
               "               ");
  }
  out->Heading("facts");
  const std::string facts = Json(response.signals(), false);
  for (size_t at = 0; at < facts.size();) {
    const size_t end = std::min(facts.find('\n', at), facts.size());
    out->Add("  " + Tame(facts.substr(at, end - at)), Look::kPlain, "    ");
    at = end + 1;
  }
  out->Heading("rules that did not");
  RuleLines(response, false, out);
}

template <typename Entries>
void EntriesLines(const Entries& entries, int64_t now, Writer* out) {
  if (entries.empty()) out->Add("none", Look::kDim);
  for (const v1::Entry& entry : entries) {
    const Look look = entry.state() == v1::STATE_ACCEPTED   ? Look::kGood
                      : entry.state() == v1::STATE_REJECTED ? Look::kBad
                                                            : Look::kDoubtful;
    out->Add(Line{{fmt::format("{:<8}", StateWord(entry.state())), look},
                  {fmt::format(" {:>4}  ",
                               Age(now - entry.create_time().seconds()))},
                  {AuthorName(entry), Look::kBold},
                  {"  " + Tame(entry.checked().comment().body())}},
             "               ");
  }
}

}  // namespace

std::vector<Line> DetailLines(const Row& row, const Model& model,
                              const Layout& layout) {
  std::vector<Line> lines;
  Detail(row, model, layout, &lines).Write();
  return lines;
}

std::vector<Line> PageLines(const Model& model, const Layout& layout) {
  std::vector<Line> lines;
  Writer out(layout, &lines);
  const Response& answer = model.page_answer();
  if (model.page() == PageKind::kHelp) {
    HelpLines(&out);
  } else if (!model.page_error().empty()) {
    out.Add(model.page_error(), Look::kBad);
  } else if (const auto* why =
                 std::get_if<v1::ExplainCommentResponse>(&answer)) {
    WhyLines(*why, &out);
  } else if (const auto* author =
                 std::get_if<v1::ListAuthorHistoryResponse>(&answer)) {
    EntriesLines(author->entries(), model.now(), &out);
  } else if (const auto* similar =
                 std::get_if<v1::ListSimilarResponse>(&answer)) {
    EntriesLines(similar->entries(), model.now(), &out);
  } else {
    out.Add("asking the server ...", Look::kDim);
  }
  return lines;
}

}  // namespace sluice::client::review
