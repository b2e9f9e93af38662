// sluice export: entries as JSON lines that `sluice import` and `sluice rules
// test` read.

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <ostream>

#include "client/commands.h"
#include "client/print.h"
#include "client/progress.h"
#include "sluice/v1/rules_test.pb.h"

namespace sluice::client {
namespace {

constexpr int kPage = 200;

// What a person decided; empty if nobody did.
std::string LabelOf(const v1::Entry& entry) {
  switch (entry.review().verdict()) {
    case v1::VERDICT_ACCEPT:
      return "ham";
    case v1::VERDICT_REJECT:
      return entry.review().reason_code() == "abuse" ? "abuse" : "spam";
    default:
      return "";
  }
}

v1::LabelledComment Labelled(const v1::Entry& entry) {
  const v1::Comment& comment = entry.checked().comment();
  v1::LabelledComment out;
  out.set_id(ShortId(entry.name()));
  out.set_author(comment.author().name());
  out.set_email(comment.author().email());
  out.set_url(comment.author().url());
  out.set_text(comment.body());
  out.set_label(LabelOf(entry));
  out.set_created_at(
      google::protobuf::util::TimeUtil::ToString(entry.create_time()));
  out.set_format(comment.format());
  out.set_page_title(comment.page().title());
  out.set_page_url(comment.page().url());
  out.set_ip(comment.client().ip());
  out.set_user_agent(comment.client().user_agent());
  return out;
}

}  // namespace

int Export(const Options& options, const ExportFlags& flags,
           const Streams& io) {
  v1::ListEntriesRequest request;
  request.set_parent("sites/" + options.site);
  request.set_filter(flags.filter);
  request.set_page_size(kPage);
  Connection connection(options.server, options.timeout_seconds);
  Progress progress(&io.err, "comments", 0);
  int64_t count = 0;
  do {
    v1::ListEntriesResponse page;
    if (absl::Status status = connection.List(request, &page); !status.ok())
      return Say(status, io);
    for (const v1::Entry& entry : page.entries())
      io.out << (flags.full ? Json(entry, true) : Json(Labelled(entry), true));
    if (!io.out) {
      io.err << "sluice: the output cannot be written\n";
      return kFailed;
    }
    count += page.entries_size();
    progress.Say(count, 0);
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return kAccept;
}

}  // namespace sluice::client
