#include "client/review/screen.h"

#include <fmt/format.h>

#include <algorithm>

#include "client/print.h"
#include "client/review/detail.h"

namespace sluice::client::review {
namespace {

constexpr int kBesideColumns = 76;  // narrower: one column
constexpr int kMinList = 32;
constexpr int kMaxList = 72;
constexpr int kTextFrom = 42;  // a list so wide shows texts too
constexpr int kBars = 3;       // title, message, keys

std::string Spaces(int count) {
  return std::string(static_cast<size_t>(std::max(0, count)), ' ');
}

class Painter {
 public:
  Painter(const Surface& surface, Model* model)
      : surface_(surface), model_(*model) {}

  Frame Paint() {
    const int body = std::max(1, surface_.rows - kBars);
    Frame frame;
    frame.lines.push_back(Title());
    std::vector<Line> lines = model_.mode() == Mode::kPage ? PageBody(body)
                              : model_.mode() == Mode::kCampaign
                                  ? CampaignBody(body)
                                  : Body(body);
    lines.resize(static_cast<size_t>(body));
    std::move(lines.begin(), lines.end(), std::back_inserter(frame.lines));
    frame.lines.push_back(Message(&frame));
    frame.lines.push_back(Hints());
    if (frame.lines.size() > static_cast<size_t>(surface_.rows))
      frame.lines.resize(static_cast<size_t>(surface_.rows));
    for (Line& line : frame.lines) line = Cut(line, surface_.columns);
    return frame;
  }

 private:
  bool beside() const { return surface_.columns >= kBesideColumns; }

  Line Title() const {
    const RowList& rows = model_.rows();
    const int64_t known = static_cast<int64_t>(rows.all().size());
    const std::string held =
        model_.held().has_value()
            ? fmt::format("{} held", std::max<int64_t>(0, *model_.held()))
            : fmt::format("{} listed", known);
    std::string left = fmt::format(
        " {}  {} listed{}, {} campaigns", Tame(model_.settings().site), known,
        model_.more() ? "+" : "", rows.CampaignSizes().size());
    if (model_.held().has_value()) left += ", " + held;
    left += "  order: " + model_.settings().order;
    if (!model_.settings().filter.empty())
      left += "  filter: " + Tame(model_.settings().filter);
    if (!rows.search().empty()) left += "  search: " + Tame(rows.search());
    const std::string right = Tame(model_.settings().moderator) + " ";
    const int room = surface_.columns - Columns(right) - 1;
    if (room < 20)
      return Fit({{left, Look::kBar}}, surface_.columns, Look::kBar);
    Line line = Fit({{left, Look::kBar}}, room, Look::kBar);
    line.push_back({" " + right, Look::kBar});
    return line;
  }

  std::vector<Line> Body(int rows) {
    const bool one = !beside();
    const int list_columns =
        one ? surface_.columns
            : std::clamp(surface_.columns * 2 / 5, kMinList, kMaxList);
    const Layout layout = {
        one ? std::max(1, surface_.columns - 1)
            : std::max(1, surface_.columns - list_columns - 3),
        !surface_.colour};
    const Row* row = model_.rows().selected();
    std::vector<Line> detail;
    if (row != nullptr) detail = DetailLines(*row, model_, layout);
    model_.SetLimits(static_cast<int>(detail.size()), rows, rows, one);
    const bool show_list =
        !one || model_.pane() == Pane::kList || row == nullptr;
    std::vector<Line> list;
    if (show_list) list = List(list_columns, rows);
    detail = Window(std::move(detail), model_.scroll(), rows, layout.columns);
    if (one) return show_list ? list : detail;
    list.resize(static_cast<size_t>(rows));
    detail.resize(static_cast<size_t>(rows));
    std::vector<Line> lines;
    for (int i = 0; i < rows; ++i) {
      Line line = Fit(list[static_cast<size_t>(i)], list_columns);
      line.push_back({surface_.unicode ? " │ " : " | ", Look::kDim});
      for (Run& run : detail[static_cast<size_t>(i)])
        line.push_back(std::move(run));
      lines.push_back(std::move(line));
    }
    return lines;
  }

