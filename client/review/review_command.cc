// `sluice review`: wires the model, the worker and the terminal.

#include <fmt/format.h>
#include <langinfo.h>
#include <unistd.h>

#include <clocale>
#include <cstdlib>
#include <ostream>

#include "client/commands.h"
#include "client/print.h"
#include "client/review/curses_terminal.h"
#include "client/review/worker.h"

namespace sluice::client {
namespace {

constexpr int kTickMilliseconds = 1000;
constexpr int kLostTickMilliseconds = 250;

// Asks once before the screen is taken, so that a wrong address is an error on
// the command line like any other.
absl::Status FirstCall(review::RemoteServer* server, const std::string& site) {
  v1::CountEntriesRequest request;
  request.set_parent("sites/" + site);
  review::Response response;
  return server->Ask(request, &response);
}

// Takes keys and answers until the moderator leaves.
void Loop(review::Model* model, review::Worker* worker,
          review::CursesTerminal* terminal) {
  while (!model->done()) {
    model->Tick(NowSeconds());
    for (review::Answer& answer : worker->Take())
      model->Take(std::move(answer));
    model->SetLink(worker->link());
    if (const std::string text = model->TakePagerText(); !text.empty()) {
      if (std::string wrong = terminal->Page(text); !wrong.empty())
        model->SayBad(std::move(wrong));
    }
    if (model->done()) break;
    for (const int64_t id : model->TakeCancels()) worker->Cancel(id);
    if (model->TakeTryNow()) worker->TryNow();
    worker->Add(model->TakeCalls());
    terminal->Show(review::Draw(terminal->surface(), model));
    // All keys that are there before the next picture: typing ahead is quick.
    for (auto key = terminal->Wait(worker->link().lost ? kLostTickMilliseconds
                                                       : kTickMilliseconds);
         key.has_value() && !model->done(); key = terminal->Wait(0)) {
      model->Press(*key);
      worker->Add(model->TakeCalls());
      for (const int64_t id : model->TakeCancels()) worker->Cancel(id);
      if (model->mode() != review::Mode::kBrowse) break;
    }
  }
}

bool HasUtf8() {
  setlocale(LC_ALL, "");
  return std::string_view(nl_langinfo(CODESET)) == "UTF-8";
}

}  // namespace

int Review(const Options& options, const ReviewFlags& flags,
           const Streams& io) {
  if (isatty(STDIN_FILENO) != 1 || isatty(STDOUT_FILENO) != 1) {
    io.err << "sluice: review needs a terminal; `sluice queue`, `show`, "
              "`accept` and `reject` do without\n";
    return kUsage;
  }
  const char* term = std::getenv("TERM");
  if (term == nullptr || *term == '\0' || std::string_view(term) == "dumb") {
    io.err << "sluice: review cannot move the cursor of this terminal; set "
              "TERM to what it is\n";
    return kUsage;
  }
  const bool utf8 = HasUtf8();
  Connection connection(options.server, options.timeout_seconds);
  review::RemoteServer server(&connection);
  if (absl::Status status = FirstCall(&server, options.site); !status.ok())
    return Say(status, io);
  review::Model model(
      {options.site, options.moderator, flags.filter, flags.order});
  if (!utf8) {
    model.SayBad(
        "the locale is not UTF-8: other letters are shown as <U+...>; set "
        "LANG=C.UTF-8");
  }
  {
    review::CursesTerminal terminal(UseColour(options.colour));
    review::Worker worker(
        &server, [&terminal] { terminal.Wake(); },
        review::Worker::DefaultBackoff);
    Loop(&model, &worker, &terminal);
  }
  // Claims are given back if that costs no waiting.
  for (const review::Call& call : model.TakeCalls()) {
    review::Response response;
    if (!model.link().lost &&
        std::holds_alternative<v1::ClaimEntriesRequest>(call.request))
      static_cast<void>(server.Ask(call.request, &response).ok());
  }
  io.out << model.Farewell();
  return model.decisions().tally().waiting > 0 ? kFailed : kAccept;
}

}  // namespace sluice::client
