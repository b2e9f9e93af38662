#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "service/store/memory_store.h"
#include "tests/unit/store/testing.h"

// Every store, for suites that hold each to the same promises.
namespace sluice::store {

struct StoreKind {
  std::string name;
  std::function<std::unique_ptr<Store>(const TemporaryFolder&)> open;
};

inline void PrintTo(const StoreKind& kind, std::ostream* out) {
  *out << kind.name;
}

inline std::vector<StoreKind> StoreKinds() {
  return {
      {"SqliteFile",
       [](const TemporaryFolder& folder) {
         return OpenOrDie({.path = folder.File("store.db")});
       }},
      {"SqliteMemory",
       [](const TemporaryFolder&) { return OpenOrDie({.path = ":memory:"}); }},
      {"Fake", [](const TemporaryFolder&) {
         return std::unique_ptr<Store>(std::make_unique<MemoryStore>());
       }}};
}

}  // namespace sluice::store
