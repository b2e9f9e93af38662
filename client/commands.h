#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/connection.h"
#include "client/terminal.h"
#include "service/ruleset/ruleset.h"

namespace sluice::client {

// What every command may need; filled from flags, the environment and the
// configuration file.
struct Options {
  ServerAddress server;
  std::string site = "default";
  std::string moderator = "moderator";
  int timeout_seconds = 10;
  bool json = false;
  ColourWish colour = ColourWish::kAuto;
  size_t width = 100;  // columns
};

// A comment as the command line describes it.
struct CommentFlags {
  std::string file = "-";  // - is standard input
  std::string id;
  std::string author;
  std::string email;
  std::string url;
  std::string page_url;
  std::string page_title;
  std::string ip;
  std::string format;
  bool dry_run = false;
};

struct QueueFlags {
  std::string
      state;  // held, accepted, rejected or any; empty: the filter's, else held
  std::string order = "oldest";
  std::string filter;  // see ReviewService; empty: all
  int limit = 50;
  bool all = false;
};

struct DecideFlags {
  std::vector<std::string> ids;  // `-`: more, one a line of standard input
  std::string reason;
  std::string note;
  std::string etag;
  std::string filter;    // instead of ids; see ReviewService
  std::string campaign;  // instead of ids; of an entry's id or a campaign's
  bool dry_run = false;
  bool yes = false;  // do not ask
};

struct UndoFlags {
  std::string id;
  std::string batch;
};

struct ClaimFlags {
  std::vector<std::string> ids;
  int minutes = 10;
  bool release = false;
};

// Whose comments; one of the first four.
struct AuthorFlags {
  std::string id;  // of a comment
  std::string email;
  std::string author_id;
  std::string name;
  int limit = 50;
  bool dry_run = false;
  bool yes = false;  // do not ask
};

struct WatchFlags {
  std::string from;  // a token, or `start`; empty: from now on
};

struct ExportFlags {
  std::string filter = "state:*";
  bool full = false;  // whole entries instead of labelled comments
};

struct ImportFlags {
  std::string file;
  std::string format;  // jsonl, csv or wordpress; empty: by the file
  bool dry_run = false;
  std::string as;  // spam or good: what people decided of all in the file
};

struct LearnFlags {
  double good_lost = 0.001;  // the wish: at most this part of good comments
};

struct WebhookFlags {
  bool retry = false;
  std::vector<std::string> ids;  // to retry; empty: all
};

struct KeyFlags {
  v1::CreateKeyRequest request;    // scopes, label, form, limits
  std::vector<std::string> sites;  // empty: --site
  bool all_sites = false;
  int days = 0;    // until it expires; 0: never
  std::string id;  // to revoke
};

struct ReviewFlags {
  std::string filter;
  std::string order = "campaign";  // oldest, newest, score or campaign
};

struct RulesCheckFlags {
  std::string folder = "rules";
  bool strict = false;             // warnings fail too
  std::vector<std::string> sites;  // that the server knows; empty: unchecked
};

struct RulesTestFlags {
  std::string folder = "rules";
  std::string comments;  // JSON lines; - is standard input
};

struct RulesShowFlags {
  std::string tag;    // empty: any
  std::string owner;  // empty: anyone's
};

// What is proved on the server's history.
struct RulesHistoryFlags {
  std::string folder;  // diff: the new rules
  std::string since;   // 90d, 12h, or a date; empty: all
  int limit = 50;      // changes that are printed; 0: every one
  bool by_version = false;
  std::string output;            // tune, draft: a file; empty: standard output
  std::vector<std::string> ids;  // draft: comments
};

// Where commands read and write; the streams must outlive the call.
struct Streams {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
};

// Each command returns its exit code.
int Check(const Options& options, const CommentFlags& flags, const Streams& io);
int Preview(const Options& options, const CommentFlags& flags,
            const Streams& io);
int Queue(const Options& options, const QueueFlags& flags, const Streams& io);
int Show(const Options& options, const std::string& id, const Streams& io);
int Decide(const Options& options, v1::Verdict verdict,
           const DecideFlags& flags, const Streams& io);
int Undo(const Options& options, const UndoFlags& flags, const Streams& io);
int Claim(const Options& options, const ClaimFlags& flags, const Streams& io);
int History(const Options& options, const AuthorFlags& flags,
            const Streams& io);
int Similar(const Options& options, const std::string& id, int limit,
            const Streams& io);
int Erase(const Options& options, const AuthorFlags& flags, const Streams& io);
int Watch(const Options& options, const WatchFlags& flags, const Streams& io);
int Export(const Options& options, const ExportFlags& flags, const Streams& io);
int Import(const Options& options, const ImportFlags& flags, const Streams& io);
// Imports a file, trains the site's model anew, and shows how good it is.
int LearnImport(const Options& options, const ImportFlags& flags,
                const LearnFlags& learn, const Streams& io);
int LearnReport(const Options& options, const LearnFlags& flags,
                const Streams& io);
int LearnRetrain(const Options& options, const Streams& io);
int Webhooks(const Options& options, const WebhookFlags& flags,
             const Streams& io);
int Review(const Options& options, const ReviewFlags& flags, const Streams& io);
int Report(const Options& options, const std::string& id, bool spam,
           const Streams& io);
int Stats(const Options& options, int days, const Streams& io);
int Health(const Options& options, const Streams& io);
int KeyCreate(const Options& options, const KeyFlags& flags, const Streams& io);
int KeyList(const Options& options, const Streams& io);
int KeyRevoke(const Options& options, const KeyFlags& flags, const Streams& io);
int KeyWhoAmI(const Options& options, const Streams& io);
int AdminStatus(const Options& options, const Streams& io);
int RulesCheck(const Options& options, const RulesCheckFlags& flags,
               const Streams& io);
int RulesTest(const Options& options, const RulesTestFlags& flags,
              const Streams& io);
int RulesSchema(const std::string& kind, const Streams& io);
int RulesStatus(const Options& options, const Streams& io);
int RulesShow(const Options& options, const RulesShowFlags& flags,
              const Streams& io);
int RulesConfirm(const Options& options, const std::string& rule,
                 const Streams& io);
int RulesReload(const Options& options, const Streams& io);
int RulesDiff(const Options& options, const RulesHistoryFlags& flags,
              const Streams& io);
int RulesStatistics(const Options& options, const RulesHistoryFlags& flags,
                    const Streams& io);
int RulesTune(const Options& options, const RulesHistoryFlags& flags,
              const Streams& io);
int RulesDraft(const Options& options, const RulesHistoryFlags& flags,
               const Streams& io);
int RulesExplain(const Options& options, const CommentFlags& flags,
                 const Streams& io);

// Prints why a call failed; returns the exit code for it.
int Backup(const Options& options, const std::string& path, const Streams& io);

int Say(const absl::Status& status, const Streams& io);

// A folder of rules as the server would load it, without one; files are named
// from the folder on. Errors: the folder cannot be read.
absl::StatusOr<ruleset::LoadResult> LoadRules(
    const std::string& folder, const std::vector<std::string>& sites);

// The full name of a comment: `abc` or `sites/x/comments/abc`.
std::string FullName(const std::string& site, const std::string& id);

}  // namespace sluice::client
