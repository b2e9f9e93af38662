// sluice webhooks: deliveries that were given up.

#include <fmt/format.h>

#include <ostream>

#include "client/commands.h"
#include "client/print.h"

namespace sluice::client {
namespace {

int Retry(const Options& options, const WebhookFlags& flags,
          Connection* connection, const Streams& io) {
  v1::RetryDeadLettersRequest request;
  request.set_parent("sites/" + options.site);
  for (const std::string& id : flags.ids) request.add_ids(id);
  v1::RetryDeadLettersResponse response;
  if (absl::Status status = connection->RetryDeadLetters(request, &response);
      !status.ok())
    return Say(status, io);
  io.out << (options.json
                 ? Json(response, false)
                 : fmt::format("{} will be tried again\n", response.count()));
  return kAccept;
}

}  // namespace

int Webhooks(const Options& options, const WebhookFlags& flags,
             const Streams& io) {
  Connection connection(options.server, options.timeout_seconds);
  if (flags.retry) return Retry(options, flags, &connection, io);
  v1::ListDeadLettersRequest request;
  request.set_parent("sites/" + options.site);
  request.set_page_size(200);
  v1::ListDeadLettersResponse response;
  if (absl::Status status = connection.DeadLetters(request, &response);
      !status.ok())
    return Say(status, io);
  if (options.json) {
    io.out << Json(response, false);
    return kAccept;
  }
  for (const v1::DeadLetter& letter : response.letters()) {
    io.out << fmt::format("{}  {}  {} ago  {} calls  {}: {}\n",
                          Visible(letter.id(), false), ShortId(letter.name()),
                          Age(NowSeconds() - letter.last_time().seconds()),
                          letter.attempts(), Visible(letter.url(), false),
                          Visible(letter.error(), false));
  }
  if (response.count() > response.letters_size())
    io.out << fmt::format("and {} more\n",
                          response.count() - response.letters_size());
  io.out << (response.count() == 0
                 ? "no delivery was given up\n"
                 : "`sluice webhooks --retry` tries them again\n");
  return kAccept;
}

}  // namespace sluice::client
