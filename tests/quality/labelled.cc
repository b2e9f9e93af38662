#include "tests/quality/labelled.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

namespace sluice::quality {
namespace {

std::string TextOf(const nlohmann::json& row, const char* key) {
  const auto field = row.find(key);
  return field == row.end() || !field->is_string() ? ""
                                                   : field->get<std::string>();
}

double Caught(const std::vector<double>& spam,
              const std::vector<double>& good_descending, double rate) {
  if (spam.empty() || good_descending.empty()) return 0;
  const auto k =
      static_cast<size_t>(rate * static_cast<double>(good_descending.size()));
  const double bar = good_descending[std::min(k, good_descending.size() - 1)];
  const auto above = std::count_if(spam.begin(), spam.end(),
                                   [bar](double score) { return score > bar; });
  return static_cast<double>(above) / static_cast<double>(spam.size());
}

}  // namespace

std::vector<Labelled> ReadLabelled(const std::string& path) {
  std::vector<Labelled> out;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    const nlohmann::json row =
        nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (row.is_discarded() || !row.is_object()) continue;
    Labelled& labelled = out.emplace_back();
    labelled.spam = TextOf(row, "label") != "ham";
    labelled.time = TextOf(row, "created_at");
    labelled.source = TextOf(row, "source");
    v1::Comment& comment = labelled.comment;
    comment.set_name("sites/default/comments/c" + std::to_string(out.size()));
    comment.set_body(TextOf(row, "text"));
    comment.mutable_author()->set_name(TextOf(row, "author"));
    comment.mutable_author()->set_email(TextOf(row, "email"));
    comment.mutable_author()->set_url(TextOf(row, "url"));
  }
  return out;
}

Curve CurveOf(std::vector<double> spam, std::vector<double> good) {
  std::sort(good.begin(), good.end(), std::greater<>());
  Curve curve;
  curve.caught_at_01 = Caught(spam, good, 0.001);
  curve.caught_at_05 = Caught(spam, good, 0.005);
  curve.caught_at_1 = Caught(spam, good, 0.01);
  double wins = 0;
  for (double score : spam) {
    const auto above =
        std::lower_bound(good.begin(), good.end(), score, std::greater<>());
    const auto not_below =
        std::upper_bound(above, good.end(), score, std::greater<>());
    wins += static_cast<double>(good.end() - not_below) +
            0.5 * static_cast<double>(not_below - above);
  }
  const double pairs =
      static_cast<double>(spam.size()) * static_cast<double>(good.size());
  curve.auc = pairs == 0 ? 0 : wins / pairs;
  return curve;
}

}  // namespace sluice::quality
