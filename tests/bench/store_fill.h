#pragma once

#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "service/store/entry.h"
#include "service/store/identity.h"
#include "service/store/sqlite_store.h"

// Fills a store's file with millions of checks in minutes: rows go straight
// into the tables in the order of the log, indexes and what is counted come at
// the end, sorted once. `store_list_bench` compares a small file made so with
// one that the store made itself.
namespace sluice::store {

inline constexpr int kFillPerAuthor = 50;
inline constexpr int kFillPerCampaign = 8;

inline Time FillTime(int64_t i) {
  return Time(std::chrono::seconds(1'700'000'000 + i));
}

inline std::string FillName(int64_t i) {
  return "sites/blog/comments/c" + std::to_string(i);
}

inline AuthorKeys FillAuthor(int64_t i) {
  const std::string number = std::to_string(i / kFillPerAuthor);
  return {"", "a" + number + "@example.org", "author " + number};
}

// One check in ten is held, two are rejected. A campaign's comments are spread
// over the whole log, so are equal scores.
inline v1::Checked FillCheck(int64_t i, int64_t entries) {
  static const char* const kWords[] = {"river",  "stone",  "letter", "window",
                                       "sparse", "method", "answer", "garden"};
  v1::Checked checked;
  v1::Comment* comment = checked.mutable_comment();
  comment->set_name(FillName(i));
  std::string body = "Comment number " + std::to_string(i) + ":";
  for (int word = 0; word < 20; ++word) {
    body += ' ';
    body += kWords[static_cast<size_t>(i * 31 + word * (i % 13 + 1)) % 8];
  }
  comment->set_body(body);
  const AuthorKeys author = FillAuthor(i);
  comment->mutable_author()->set_email(author.email);
  comment->mutable_author()->set_name(author.name);
  v1::Decision* decision = checked.mutable_decision();
  decision->set_verdict(i % 10 == 0  ? v1::VERDICT_HOLD
                        : i % 5 == 1 ? v1::VERDICT_REJECT
                                     : v1::VERDICT_ACCEPT);
  decision->set_score(static_cast<double>(i * 2654435761 % 9973) / 100);
  v1::Reason* reason = decision->add_reasons();
  reason->set_kind(v1::Reason::KIND_RULE);
  reason->set_id("some-rule");
  reason->set_why("Words that this rule looks for");
  reason->set_score(1.5);
  decision->set_ruleset_version("0123456789abcdef");
  const int64_t campaigns = entries / kFillPerCampaign + 1;
  checked.mutable_signals()->mutable_repetition()->set_campaign(
      std::to_string(i * 7919 % campaigns));
  checked.set_html("<p>" + body + "</p>");
  checked.set_request_hash(std::string(32, 'h'));
  return checked;
}

class StoreFill {
 public:
  // Makes the file `path`, of the schema of today.
  static void Make(const std::string& path, int64_t entries) {
    (void)*OpenSqliteStore({.path = path});
    StoreFill(path).Fill(entries);
  }

 private:
  explicit StoreFill(const std::string& path) {
    Must(sqlite3_open(path.c_str(), &database_));
    Run("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -400000;"
        "PRAGMA temp_store = MEMORY; PRAGMA threads = 1");
  }
  ~StoreFill() { sqlite3_close(database_); }

  void Must(int code) const {
    if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return;
    std::fprintf(stderr, "filling: %s\n", sqlite3_errmsg(database_));
    std::abort();
  }
  void Run(const std::string& sql) const {
    Must(sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr));
  }
  sqlite3_stmt* Prepare(const char* sql) const {
    sqlite3_stmt* statement = nullptr;
    Must(sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr));
    return statement;
  }
  static std::string_view Bytes(sqlite3_stmt* statement, int column) {
    const void* data = sqlite3_column_blob(statement, column);
    return {static_cast<const char*>(data),
            static_cast<size_t>(sqlite3_column_bytes(statement, column))};
  }

  // The statements that make the secondary indexes, which are dropped.
  std::vector<std::string> TakeIndexes() const {
    std::vector<std::string> made, drops;
    sqlite3_stmt* list = Prepare(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index'"
        " AND sql IS NOT NULL AND tbl_name IN ('entries', 'events',"
        " 'campaigns')");
    while (sqlite3_step(list) == SQLITE_ROW) {
      drops.push_back("DROP INDEX " + std::string(Bytes(list, 0)));
      made.emplace_back(Bytes(list, 1));
    }
    sqlite3_finalize(list);
    for (const std::string& drop : drops) Run(drop);
    return made;
  }

  std::string Key() const {
    sqlite3_stmt* read =
        Prepare("SELECT value FROM settings WHERE name = 'identity_key'");
    Must(sqlite3_step(read));
    std::string key(Bytes(read, 0));
    sqlite3_finalize(read);
    return key;
  }

  void Fill(int64_t entries) {
    const std::vector<std::string> indexes = TakeIndexes();
    const std::string key = Key();
    sqlite3_stmt* event = Prepare(
        "INSERT INTO events (sequence, entry, time, body)"
        " VALUES (?1, ?1, ?2, ?3)");
    sqlite3_stmt* entry = Prepare(
        "INSERT INTO entries (id, site, comment, state, by_person,"
        " create_time, update_time, rank, events, check_event, author_id,"
        " author_email, author_name, campaign, verdict)"
        " VALUES (?1, 'blog', ?2, ?3, 0, ?4, ?4, ?5, 1, ?1, x'', ?6, ?7, ?8,"
        " ?3)");
    Run("BEGIN");
    Identities who;
    for (int64_t i = 0; i < entries; ++i) {
      if (i % kFillPerAuthor == 0) {
        who = HashIdentities(key, "blog", FillAuthor(i));
      }
      Insert(event, entry, i, FillCheck(i, entries), who);
    }
    Run("COMMIT");
    sqlite3_finalize(event);
    sqlite3_finalize(entry);
    Count();
    for (const std::string& index : indexes) Run(index);
  }

  void Insert(sqlite3_stmt* event, sqlite3_stmt* entry, int64_t i,
              const v1::Checked& checked, const Identities& who) const {
    v1::Event stored;
    *stored.mutable_checked() = checked;
    const std::string body = stored.SerializeAsString();
    const std::string comment = "c" + std::to_string(i);
    const std::string campaign = CampaignOf(checked, {});
    const int64_t now = Micros(FillTime(i));
    sqlite3_bind_int64(event, 1, i + 1);
    sqlite3_bind_int64(event, 2, now);
    Blob(event, 3, body);
    sqlite3_bind_int64(entry, 1, i + 1);
    Text(entry, 2, comment);
    sqlite3_bind_int(entry, 3, StateOf(checked.decision().verdict()));
    sqlite3_bind_int64(entry, 4, now);
    sqlite3_bind_double(entry, 5, -ScoreOf(checked));
    Blob(entry, 6, who.email);
    Blob(entry, 7, who.name);
    Text(entry, 8, campaign);
    for (sqlite3_stmt* statement : {event, entry}) {
      Must(sqlite3_step(statement));
      Must(sqlite3_reset(statement));
    }
  }
  static void Text(sqlite3_stmt* statement, int at, const std::string& text) {
    sqlite3_bind_text(statement, at, text.data(), static_cast<int>(text.size()),
                      SQLITE_STATIC);
  }
  static void Blob(sqlite3_stmt* statement, int at, const std::string& bytes) {
    sqlite3_bind_blob(statement, at, bytes.data(),
                      static_cast<int>(bytes.size()), SQLITE_STATIC);
  }

  // What the store derives from the log, as it would stand. States and
  // verdicts have the same numbers.
  void Count() const {
    static_assert(static_cast<int>(v1::STATE_ACCEPTED) == v1::VERDICT_ACCEPT &&
                  static_cast<int>(v1::STATE_HELD) == v1::VERDICT_HOLD &&
                  static_cast<int>(v1::STATE_REJECTED) == v1::VERDICT_REJECT);
    Run("INSERT INTO totals SELECT site, state, count(*) FROM entries"
        " GROUP BY site, state;"
        "INSERT INTO days SELECT site, create_time / 86400000000 AS day,"
        " sum(verdict = 1), sum(verdict = 2), sum(verdict = 3), 0, 0"
        " FROM entries GROUP BY site, day;"
        "CREATE TEMP TABLE began AS SELECT campaign, min(check_event) AS since"
        " FROM entries GROUP BY campaign;"
        "CREATE UNIQUE INDEX temp.began_by ON began (campaign);"
        "INSERT INTO campaigns SELECT e.site, e.state, e.campaign, -count(*),"
        " b.since FROM entries e JOIN began b ON b.campaign = e.campaign"
        " GROUP BY e.site, e.state, e.campaign;");
    for (const auto& [kind, column] :
         {std::pair{IdentityKind::kEmail, "author_email"},
          std::pair{IdentityKind::kName, "author_name"}}) {
      Run("INSERT INTO authors SELECT site, " +
          std::to_string(static_cast<int>(kind)) + ", " + column +
          ", sum(state = 1), sum(state = 2), sum(state = 3), 0,"
          " min(create_time) FROM entries GROUP BY site, " +
          column);
    }
  }

  sqlite3* database_ = nullptr;
};

}  // namespace sluice::store
