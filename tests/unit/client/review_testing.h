#pragma once

#include <fmt/format.h>

#include <clocale>
#include <string>
#include <vector>

#include "client/review/model.h"
#include "client/review/screen.h"

namespace sluice::client::review {

// Widths are the locale's.
inline bool UseUtf8() {
  static const bool ok = setlocale(LC_CTYPE, "C.UTF-8") != nullptr;
  return ok;
}

inline std::string NameOf(const std::string& id) {
  return "sites/blog/comments/" + id;
}

inline v1::Entry HeldEntry(const std::string& id,
                           const std::string& campaign = "",
                           const std::string& body = "Hello") {
  v1::Entry entry;
  entry.set_name(NameOf(id));
  entry.set_state(v1::STATE_HELD);
  entry.set_etag(id + "-1");
  entry.mutable_create_time()->set_seconds(1000);
  v1::Checked* checked = entry.mutable_checked();
  checked->mutable_comment()->set_body(body);
  checked->mutable_comment()->mutable_author()->set_name("Author " + id);
  checked->set_html("<p>" + body + "</p>");
  checked->mutable_decision()->set_score(4);
  checked->mutable_decision()->set_hold_at(3);
  checked->mutable_decision()->set_reject_at(8);
  checked->mutable_signals()->mutable_repetition()->set_campaign(campaign);
  return entry;
}

inline std::string TextOf(const Frame& frame) {
  std::string out;
  for (const Line& line : frame.lines) out += Plain(line) + "\n";
  return out;
}

}  // namespace sluice::client::review
