#include "service/replay/score_patch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string_view>
#include <utility>

#include "service/ruleset/yaml_loader.h"

namespace sluice::replay {
namespace {

constexpr size_t kContext = 3;  // lines around a change

// A line and what stands for it.
using Edits = std::map<size_t, std::vector<std::string>>;

// With their line breaks, so that a file comes out byte for byte.
std::vector<std::string> LinesOf(std::string_view content) {
  std::vector<std::string> lines;
  while (!content.empty()) {
    const size_t end = content.find('\n');
    const size_t size =
        end == std::string_view::npos ? content.size() : end + 1;
    lines.emplace_back(content.substr(0, size));
    content.remove_prefix(size);
  }
  return lines;
}

bool IsOfNumber(char c) {
  return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' ||
         c == 'e' || c == 'E';
}

// One rule's new score in its lines, or why it cannot be written there.
std::string Edit(const ruleset::Place& place, bool has_mode,
                 const v1::TunedScore& score,
                 const std::vector<std::string>& lines, Edits* edits) {
  if (place.line == 0 || place.line > lines.size() || place.column == 0)
    return "its score stands in no line of its own";
  const size_t number = place.line - 1;
  if (edits->count(number) > 0) return "another rule's score is in its line";
  const std::string& line = lines[number];
  const size_t begin = place.column - 1;
  size_t end = begin;
  while (end < line.size() && IsOfNumber(line[end])) ++end;
  if (end == begin || std::strtod(line.substr(begin, end - begin).c_str(),
                                  nullptr) != score.before()) {
    return "its score is not written as a number";
  }
  if (!score.contradicted()) {
    edits->emplace(number,
                   std::vector<std::string>{line.substr(0, begin) +
                                            fmt::format("{:g}", score.after()) +
                                            line.substr(end)});
    return "";
  }
  if (has_mode) return "the data contradict it, and it states its `mode`";
  const size_t key = line.rfind("score", begin);
  const size_t written = line.find_first_not_of(" -");
  if (key == std::string::npos) return "its score stands apart from its key";
  if (key != written) {  // {id: a, score: 1}
    edits->emplace(
        number, std::vector<std::string>{line.substr(0, end) +
                                         ", mode: shadow" + line.substr(end)});
    return "";
  }
  std::string first = line;
  if (first.back() != '\n') first += '\n';
  edits->emplace(
      number, std::vector<std::string>{
                  std::move(first), std::string(key, ' ') + "mode: shadow\n"});
  return "";
}

void AppendLine(char mark, const std::string& line, std::string* out) {
  *out += mark;
  *out += line;
  if (line.back() != '\n') *out += "\n\\ No newline at end of file\n";
}

// The changes of one file; edits whose contexts meet are one hunk.
std::string DiffOf(const std::string& path,
                   const std::vector<std::string>& lines, const Edits& edits) {
  std::string out = fmt::format("--- a/{0}\n+++ b/{0}\n", path);
  ptrdiff_t shift = 0;  // lines that came in before
  for (auto first = edits.begin(); first != edits.end();) {
    auto last = first;
    while (std::next(last) != edits.end() &&
           std::next(last)->first <= last->first + 2 * kContext + 1)
      ++last;
    const size_t begin = first->first - std::min(first->first, kContext);
    const size_t end = std::min(lines.size(), last->first + kContext + 1);
    std::string body;
    ptrdiff_t grown = 0;
    for (size_t i = begin; i < end; ++i) {
      const auto edit = edits.find(i);
      if (edit == edits.end()) {
        AppendLine(' ', lines[i], &body);
        continue;
      }
      // A line that a new one comes after is not a change itself.
      const bool kept = edit->second.front() == lines[i];
      if (kept)
        AppendLine(' ', lines[i], &body);
      else
        AppendLine('-', lines[i], &body);
      for (size_t j = kept ? 1 : 0; j < edit->second.size(); ++j)
        AppendLine('+', edit->second[j], &body);
      grown += static_cast<ptrdiff_t>(edit->second.size()) - 1;
    }
    const auto size = static_cast<ptrdiff_t>(end - begin);
    out += fmt::format("@@ -{},{} +{},{} @@\n{}", begin + 1, size,
                       static_cast<ptrdiff_t>(begin) + 1 + shift, size + grown,
                       body);
    shift += grown;
    first = std::next(last);
  }
  return out;
}

}  // namespace

ScorePatch PatchScores(
    std::vector<ruleset::SourceFile> files,
    const google::protobuf::RepeatedPtrField<v1::TunedScore>& scores) {
  ScorePatch patch;
  std::map<std::string, const v1::TunedScore*> wanted;
  for (const v1::TunedScore& score : scores) wanted[score.rule()] = &score;
  for (ruleset::SourceFile& file : files) {
    v1::RuleFile rules;
    ruleset::Places places;
    std::vector<v1::Diagnostic> ignored;  // it has loaded before
    if (file.path == "policy.yaml" ||
        file.path.find(".yaml") == std::string::npos ||
        !ruleset::LoadYaml(file, &rules, &ignored, &places))
      continue;
    const std::vector<std::string> lines = LinesOf(file.content);
    Edits edits;
    for (int i = 0; i < rules.rules_size(); ++i) {
      const auto score = wanted.find(rules.rules(i).id());
      if (score == wanted.end()) continue;
      const auto place = places.find(fmt::format("rules[{}].score", i));
      const std::string problem =
          Edit(place == places.end() ? ruleset::Place{} : place->second,
               places.find(fmt::format("rules[{}].mode", i)) != places.end(),
               *score->second, lines, &edits);
      if (!problem.empty()) {
        patch.left_out.push_back(fmt::format("rule '{}' ({}): {}",
                                             score->second->rule(),
                                             score->second->source(), problem));
      }
      wanted.erase(score);
    }
    if (edits.empty()) continue;
    patch.diff += DiffOf(file.path, lines, edits);
    file.content.clear();
    for (size_t i = 0; i < lines.size(); ++i) {
      const auto edit = edits.find(i);
      if (edit == edits.end()) {
        file.content += lines[i];
        continue;
      }
      for (const std::string& line : edit->second) file.content += line;
    }
  }
  for (const auto& [id, score] : wanted) {
    patch.left_out.push_back(fmt::format(
        "rule '{}' ({}): it is not in the common folder", id, score->source()));
  }
  patch.files = std::move(files);
  return patch;
}

}  // namespace sluice::replay
