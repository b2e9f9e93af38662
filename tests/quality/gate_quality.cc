#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/quality/gate.h"
#include "tests/quality/labelled.h"

namespace sluice::quality {
namespace {

Time TimeOf(const std::string& written, size_t number) {
  int year = 2000, month = 1, day = 1, hour = 0, minute = 0, second = 0;
  if (std::sscanf(written.c_str(), "%d-%d-%dT%d:%d:%d", &year, &month, &day,
                  &hour, &minute, &second) < 3)
    return Time(std::chrono::hours(300'000) +
                std::chrono::minutes(10 * number));
  const std::chrono::year_month_day date{
      std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
      std::chrono::day(static_cast<unsigned>(day))};
  return Time(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second);
}

struct Scores {
  std::vector<double> spam, good;
};

struct Result {
  std::vector<Played> judged;
  size_t decided = 0;
};

void Print(const std::string& name, const char* way, const Result& result) {
  Scores gate, rules, model;
  size_t good_stopped = 0, good_rejected = 0, held = 0, spam_stopped = 0;
  for (const Played& played : result.judged) {
    (played.spam ? gate.spam : gate.good).push_back(played.gate);
    (played.spam ? rules.spam : rules.good).push_back(played.rules);
    (played.spam ? model.spam : model.good).push_back(played.model);
    const bool stopped = played.verdict != v1::VERDICT_ACCEPT;
    held += played.verdict == v1::VERDICT_HOLD;
    (played.spam ? spam_stopped : good_stopped) += stopped;
    good_rejected += !played.spam && played.verdict == v1::VERDICT_REJECT;
  }
  const double goods = std::max<size_t>(gate.good.size(), 1) / 100.0;
  const double spams = std::max<size_t>(gate.spam.size(), 1) / 100.0;
  const auto line = [&](const char* who, const Scores& scores) {
    const Curve curve = CurveOf(scores.spam, scores.good);
    fmt::print("{:14} {:7} {:6} {:5.4f} {:5.1f} {:5.1f} {:5.1f}", name, way,
               who, curve.auc, 100 * curve.caught_at_01,
               100 * curve.caught_at_05, 100 * curve.caught_at_1);
  };
  line("gate", gate);
  fmt::print(
      "  good stopped {:.2f} % (rejected {:.2f}) spam stopped {:.1f} held "
      "{:.1f} decided {:.1f}\n",
      good_stopped / goods, good_rejected / goods, spam_stopped / spams,
      100.0 * held / result.judged.size(),
      100.0 * result.decided / result.judged.size());
  line("model", model);
  fmt::print("\n");
  if (std::getenv("RULES")) {
    line("rules", rules);
    fmt::print("\n");
  }
}

void SortByTime(std::vector<Labelled>* set) {
  std::stable_sort(
      set->begin(), set->end(),
      [](const auto& a, const auto& b) { return a.time < b.time; });
}

Result Frozen(const std::vector<std::vector<Labelled>>& sets, bool history) {
  std::vector<Labelled> train, test;
  for (const auto& set : sets) {
    const size_t cut = set.size() * 6 / 10;
    train.insert(train.end(), set.begin(), set.begin() + cut);
    test.insert(test.end(), set.begin() + cut, set.end());
  }
  SortByTime(&train);
  SortByTime(&test);
  auto gate = Gate::Make(history);
  Result result;
  size_t number = 0;
  for (const Labelled& labelled : train) {
    gate->Check(labelled, TimeOf(labelled.time, number++));
    gate->Decide(labelled.spam, false);
  }
  gate->Retrain();
  for (const Labelled& labelled : test) {
    result.judged.push_back(
        gate->Check(labelled, TimeOf(labelled.time, number++)));
    if (std::getenv("SHOW"))
      fmt::print("SHOW {:.2f} {} {} {}\n", result.judged.back().model, labelled.spam, labelled.source, labelled.comment.body().substr(0, 110));
  }
  return result;
}

Result Lived(const std::vector<Labelled>& set, bool all, bool history) {
  auto gate = Gate::Make(history);
  Result result;
  size_t number = 0, lessons = 0, next = 100;
  for (const Labelled& labelled : set) {
    const Played played = gate->Check(labelled, TimeOf(labelled.time, number));
    const bool decide = all || played.verdict == v1::VERDICT_HOLD ||
                        number % 20 == 0;
    ++number;
    if (number > 300) result.judged.push_back(played);
    if (!decide) continue;
    if (number > 300) ++result.decided;
    gate->Decide(labelled.spam, true);
    if (++lessons == next) {
      next = next * 5 / 4;
      gate->Retrain();
    }
  }
  return result;
}

int Main(const std::string& folder, std::vector<std::string> names) {
  if (names.empty())
    names = {"blog_pr", "blog_wp", "blog_ham", "datacamp", "youtube",
             "judol_id", "telegram_ru_en", "telegram_zh", "instagram_id", "sms"};
  const bool history = std::getenv("NOHIST") == nullptr;
  std::vector<std::vector<Labelled>> blogs;
  for (const std::string& name : names) {
    std::vector<Labelled> set =
        ReadLabelled(fmt::format("{}/{}.jsonl", folder, name));
    SortByTime(&set);
    const bool blog = name.substr(0, 5) == "blog_" || name == "datacamp";
    if (name != "blog_ham") {
      if (!std::getenv("POOLONLY")) {
      Print(name, "frozen", Frozen({set}, history));
      Print(name, "lived", Lived(set, false, history));
      }
      if (!std::getenv("POOLONLY") || name == "blog_pr")
      Print(name, "lived+", Lived(set, true, history));
    }
    if (blog) blogs.push_back(std::move(set));
  }
  if (blogs.size() > 1) Print("pooled", "frozen", Frozen(blogs, history));
  return 0;
}

}  // namespace
}  // namespace sluice::quality

int main(int argc, char** argv) {
  return sluice::quality::Main(argv[1], {argv + 2, argv + argc});
}
