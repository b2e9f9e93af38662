#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace sluice::bench {

// Rules as people write them, of made-up words among real ones. `patterns` are
// the same rules for RE2 alone, `bait` is a text in which a rule's literals
// stand.
struct Rules {
  std::string yaml = "rules:\n";
  std::vector<std::string> patterns;
  std::vector<std::string> bait;
};

class RuleMaker {
 public:
  Rules Make(size_t count) {
    Rules out;
    for (size_t i = 0; i < count; ++i) Add(i, &out);
    return out;
  }

 private:
  size_t Below(size_t bound) { return engine_() % bound; }

  std::string Word() {
    static constexpr const char* kBegin[] = {
        "b",  "br", "c", "cl", "d", "f", "fl", "g",  "gr", "h",
        "j",  "k",  "l", "m",  "n", "p", "pl", "pr", "r",  "s",
        "sh", "st", "t", "tr", "v", "w", "z",  "vi", "ca", "xa"};
    static constexpr const char* kMiddle[] = {"a",  "e",  "i",  "o",  "u",
                                              "ai", "ea", "ou", "io", "y"};
    static constexpr const char* kEnd[] = {
        "n",   "r",   "x", "l",  "gra", "lis", "ck", "st", "ton",
        "mer", "ble", "m", "ts", "ra",  "no",  "ss", "",   "d"};
    std::string out;
    for (size_t i = 0; i < 2; ++i) {
      out += kBegin[Below(std::size(kBegin))];
      out += kMiddle[Below(std::size(kMiddle))];
    }
    return out + kEnd[Below(std::size(kEnd))];
  }

  std::string Common() {
    static constexpr const char* kCommon[] = {
        "buy",    "online", "cheap", "best",   "free",    "review",  "price",
        "order",  "now",    "site",  "click",  "visit",   "service", "agency",
        "casino", "loan",   "pills", "crypto", "replica", "traffic"};
    return kCommon[Below(std::size(kCommon))];
  }

  void Add(size_t i, Rules* out) {
    const std::string a = Word();
    const std::string b = Word();
    const std::string common = Common();
    std::string pattern;
    std::string bait = a;
    bool words = false;
    switch (i % 10) {
      case 0:
      case 1:
      case 2:
        words = true;
        break;
      case 3:
        pattern = fmt::format("\\b{}\\s+{}\\b", common, a);
        bait = common + " " + a;
        break;
      case 4:
        pattern = fmt::format("(?i)\\b{}(?:s|ing|er)?\\b", a);
        break;
      case 5:
        pattern = fmt::format("{}[1i!]{}", a, b);
        bait = a + "i" + b;
        break;
      case 6:
        pattern =
            fmt::format("\\b(?:{}|{})[\\s-]+(?:{}|{})", a, b, common, Common());
        bait = a + " " + common;
        break;
      case 7:
        pattern = fmt::format("{}\\W{{0,3}}{}", a, b);
        bait = a + " " + b;
        break;
      case 8:
        pattern = fmt::format("\\b{}\\w*\\s+(?:\\w+\\s+){{0,3}}{}", a, common);
        bait = a + " x " + common;
        break;
      default:
        pattern = fmt::format("(?i)https?://[a-z0-9.-]*{}\\.(?:com|net|ru)", a);
        bait = "http://" + a + ".com";
        break;
    }
    out->yaml += fmt::format(
        "  - id: rule-{}\n    why: Made for a benchmark\n    score: 0.1\n", i);
    if (words) {
      out->yaml += fmt::format("    words: [{}, {} {}]\n", a, common, b);
      pattern = fmt::format("\\b(?:{}|{} {})\\b", a, common, b);
    } else {
      out->yaml += fmt::format("    regex: '{}'\n", pattern);
    }
    out->yaml += fmt::format(
        "    examples: {{hit: ['look, {} here'], miss: ['nothing here']}}\n",
        bait);
    out->patterns.push_back(std::move(pattern));
    out->bait.push_back(std::move(bait));
  }

  std::mt19937 engine_{7};
};

}  // namespace sluice::bench
