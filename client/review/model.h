#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/review/calls.h"
#include "client/review/decisions.h"
#include "client/review/rows.h"

namespace sluice::client::review {

// A key as a terminal names it.
struct Key {
  enum Name {
    kCharacter,
    kUp,
    kDown,
    kLeft,
    kRight,
    kPageUp,
    kPageDown,
    kHome,
    kEnd,
    kEnter,
    kTab,
    kEscape,
    kBackspace,
    kInterrupt,  // Ctrl-C, or the terminal goes away
  };
  Name name = kCharacter;
  char32_t character = 0;  // of kCharacter
};

// What the keys act on.
enum class Mode {
  kBrowse,
  kPrompt,    // a line is typed
  kCampaign,  // what shall become of a whole campaign
  kOrder,     // which order
  kPage,      // something to read over the screen, scrolled
  kLeaving,   // waits for decisions that are not sent
};

enum class Pane { kList, kDetail };
enum class TextView { kRendered, kSource, kHtml };
enum class PageKind { kHelp, kWhy, kAuthor, kSimilar };
enum class PromptKind { kNote, kSearch, kFilter };

// The state of `sluice review`: takes keys, answers and the time, gives calls.
// It knows no terminal and no server, and waits for nothing. One thread.
class Model {
 public:
  struct Settings {
    std::string site;
    std::string moderator;
    std::string filter;
    std::string order = "campaign";  // oldest, newest, score or campaign
  };

  explicit Model(Settings settings);
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  void Press(const Key& key);
  void Take(Answer answer);
  // Something went wrong outside of it.
  void SayBad(std::string message) { Say(std::move(message), true); }
  void SetLink(const Link& link) { link_ = link; }
  // The clock, seconds since 1970. Counts are asked for now and then.
  void Tick(int64_t now);

  // The calls since the last time.
  std::vector<Call> TakeCalls();
  // Calls to take back if they are not sent yet.
  std::vector<int64_t> TakeCancels();
  // A text to show in the pager; empty: none.
  std::string TakePagerText();
  // Whether the moderator wants the link tried at once.
  bool TakeTryNow() { return std::exchange(try_now_, false); }
  bool done() const { return done_; }
  // What was decided, and what was not sent, for after the screen is gone.
  std::string Farewell() const;

  // Set by the screen when it draws: how far texts can be scrolled.
  void SetLimits(int detail_lines, int detail_rows, int list_rows,
                 bool one_column);
  void SetPageLines(int lines, int rows) {
    page_scroll_ = std::min(page_scroll_, std::max(0, lines - rows));
  }

  // For the screen.
  const Settings& settings() const { return settings_; }
  // What the server lists unless a filter speaks of states.
  bool ListsHeldOnly() const {
    return settings_.filter.find("state") == std::string::npos;
  }
  const RowList& rows() const { return rows_; }
  const Decisions& decisions() const { return decisions_; }
  const Link& link() const { return link_; }
  Mode mode() const { return mode_; }
  Pane pane() const { return pane_; }
  TextView text_view() const { return text_view_; }
  int scroll() const { return scroll_; }
  int page_scroll() const { return page_scroll_; }
  int64_t now() const { return now_; }
  bool loading() const { return list_call_ != 0; }
  bool loaded() const { return loaded_; }
  bool more() const { return !next_page_.empty(); }
  std::optional<int64_t> held() const { return held_; }
  // What to say at the bottom, and whether it is bad news.
  const std::string& message() const { return message_; }
  bool message_is_bad() const { return bad_; }
  size_t alerts() const;
  PageKind page() const { return page_; }
  const Response& page_answer() const { return page_answer_; }
  const std::string& page_error() const { return page_error_; }
  PromptKind prompt() const { return prompt_; }
  const std::string& typed() const { return typed_; }
  const std::string& campaign() const { return campaign_; }
  // What the server counts of a campaign. Unset: it was not asked.
  std::optional<int64_t> CountOf(const std::string& campaign) const {
    const auto it = campaign_counts_.find(campaign);
    if (it == campaign_counts_.end()) return std::nullopt;
    return it->second;
  }
  // Of the campaign asked about. Unset: it is being counted.
  std::optional<int64_t> campaign_count() const { return campaign_count_; }

