#include <fmt/format.h>

#include <algorithm>
#include <istream>
#include <ostream>

#include "client/commands.h"
#include "client/print.h"
#include "client/prompt.h"

namespace sluice::client {
namespace {

constexpr int kPage = 200;

bool StateOf(const std::string& word, v1::State* state) {
  if (word == "held") *state = v1::STATE_HELD;
  if (word == "accepted") *state = v1::STATE_ACCEPTED;
  if (word == "rejected") *state = v1::STATE_REJECTED;
  // Left to the filter, or to the server.
  return *state != v1::STATE_UNSPECIFIED || word == "any" || word.empty();
}

bool OrderOf(const std::string& word, std::string* order) {
  if (word == "oldest") *order = "create_time";
  if (word == "newest") *order = "create_time desc";
  if (word == "score") *order = "score desc";
  if (word == "campaign") *order = "campaign_size desc";
  return !order->empty();
}

// A filter that speaks of every state must say so to the server.
std::string FilterOf(const QueueFlags& flags) {
  if (flags.state != "any") return flags.filter;
  return flags.filter.empty() ? "state:*"
                              : fmt::format("state:* AND ({})", flags.filter);
}

}  // namespace

int Queue(const Options& options, const QueueFlags& flags, const Streams& io) {
  v1::ListEntriesRequest request;
  v1::State state = v1::STATE_UNSPECIFIED;
  if (!StateOf(flags.state, &state)) {
    io.err << fmt::format(
        "sluice: --state takes held, accepted, rejected or any, not '{}'\n",
        flags.state);
    return kUsage;
  }
  if (!OrderOf(flags.order, request.mutable_order_by())) {
    io.err << fmt::format(
        "sluice: --order takes oldest, newest, score or campaign, not '{}'\n",
        flags.order);
    return kUsage;
  }
  request.set_parent("sites/" + options.site);
  request.set_state(state);
  request.set_filter(FilterOf(flags));
  const Style style(UseColour(options.colour));
  Connection connection(options.server, options.timeout_seconds);
  int left = flags.all ? std::numeric_limits<int>::max() : flags.limit;
  int printed = 0;
  do {
    request.set_page_size(std::min(left, kPage));
    v1::ListEntriesResponse page;
    if (absl::Status status = connection.List(request, &page); !status.ok())
      return Say(status, io);
    for (const v1::Entry& entry : page.entries()) {
      io.out << (options.json
                     ? Json(entry, true)
                     : EntryLine(entry, NowSeconds(), options.width, style));
    }
    printed += page.entries_size();
    left -= page.entries_size();
    request.set_page_token(page.next_page_token());
  } while (left > 0 && !request.page_token().empty());
  if (options.json) return kAccept;
  if (printed == 0) {
    io.out << (flags.filter.empty() && flags.state != "any"
                   ? fmt::format("nothing is {}\n",
                                 flags.state.empty() ? "held" : flags.state)
                   : "nothing matches\n");
  }
  if (!request.page_token().empty())
    io.out << "there are more; ask with --all or --limit\n";
  return kAccept;
}

int Show(const Options& options, const std::string& id, const Streams& io) {
  v1::GetEntryRequest request;
  request.set_name(FullName(options.site, id));
  v1::GetEntryResponse response;
  Connection connection(options.server, options.timeout_seconds);
  if (absl::Status status = connection.Get(request, &response); !status.ok())
    return Say(status, io);
  io.out << (options.json ? Json(response, false)
                          : EntryText(response, NowSeconds(),
                                      Style(UseColour(options.colour))));
  return kAccept;
}

int Health(const Options& options, const Streams& io) {
  Connection connection(options.server, options.timeout_seconds);
  std::vector<std::string> wrong;
  if (absl::Status status = connection.Health(&wrong); !status.ok())
    return Say(status, io);
  const bool ready =
      std::find(wrong.begin(), wrong.end(), "ready") == wrong.end();
  wrong.erase(std::remove(wrong.begin(), wrong.end(), "ready"), wrong.end());
  io.out << fmt::format("{} is {}serving\n", options.server.address,
                        ready ? "" : "not ");
  if (!wrong.empty()) {
    io.out << fmt::format("problems: {}; `sluice admin status` says more\n",
                          fmt::join(wrong, ", "));
  }
  return ready ? kAccept : kFailed;
}

}  // namespace sluice::client
