// How well the model alone tells spam from good comments. For each set: frozen
// (learn the first 60 %, judge the rest) and lived (judge each in turn, then
// learn it). Usage: classifier_quality FOLDER_OF_JSONL

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "service/classifier/features.h"
#include "service/classifier/model.h"
#include "service/markup/render.h"
#include "service/signals/observe.h"
#include "tests/quality/labelled.h"

namespace sluice::quality {
namespace {

struct Example {
  classifier::Features features;
  bool spam;
};

std::vector<Example> ExamplesOf(std::vector<Labelled> set) {
  const bool dated = std::all_of(set.begin(), set.end(), [](const Labelled& l) {
    return !l.time.empty();
  });
  if (dated)
    std::stable_sort(set.begin(), set.end(), [](const auto& a, const auto& b) {
      return a.time < b.time;
    });
  const markup::HtmlPolicy policy = markup::DefaultHtmlPolicy();
  std::vector<Example> examples;
  for (const Labelled& labelled : set) {
    const auto rendering = markup::Render(
        labelled.comment.body(), markup::Format::kMarkdownExtra, policy, "c");
    signals::Views views(labelled.comment, rendering);
    const v1::Signals signals = signals::Observe(&views, {}, {}, Time{});
    examples.push_back({classifier::Extract(&views, signals), labelled.spam});
  }
  return examples;
}

void Print(const std::string& name, const char* way, const Curve& curve) {
  fmt::print(
      "{:16} {:7} auc {:.3f}  caught at 0.1 / 0.5 / 1 % lost: {:5.1f} {:5.1f} "
      "{:5.1f}\n",
      name, way, curve.auc, 100 * curve.caught_at_01, 100 * curve.caught_at_05,
      100 * curve.caught_at_1);
}

struct Scores {
  std::vector<double> spam;
  std::vector<double> good;
  void Add(const Example& example, double score) {
    (example.spam ? spam : good).push_back(score);
  }
};

Scores Frozen(const std::vector<std::vector<Example>>& sets) {
  classifier::Model model;
  // Interleaved, so that no set is learned last.
  const size_t longest = std::max_element(sets.begin(), sets.end(),
                                          [](const auto& a, const auto& b) {
                                            return a.size() < b.size();
                                          })
                             ->size();
  for (size_t i = 0; i < longest; ++i) {
    for (const auto& set : sets) {
      const size_t train = set.size() * 6 / 10;
      const size_t at = i * train / longest;
      const size_t next = (i + 1) * train / longest;
      for (size_t j = at; j < next; ++j)
        model.Learn(set[j].features, set[j].spam, 1);
    }
  }
  Scores scores;
  for (const auto& set : sets) {
    for (size_t i = set.size() * 6 / 10; i < set.size(); ++i) {
      scores.Add(set[i], model.Judge(set[i].features).log_odds);
    }
  }
  return scores;
}

Scores Lived(const std::vector<Example>& set) {
  constexpr size_t kFirstJudged = 300;
  classifier::Model model;
  Scores scores;
  for (size_t i = 0; i < set.size(); ++i) {
    if (i >= kFirstJudged)
      scores.Add(set[i], model.Judge(set[i].features).log_odds);
    model.Learn(set[i].features, set[i].spam, 1);
  }
  return scores;
}

int Main(const std::string& folder) {
  std::vector<std::vector<Example>> blogs;
  for (const char* name :
       {"blog_pr", "blog_wp", "blog_ham", "datacamp", "youtube", "judol_id",
        "telegram_ru_en", "telegram_zh", "instagram_id", "sms", "abuse_en",
        "abuse_de"}) {
    std::vector<Example> examples =
        ExamplesOf(ReadLabelled(fmt::format("{}/{}.jsonl", folder, name)));
    if (examples.empty()) {
      fmt::print("{:16} left out: {}/{}.jsonl is absent\n", name, folder, name);
      continue;
    }
    const bool blog = std::string_view(name).substr(0, 5) == "blog_" ||
                      std::string_view(name) == "datacamp";
    if (std::string_view(name) != "blog_ham") {
      const Scores frozen = Frozen({examples});
      Print(name, "frozen", CurveOf(frozen.spam, frozen.good));
      const Scores lived = Lived(examples);
      Print(name, "lived", CurveOf(lived.spam, lived.good));
    }
    if (blog) blogs.push_back(std::move(examples));
  }
  if (blogs.empty()) return 0;
  const Scores pooled = Frozen(blogs);
  Print("blogs, pooled", "frozen", CurveOf(pooled.spam, pooled.good));
  return 0;
}

}  // namespace
}  // namespace sluice::quality

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: classifier_quality FOLDER_OF_JSONL\n");
    return 2;
  }
  return sluice::quality::Main(argv[1]);
}
