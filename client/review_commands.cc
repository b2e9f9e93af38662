#include <fmt/format.h>

#include <algorithm>
#include <istream>
#include <ostream>

#include "client/commands.h"
#include "client/print.h"

namespace sluice::client {
namespace {

constexpr int kPage = 200;

bool StateOf(const std::string& word, v1::State* state) {
  if (word == "held") *state = v1::STATE_HELD;
  if (word == "accepted") *state = v1::STATE_ACCEPTED;
  if (word == "rejected") *state = v1::STATE_REJECTED;
  return *state != v1::STATE_UNSPECIFIED;
}

bool OrderOf(const std::string& word, std::string* order) {
  if (word == "oldest") *order = "create_time";
  if (word == "newest") *order = "create_time desc";
  if (word == "score") *order = "score desc";
  return !order->empty();
}

// Ids from the command line, `-` standing for the lines of standard input.
std::vector<std::string> IdsOf(const DecideFlags& flags, const Streams& io) {
  std::vector<std::string> ids;
  for (const std::string& id : flags.ids) {
    if (id != "-") {
      ids.push_back(id);
      continue;
    }
    for (std::string line; std::getline(io.in, line);) {
      line.erase(0, line.find_first_not_of(" \t\r"));
      line.erase(std::min(line.find_first_of(" \t\r"), line.size()));
      if (!line.empty()) ids.push_back(line);
    }
  }
  return ids;
}

int PrintResults(const v1::DecideEntriesRequest& request,
                 const v1::DecideEntriesResponse& response,
                 const Options& options, const Streams& io) {
  int exit_code = kAccept;
  for (int i = 0; i < response.results_size(); ++i) {
    const auto& result = response.results(i);
    const std::string id = ShortId(request.decisions(i).name());
    if (result.has_error()) {
      io.err << fmt::format("sluice: {}: {}\n", id,
                            Visible(result.error().message(), false));
      exit_code = kRefused;
    } else if (!options.json) {
      io.out << fmt::format("{}  {}\n", id, StateWord(result.entry().state()));
    }
  }
  if (options.json) io.out << Json(response, false);
  return exit_code;
}

}  // namespace

int Queue(const Options& options, const QueueFlags& flags, const Streams& io) {
  v1::ListEntriesRequest request;
  v1::State state = v1::STATE_UNSPECIFIED;
  if (!StateOf(flags.state, &state)) {
    io.err << fmt::format(
        "sluice: --state takes held, accepted or rejected, not '{}'\n",
        flags.state);
    return kUsage;
  }
  if (!OrderOf(flags.order, request.mutable_order_by())) {
    io.err << fmt::format(
        "sluice: --order takes oldest, newest or score, not '{}'\n",
        flags.order);
    return kUsage;
  }
  request.set_parent("sites/" + options.site);
  request.set_state(state);
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
  if (printed == 0) io.out << fmt::format("nothing is {}\n", flags.state);
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

int Decide(const Options& options, v1::Verdict verdict,
           const DecideFlags& flags, const Streams& io) {
  const std::vector<std::string> ids = IdsOf(flags, io);
  if (ids.empty()) {
    io.err << "sluice: no id was given; `sluice queue` lists them\n";
    return kUsage;
  }
  int exit_code = kAccept;
  Connection connection(options.server, options.timeout_seconds);
  for (size_t at = 0; at < ids.size(); at += kPage) {
    v1::DecideEntriesRequest request;
    request.set_parent("sites/" + options.site);
    request.set_moderator(options.moderator);
    for (size_t i = at; i < std::min(ids.size(), at + kPage); ++i) {
      v1::EntryDecision* decision = request.add_decisions();
      decision->set_name(FullName(options.site, ids[i]));
      decision->set_verdict(verdict);
      decision->set_reason_code(flags.reason);
      decision->set_note(flags.note);
      decision->set_etag(flags.etag);
    }
    v1::DecideEntriesResponse response;
    if (absl::Status status = connection.Decide(request, &response);
        !status.ok())
      return Say(status, io);
    exit_code =
        std::max(exit_code, PrintResults(request, response, options, io));
  }
  return exit_code;
}

int Stats(const Options& options, const Streams& io) {
  v1::CountEntriesRequest request;
  request.set_parent("sites/" + options.site);
  v1::CountEntriesResponse response;
  Connection connection(options.server, options.timeout_seconds);
  if (absl::Status status = connection.Count(request, &response); !status.ok())
    return Say(status, io);
  if (options.json) {
    io.out << Json(response, false);
    return kAccept;
  }
  io.out << fmt::format(
      "held      {:>8}{}\naccepted  {:>8}\nrejected  {:>8}\n", response.held(),
      response.has_oldest_held_time()
          ? fmt::format(
                "  the oldest for {}",
                Age(NowSeconds() - response.oldest_held_time().seconds()))
          : "",
      response.accepted(), response.rejected());
  return kAccept;
}

int Health(const Options& options, const Streams& io) {
  Connection connection(options.server, options.timeout_seconds);
  if (absl::Status status = connection.Health(); !status.ok())
    return Say(status, io);
  io.out << fmt::format("{} is serving\n", options.server);
  return kAccept;
}

}  // namespace sluice::client
