#include "client/review/rows.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <set>

#include "service/text/utf8.h"

namespace sluice::client::review {
namespace {

std::string Lower(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const text::Decoded decoded = text::DecodeUtf8(text, at);
    text::AppendUtf8(
        static_cast<char32_t>(u_foldCase(
            static_cast<UChar32>(decoded.code_point), U_FOLD_CASE_DEFAULT)),
        &out);
    at += decoded.size;
  }
  return out;
}

// All that a search looks in.
std::string Searched(const v1::Entry& entry) {
  const v1::Comment& comment = entry.checked().comment();
  std::string out = entry.name() + "\n" + comment.author().name() + "\n" +
                    comment.author().email() + "\n" + comment.author().url() +
                    "\n" + comment.page().title() + "\n" +
                    comment.page().url() + "\n";
  for (const v1::Reason& reason : entry.checked().decision().reasons())
    out += reason.id() + "\n";
  return Lower(out + comment.body());
}

bool HasAllWords(const std::string& text, const std::string& words) {
  for (size_t at = 0; at < words.size();) {
    const size_t end = std::min(words.find(' ', at), words.size());
    if (text.find(words.substr(at, end - at)) == std::string::npos)
      return false;
    at = end + 1;
  }
  return true;
}

std::set<std::string> WordsOf(const v1::Entry& entry) {
  constexpr size_t kLooked = 4096;  // bytes
  const std::string text =
      Lower(entry.checked().comment().body().substr(0, kLooked));
  std::set<std::string> words;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find_first_of(" \n\t", at), text.size());
    if (end > at) words.insert(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

// Whether half of the words of both are the same.
bool AreAlike(const std::set<std::string>& one,
              const std::set<std::string>& two) {
  size_t both = 0;
  for (const std::string& word : one) both += two.count(word);
  return both * 2 >= one.size() + two.size() - both;
}

bool ByRank(const Row& a, const Row& b) { return a.rank < b.rank; }

}  // namespace

void RowList::Replace(std::vector<v1::Entry> entries, bool by_campaign) {
  std::map<std::string, Row> before;
  for (Row& row : rows_) before[row.entry.name()] = std::move(row);
  const size_t index = shown_index();
  rows_.clear();
  for (v1::Entry& entry : entries) {
    Row row;
    if (const auto it = before.find(entry.name()); it != before.end()) {
      row.marked = it->second.marked;
      row.note = it->second.note;
      row.returning = it->second.returning;
      row.author = it->second.author;
    }
    row.rank = static_cast<int64_t>(rows_.size());
    row.entry = std::move(entry);
    row.campaign = row.entry.checked().signals().repetition().campaign();
    Hide(&row);
    rows_.push_back(std::move(row));
  }
  if (by_campaign) GroupByCampaign();
  if (const Row* row = Find(selected_); row == nullptr || !IsShown(*row))
    SelectNear(index);
}

void RowList::Append(std::vector<v1::Entry> entries) {
  std::set<std::string> there;
  for (const Row& row : rows_) there.insert(row.entry.name());
  for (v1::Entry& entry : entries) {
    if (!there.insert(entry.name()).second) continue;
    Row row;
    row.rank = rows_.empty() ? 0 : rows_.back().rank + 1;
    row.entry = std::move(entry);
    row.campaign = row.entry.checked().signals().repetition().campaign();
    Hide(&row);
    rows_.push_back(std::move(row));
  }
  if (selected() == nullptr) SelectNear(0);
}

void RowList::JoinAlike() {
  constexpr size_t kMaxCompared = 20'000;
  std::map<std::string, std::set<std::string>> words;  // by campaign
  for (const Row& row : rows_) {
    if (!row.campaign.empty() && words.count(row.campaign) == 0)
      words[row.campaign] = WordsOf(row.entry);
  }
  size_t compared = 0;
  for (Row& row : rows_) {
    if (!row.campaign.empty() || compared > kMaxCompared) continue;
    const std::set<std::string> its = WordsOf(row.entry);
    for (const auto& [campaign, others] : words) {
      ++compared;
      if (!AreAlike(its, others)) continue;
      row.campaign = campaign;
      break;
    }
  }
}

void RowList::GroupByCampaign() {
  JoinAlike();
  const std::map<std::string, int> sizes = CampaignSizes();
  std::map<std::string, size_t> first;  // where each campaign begins
  for (size_t i = 0; i < rows_.size(); ++i)
    first.try_emplace(rows_[i].campaign, i);
  const auto key = [&](const Row& row) {
    const std::string& campaign = row.campaign;
    return campaign.empty()
               ? std::make_tuple(-1, static_cast<size_t>(row.rank))
               : std::make_tuple(-sizes.at(campaign), first.at(campaign));
  };
  std::stable_sort(rows_.begin(), rows_.end(),
                   [&](const Row& a, const Row& b) { return key(a) < key(b); });
  for (size_t i = 0; i < rows_.size(); ++i)
    rows_[i].rank = static_cast<int64_t>(i);
}

void RowList::FindBeginners() {
  // From the end: what stands before a campaign of two or more is one of such a
  // size itself, so a comment without campaign there begins the next one.
  bool among_larger = false;
  for (size_t i = rows_.size(); i-- > 1;) {
    const std::string& campaign = rows_[i].campaign;
    if (campaign.empty()) continue;
    const bool begins = rows_[i - 1].campaign != campaign;
    among_larger = among_larger || !begins;
    if (!begins || !rows_[i - 1].campaign.empty()) continue;
    if (!among_larger &&
        !AreAlike(WordsOf(rows_[i - 1].entry), WordsOf(rows_[i].entry)))
      continue;
    among_larger = true;
    rows_[i - 1].campaign = campaign;
    --i;
  }
}

void RowList::SetCampaign(const std::string& campaign,
                          const std::vector<std::string>& names) {
  const std::set<std::string> its(names.begin(), names.end());
  for (Row& row : rows_) {
    if (its.count(row.entry.name()) > 0) {
      row.campaign = campaign;
    } else if (row.campaign == campaign && !row.returning) {
      row.campaign.clear();
    }
  }
}

std::vector<Row> RowList::Remove(const std::vector<std::string>& names) {
  const std::set<std::string> leaving(names.begin(), names.end());
  const auto leaves = [&leaving](const Row& row) {
    return leaving.count(row.entry.name()) > 0;
  };
  // The next shown row after the selected one that stays, else the last before.
  std::string next;
  bool past = false;
  for (const Row& row : rows_) {
    past = past || row.entry.name() == selected_;
    if (leaves(row) || !IsShown(row)) continue;
    next = row.entry.name();
    if (past) break;
  }
  const auto gone = std::stable_partition(
      rows_.begin(), rows_.end(), [&](const Row& row) { return !leaves(row); });
  std::vector<Row> removed(std::make_move_iterator(gone),
                           std::make_move_iterator(rows_.end()));
  rows_.erase(gone, rows_.end());
  selected_ = next;
  for (Row& row : removed) row.marked = false;
  return removed;
}

void RowList::PutBack(std::vector<Row> rows) {
  for (Row& row : rows) {
    Hide(&row);
    if (Row* there = Find(row.entry.name()); there != nullptr) {
      const int64_t rank = there->rank;
      *there = std::move(row);
      there->rank = rank;
    } else {
      rows_.push_back(std::move(row));
    }
  }
  std::stable_sort(rows_.begin(), rows_.end(), ByRank);
  if (selected() == nullptr) SelectNear(0);
}

Row* RowList::Find(const std::string& name) {
  const size_t index = IndexOf(name);
  return index < rows_.size() ? &rows_[index] : nullptr;
}

Row* RowList::selected() {
  return selected_.empty() ? nullptr : Find(selected_);
}

const Row* RowList::selected() const {
  const size_t index = selected_.empty() ? rows_.size() : IndexOf(selected_);
  return index < rows_.size() ? &rows_[index] : nullptr;
}

void RowList::Select(const std::string& name) {
  if (Find(name) != nullptr) selected_ = name;
}

void RowList::Move(int64_t by) {
  const std::vector<const Row*> rows = shown();
  if (rows.empty()) return;
  const int64_t index =
      std::clamp<int64_t>(static_cast<int64_t>(shown_index()) + by, 0,
                          static_cast<int64_t>(rows.size()) - 1);
  selected_ = rows[static_cast<size_t>(index)]->entry.name();
}

void RowList::Search(const std::string& text) {
  const size_t index = shown_index();
  search_ = Lower(text);
  for (Row& row : rows_) Hide(&row);
  if (const Row* row = selected(); row == nullptr || !IsShown(*row))
    SelectNear(search_.empty() ? 0 : index);
}

std::vector<const Row*> RowList::shown() const {
  std::vector<const Row*> out;
  for (const Row& row : rows_) {
    if (IsShown(row)) out.push_back(&row);
  }
  return out;
}

size_t RowList::shown_index() const {
  size_t index = 0;
  for (const Row& row : rows_) {
    if (row.entry.name() == selected_) return index;
    index += IsShown(row);
  }
  return 0;
}

std::vector<std::string> RowList::Marked() const {
  std::vector<std::string> out;
  for (const Row& row : rows_) {
    if (row.marked) out.push_back(row.entry.name());
  }
  return out;
}

std::vector<std::string> RowList::OfCampaign(
    const std::string& campaign) const {
  std::vector<std::string> out;
  for (const Row& row : rows_) {
    if (row.campaign == campaign && IsShown(row))
      out.push_back(row.entry.name());
  }
  return out;
}

std::map<std::string, int> RowList::CampaignSizes() const {
  std::map<std::string, int> sizes;
  for (const Row& row : rows_) ++sizes[row.campaign];
  sizes.erase("");
  return sizes;
}

bool RowList::IsShown(const Row& row) { return !row.hidden; }

void RowList::Hide(Row* row) const {
  row->hidden = !search_.empty() && !HasAllWords(Searched(row->entry), search_);
}

void RowList::SelectNear(size_t index) {
  const std::vector<const Row*> rows = shown();
  selected_ =
      rows.empty() ? "" : rows[std::min(index, rows.size() - 1)]->entry.name();
}

size_t RowList::IndexOf(const std::string& name) const {
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (rows_[i].entry.name() == name) return i;
  }
  return rows_.size();
}

}  // namespace sluice::client::review
