// sluice stats: what there is by state, and a chart of the last days.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include "client/commands.h"
#include "client/print.h"

namespace sluice::client {
namespace {

constexpr size_t kMaxBar = 60;  // columns

std::string Repeated(size_t count, char c) { return std::string(count, c); }

// `#` accepted, `?` held, `x` rejected: the letters say it without colour too.
std::string Bar(const v1::DayCounts& day, double per_column,
                const Style& style) {
  const auto columns = [per_column](int64_t count) {
    const auto size = static_cast<size_t>(
        std::lround(static_cast<double>(count) / per_column));
    return count > 0 ? std::max<size_t>(size, 1) : 0;
  };
  return style.Good(Repeated(columns(day.accepted()), '#')) +
         style.Doubtful(Repeated(columns(day.held()), '?')) +
         style.Bad(Repeated(columns(day.rejected()), 'x'));
}

std::string Chart(const v1::CountEntriesResponse& response, size_t width,
                  const Style& style) {
  int64_t most = 1;
  for (const v1::DayCounts& day : response.days())
    most = std::max(most, day.accepted() + day.held() + day.rejected());
  const size_t room =
      std::clamp<size_t>(width > 50 ? width - 50 : 20, 20, kMaxBar);
  const double per_column =
      std::max(1.0, static_cast<double>(most) / static_cast<double>(room));
  std::string out = fmt::format(
      "\n{:<10}  {:>8} {:>6} {:>8}  by verdict: # accepted, ? held, x "
      "rejected\n",
      "day (UTC)", "accepted", "held", "rejected");
  for (const v1::DayCounts& day : response.days()) {
    out += fmt::format("{:<10}  {:>8} {:>6} {:>8}  {}\n", day.date(),
                       day.accepted(), day.held(), day.rejected(),
                       Bar(day, per_column, style));
  }
  return out;
}

}  // namespace

int Stats(const Options& options, int days, const Streams& io) {
  v1::CountEntriesRequest request;
  request.set_parent("sites/" + options.site);
  request.set_days(days);
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
  if (response.days_size() > 0)
    io.out << Chart(response, options.width, Style(UseColour(options.colour)));
  return kAccept;
}

}  // namespace sluice::client