 private:
  void PressBrowse(const Key& key);
  bool PressMove(const Key& key);
  void PressCharacter(char32_t c);
  void PressPrompt(const Key& key);
  void PressCampaign(const Key& key);
  void PressOrder(const Key& key);
  void PressPage(const Key& key);

  void Say(std::string message, bool bad = false);
  int64_t Send(Request request, std::string slot, bool decides = false);
  void Load(bool next_page);
  void LoadMore();
  // Asks about the selected row, if that has changed.
  void Look();
  void LookAtAuthor(const std::string& name);
  void Claim(const std::string& name);
  void ReleaseClaims(const std::string& but);

  void Decide(v1::Verdict verdict, const std::string& reason);
  void DecideRows(std::vector<std::string> names, v1::Verdict verdict,
                  const std::string& reason);
  void DecideCampaign(v1::Verdict verdict, const std::string& reason);
  bool MayDecide(const std::vector<std::string>& names);
  void AskCampaign();
  std::string CampaignFilter(const std::string& campaign) const;
  void CountCampaign(const std::string& campaign);
  void Undo();
  void Quit();
  void OpenPrompt(PromptKind kind, std::string typed);
  void EndPrompt();
  void OpenPage(PageKind kind);
  void JumpCampaign(int by);
  void JumpAlert();
  void Mark();
  void Unmark();

  void TakeList(const absl::Status& status, v1::ListEntriesResponse* page);
  void ListFailed(const absl::Status& status);
  void TakeEntry(v1::GetEntryResponse* response);
  void TakeClaims(bool mine, const absl::Status& status,
                  const v1::ClaimEntriesResponse* response);
  void TakeDryRun(const absl::Status& status,
                  const v1::DecideMatchingResponse* response);
  // What Decisions says became of one.
  void Apply(Decisions::Outcome outcome);
  void FinishLeaving();

  Settings settings_;
  RowList rows_;
  Decisions decisions_;
  Link link_;
  Mode mode_ = Mode::kBrowse;
  Pane pane_ = Pane::kList;
  TextView text_view_ = TextView::kRendered;
  int scroll_ = 0;
  int page_scroll_ = 0;
  int max_scroll_ = 0;
  int detail_rows_ = 10;
  int list_rows_ = 10;
  bool one_column_ = false;
  int64_t now_ = 0;
  int64_t next_count_ = 0;

  std::vector<Call> calls_;
  std::vector<int64_t> cancels_;
  int64_t last_id_ = 0;
  int64_t list_call_ = 0;  // 0: none is open
  int64_t detail_call_ = 0;
  int64_t author_call_ = 0;
  int64_t claim_call_ = 0;
  int64_t release_call_ = 0;
  int64_t page_call_ = 0;
  int64_t count_call_ = 0;
  int64_t dry_run_call_ = 0;
  bool list_is_next_page_ = false;
  std::string next_page_;
  std::vector<std::string> claimed_;
  std::string looked_at_;
  bool loaded_ = false;
  bool can_claim_ = true;
  bool can_history_ = true;
  bool can_match_ = true;
  bool can_order_by_campaign_ = true;
  std::string last_good_filter_;

  std::optional<int64_t> held_;
  std::string message_;
  bool bad_ = false;
  PageKind page_ = PageKind::kHelp;
  Response page_answer_;
  std::string page_error_;
  std::string page_name_;
  PromptKind prompt_ = PromptKind::kNote;
  std::string typed_;
  std::string campaign_;
  std::optional<int64_t> campaign_count_;
  std::string counting_;  // the campaign of dry_run_call_
  std::map<std::string, int64_t> campaign_counts_;  // held, as last counted
  std::string pager_text_;
  bool try_now_ = false;
  bool done_ = false;
};

}  // namespace sluice::client::review
