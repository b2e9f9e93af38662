// How good the gate is: every set of labelled comments played through it, as
// docs/quality.md says, in three ways:
//
//   frozen  learn the first 60 % of a set in time, judge the rest
//   lived   judge each comment in turn; a moderator decides the held ones and
//           one in twenty of the others; learn that. The first 300 not counted
//   told    the same, and the moderator decides every comment
//
// beside it the rules alone and the model alone.
//
//   gate_quality FOLDER_OF_JSONL [--figures FILE] [SET...]
//
// --figures writes `set way who auc caught_01 caught_05 caught_1`, for
// tests/quality/baselines.py to put others beside.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/bench/evasion/body.h"
#include "tests/bench/evasion/disguise.h"
#include "tests/quality/gate.h"
#include "tests/quality/labelled.h"

namespace sluice::quality {
namespace {

constexpr size_t kFirstJudged = 300;
constexpr size_t kSpotCheck = 20;  // one of so many accepted is looked at

using Set = std::vector<Labelled>;

struct Result {
  std::vector<Played> judged;
  size_t decided = 0;  // of them, by a moderator
};

struct Disguised {
  size_t all = 0, caught = 0, as_is = 0;
};

double Percent(size_t part, size_t whole) {
  return whole == 0
             ? 0
             : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

// ISO 8601 as the sets have it; without one a comment every ten minutes.
Time TimeOf(const std::string& written, size_t number) {
  int year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0;
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

void SortByTime(Set* set) {
  std::stable_sort(set->begin(), set->end(), [](const auto& a, const auto& b) {
    return a.time < b.time;
  });
}

class Harness {
 public:
  explicit Harness(FILE* figures) : figures_(figures) {}

  // Prints the figures of one result; the gate's curve.
  Curve Print(const std::string& set, const char* way, const Result& result) {
    const Curve gate = Line(set, way, "gate", result, &Played::gate);
    size_t good = 0, good_held = 0, good_rejected = 0, spam = 0, stopped = 0;
    for (const Played& played : result.judged) {
      const bool held = played.verdict == v1::VERDICT_HOLD;
      const bool rejected = played.verdict == v1::VERDICT_REJECT;
      ++(played.spam ? spam : good);
      if (played.spam) {
        stopped += held || rejected;
      } else {
        good_held += held;
        good_rejected += rejected;
      }
    }
    fmt::print(
        "   good held {:5.2f} %, rejected {:4.2f} %; spam stopped {:5.1f} %; "
        "decided {:3.0f} of 1,000\n",
        Percent(good_held, good), Percent(good_rejected, good),
        Percent(stopped, spam),
        10 * Percent(result.decided, result.judged.size()));
    good_held_ = Percent(good_held, good);
    Line(set, way, "rules", result, &Played::rules);
    fmt::print("\n");
    Line(set, way, "model", result, &Played::model);
    fmt::print("\n");
    return gate;
  }

  // Of the last Print.
  double good_held() const { return good_held_; }

 private:
  Curve Line(const std::string& set, const char* way, const char* who,
             const Result& result, double Played::*score) {
    std::vector<double> spam, good;
    for (const Played& played : result.judged)
      (played.spam ? spam : good).push_back(played.*score);
    const Curve curve = CurveOf(std::move(spam), std::move(good));
    const std::string figures =
        fmt::format("{} {} {} {:.4f} {:.1f} {:.1f} {:.1f}", set, way, who,
                    curve.auc, 100 * curve.caught_at_01,
                    100 * curve.caught_at_05, 100 * curve.caught_at_1);
    if (figures_ != nullptr) fmt::print(figures_, "{}\n", figures);
    fmt::print("{:15}{:7}{:6} {:.4f}  {:5.1f} {:5.1f} {:5.1f}", set, way, who,
               curve.auc, 100 * curve.caught_at_01, 100 * curve.caught_at_05,
               100 * curve.caught_at_1);
    return curve;
  }

  FILE* const figures_;
  double good_held_ = 0;
};

// Splits each set, learns the first parts in order of time, judges the rest.
// `disguised`, if given, is asked of each spam comment before it is judged.
template <typename Disguise>
Result Frozen(const std::vector<const Set*>& train_on,
              const std::vector<const Set*>& judged, Gate* gate,
              Disguise disguise) {
  Set train, test;
  const auto cut = [](const Set& set) {
    return set.begin() + static_cast<ptrdiff_t>(set.size() * 6 / 10);
  };
  for (const Set* set : train_on)
    train.insert(train.end(), set->begin(), cut(*set));
  for (const Set* set : judged) test.insert(test.end(), cut(*set), set->end());
  SortByTime(&train);
  SortByTime(&test);
  size_t number = 0;
  for (const Labelled& labelled : train) {
    gate->Check(labelled, TimeOf(labelled.time, number++));
    gate->Decide(labelled.spam, false);
  }
  gate->Retrain();
  Result result;
  for (const Labelled& labelled : test) {
    const Time now = TimeOf(labelled.time, number++);
    if (labelled.spam) disguise(labelled, now);
    result.judged.push_back(gate->Check(labelled, now));
  }
  return result;
}

Result Frozen(const std::vector<const Set*>& train,
              const std::vector<const Set*>& judged) {
  const auto gate = Gate::Make();
  return Frozen(train, judged, gate.get(), [](const Labelled&, Time) {});
}

Result Lived(const Set& set, bool all) {
  constexpr size_t kFirstTraining = 100;
  const auto gate = Gate::Make();
  Result result;
  size_t number = 0, lessons = 0, next = kFirstTraining;
  for (const Labelled& labelled : set) {
    const Played played = gate->Check(labelled, TimeOf(labelled.time, number));
    const bool decide =
        all || played.verdict == v1::VERDICT_HOLD || number % kSpotCheck == 0;
    if (++number > kFirstJudged) {
      result.judged.push_back(played);
      result.decided += decide;
    }
    if (!decide) continue;
    gate->Decide(labelled.spam, true);
    if (++lessons == next) {  // as the learner does
      next = next * 5 / 4;
      gate->Retrain();
    }
  }
  return result;
}

// Every spam comment of the pooled blogs in every disguise, at the threshold
// that loses 0.5 % of good comments.
double PointsLost(const std::vector<const Set*>& blogs) {
  struct Try {
    size_t disguise;
    double as_is, disguised;
  };
  const auto disguises = evasion::Disguises();
  const auto gate = Gate::Make();
  std::vector<Try> tries;
  uint32_t seed = 1;
  const Result result =
      Frozen(blogs, blogs, gate.get(), [&](const Labelled& labelled, Time now) {
        if (!evasion::IsMostlyAscii(labelled.comment.body())) return;
        const double as_is = gate->Peek(labelled, now).gate;
        for (size_t i = 0; i < disguises.size(); ++i) {
          Labelled changed = labelled;
          changed.comment.set_body(evasion::DisguiseBody(
              labelled.comment.body(), disguises[i], seed++));
          if (changed.comment.body() == labelled.comment.body()) continue;
          tries.push_back({i, as_is, gate->Peek(changed, now).gate});
        }
      });
  std::vector<double> good;
  for (const Played& played : result.judged) {
    if (!played.spam) good.push_back(played.gate);
  }
  std::sort(good.begin(), good.end(), std::greater<>());
  const double bar = good[good.size() / 200];
  std::vector<Disguised> sums(disguises.size());
  for (const Try& one : tries) {
    Disguised& sum = sums[one.disguise];
    ++sum.all;
    sum.as_is += one.as_is > bar;
    sum.caught += one.disguised > bar;
  }
  double lost = 0;
  fmt::print("\ndisguised spam of the pooled blogs, caught at 0.5 %:\n");
  for (size_t i = 0; i < disguises.size(); ++i) {
    const double as_is = Percent(sums[i].as_is, sums[i].all);
    const double caught = Percent(sums[i].caught, sums[i].all);
    fmt::print("  {:16} {:6} as it is {:5.1f} %, disguised {:5.1f} %\n",
               disguises[i].name, sums[i].all, as_is, caught);
    lost += as_is - caught;
  }
  return lost / static_cast<double>(disguises.size());
}

void AtLeast(const char* name, double value, double limit) {
  fmt::print("bar {} {:.4g} {} {}\n", name, value, limit,
             value >= limit ? "ok" : "short");
}
void AtMost(const char* name, double value, double limit) {
  fmt::print("bar {} {:.4g} {} {}\n", name, value, limit,
             value <= limit ? "ok" : "short");
}

void CurveBars(const std::string& name, const Curve& curve, double auc,
               double at_01, double at_05, double at_1) {
  AtLeast((name + "_auc").c_str(), curve.auc, auc);
  AtLeast((name + "_caught_at_01").c_str(), 100 * curve.caught_at_01, at_01);
  AtLeast((name + "_caught_at_05").c_str(), 100 * curve.caught_at_05, at_05);
  AtLeast((name + "_caught_at_1").c_str(), 100 * curve.caught_at_1, at_1);
}

bool IsBlog(const std::string& name) {
  return name.rfind("blog_", 0) == 0 || name == "datacamp";
}

int Main(const std::string& folder, std::vector<std::string> names,
         FILE* figures) {
  if (Gate::Make() == nullptr) return 1;
  if (names.empty()) {
    names = {"blog_pr",      "blog_wp",  "blog_ham",       "datacamp",
             "youtube",      "judol_id", "telegram_ru_en", "telegram_zh",
             "instagram_id", "sms",      "email_sa",       "abuse_en",
             "abuse_de",     "abuse_zh", "abuse_ko"};
  }
  Harness harness(figures);
  fmt::print("{:15}{:7}{:6} AUC     caught at 0.1, 0.5, 1 % lost\n", "set",
             "way", "who");
  std::vector<std::pair<std::string, Set>> sets;
  Curve told;
  double most_held = 0;
  for (const std::string& name : names) {
    Set set = ReadLabelled(fmt::format("{}/{}.jsonl", folder, name));
    if (set.empty()) {
      fmt::print("{:15}left out: {}/{}.jsonl is absent\n", name, folder, name);
      continue;
    }
    SortByTime(&set);
    if (name != "blog_ham") {
      harness.Print(name, "frozen", Frozen({&set}, {&set}));
      harness.Print(name, "lived", Lived(set, false));
      if (IsBlog(name)) most_held = std::max(most_held, harness.good_held());
      const Curve curve = harness.Print(name, "told", Lived(set, true));
      if (name == "blog_pr") told = curve;
    }
    sets.emplace_back(name, std::move(set));
  }
  std::vector<const Set*> blogs;
  for (const auto& [name, set] : sets) {
    if (IsBlog(name)) blogs.push_back(&set);
  }
  if (blogs.size() < 2) return 0;
  const Curve pooled = harness.Print("blogs", "frozen", Frozen(blogs, blogs));
  fmt::print("\nlearned on the blogs, judging others:\n");
  for (const auto& [name, set] : sets) {
    if (!IsBlog(name)) harness.Print(name, "foreign", Frozen(blogs, {&set}));
  }
  const double lost = PointsLost(blogs);
  CurveBars("quality_blogs", pooled, 0.992, 84, 90, 92);
  CurveBars("quality_told", told, 0.996, 91, 95, 96);
  AtMost("quality_good_held_percent", most_held, 10);
  AtMost("quality_disguised_points_lost", lost, 3);
  return 0;
}

}  // namespace
}  // namespace sluice::quality

int main(int argc, char** argv) {
  std::string folder;
  std::vector<std::string> names;
  FILE* figures = nullptr;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--figures" && i + 1 < argc) {
      figures = std::fopen(argv[++i], "w");
    } else if (folder.empty()) {
      folder = argument;
    } else {
      names.push_back(argument);
    }
  }
  if (folder.empty()) {
    fmt::print(
        stderr,
        "usage: gate_quality FOLDER_OF_JSONL [--figures FILE] [SET...]\n");
    return 2;
  }
  const int status = sluice::quality::Main(folder, names, figures);
  if (figures != nullptr) std::fclose(figures);
  return status;
}
