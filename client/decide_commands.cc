// sluice accept and reject: by ids, or all that match once someone said yes.

#include <fmt/format.h>

#include <algorithm>
#include <istream>
#include <ostream>

#include "client/commands.h"
#include "client/print.h"
#include "client/prompt.h"

namespace sluice::client {
namespace {

constexpr size_t kPage = 200;

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

// The campaign that is meant by its own id or by one of its comments.
std::string CampaignOf(const Options& options, const std::string& word,
                       Connection* connection) {
  v1::GetEntryRequest request;
  request.set_name(FullName(options.site, word));
  v1::GetEntryResponse response;
  if (!connection->Get(request, &response).ok()) return word;
  return response.entry().checked().signals().repetition().campaign();
}

std::string SampleText(const v1::DecideMatchingResponse& response,
                       const Options& options) {
  const Style style(UseColour(options.colour));
  std::string out;
  for (const v1::Entry& entry : response.sample())
    out += EntryLine(entry, NowSeconds(), options.width, style);
  if (response.count() > response.sample_size())
    out +=
        fmt::format("and {} more\n", response.count() - response.sample_size());
  return out;
}

// All that match: counted and shown first, decided once someone said yes.
int DecideAll(const Options& options, v1::Verdict verdict,
              const DecideFlags& flags, const Streams& io) {
  const char* const verb = verdict == v1::VERDICT_ACCEPT ? "accept" : "reject";
  Connection connection(options.server, options.timeout_seconds);
  v1::DecideMatchingRequest request;
  request.set_parent("sites/" + options.site);
  request.set_moderator(options.moderator);
  request.set_verdict(verdict);
  request.set_reason_code(flags.reason);
  request.set_note(flags.note);
  request.set_filter(flags.filter);
  if (!flags.campaign.empty()) {
    const std::string campaign =
        CampaignOf(options, flags.campaign, &connection);
    if (campaign.empty()) {
      io.err << fmt::format("sluice: {} belongs to no campaign\n",
                            flags.campaign);
      return kRefused;
    }
    request.set_filter(fmt::format("campaign = \"{}\"", campaign));
  }
  request.set_dry_run(true);
  v1::DecideMatchingResponse response;
  if (absl::Status status = connection.DecideMatching(request, &response);
      !status.ok())
    return Say(status, io);
  if (flags.dry_run || response.count() == 0) {
    io.out << (options.json
                   ? Json(response, false)
                   : SampleText(response, options) +
                         fmt::format("would {} {}\n", verb, response.count()));
    return kAccept;
  }
  if (!flags.yes) {
    io.err << SampleText(response, options);
    const Answer answer = Ask(fmt::format("{} {}?", verb, response.count()),
                              fmt::format("sluice {}", verb), io);
    if (answer != Answer::kYes) return AnswerExit(answer);
  }
  request.set_dry_run(false);
  request.set_expected_count(response.count());
  if (absl::Status status = connection.DecideMatching(request, &response);
      !status.ok())
    return Say(status, io);
  io.out << (options.json
                 ? Json(response, false)
                 : fmt::format(
                       "{} {}; `sluice undo --batch {}` takes it "
                       "back\n",
                       response.count(),
                       verdict == v1::VERDICT_ACCEPT ? "accepted" : "rejected",
                       response.batch()));
  return kAccept;
}

}  // namespace

int Decide(const Options& options, v1::Verdict verdict,
           const DecideFlags& flags, const Streams& io) {
  const int ways = static_cast<int>(!flags.ids.empty()) +
                   static_cast<int>(!flags.filter.empty()) +
                   static_cast<int>(!flags.campaign.empty());
  if (ways != 1) {
    io.err << "sluice: say which: ids, --filter or --campaign\n";
    return kUsage;
  }
  if (flags.ids.empty()) return DecideAll(options, verdict, flags, io);
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

}  // namespace sluice::client
