#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sluice/v1/review_service.pb.h"

namespace sluice::client::review {

// What is known of an author from their other comments.
struct AuthorRecord {
  int64_t accepted = 0;
  int64_t held = 0;
  int64_t rejected = 0;
  bool more = false;  // these are only the newest
};

// A comment in the list.
struct Row {
  v1::Entry entry;
  std::string campaign;  // its id; empty: none
  int64_t rank = 0;  // place in the list; kept when it leaves and comes back
  bool marked = false;
  bool hidden = false;     // a search does not find it
  std::string note;        // goes with the next decision
  std::string alert;       // what happened to it meanwhile, that must be seen
  bool armed = false;      // the alert was seen: the next decision overrules
  bool returning = false;  // its decision is being taken back
  bool fresh = false;      // `events` and the entry were read on selection
  std::vector<v1::Event> events;
  std::optional<AuthorRecord> author;
};

// Rows in order, of which those are shown that a search finds; one of these is
// selected unless there are none. Operations are linear in the rows.
class RowList {
 public:
  // Replaces all rows; marks and notes of those that stay are kept, and
  // so is the selection, or its place if its row is gone.
  void Replace(std::vector<v1::Entry> entries, bool by_campaign = false);
  // Appends rows that are not there yet.
  void Append(std::vector<v1::Entry> entries);
  // Lets the rows of one campaign stand together, the largest campaign first; a
  // comment without campaign that is like one of them belongs to it, as it may
  // have begun it.
  void GroupByCampaign();

  // The comment that begins a campaign was checked before there was one. In the
  // server's order by campaign (the largest first, the oldest of each first) it
  // stands before the others: joins it to them.
  void FindBeginners();
  // Exactly these rows belong to the campaign.
  void SetCampaign(const std::string& campaign,
                   const std::vector<std::string>& names);

  // Takes rows out; unknown names are passed over. The selection moves to the
  // next row that stays.
  std::vector<Row> Remove(const std::vector<std::string>& names);
  // Puts rows back to their places; the selection stays.
  void PutBack(std::vector<Row> rows);

  // Null: there is none.
  Row* Find(const std::string& name);
  Row* selected();
  const Row* selected() const;
  void Select(const std::string& name);
  // Moves the selection by so many shown rows; stops at the ends.
  void Move(int64_t by);

  // Shows only rows in which every word of `text` stands, in whichever case.
  void Search(const std::string& text);
  const std::string& search() const { return search_; }

  // Shown rows, in order.
  std::vector<const Row*> shown() const;
  size_t shown_index() const;  // of the selected one among them
  const std::vector<Row>& all() const { return rows_; }
  std::vector<Row>& all() { return rows_; }
  std::vector<std::string> Marked() const;  // names
  // Names of the campaign's rows.
  std::vector<std::string> OfCampaign(const std::string& campaign) const;
  // Rows by campaign.
  std::map<std::string, int> CampaignSizes() const;

 private:
  static bool IsShown(const Row& row);
  void Hide(Row* row) const;
  void JoinAlike();
  void SelectNear(size_t index);
  size_t IndexOf(const std::string& name) const;

  std::vector<Row> rows_;  // by rank
  std::string selected_;   // name; empty only if nothing is shown
  std::string search_;
};

}  // namespace sluice::client::review
