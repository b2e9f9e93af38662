// How much of the spam that the shipped rules catch is still caught when its
// words are disguised, in twenty ways, and what seeing through disguises costs
// good comments. No server, no history, no model: judge.h, as a check calls it.
//
//   evasion FOLDER_OF_JSONL [--seed N] [--missed DISGUISE]
//
// With --missed, the comments that one disguise gets through, for whoever mends
// folding.

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "service/judge.h"
#include "service/ruleset/ruleset.h"
#include "service/text/utf8.h"
#include "tests/bench/evasion/body.h"
#include "tests/bench/evasion/disguise.h"
#include "tests/bench/evasion/plain_fold.h"
#include "tests/quality/labelled.h"

namespace sluice::evasion {
namespace {

using quality::Labelled;

constexpr double kLeastAverage = 97;  // percent
constexpr double kLeastEach = 90;

// Sets of advertising. Those of abuse are another matter, and email_sa is of
// mails.
constexpr const char* kSpamSets[] = {
    "blog_pr",        "blog_wp",     "datacamp",     "youtube", "judol_id",
    "telegram_ru_en", "telegram_zh", "instagram_id", "sms"};
constexpr const char* kGoodSets[] = {
    "blog_pr",        "blog_wp",     "blog_ham",     "datacamp", "youtube",
    "telegram_ru_en", "telegram_zh", "instagram_id", "judol_id", "sms"};

double Percent(size_t part, size_t whole) {
  return whole == 0
             ? 0
             : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

bool Stops(const v1::Decision& decision) {
  return decision.verdict() == v1::VERDICT_HOLD ||
         decision.verdict() == v1::VERDICT_REJECT;
}

struct Outcome {
  bool caught = false;
  bool caught_by_words = false;  // with no rule that counts disguises
  v1::Decision decision;
};

Outcome Check(const Site& site, v1::Comment comment) {
  Outcome outcome;
  Judgement judgement = Judge(site, nullptr, comment, {}, {}, Time{});
  outcome.caught = Stops(judgement.decision);
  outcome.caught_by_words = outcome.caught;
  if (outcome.caught) {
    v1::Checked again;
    *again.mutable_comment() = std::move(comment);
    *again.mutable_signals() = std::move(judgement.signals);
    again.mutable_signals()->clear_disguise();
    outcome.caught_by_words = Stops(JudgeAgain(site, again, Time{}).decision);
  }
  outcome.decision = std::move(judgement.decision);
  return outcome;
}

v1::Comment WithBody(const v1::Comment& comment, std::string body) {
  v1::Comment changed = comment;
  changed.set_body(std::move(body));
  return changed;
}

// A spam comment that the rules catch as it is.
struct Caught {
  v1::Comment comment;
  bool by_its_words;  // with its words scrambled it gets through
};

std::vector<Caught> CaughtOf(const Site& site, const std::string& folder) {
  std::vector<Caught> caught;
  for (const char* name : kSpamSets) {
    for (const Labelled& labelled :
         quality::ReadLabelled(fmt::format("{}/{}.jsonl", folder, name))) {
      const v1::Comment& comment = labelled.comment;
      if (!labelled.spam || !IsMostlyAscii(comment.body()) ||
          !Check(site, comment).caught)
        continue;
      const Outcome scrambled =
          Check(site, WithBody(comment, ScrambleBody(comment.body(), 1)));
      caught.push_back({comment, !scrambled.caught});
    }
  }
  return caught;
}

struct Tally {
  size_t all = 0, caught = 0;          // those that the disguise changed
  size_t wordy = 0, wordy_caught = 0;  // of them, those caught by their words
  size_t folded = 0;  // of those, what is caught with no rule about disguises
};

void PrintMissed(const v1::Comment& as_is, const v1::Comment& disguised,
                 const Site& site, const Outcome& outcome) {
  Rendered rendered(site, disguised);
  fmt::print("--- {}\n{}\n{}\n", as_is.body(), disguised.body(),
             rendered.views()->Text(v1::VIEW_TEXT));
  const Outcome was = Check(site, as_is);
  for (const v1::Reason& reason : was.decision.reasons()) {
    fmt::print("  was {} {}", reason.id(), reason.score());
    for (const v1::Match& match : reason.matches())
      fmt::print(" [{}]", match.text());
    fmt::print("\n");
  }
  fmt::print("  mixed-script words: {}\n",
             rendered.views()->fold_counts().mixed_script_words);
  for (const v1::Reason& reason : outcome.decision.reasons())
    fmt::print("  is {} {} {}\n", reason.id(), reason.score(),
               reason.matches_size() > 0 ? reason.matches(0).text() : "");
}

Tally Try(const Site& site, const std::vector<Caught>& spam,
          const Disguise& disguise, uint32_t seed, bool print_missed) {
  Tally tally;
  for (const Caught& one : spam) {
    std::string body = DisguiseBody(one.comment.body(), disguise, seed++);
    if (body == one.comment.body()) continue;
    const v1::Comment changed = WithBody(one.comment, std::move(body));
    const Outcome outcome = Check(site, changed);
    ++tally.all;
    tally.caught += outcome.caught;
    if (print_missed && one.by_its_words && !outcome.caught_by_words)
      PrintMissed(one.comment, changed, site, outcome);
    if (!one.by_its_words) continue;
    ++tally.wordy;
    tally.wordy_caught += outcome.caught;
    tally.folded += outcome.caught_by_words;
  }
  return tally;
}

void PrintBar(std::string_view name, double value, double limit, bool ok) {
  fmt::print("bar {} {:.2f} {} {}\n", name, value, limit, ok ? "ok" : "short");
}

void Disguised(const Site& site, const std::string& folder, uint32_t seed,
               std::string_view missed) {
  const std::vector<Caught> spam = CaughtOf(site, folder);
  fmt::print(
      "{} spam comments in Latin letters are caught as they are; still caught, "
      "disguised, of\nthose that a disguise changes:\n\n"
      "{:16} {:>6} {:>8} | {:>14} {:>8} {:>24}\n",
      spam.size(), "", "all", "", "by their words", "",
      "without disguise signals");
  double sum = 0, least = 100, sum_words = 0, least_words = 100, sum_folded = 0;
  for (const Disguise& disguise : Disguises()) {
    const Tally tally =
        Try(site, spam, disguise, seed, missed == disguise.name);
    const double caught = Percent(tally.caught, tally.all);
    const double words = Percent(tally.wordy_caught, tally.wordy);
    const double folded = Percent(tally.folded, tally.wordy);
    fmt::print("{:16} {:6} {:6.1f} % | {:14} {:6.1f} % {:22.1f} %\n",
               disguise.name, tally.all, caught, tally.wordy, words, folded);
    sum += caught;
    sum_words += words;
    sum_folded += folded;
    least = std::min(least, caught);
    least_words = std::min(least_words, words);
  }
  const auto count = static_cast<double>(Disguises().size());
  fmt::print("{:16} {:6} {:6.1f} % | {:14} {:6.1f} % {:22.1f} %\n\n", "average",
             "", sum / count, "", sum_words / count, sum_folded / count);
  PrintBar("evasion_caught_average", sum / count, kLeastAverage,
           sum / count >= kLeastAverage);
  PrintBar("evasion_caught_least", least, kLeastEach, least >= kLeastEach);
  PrintBar("evasion_words_average", sum_words / count, kLeastAverage,
           sum_words / count >= kLeastAverage);
  PrintBar("evasion_words_least", least_words, kLeastEach,
           least_words >= kLeastEach);
}

// Kinds of good comments that folding could wrong.
enum Kind { kAny, kCyrillic, kAccents, kEastAsian, kCode, kKinds };
constexpr const char* kKindNames[] = {"all", "with Cyrillic", "with accents",
                                      "East Asian", "with code"};

std::array<bool, kKinds> KindsOf(std::string_view body) {
  std::array<bool, kKinds> kinds{};
  kinds[kAny] = true;
  kinds[kCode] = body.find('`') != std::string_view::npos ||
                 body.find("<pre") != std::string_view::npos ||
                 body.find("<code") != std::string_view::npos ||
                 body.find("\n    ") != std::string_view::npos;
  for (size_t at = 0; at < body.size();) {
    const text::Decoded next = text::DecodeUtf8(body, at);
    const char32_t c = next.code_point;
    kinds[kCyrillic] |= c >= 0x400 && c < 0x530;
    kinds[kAccents] |= c >= 0xC0 && c < 0x250 && c != 0xD7 && c != 0xF7;
    kinds[kEastAsian] |= c >= 0x3040 && c < 0xD7B0;
    at += next.size;
  }
  return kinds;
}

struct Good {
  size_t all = 0, folded = 0, plain = 0;
};

bool IsStopped(const Site& site, const v1::Comment& comment) {
  return Stops(Judge(site, nullptr, comment, {}, {}, Time{}).decision);
}

void PrintGood(std::string_view name, const Good& good) {
  fmt::print("{:16} {:6}   {:5} {:7.3f} % {:9} {:7.3f} %\n", name, good.all,
             good.folded, Percent(good.folded, good.all), good.plain,
             Percent(good.plain, good.all));
}

void FalsePositives(const Site& site, const std::string& folder, bool print) {
  fmt::print(
      "\ngood comments stopped  folding as shipped   case folding alone\n");
  std::array<Good, kKinds> kinds;
  for (const char* name : kGoodSets) {
    Good set;
    for (const Labelled& labelled :
         quality::ReadLabelled(fmt::format("{}/{}.jsonl", folder, name))) {
      if (labelled.spam) continue;
      const bool folded = IsStopped(site, labelled.comment);
      bool plain = false;
      {
        const PlainFold plain_fold;
        plain = IsStopped(site, labelled.comment);
      }
      const auto add = [folded, plain](Good* good) {
        ++good->all;
        good->folded += folded;
        good->plain += plain;
      };
      add(&set);
      const auto is = KindsOf(labelled.comment.body());
      for (size_t kind = 0; kind < kKinds; ++kind)
        if (is[kind]) add(&kinds[kind]);
      if (print && folded != plain) {
        Outcome outcome;
        {
          const PlainFold plain_fold;
          outcome = Check(site, labelled.comment);
        }
        PrintMissed(labelled.comment, labelled.comment, site, outcome);
      }
    }
    PrintGood(name, set);
  }
  for (size_t kind = 0; kind < kKinds; ++kind)
    PrintGood(kKindNames[kind], kinds[kind]);
  const Good& all = kinds[kAny];
  PrintBar("evasion_good_stopped_percent", Percent(all.folded, all.all),
           Percent(all.plain, all.all), all.folded <= all.plain);
}

int Main(const std::string& folder, uint32_t seed, std::string_view missed) {
  const auto files = ruleset::ReadFolder(SLUICE_SOURCE_DIR "/rules");
  if (!files.ok()) return 1;
  const ruleset::LoadResult loaded = ruleset::LoadRuleset(*files, {});
  if (loaded.ruleset == nullptr) return 1;
  const Site site{"default", loaded.ruleset->lists_facts(), loaded.ruleset};
  if (missed != "good") Disguised(site, folder, seed, missed);
  FalsePositives(site, folder, missed == "good");
  return 0;
}

}  // namespace
}  // namespace sluice::evasion

int main(int argc, char** argv) {
  std::string folder, missed;
  uint32_t seed = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    if (flag == "--seed" && i + 1 < argc) {
      seed = static_cast<uint32_t>(std::strtoul(argv[++i], nullptr, 10));
    } else if (flag == "--missed" && i + 1 < argc) {
      missed = argv[++i];
    } else {
      folder = flag;
    }
  }
  return sluice::evasion::Main(folder, seed, missed);
}
