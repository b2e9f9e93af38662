#pragma once

#include <map>
#include <set>
#include <string>

#include "google/protobuf/util/message_differencer.h"
#include "service/base/ascii.h"
#include "service/store/entry.h"
#include "service/store/identity.h"
#include "tests/unit/store/testing.h"

namespace sluice::store {

// Everything a store shows of a site, in one text: equal texts, equal stores.
// Sequences are left out, for what failed may have used some up.
inline std::string Dump(Store* store, const std::string& site, Time now) {
  std::string text;
  std::set<std::string> emails;
  for (v1::State state :
       {v1::STATE_HELD, v1::STATE_ACCEPTED, v1::STATE_REJECTED}) {
    for (Order order :
         {Order::kOldestFirst, Order::kNewestFirst, Order::kHighestScoreFirst,
          Order::kLargestCampaignFirst}) {
      ListQuery query;
      query.site = site;
      query.state = state;
      query.order = order;
      query.page_size = 7;
      text += v1::State_Name(state) + ":";
      for (const v1::Entry& entry : ListAll(store, query)) {
        text += " " + entry.name();
        if (order != Order::kOldestFirst) continue;
        text += " {" + entry.ShortDebugString() + "}";
        emails.insert(LowerAscii(entry.checked().comment().author().email()));
      }
      text += "\n";
    }
  }
  const absl::StatusOr<Counts> counts = store->Count(site);
  if (!counts.ok()) return counts.status().ToString();
  text += std::to_string(counts->held) + " " +
          std::to_string(counts->accepted) + " " +
          std::to_string(counts->rejected) + " " +
          (counts->oldest_held ? std::to_string(Micros(*counts->oldest_held))
                               : "none") +
          "\n";
  const auto days = store->CountDays(site, now, 3);
  if (!days.ok()) return days.status().ToString();
  for (const v1::DayCounts& day : *days) text += day.ShortDebugString() + "\n";
  for (const std::string& email : emails) {
    const auto history = store->ReadAuthorHistory(site, {"", email, ""}, now);
    if (!history.ok()) return history.status().ToString();
    text += email + ": " + history->by_email.ShortDebugString() + "\n";
  }
  return text;
}

// What of a site does not follow from its events; empty: all does.
inline std::string Contradiction(Store* store, const std::string& site,
                                 Time now) {
  Counts counts;
  std::map<std::string, v1::AuthorRecord> records;
  std::set<std::string> names;
  bool purged = false;
  for (v1::State state :
       {v1::STATE_HELD, v1::STATE_ACCEPTED, v1::STATE_REJECTED}) {
    ListQuery query;
    query.site = site;
    query.state = state;
    query.page_size = 100;
    for (const v1::Entry& entry : ListAll(store, query)) {
      if (!names.insert(entry.name()).second) return entry.name() + ": twice";
      const auto events = store->Events(entry.name());
      if (!events.ok()) return entry.name() + ": " + events.status().ToString();
      std::vector<v1::Event> chain = *events;
      *chain.front().mutable_checked() = entry.checked();
      const auto derived = DeriveEntry(chain);
      if (!derived.ok()) return derived.status().ToString();
      if (!google::protobuf::util::MessageDifferencer::Equals(*derived, entry))
        return derived->ShortDebugString() + "\n!=\n" +
               entry.ShortDebugString();
      purged = purged || entry.has_purged();
      AddToCounts(state, entry.create_time().seconds() * 1'000'000, &counts);
      const std::string email =
          LowerAscii(entry.checked().comment().author().email());
      if (!email.empty())
        CountInto(state, entry.has_review(), 1, &records[email]);
    }
  }
  const auto counted = store->Count(site);
  if (!counted.ok()) return counted.status().ToString();
  if (counted->held != counts.held || counted->accepted != counts.accepted ||
      counted->rejected != counts.rejected) {
    return "the totals are wrong";
  }
  // An address that was purged is counted on, and cannot be seen in the entry.
  if (purged) return "";
  for (const auto& [email, record] : records) {
    auto history = store->ReadAuthorHistory(site, {"", email, ""}, now);
    if (!history.ok()) return history.status().ToString();
    history->by_email.clear_age_seconds();
    if (!google::protobuf::util::MessageDifferencer::Equals(history->by_email,
                                                            record)) {
      return email + ": " + history->by_email.ShortDebugString() +
             " != " + record.ShortDebugString();
    }
  }
  return "";
}

}  // namespace sluice::store
