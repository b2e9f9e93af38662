#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "service/store/memory_store.h"
#include "tests/unit/store/postgres_server.h"
#include "tests/unit/store/testing.h"

// What promises are tested on. A new implementation is one more line here.
namespace sluice::store {

struct Implementation {
  std::string name;
  std::function<std::unique_ptr<Store>(const TemporaryFolder&)> open;
};

inline void PrintTo(const Implementation& implementation, std::ostream* out) {
  *out << implementation.name;
}

// That on PostgreSQL is among them where PostgreSQL is installed; see
// postgres_test.cc, which says so if it is not.
inline std::vector<Implementation> AllStores() {
  std::vector<Implementation> stores = {
      {"SqliteFile",
       [](const TemporaryFolder& folder) {
         return OpenOrDie({.path = folder.File("store.db")});
       }},
      {"SqliteMemory",
       [](const TemporaryFolder&) { return OpenOrDie({.path = ":memory:"}); }},
      {"Fake", [](const TemporaryFolder&) {
         return std::unique_ptr<Store>(std::make_unique<MemoryStore>());
       }}};
  if (PostgresServer::Get() != nullptr) {
    stores.push_back({"Postgres", [](const TemporaryFolder&) {
                        return OpenPostgresOrDie(
                            {.conninfo = PostgresServer::Get()->NewDatabase()});
                      }});
  }
  return stores;
}

inline std::string NameOfStore(
    const ::testing::TestParamInfo<Implementation>& info) {
  return info.param.name;
}

}  // namespace sluice::store
