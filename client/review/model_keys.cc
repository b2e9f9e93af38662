// Which key does what.

#include <fmt/format.h>

#include <algorithm>

#include "client/print.h"
#include "client/review/cells.h"
#include "client/review/model.h"
#include "service/text/utf8.h"

namespace sluice::client::review {
namespace {

constexpr size_t kMaxTyped = 900;  // bytes; the server takes notes of 1,000

bool Is(const Key& key, char32_t c) {
  return key.name == Key::kCharacter && key.character == c;
}

void EraseLast(std::string* text) {
  while (!text->empty() && (text->back() & 0xC0) == 0x80) text->pop_back();
  if (!text->empty()) text->pop_back();
}

}  // namespace

void Model::Press(const Key& key) {
  if (key.name == Key::kInterrupt && mode_ != Mode::kLeaving) {
    Quit();
  } else {
    switch (mode_) {
      case Mode::kBrowse:
        PressBrowse(key);
        break;
      case Mode::kPrompt:
        PressPrompt(key);
        break;
      case Mode::kCampaign:
        PressCampaign(key);
        break;
      case Mode::kOrder:
        PressOrder(key);
        break;
      case Mode::kPage:
        PressPage(key);
        break;
      case Mode::kLeaving:
        if (Is(key, 'q') || key.name == Key::kInterrupt) {
          done_ = true;
        } else {
          mode_ = Mode::kBrowse;
        }
        break;
    }
  }
  Look();
}

void Model::PressBrowse(const Key& key) {
  if (PressMove(key)) return;
  switch (key.name) {
    case Key::kCharacter:
      PressCharacter(key.character);
      break;
    case Key::kEnter:
    case Key::kRight:
      pane_ = Pane::kDetail;
      break;
    case Key::kLeft:
      pane_ = Pane::kList;
      break;
    case Key::kTab:
      pane_ = pane_ == Pane::kList ? Pane::kDetail : Pane::kList;
      break;
    case Key::kEscape:
      if (pane_ == Pane::kDetail && one_column_) {
        pane_ = Pane::kList;
      } else if (!rows_.search().empty()) {
        rows_.Search("");
        Say("");
      } else {
        Say("");
      }
      break;
    default:
      break;
  }
}

bool Model::PressMove(const Key& key) {
  const bool pages_list = one_column_ && pane_ == Pane::kList;
  const int page = pages_list ? list_rows_ : std::max(1, detail_rows_ - 1);
  const auto scroll = [&](int by) {
    if (pages_list) return rows_.Move(by);
    scroll_ = std::clamp(scroll_ + by, 0, max_scroll_);
  };
  const int64_t all = static_cast<int64_t>(rows_.all().size());
  if (key.name == Key::kDown || Is(key, 'j') || Is(key, ' ') || Is(key, 'n')) {
    rows_.Move(1);
  } else if (key.name == Key::kUp || Is(key, 'k')) {
    rows_.Move(-1);
  } else if (key.name == Key::kPageDown) {
    scroll(page);
  } else if (key.name == Key::kPageUp) {
    scroll(-page);
  } else if (key.name == Key::kHome || Is(key, 'g')) {
    rows_.Move(-all);
  } else if (key.name == Key::kEnd || Is(key, 'G')) {
    rows_.Move(all);
  } else if (Is(key, ']')) {
    JumpCampaign(1);
  } else if (Is(key, '[')) {
    JumpCampaign(-1);
  } else {
    return false;
  }
  return true;
}

void Model::PressCharacter(char32_t c) {
  campaign_.clear();
  campaign_count_.reset();
  switch (c) {
    case 'a':
      return Decide(v1::VERDICT_ACCEPT, "ok");
    case 's':
      return Decide(v1::VERDICT_REJECT, "spam");
    case 'b':
      return Decide(v1::VERDICT_REJECT, "abuse");
    case 'A':
      return DecideCampaign(v1::VERDICT_ACCEPT, "ok");
    case 'S':
      return DecideCampaign(v1::VERDICT_REJECT, "spam");
    case 'B':
      return DecideCampaign(v1::VERDICT_REJECT, "abuse");
    case 'C':
      return AskCampaign();
    case 'u':
      return Undo();
    case 'x':
      return Mark();
    case 'X':
      return Unmark();
    case 'm':
      if (const Row* row = rows_.selected())
        OpenPrompt(PromptKind::kNote, row->note);
      return;
    case '/':
      return OpenPrompt(PromptKind::kSearch, "");
    case 'f':
      return OpenPrompt(PromptKind::kFilter, settings_.filter);
    case 'O':
      mode_ = Mode::kOrder;
      return;
    case 'r':
      Say("");
      try_now_ = true;
      next_count_ = 0;
      looked_at_.clear();
      return Load(false);
    case 'v':
      text_view_ = text_view_ == TextView::kRendered ? TextView::kSource
                   : text_view_ == TextView::kSource ? TextView::kHtml
                                                     : TextView::kRendered;
      scroll_ = 0;
      return;
    case 'w':
      return OpenPage(PageKind::kWhy);
    case 'h':
      return OpenPage(PageKind::kAuthor);
    case '=':
      return OpenPage(PageKind::kSimilar);
    case '?':
      return OpenPage(PageKind::kHelp);
    case '!':
      return JumpAlert();
    case 'o':
      if (const Row* row = rows_.selected()) {
        v1::GetEntryResponse all;
        *all.mutable_entry() = row->entry;
        all.mutable_events()->Assign(row->events.begin(), row->events.end());
        pager_text_ = EntryText(all, now_, Style(false));
      }
      return;
    case 'q':
      return Quit();
    default:
      Say("? lists the keys");
  }
}

void Model::OpenPrompt(PromptKind kind, std::string typed) {
  prompt_ = kind;
  typed_ = std::move(typed);
  mode_ = Mode::kPrompt;
}

void Model::PressPrompt(const Key& key) {
  constexpr char32_t kCtrlU = 0x15;
  switch (key.name) {
    case Key::kEnter:
      mode_ = Mode::kBrowse;
      return EndPrompt();
    case Key::kEscape:
      mode_ = Mode::kBrowse;
      if (prompt_ == PromptKind::kSearch) rows_.Search("");
      return;
    case Key::kBackspace:
      EraseLast(&typed_);
      break;
    case Key::kCharacter:
      if (key.character == kCtrlU) typed_.clear();
      if (key.character >= 0x20 && typed_.size() < kMaxTyped)
        text::AppendUtf8(key.character, &typed_);
      break;
    default:
      break;
  }
  if (prompt_ == PromptKind::kSearch) rows_.Search(typed_);
}

void Model::EndPrompt() {
  switch (prompt_) {
    case PromptKind::kNote:
      if (Row* row = rows_.selected()) {
        row->note = typed_;
        Say(typed_.empty() ? "no note" : "the note goes with your decision");
      }
      break;
    case PromptKind::kSearch:
      Say(typed_.empty() ? ""
                         : fmt::format("{} found; Esc shows all again",
                                       rows_.shown().size()));
      break;
    case PromptKind::kFilter:
      settings_.filter = typed_;
      Say(typed_.empty() ? "no filter" : "filtering ...");
      Load(false);
      break;
  }
}

void Model::PressCampaign(const Key& key) {
  if (key.name == Key::kEscape || Is(key, 'q') || Is(key, 'C')) {
    mode_ = Mode::kBrowse;
    return;
  }
  const bool accept = Is(key, 'a') || Is(key, 'A');
  const bool spam = Is(key, 's') || Is(key, 'S');
  const bool abuse = Is(key, 'b') || Is(key, 'B');
  if (!accept && !spam && !abuse) return;
  if (!campaign_count_.has_value()) return;  // nobody has seen how many
  mode_ = Mode::kBrowse;
  DecideCampaign(accept ? v1::VERDICT_ACCEPT : v1::VERDICT_REJECT,
                 accept ? "ok"
                 : spam ? "spam"
                        : "abuse");
}

void Model::PressOrder(const Key& key) {
  mode_ = Mode::kBrowse;
  std::string order;
  if (Is(key, 'o')) order = "oldest";
  if (Is(key, 'n')) order = "newest";
  if (Is(key, 's')) order = "score";
  if (Is(key, 'c')) order = "campaign";
  if (order.empty()) return;
  settings_.order = order;
  Say("");
  Load(false);
}

void Model::OpenPage(PageKind kind) {
  const Row* row = rows_.selected();
  if (row == nullptr && kind != PageKind::kHelp) return;
  page_ = kind;
  page_scroll_ = 0;
  page_answer_ = std::monostate();
  page_error_.clear();
  page_call_ = 0;
  mode_ = Mode::kPage;
  if (kind == PageKind::kHelp) return;
  const std::string name = row->entry.name();
  if (kind == PageKind::kWhy) {
    v1::ExplainCommentRequest request;
    request.set_name(name);
    page_call_ = Send(std::move(request), "page");
  } else if (kind == PageKind::kSimilar) {
    v1::ListSimilarRequest request;
    request.set_name(name);
    page_call_ = Send(std::move(request), "page");
  } else {
    v1::ListAuthorHistoryRequest request;
    request.set_parent("sites/" + settings_.site);
    request.set_comment(name);
    request.set_page_size(200);
    page_call_ = Send(std::move(request), "page");
  }
}

void Model::PressPage(const Key& key) {
  const int page = std::max(1, detail_rows_ - 2);
  if (key.name == Key::kDown || Is(key, 'j')) {
    ++page_scroll_;
  } else if (key.name == Key::kUp || Is(key, 'k')) {
    page_scroll_ = std::max(0, page_scroll_ - 1);
  } else if (key.name == Key::kPageDown || Is(key, ' ')) {
    page_scroll_ += page;
  } else if (key.name == Key::kPageUp) {
    page_scroll_ = std::max(0, page_scroll_ - page);
  } else if (key.name == Key::kHome || Is(key, 'g')) {
    page_scroll_ = 0;
  } else {
    mode_ = Mode::kBrowse;
  }
}

}  // namespace sluice::client::review