  // The lines from `scroll` on; the last says if more follow.
  std::vector<Line> Window(std::vector<Line> lines, int scroll, int rows,
                           int columns) const {
    const int total = static_cast<int>(lines.size());
    rows = std::max(0, rows);
    const int begin = std::clamp(scroll, 0, std::max(0, total - rows));
    const int end = std::min(total, begin + rows);
    std::vector<Line> out(std::make_move_iterator(lines.begin() + begin),
                          std::make_move_iterator(lines.begin() + end));
    if (end < total && rows > 3)
      out.back() =
          Cut({{fmt::format("-- {} more lines, PgDn --", total - end + 1),
                Look::kDim}},
              columns);
    return out;
  }

  std::vector<Line> List(int columns, int rows) const {
    const std::vector<const Row*> shown = model_.rows().shown();
    if (shown.empty()) return Nothing(columns);
    const int selected = static_cast<int>(model_.rows().shown_index());
    const int total = static_cast<int>(shown.size());
    const int begin =
        std::clamp(selected - rows / 2, 0, std::max(0, total - rows));
    const std::map<std::string, int> sizes = model_.rows().CampaignSizes();
    std::vector<Line> lines;
    for (int i = begin; i < std::min(total, begin + rows); ++i) {
      const Row& row = *shown[static_cast<size_t>(i)];
      const std::string& campaign = row.campaign;
      const bool first =
          i == 0 || shown[static_cast<size_t>(i) - 1]->campaign != campaign;
      const std::string tree = campaign.empty() ? ""
                               : first ? fmt::format("{}x", sizes.at(campaign))
                               : surface_.unicode ? "│"
                                                  : "|";
      lines.push_back(ListLine(row, tree, i == selected, columns));
    }
    return lines;
  }

  std::vector<Line> Nothing(int columns) const {
    if (!model_.loaded())
      return Wrap({{model_.link().lost ? "The server is not reached yet."
                                       : "Loading ...",
                    Look::kDim}},
                  columns);
    if (!model_.rows().search().empty())
      return Wrap({{"Nothing is found. Esc shows all again.", Look::kBold}},
                  columns);
    return Wrap({{model_.loading() ? "Looking for more ..."
                  : model_.settings().filter.empty()
                      ? "Nothing waits. r looks again, u undoes, q quits."
                      : "Nothing matches the filter. f changes it.",
                  Look::kBold}},
                columns);
  }

  std::string Flag(const Row& row) const {
    if (!row.alert.empty()) return "!";
    if (row.returning) return "~";
    if (row.marked) return "x";
    const v1::Claimed& claim = row.entry.claim();
    return !claim.moderator().empty() &&
                   claim.moderator() != model_.settings().moderator &&
                   claim.expire_time().seconds() > model_.now()
               ? "@"
               : " ";
  }

  Line ListLine(const Row& row, const std::string& tree, bool selected,
                int columns) const {
    const v1::Checked& checked = row.entry.checked();
    const std::string head =
        fmt::format("{}{}{}{} {:>5.1f} {:>4} ", selected ? ">" : " ", Flag(row),
                    Spaces(4 - Columns(tree)), tree, checked.decision().score(),
                    Age(model_.now() - row.entry.create_time().seconds()));
    const int name_columns =
        columns >= kTextFrom ? std::clamp(columns / 4, 10, 18) : columns;
    const std::string name = Cut(
        AuthorName(row.entry), std::min(name_columns, columns - Columns(head)));
    Line line = {{head, Look::kPlain}, {name, Look::kPlain}};
    if (columns >= kTextFrom) {
      line.push_back({Spaces(name_columns - Columns(name)) + " "});
      line.push_back(
          {Tame(checked.comment().body().substr(0, 400)), Look::kDim});
    }
    if (row.entry.state() == v1::STATE_ACCEPTED) line[1].look = Look::kGood;
    if (row.entry.state() == v1::STATE_REJECTED) line[1].look = Look::kBad;
    if (!row.alert.empty()) line[0].look = Look::kBad;
    if (!selected) return Cut(line, columns);
    Line whole = Fit(line, columns);
    for (Run& run : whole) run.look = Look::kSelected;
    return whole;
  }

  std::vector<Line> PageBody(int rows) {
    const Layout layout = {std::max(1, surface_.columns - 2), !surface_.colour};
    std::vector<Line> lines = PageLines(model_, layout);
    model_.SetPageLines(static_cast<int>(lines.size()), rows - 2);
    const char* const titles[] = {"keys", "why", "the author's comments",
                                  "similar comments"};
    std::vector<Line> out = {
        {{fmt::format(" {}", titles[static_cast<int>(model_.page())]),
          Look::kBold}},
        {}};
    for (Line& line : Window(std::move(lines), model_.page_scroll(), rows - 2,
                             layout.columns)) {
      line.insert(line.begin(), {" ", Look::kPlain});
      out.push_back(std::move(line));
    }
    return out;
  }

