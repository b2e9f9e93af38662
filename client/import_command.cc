// sluice import: a site's past, so that it starts with its own history.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <istream>
#include <map>
#include <ostream>
#include <vector>

#include "client/commands.h"
#include "client/import_reader.h"
#include "client/print.h"
#include "client/progress.h"

namespace sluice::client {
namespace {

// Comments of a file are held in memory, to be sent in order of time.
constexpr size_t kMaxComments = 2'000'000;

struct File {
  std::vector<v1::ImportEntriesRequest> comments;
  int64_t skipped = 0;
};

absl::StatusOr<ImportFormat> FormatOf(const ImportFlags& flags,
                                      std::istream* in) {
  static const std::map<std::string, ImportFormat> kFormats = {
      {"jsonl", ImportFormat::kJsonLines},
      {"csv", ImportFormat::kCsv},
      {"wordpress", ImportFormat::kWordPress},
      {"mbox", ImportFormat::kMbox}};
  if (!flags.format.empty()) {
    const auto found = kFormats.find(flags.format);
    if (found != kFormats.end()) return found->second;
    return absl::InvalidArgumentError(
        fmt::format("--format takes jsonl, csv, wordpress or mbox, not '{}'",
                    flags.format));
  }
  if (flags.file.size() > 5 &&
      flags.file.compare(flags.file.size() - 5, 5, ".mbox") == 0)
    return ImportFormat::kMbox;
  // Only what can be put back is looked at.
  const std::string first(1, static_cast<char>(in->peek()));
  return GuessFormat(first);
}

absl::StatusOr<File> ReadAll(ImportFormat format, std::istream* in,
                             uint64_t size, const Options& options,
                             std::ostream* err) {
  const std::unique_ptr<ImportReader> reader =
      ImportReader::Make(format, in, options.site);
  Progress progress(err, "comments read", size);
  File file;
  while (true) {
    absl::StatusOr<std::optional<ImportedComment>> next = reader->Next();
    if (!next.ok()) return next.status();
    if (!next->has_value()) break;
    if (file.comments.size() == kMaxComments) {
      return absl::InvalidArgumentError(
          "has more than 2,000,000 comments; split the file");
    }
    (*next)->request.set_moderator("import");
    file.comments.push_back(std::move((*next)->request));
    progress.Say(static_cast<int64_t>(file.comments.size()), reader->bytes());
  }
  file.skipped = reader->skipped();
  std::stable_sort(
      file.comments.begin(), file.comments.end(),
      [](const v1::ImportEntriesRequest& a, const v1::ImportEntriesRequest& b) {
        return a.comment().create_time().seconds() <
               b.comment().create_time().seconds();
      });
  return file;
}

// What people decided of all of them, if that is said. False: it cannot be.
bool Judged(const std::string& as, File* file) {
  if (as.empty()) return true;
  if (as != "spam" && as != "good") return false;
  for (v1::ImportEntriesRequest& request : file->comments) {
    request.set_verdict(as == "spam" ? v1::VERDICT_REJECT : v1::VERDICT_ACCEPT);
    request.set_reason_code(as == "spam" ? "spam" : "");
  }
  return true;
}

std::string FileText(const File& file) {
  int64_t accepted = 0;
  int64_t rejected = 0;
  for (const v1::ImportEntriesRequest& request : file.comments) {
    accepted += request.verdict() == v1::VERDICT_ACCEPT ? 1 : 0;
    rejected += request.verdict() == v1::VERDICT_REJECT ? 1 : 0;
  }
  const auto all = static_cast<int64_t>(file.comments.size());
  return fmt::format(
      "{} comments: {} accepted by people, {} rejected, {} undecided{}\n",
      Grouped(all), Grouped(accepted), Grouped(rejected),
      Grouped(all - accepted - rejected),
      file.skipped == 0 ? ""
                        : fmt::format("; {} passed over (no text, or no "
                                      "comment of a reader)",
                                      Grouped(file.skipped)));
}

std::string ResultText(const v1::ImportEntriesResponse& response) {
  std::string out = fmt::format("imported {}, {} there already, {} refused\n",
                                Grouped(response.imported()),
                                Grouped(response.repeated_checks()),
                                Grouped(response.refused()));
  for (const google::rpc::Status& error : response.errors())
    out += "  " + Visible(error.message(), false) + "\n";
  return out;
}

int Send(const File& file, const Options& options, const Streams& io) {
  v1::ImportEntriesResponse response;
  Connection connection(options.server, options.timeout_seconds);
  absl::Status status;
  {
    Progress progress(&io.err, "comments sent", file.comments.size());
    size_t at = 0;
    status = connection.Import(
        [&](v1::ImportEntriesRequest* request) {
          if (at == file.comments.size()) return false;
          *request = file.comments[at++];
          progress.Say(static_cast<int64_t>(at), at);
          return true;
        },
        &response);
  }
  if (!status.ok()) return Say(status, io);
  io.out << (options.json ? Json(response, false) : ResultText(response));
  return response.refused() > 0 ? kFailed : kAccept;
}

}  // namespace

int Import(const Options& options, const ImportFlags& flags,
           const Streams& io) {
  std::ifstream opened;
  uint64_t size = 0;
  if (flags.file != "-") {
    std::error_code error;
    size = std::filesystem::file_size(flags.file, error);
    opened.open(flags.file, std::ios::binary);
    if (error || !opened) {
      io.err << fmt::format("sluice: {}: cannot be read\n", flags.file);
      return kUsage;
    }
  }
  std::istream& in = flags.file == "-" ? io.in : opened;
  const absl::StatusOr<ImportFormat> format = FormatOf(flags, &in);
  if (!format.ok()) {
    io.err << "sluice: " << std::string(format.status().message()) << "\n";
    return kUsage;
  }
  absl::StatusOr<File> file = ReadAll(*format, &in, size, options, &io.err);
  if (!file.ok()) {
    io.err << fmt::format("sluice: {}: {}\nnothing was imported\n", flags.file,
                          std::string(file.status().message()));
    return kFailed;
  }
  if (!Judged(flags.as, &*file)) {
    io.err << "sluice: --as takes spam or good\n";
    return kUsage;
  }
  if (!options.json) io.out << FileText(*file) << std::flush;
  return flags.dry_run ? kAccept : Send(*file, options, io);
}

}  // namespace sluice::client
