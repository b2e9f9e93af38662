// A page of the queue must cost the same in a long queue as in a short one.
//
//   store_list_bench [--small N] [--large N]
//
// Fills a file with each number of held comments (in the queue's own way, so
// ten million take a while) and prints what a page in the middle costs, for
// each order and under filters that an index serves.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "service/store/sqlite_store.h"

namespace sluice::store {
namespace {

constexpr int kPages = 200;
constexpr int kPerCampaign = 8;
constexpr int kPerAuthor = 50;

Time At(int64_t second) {
  return Time(std::chrono::seconds(1'700'000'000 + second));
}

v1::Checked CommentOf(int64_t i) {
  v1::Checked checked;
  v1::Comment* comment = checked.mutable_comment();
  comment->set_name("sites/blog/comments/c" + std::to_string(i));
  comment->set_body("A few words that stand for a comment, number " +
                    std::to_string(i));
  comment->mutable_author()->set_email("a" + std::to_string(i / kPerAuthor) +
                                       "@example.org");
  checked.mutable_decision()->set_verdict(v1::VERDICT_HOLD);
  checked.mutable_decision()->set_score(static_cast<double>(i % 97));
  checked.mutable_signals()->mutable_repetition()->set_campaign(
      std::to_string(i * 7919 % (i / kPerCampaign + 1)));
  checked.set_html("<p>A few words</p>");
  return checked;
}

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
    {"text:nothing", Order::kOldestFirst, "text:nothing"},
};

double MicrosAPage(Store* store, const Listed& listed) {
  ListQuery query;
  query.site = "blog";
  query.order = listed.order;
  if (*listed.filter != '\0') query.filter = *Filter::Parse(listed.filter, {});
  std::vector<double> took;
  for (int i = 0; i < kPages; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const absl::StatusOr<EntryPage> page = store->List(query);
    const std::chrono::duration<double, std::micro> time =
        std::chrono::steady_clock::now() - begin;
    if (!page.ok()) std::abort();
    took.push_back(time.count());
    query.page_token = page->next_page_token;
  }
  std::nth_element(took.begin(), took.begin() + kPages / 2, took.end());
  return took[kPages / 2];
}

std::vector<double> Measure(int64_t entries) {
  std::string folder =
      (std::filesystem::temp_directory_path() / "sluice-list-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) std::abort();
  std::vector<double> micros;
  {
    auto store = *OpenSqliteStore({.path = folder + "/store.db"});
    for (int64_t i = 0; i < entries; ++i) {
      store->RecordCheck(CommentOf(i), At(i), Durability::kBehind,
                         [](absl::StatusOr<CheckRecord>) {});
      if (i % 4000 == 3999 && !store->Flush().ok()) std::abort();
    }
    if (!store->Flush().ok()) std::abort();
    for (const Listed& listed : kListed)
      micros.push_back(MicrosAPage(store.get(), listed));
  }
  std::filesystem::remove_all(folder);
  return micros;
}

}  // namespace
}  // namespace sluice::store

int main(int argc, char** argv) {
  using namespace sluice::store;
  int64_t small = 2'000;
  int64_t large = 40'000;
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::strcmp(argv[i], "--small") == 0) small = std::atoll(argv[i + 1]);
    if (std::strcmp(argv[i], "--large") == 0) large = std::atoll(argv[i + 1]);
  }
  const std::vector<double> few = Measure(small);
  const std::vector<double> many = Measure(large);
  std::printf("%-20s %12s %12s %6s\n", "page of 50, us",
              std::to_string(small).c_str(), std::to_string(large).c_str(),
              "ratio");
  for (size_t i = 0; i < few.size(); ++i) {
    std::printf("%-20s %12.0f %12.0f %6.2f\n", kListed[i].what, few[i], many[i],
                many[i] / few[i]);
  }
  return 0;
}
