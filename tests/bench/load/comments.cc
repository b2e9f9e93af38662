#include "tests/bench/load/comments.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <set>
#include <utility>

#include "tests/quality/labelled.h"

namespace sluice::bench {
namespace {

constexpr size_t kHostileBytes = 64 << 10;
constexpr int kMadeWords = 100;

std::string Repeat(const std::string& part) {
  std::string out;
  while (out.size() + part.size() <= kHostileBytes) out += part;
  return out;
}

v1::Comment MadeComment(size_t number) {
  static constexpr const char* kWords[] = {
      "river",  "morning", "because", "engine", "letter",  "yellow",
      "simple", "garden",  "through", "winter", "measure", "kitchen",
      "paper",  "bridge",  "quiet",   "answer", "window",  "follow"};
  std::mt19937_64 engine(number + 1);
  v1::Comment out;
  std::string body;
  for (int i = 0; i < kMadeWords; ++i) {
    body += kWords[engine() % std::size(kWords)];
    body += i % 13 == 12 ? ".\n\n" : i % 7 == 6 ? ", " : " ";
  }
  out.set_body(body + fmt::format("*{}*", engine()));
  out.mutable_author()->set_name(fmt::format("Reader {}", engine() % 997));
  return out;
}

}  // namespace

std::vector<v1::Comment> GoodComments(const std::string& folder, size_t made) {
  std::vector<v1::Comment> out;
  std::set<std::string> seen;
  for (const char* name : {"blog_pr", "blog_wp", "blog_ham", "datacamp"}) {
    const std::string path = fmt::format("{}/{}.jsonl", folder, name);
    if (!std::filesystem::exists(path)) continue;
    for (quality::Labelled& labelled : quality::ReadLabelled(path)) {
      if (!labelled.spam && seen.insert(labelled.comment.body()).second)
        out.push_back(std::move(labelled.comment));
    }
  }
  if (out.empty()) {
    for (size_t i = 0; i < made; ++i) out.push_back(MadeComment(i));
  }
  std::shuffle(out.begin(), out.end(), std::mt19937(7));
  return out;
}

std::vector<Hostile> HostileTexts() {
  return {
      {"<div>", Repeat("<div>")},
      {"[", Repeat("[")},
      {"![](", Repeat("![](")},
      {"*_", Repeat("*a_ ")},
      {"> >", Repeat("> ")},
      {"lists", Repeat("* a\n\n  ")},
      {"`", Repeat("`` ` ")},
      {"entities", Repeat("&amp;&#x61;")},
      {"urls", Repeat("http://a.example/b ")},
      {"letters", Repeat("v i a g r a ")},
      {"marks", Repeat("a\u0301\u0302")},
      {"tables", Repeat("a|b\n-|-\nc|d\n\n")},
      {"words", Repeat("buy online cheap pills now ")},
  };
}

}  // namespace sluice::bench
