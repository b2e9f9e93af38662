#include "service/store/postgres_store.h"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <utility>

#include "service/store/postgres_companion.h"
#include "service/store/postgres_connection.h"
#include "service/store/postgres_schema.h"
#include "service/store/sql_store.h"

namespace sluice::store {
namespace {

constexpr size_t kDefaultPending = 8192;
constexpr size_t kDefaultPendingBytes = 64u << 20;
constexpr size_t kDefaultReaders = 4;

// Each check is a round trip while the log is ours alone.
constexpr size_t kMaxGroup = 128;

// Tells this program from every other on the database; never 0.
int64_t MakeWriter() {
  uint64_t number = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof(number));
  return static_cast<int64_t>(number >> 1 | 1);
}

absl::StatusOr<std::unique_ptr<Store>> Open(const PostgresOptions& options) {
  const PostgresLink link{.conninfo = options.conninfo,
                          .timeout = options.timeout};
  if (absl::Status status = MigratePostgres(link, PostgresMigrations());
      !status.ok()) {
    return status;
  }
  const int64_t writer = MakeWriter();
  SqlParts parts;
  parts.name = "PostgreSQL";
  absl::StatusOr<std::unique_ptr<Connection>> connection =
      OpenPostgres(link, {.writer = writer});
  if (!connection.ok()) return connection.status();
  parts.connection = *std::move(connection);
  absl::StatusOr<std::string> key = ReadIdentityKey(parts.connection.get());
  if (!key.ok()) return key.status();
  parts.identity_key = *std::move(key);
  // Readers carry the number too: to them as well the log's end is a row.
  parts.open_reader = [link, writer] {
    return OpenPostgres(link, {.writer = writer});
  };
  parts.max_readers = options.readers == 0 ? kDefaultReaders : options.readers;
  parts.fold_name = options.fold_name;
  parts.begun_by = options.begun_by;
  parts.writer = {
      options.max_pending == 0 ? kDefaultPending : options.max_pending,
      options.max_pending_bytes == 0 ? kDefaultPendingBytes
                                     : options.max_pending_bytes,
      options.write_behind,
      0,
      false,
      {},
      kMaxGroup};
  absl::StatusOr<std::unique_ptr<Companion>> companion = OpenPostgresCompanion(
      link, {.writer = writer, .poll = options.poll, .lease = options.lease});
  if (!companion.ok()) return companion.status();
  parts.companion = *std::move(companion);
  return MakeSqlStore(std::move(parts));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenPostgresStore(
    const PostgresOptions& options) {
  absl::StatusOr<std::unique_ptr<Store>> store = Open(options);
  if (store.ok()) return store;
  const absl::Status error = store.status();
  return absl::Status(error.code(),
                      fmt::format("cannot open the store on PostgreSQL: {}",
                                  std::string(error.message())));
}

}  // namespace sluice::store