  std::vector<Line> CampaignBody(int rows) {
    const std::vector<std::string> names =
        model_.rows().OfCampaign(model_.campaign());
    std::vector<Line> lines;
    const char* what = model_.ListsHeldOnly() ? "held " : "";
    lines.push_back({{model_.campaign_count().has_value()
                          ? fmt::format(" The whole campaign: {} {}comments",
                                        *model_.campaign_count(), what)
                          : " The whole campaign: counting ...",
                      Look::kBold}});
    lines.push_back({{fmt::format(" {} of them are listed here:", names.size()),
                      Look::kDim}});
    for (const Row* row : model_.rows().shown()) {
      if (row->campaign != model_.campaign()) continue;
      if (static_cast<int>(lines.size()) + 1 >= rows) break;
      lines.push_back(ListLine(*row, "", false, surface_.columns));
    }
    return lines;
  }

  Line Message(Frame* frame) const {
    if (model_.mode() == Mode::kPrompt) return Prompt(frame);
    if (model_.mode() == Mode::kLeaving)
      return {{fmt::format("sending what was decided ({} left); q again "
                           "leaves without it, any other key stays",
                           model_.decisions().tally().waiting),
               Look::kBad}};
    Line line;
    const int64_t waiting = model_.decisions().tally().waiting;
    if (model_.link().lost) {
      line.push_back(
          {fmt::format(
               "server lost, {}{}",
               model_.link().retry_seconds > 0
                   ? fmt::format("next try in {}s", model_.link().retry_seconds)
                   : "trying",
               waiting > 0 ? fmt::format("; decisions kept: {}", waiting) : ""),
           Look::kBad});
      line.push_back({"  "});
    }
    if (const size_t alerts = model_.alerts(); alerts > 0)
      line.push_back({fmt::format("[!{}] ", alerts), Look::kBad});
    line.push_back({Tame(model_.message()),
                    model_.message_is_bad() ? Look::kBad : Look::kPlain});
    return line;
  }

  Line Prompt(Frame* frame) const {
    const char* const names[] = {"note: ", "search: ", "filter: "};
    const std::string name = names[static_cast<int>(model_.prompt())];
    std::string typed = Tame(model_.typed());
    Line line = {{name, Look::kBold}};
    // A filter that was refused says why beside what was typed.
    std::string why =
        model_.message_is_bad() && model_.prompt() == PromptKind::kFilter
            ? "   " + Tame(model_.message())
            : "";
    const int room = surface_.columns - Columns(name) - 1;
    while (!typed.empty() &&
           Columns(typed) > room) {  // its end is what one types
      size_t first = 1;
      while (first < typed.size() && (typed[first] & 0xC0) == 0x80) ++first;
      typed.erase(0, first);
    }
    frame->cursor_row = surface_.rows - 2;
    frame->cursor_column = Columns(name) + Columns(typed);
    line.push_back({typed});
    line.push_back({why, Look::kBad});
    return line;
  }

  Line Hints() const {
    const char* text =
        surface_.columns >= 132
            ? " a accept  s spam  b abuse  A S B its campaign  u undo  space "
              "skip  x mark  m note  w why  / search  f filter  O order  "
              "? keys  q quit"
            : " a accept s spam b abuse  A S B campaign  u undo  space skip  "
              "? keys  q quit";
    switch (model_.mode()) {
      case Mode::kPrompt:
        text = " Enter takes it  Esc leaves it  Ctrl-U empties it";
        break;
      case Mode::kCampaign:
        text =
            " a accept all  s reject all as spam  b reject all as abuse  "
            "Esc none";
        break;
      case Mode::kOrder:
        text = " order by: o oldest  n newest  s score  c campaign";
        break;
      case Mode::kPage:
        text = " j k PgDn PgUp scroll  any other key goes back";
        break;
      default:
        if (surface_.columns < kBesideColumns)
          text = model_.pane() == Pane::kList
                     ? " a s b  A S B  u undo  Enter read  ? keys"
                     : " a s b  A S B  u undo  Tab list  ? keys";
        break;
    }
    return Fit({{text, Look::kBar}}, surface_.columns, Look::kBar);
  }

  const Surface& surface_;
  Model& model_;
};

}  // namespace

Frame Draw(const Surface& surface, Model* model) {
  return Painter(surface, model).Paint();
}

}  // namespace sluice::client::review
