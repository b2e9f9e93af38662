// A page of the queue and the store's part of a check must cost the same in a
// long history as in a short one.
//
//   store_list_bench [--sizes N,N,...] [--folder DIR] [--keep 1]
//
// Makes a file of each size (store_fill.h; ten million checks are 15 GB and
// some minutes) and prints what a page costs for each order and under filters
// that an index serves, and what a check costs: the author's record, the entry
// by its name, and a hold that is on disk before it is answered. The last two
// sizes are held to each other, and the last to the first. The default is for
// a quick look: 2,000 and 40,000. Kept files are measured again as they are.
// Of three passes the fastest counts: what is measured is the store with its
// file in the system's cache, on a machine that has other work.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <future>
#include <random>
#include <string>
#include <vector>

#include "service/store/sqlite_store.h"
#include "tests/bench/store_fill.h"

namespace sluice::store {
namespace {

constexpr int kPasses = 3;
constexpr int kPages = 200;
constexpr int kChecks = 1000;

struct Listed {
  const char* what;
  Order order;
  const char* filter;
};
constexpr Listed kListed[] = {
    {"create_time", Order::kOldestFirst, ""},
    {"create_time desc", Order::kNewestFirst, ""},
    {"score desc", Order::kHighestScoreFirst, ""},
    {"campaign_size desc", Order::kLargestCampaignFirst, ""},
    {"author.email = ...", Order::kOldestFirst,
     "author.email = a1@example.org"},
    {"score >= 90", Order::kHighestScoreFirst, "score >= 90 score < 96"},
};

// What one size took: of each cost the median, and the check's 99th percentile.
struct Took {
  std::string what;
  double micros;
  bool page = false;  // counts for the bar of pages
};

double MicrosSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::micro>(
             std::chrono::steady_clock::now() - begin)
      .count();
}

double At(std::vector<double>* took, double share) {
  const auto at = static_cast<std::ptrdiff_t>(
      share * static_cast<double>(took->size() - 1));
  std::nth_element(took->begin(), took->begin() + at, took->end());
  return (*took)[static_cast<size_t>(at)];
}

ListQuery QueryOf(const Listed& listed) {
  ListQuery query;
  query.site = "blog";
  query.order = listed.order;
  if (*listed.filter != '\0') query.filter = *Filter::Parse(listed.filter, {});
  return query;
}

double MedianOfPages(Store* store, ListQuery query) {
  std::vector<double> took;
  for (int i = 0; i < kPages; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const absl::StatusOr<EntryPage> page = store->List(query);
    took.push_back(MicrosSince(begin));
    if (!page.ok()) std::abort();
    query.page_token = page->next_page_token;
  }
  return At(&took, 0.5);
}

// Pages from the queue's beginning on: in the orders of scores and campaigns
// their entries are anywhere in the file.
double MicrosAPage(Store* store, const Listed& listed) {
  double best = MedianOfPages(store, QueryOf(listed));
  for (int pass = 1; pass < kPasses; ++pass)
    best = std::min(best, MedianOfPages(store, QueryOf(listed)));
  return best;
}

void MeasureChecks(Store* store, int64_t entries, std::vector<Took>* out) {
  const int64_t had = store->LastSequence().value_or(0);
  std::mt19937_64 random(7);
  const auto any = [&] {
    return static_cast<int64_t>(random() % static_cast<uint64_t>(entries));
  };
  std::vector<double> author, get, hold;
  for (int64_t i = 0; i < kChecks; ++i) {
    auto begin = std::chrono::steady_clock::now();
    if (!store->ReadAuthorHistory("blog", FillAuthor(any()), FillTime(entries))
             .ok()) {
      std::abort();
    }
    author.push_back(MicrosSince(begin));
    begin = std::chrono::steady_clock::now();
    if (!store->Get(FillName(any())).ok()) std::abort();
    get.push_back(MicrosSince(begin));
    v1::Checked checked = FillCheck(any(), entries);
    checked.mutable_comment()->set_name(FillName(had + i));
    std::promise<bool> stored;
    begin = std::chrono::steady_clock::now();
    store->RecordCheck(std::move(checked), FillTime(had + i),
                       Durability::kBeforeAnswer,
                       [&](const absl::StatusOr<CheckRecord>& record) {
                         stored.set_value(record.ok());
                       });
    if (!stored.get_future().get()) std::abort();
    hold.push_back(MicrosSince(begin));
  }
  out->push_back({"author's record", At(&author, 0.5)});
  out->push_back({"entry by name", At(&get, 0.5)});
  out->push_back({"hold, on disk", At(&hold, 0.5)});
  out->push_back({"hold, 99th of 100", At(&hold, 0.99)});
}

void Remove(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm", "-lock"})
    std::filesystem::remove(path + suffix);
}

std::vector<Took> Measure(const std::string& folder, int64_t entries,
                          bool keep) {
  const std::string path =
      folder + "/store_list_bench." + std::to_string(entries) + ".db";
  if (!keep) Remove(path);
  const auto begin = std::chrono::steady_clock::now();
  if (!std::filesystem::exists(path)) StoreFill::Make(path, entries);
  std::printf("%lld entries: %.1f GB, filled in %.0f s\n",
              static_cast<long long>(entries),
              static_cast<double>(std::filesystem::file_size(path)) / 1e9,
              MicrosSince(begin) / 1e6);
  std::fflush(stdout);
  std::vector<Took> took;
  {
    auto store = *OpenSqliteStore({.path = path});
    for (const Listed& listed : kListed)
      took.push_back({listed.what, MicrosAPage(store.get(), listed), true});
    MeasureChecks(store.get(), entries, &took);
  }
  if (!keep) Remove(path);
  return took;
}

std::vector<std::string> NamesInOrder(Store* store, const Listed& listed) {
  ListQuery query = QueryOf(listed);
  std::vector<std::string> names;
  do {
    const absl::StatusOr<EntryPage> page = store->List(query);
    if (!page.ok()) std::abort();
    for (const v1::Entry& entry : page->entries)
      names.push_back(entry.SerializeAsString());
    query.page_token = page->next_page_token;
  } while (!query.page_token.empty());
  return names;
}

// The quick way of filling gives what the store's own way gives.
bool FillsAsTheStore(const std::string& folder) {
  constexpr int64_t kEntries = 1000;
  const std::string quick = folder + "/store_list_bench.quick.db";
  const std::string own = folder + "/store_list_bench.own.db";
  bool same = true;
  {
    StoreFill::Make(quick, kEntries);
    auto filled = *OpenSqliteStore({.path = quick});
    auto store = *OpenSqliteStore({.path = own, .max_pending = 2 * kEntries});
    for (int64_t i = 0; i < kEntries; ++i) {
      store->RecordCheck(FillCheck(i, kEntries), FillTime(i),
                         Durability::kBehind,
                         [](const absl::StatusOr<CheckRecord>&) {});
    }
    if (!store->Flush().ok()) std::abort();
    for (const Listed& listed : kListed) {
      same = same && NamesInOrder(filled.get(), listed) ==
                         NamesInOrder(store.get(), listed);
    }
    const AuthorKeys who = FillAuthor(60);
    const Time now = FillTime(kEntries);
    const auto a = filled->ReadAuthorHistory("blog", who, now);
    const auto b = store->ReadAuthorHistory("blog", who, now);
    same = same &&
           a->by_email.SerializeAsString() == b->by_email.SerializeAsString();
    same = same && filled->Count("blog")->held == store->Count("blog")->held;
  }
  Remove(quick);
  Remove(own);
  return same;
}

bool Bar(const char* name, double ratio, double limit) {
  std::printf("bar %s %.2f %.2f %s\n", name, ratio, limit,
              ratio <= limit ? "ok" : "short");
  return ratio <= limit;
}

void Print(const std::vector<int64_t>& sizes,
           const std::vector<std::vector<Took>>& took) {
  std::printf("%-20s", "median, us");
  for (int64_t size : sizes)
    std::printf(" %12lld", static_cast<long long>(size));
  std::printf(" %7s %7s\n", "to last", "to 1st");
  double to_before = 0;
  double to_first = 0;
  double check_first = 0;
  double check_last = 0;
  for (size_t row = 0; row < took[0].size(); ++row) {
    const double last = took.back()[row].micros;
    const double before = took[took.size() - 2][row].micros;
    std::printf("%-20s", took[0][row].what.c_str());
    for (const auto& column : took) std::printf(" %12.0f", column[row].micros);
    std::printf(" %7.2f %7.2f\n", last / before, last / took[0][row].micros);
    if (!took[0][row].page) {
      if (row + 1 == took[0].size()) continue;  // the outliers
      check_first += took[0][row].micros;
      check_last += last;
      continue;
    }
    to_before = std::max(to_before, last / before);
    to_first = std::max(to_first, last / took[0][row].micros);
  }
  Bar("store_page_to_last", to_before, 1.25);
  Bar("store_page_to_first", to_first, 1.3);
  Bar("store_check_to_first", check_last / check_first, 1.3);
}

int Main(const std::vector<int64_t>& sizes, const std::string& folder,
         bool keep) {
  if (!FillsAsTheStore(folder)) {
    std::fprintf(stderr, "store_list_bench: filled otherwise than the store\n");
    return 1;
  }
  std::vector<std::vector<Took>> took;
  for (int64_t size : sizes) took.push_back(Measure(folder, size, keep));
  Print(sizes, took);
  return 0;
}

}  // namespace
}  // namespace sluice::store

int main(int argc, char** argv) {
  std::vector<int64_t> sizes;
  std::string list = "2000,40000";
  bool keep = false;
  std::string folder = std::filesystem::temp_directory_path().string();
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--sizes") == 0) list = argv[i + 1];
    if (std::strcmp(argv[i], "--folder") == 0) folder = argv[i + 1];
    if (std::strcmp(argv[i], "--keep") == 0) keep = true;
  }
  for (const char* at = list.c_str(); *at != '\0';) {
    char* end = nullptr;
    sizes.push_back(std::strtoll(at, &end, 10));
    at = *end == ',' ? end + 1 : end + std::strlen(end);
  }
  if (sizes.size() < 2 || sizes[0] <= 0) {
    std::fprintf(stderr, "store_list_bench: --sizes needs two or more\n");
    return 2;
  }
  return sluice::store::Main(sizes, folder, keep);
}
