// What was decided and by whom it was written: undo, claims, an author's
// comments, comments like one, and erasure.

#include <fmt/format.h>

#include <iostream>
#include <ostream>

#include "client/commands.h"
#include "client/print.h"
#include "client/prompt.h"

namespace sluice::client {
namespace {

void PrintEntries(const google::protobuf::RepeatedPtrField<v1::Entry>& entries,
                  const Options& options, const Streams& io) {
  const Style style(UseColour(options.colour));
  for (const v1::Entry& entry : entries) {
    io.out << (options.json
                   ? Json(entry, true)
                   : EntryLine(entry, NowSeconds(), options.width, style));
  }
}

// Exactly one of an id, an address, a signed-in id or a name says who is meant.
bool OneAuthor(const AuthorFlags& flags, const Streams& io) {
  const int given = static_cast<int>(!flags.id.empty()) +
                    static_cast<int>(!flags.email.empty()) +
                    static_cast<int>(!flags.author_id.empty()) +
                    static_cast<int>(!flags.name.empty());
  if (given == 1) return true;
  io.err << "sluice: say whose comments: the id of one of them, or --email, "
            "--author-id or --name\n";
  return false;
}

std::string ErasureText(const v1::EraseAuthorResponse& response, bool dry_run) {
  return fmt::format(
      "{} {} comments ({} events) and {} records of the author\n",
      dry_run ? "would remove the texts, names and addresses of"
              : "removed the texts, names and addresses of",
      response.comments(), response.events(), response.records());
}

}  // namespace

int Undo(const Options& options, const UndoFlags& flags, const Streams& io) {
  if (flags.id.empty() == flags.batch.empty()) {
    io.err << "sluice: say what to undo: the id of a comment, or --batch and "
              "what the decision printed\n";
    return kUsage;
  }
  v1::UndoDecisionRequest request;
  request.set_parent("sites/" + options.site);
  request.set_moderator(options.moderator);
  if (flags.batch.empty()) {
    request.set_name(FullName(options.site, flags.id));
  } else {
    request.set_batch(flags.batch);
  }
  v1::UndoDecisionResponse response;
  Connection connection(options.server, options.timeout_seconds);
  if (absl::Status status = connection.Undo(request, &response); !status.ok())
    return Say(status, io);
  if (options.json) {
    io.out << Json(response, false);
    return kAccept;
  }
  for (const v1::Entry& entry : response.entries()) {
    io.out << fmt::format("{}  {} again\n", ShortId(entry.name()),
                          StateWord(entry.state()));
  }
  if (response.count() > response.entries_size())
    io.out << fmt::format("and {} more\n",
                          response.count() - response.entries_size());
  return kAccept;
}

int Claim(const Options& options, const ClaimFlags& flags, const Streams& io) {
  v1::ClaimEntriesRequest request;
  request.set_parent("sites/" + options.site);
  request.set_moderator(options.moderator);
  request.set_seconds(flags.minutes * 60);
  request.set_release(flags.release);
  for (const std::string& id : flags.ids)
    request.add_names(FullName(options.site, id));
  v1::ClaimEntriesResponse response;
  Connection connection(options.server, options.timeout_seconds);
  if (absl::Status status = connection.Claim(request, &response); !status.ok())
    return Say(status, io);
  if (options.json) {
    io.out << Json(response, false);
    return kAccept;
  }
  for (const v1::Entry& entry : response.entries()) {
    io.out << fmt::format("{}  {}\n", ShortId(entry.name()),
                          flags.release ? "released" : "yours");
  }
  const int missed = request.names_size() - response.entries_size();
  if (missed == 0) return kAccept;
  io.err << fmt::format(
      "sluice: {} {} somebody else's, or no longer held; `sluice show ID` "
      "tells\n",
      missed, missed == 1 ? "is" : "are");
  return kRefused;
}

int History(const Options& options, const AuthorFlags& flags,
            const Streams& io) {
  if (!OneAuthor(flags, io)) return kUsage;
  v1::ListAuthorHistoryRequest request;
  request.set_parent("sites/" + options.site);
  if (!flags.id.empty()) request.set_comment(FullName(options.site, flags.id));
  if (!flags.email.empty()) request.set_email(flags.email);
  if (!flags.author_id.empty()) request.set_id(flags.author_id);
  if (!flags.name.empty()) request.set_author_name(flags.name);
  Connection connection(options.server, options.timeout_seconds);
  int left = flags.limit;
  bool any = false;
  do {
    request.set_page_size(std::min(left, 200));
    v1::ListAuthorHistoryResponse page;
    if (absl::Status status = connection.AuthorHistory(request, &page);
        !status.ok())
      return Say(status, io);
    PrintEntries(page.entries(), options, io);
    any = any || page.entries_size() > 0;
    left -= page.entries_size();
    request.set_page_token(page.next_page_token());
  } while (left > 0 && !request.page_token().empty());
  if (options.json) return kAccept;
  if (!any) io.out << "no comment of this author is known\n";
  if (!request.page_token().empty())
    io.out << "there are more; ask with --limit\n";
  return kAccept;
}

int Similar(const Options& options, const std::string& id, int limit,
            const Streams& io) {
  v1::ListSimilarRequest request;
  request.set_name(FullName(options.site, id));
  request.set_page_size(limit);
  v1::ListSimilarResponse response;
  Connection connection(options.server, options.timeout_seconds);
  if (absl::Status status = connection.Similar(request, &response);
      !status.ok())
    return Say(status, io);
  PrintEntries(response.entries(), options, io);
  if (!options.json && response.entries().empty())
    io.out << "nothing like it is stored\n";
  return kAccept;
}

int Erase(const Options& options, const AuthorFlags& flags, const Streams& io) {
  if (!OneAuthor(flags, io)) return kUsage;
  v1::EraseAuthorRequest request;
  request.set_parent("sites/" + options.site);
  request.set_moderator(options.moderator);
  if (!flags.id.empty()) request.set_comment(FullName(options.site, flags.id));
  if (!flags.email.empty()) request.set_email(flags.email);
  if (!flags.author_id.empty()) request.set_id(flags.author_id);
  request.set_dry_run(true);
  Connection connection(options.server, options.timeout_seconds);
  v1::EraseAuthorResponse response;
  if (absl::Status status = connection.Erase(request, &response); !status.ok())
    return Say(status, io);
  if (!flags.dry_run) {
    if (!flags.yes) {
      const Answer answer =
          Ask(ErasureText(response, true) + "This cannot be undone. Erase?",
              "sluice erase", io);
      if (answer != Answer::kYes) return AnswerExit(answer);
    }
    request.set_dry_run(false);
    if (absl::Status status = connection.Erase(request, &response);
        !status.ok())
      return Say(status, io);
  }
  if (options.json) {
    io.out << Json(response, false);
    return kAccept;
  }
  io.out << ErasureText(response, flags.dry_run);
  for (const std::string& name : response.names())
    io.out << ShortId(name) << "\n";
  return kAccept;
}

}  // namespace sluice::client
