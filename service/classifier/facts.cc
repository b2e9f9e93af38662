#include "service/classifier/facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <initializer_list>
#include <string>
#include <string_view>

#include "service/classifier/habits.h"

namespace sluice::classifier {
namespace {

// The bin of a count: 0, 1, 2, 3-4, 5-8, 9-16 ...
int Bin(int64_t count) {
  if (count <= 2) return static_cast<int>(std::max<int64_t>(count, 0));
  return std::min(
      static_cast<int>(std::bit_width(static_cast<uint64_t>(count - 1))) + 1,
      20);
}

// Two bins to a doubling, for what tells most: how long a text is.
int FineBin(int64_t count) {
  const int bin = Bin(count);
  if (bin < 3) return 2 * bin;
  return 2 * bin + (count > int64_t{3} << (bin - 3) ? 1 : 0);
}

// A share between 0 and 1 in tenths; `zoom` for shares that are always small.
int Tenth(double share, double zoom = 1) {
  return static_cast<int>(std::clamp(share * zoom, 0.0, 1.0) * 10);
}

struct Fact {
  const char* name;
  int bin;
};

// Numbers the facts of one list, so that none is taken for another's.
class Facts {
 public:
  Facts(uint64_t first, Collector* out) : number_(first), out_(out) {}

  void Add(std::initializer_list<Fact> facts) {
    for (const Fact& fact : facts) {
      out_->Add(Mix(++number_, static_cast<uint64_t>(fact.bin)),
                [&fact] { return fmt::format("{}: {}", fact.name, fact.bin); });
    }
  }

  void AddPair(const char* what, int a, int b) {
    out_->Add(
        Mix(Mix(++number_, static_cast<uint64_t>(a)), static_cast<uint64_t>(b)),
        [=] { return fmt::format("{}: {}, {}", what, a, b); });
  }

  void AddText(const char* what, std::string_view text, int bin) {
    out_->Add(Mix(HashBytes(++number_, text), static_cast<uint64_t>(bin)),
              [=] { return fmt::format("{} '{}', {}", what, text, bin); });
  }

 private:
  uint64_t number_;
  Collector* const out_;
};

void AddLinkFacts(const v1::Signals& signals, Facts* out) {
  const v1::LinkSignals& links = signals.links();
  const v1::MarkupSignals& markup = signals.markup();
  out->Add({
      {"links", Bin(links.count())},
      {"link domains", Bin(links.domains())},
      {"links with another host in their text", Bin(links.text_host_differs())},
      {"shortened links", Bin(links.shorteners())},
      {"links to an IP address", Bin(links.ip_hosts())},
      {"share of link text", Tenth(links.text_share())},
      {"BBCode links", Bin(links.bbcode())},
      {"author has a URL", links.author_url()},
      {"links to the author's own site", Bin(links.same_as_author_url())},
      {"removed markup", Bin(markup.removed())},
      {"raw HTML", Bin(markup.raw_html())},
      {"code", Bin(markup.code_bytes() / 16)},
  });
}

void AddShapeFacts(const v1::Signals& signals, Facts* out) {
  const v1::ShapeSignals& shape = signals.shape();
  const v1::DisguiseSignals& disguise = signals.disguise();
  out->Add({
      {"length", FineBin(shape.characters())},
      {"words", FineBin(shape.words())},
      {"lines", Bin(shape.lines())},
      {"capitals", Tenth(shape.capitals_share(), 3)},
      {"digits", Tenth(shape.digits_share(), 4)},
      {"punctuation", Tenth(shape.punctuation_share(), 4)},
      {"longest run", Bin(shape.longest_run())},
      {"longest word", Bin(shape.longest_word() / 4)},
      {"entropy", static_cast<int>(shape.entropy() * 4)},
      {"repeated words", Tenth(shape.repeated_share())},
      {"quotation", Tenth(shape.quoted_share())},
      {"emoji", Bin(shape.emoji())},
      {"invisible characters", Bin(disguise.invisible())},
      {"look-alike letters", Bin(disguise.confusables())},
      {"digits for letters", Bin(disguise.leet_digits())},
      {"mixed scripts", Bin(disguise.mixed_script_words())},
      {"compatibility letters", Bin(disguise.compatibility())},
      {"words spaced out", Bin(disguise.spaced_words())},
      {"stretched words", Bin(disguise.stretched())},
      {"sureness of the language", Tenth(shape.language_confidence())},
      {"another language than the page's", shape.language_differs()},
  });
}

void AddHabitFacts(const Habits& habits, const v1::ShapeSignals& shape,
                   std::string_view plain, Facts* out) {
  const int words = std::max(shape.words(), 1);
  const int sentences = std::max(habits.sentences, 1);
  const auto rate = [words](int count) {  // in hundredths of the words
    return Bin(int64_t{100} * count / words);
  };
  const double characters = std::max(shape.characters(), 1);
  out->Add({
      {"length of words",
       std::min(static_cast<int>(2 * characters / words), 30)},
      {"length of sentences", Bin(words / sentences)},
      {"sentences begun with a capital",
       Tenth(static_cast<double>(habits.capital_sentences) / sentences)},
      {"exclamation marks", Bin(habits.exclamations)},
      {"question marks", Bin(habits.questions)},
      {"commas", rate(habits.commas)},
      {"full stops", rate(habits.stops)},
      {"apostrophes", rate(habits.apostrophes)},
      {"dashes", rate(habits.dashes)},
      {"quotation marks", Bin(habits.quotes)},
      {"brackets", Bin(habits.brackets)},
      {"blank lines", Bin(habits.blank_lines)},
      {"@", Bin(habits.ats)},
      {"#", Bin(habits.hashes)},
      {"$", Bin(habits.money)},
      {"%", Bin(habits.percents)},
      {"+", Bin(habits.pluses)},
      {"/", Bin(habits.slashes)},
      {":", Bin(habits.colons)},
      {"`", Bin(habits.backticks)},
      {"<", Bin(habits.tags)},
      {"...", Bin(habits.ellipses)},
      {"numbers", Bin(habits.numbers)},
      {"i in lower case", Bin(habits.lone_i)},
      {"double spaces", Bin(habits.double_spaces)},
      {"space before punctuation", Bin(habits.space_before)},
      {"none after punctuation", Bin(habits.none_after)},
      {"characters outside ASCII", Tenth(habits.foreign / characters)},
      {"how it begins", plain.empty() ? 0 : KindOf(plain.front())},
      {"how it ends", plain.empty() ? 0 : KindOf(plain.back())},
  });
}

void AddAuthorFacts(const v1::Comment& comment, const v1::Signals& signals,
                    Facts* out) {
  const v1::AuthorSignals& author = signals.author();
  const v1::FormSignals& form = signals.form();
  const v1::NetworkSignals& network = signals.network();
  const std::string& name = comment.author().name();
  out->Add({
      {"words in the name", Bin(author.name_words())},
      {"length of the name", Bin(static_cast<int64_t>(name.size()) / 2)},
      {"URL in the name", author.name_has_url()},
      {"e-mail given", !comment.author().email().empty()},
      {"throw-away address", author.disposable_email()},
      {"signed in", author.signed_in()},
      {"honeypot", form.honeypot_filled()},
      {"form token", form.token()},
      {"quiz", form.quiz()},
      {"address on block lists", network.ip_listed_size()},
      {"domain on block lists", network.domain_listed_size()},
      {"closed page", signals.page().closed()},
  });
  out->AddText("name like", ShapeOf(name), 0);
}

// What was known when the comment came. Counts of what stands accepted or
// rejected follow people's decisions, but begin with the gate's own: they are
// few among many, so that the gate does not talk itself into anything.
void AddHistoryFacts(const v1::Signals& signals, Facts* out) {
  const v1::AuthorSignals& author = signals.author();
  const v1::RepetitionSignals& repetition = signals.repetition();
  const v1::VelocitySignals& velocity = signals.velocity();
  out->Add({
      {"accepted before", Bin(author.accepted())},
      {"rejected before", Bin(author.rejected())},
      {"accepted under the name", Bin(author.by_name().accepted())},
      {"rejected under the name", Bin(author.by_name().rejected())},
      {"the same text before", Bin(repetition.exact())},
      {"near texts accepted", Bin(repetition.near_accepted())},
      {"near texts rejected", Bin(repetition.near_rejected())},
      {"names for its domain", Bin(repetition.names_for_domain())},
      {"from the address today", Bin(velocity.ip().day())},
      {"with the e-mail today", Bin(velocity.email().day())},
      {"to the domain today", Bin(velocity.domain().day())},
      {"another's name", author.impersonates()},
  });
}

// What says more together than apart.
void AddPairs(const v1::Comment& comment, const v1::Signals& signals,
              const Habits& habits, Facts* out) {
  const v1::ShapeSignals& shape = signals.shape();
  const int links = Bin(signals.links().count());
  const int length = Bin(shape.words());
  const int url = signals.links().author_url();
  const int email = !comment.author().email().empty();
  out->AddPair("links and length", links, length);
  out->AddPair("author's URL and length", url, length);
  out->AddPair("author's URL and links", url, links);
  out->AddPair("e-mail and author's URL", email, url);
  out->AddPair("e-mail and length", email, length);
  out->AddPair("exclamation marks and length", Bin(habits.exclamations),
               length);
  out->AddPair("question marks and length", Bin(habits.questions), length);
  out->AddPair("apostrophes and length", Bin(habits.apostrophes), length);
  out->AddPair("commas and length", Bin(habits.commas), length);
  out->AddPair("lines and length", Bin(shape.lines()), length);
  out->AddPair("words in the name and author's URL",
               Bin(signals.author().name_words()), url);
  out->AddText("language", shape.language(), 0);
  out->AddText("language and length", shape.language(), length);
  out->AddText("language and links", shape.language(), links);
}

}  // namespace

void AddFacts(signals::Views* views, const v1::Signals& signals,
              Collector* out) {
  const v1::Comment& comment = views->comment();
  const Habits habits =
      HabitsOf(std::string_view(comment.body()).substr(0, kMaxTextBytes));
  out->Begin(Group::kStructure);
  Facts links(100, out), shape(200, out), written(300, out), author(400, out),
      history(500, out), pairs(600, out);
  AddLinkFacts(signals, &links);
  AddShapeFacts(signals, &shape);
  AddHabitFacts(habits, signals.shape(), views->Text(v1::VIEW_PLAIN), &written);
  AddAuthorFacts(comment, signals, &author);
  AddHistoryFacts(signals, &history);
  AddPairs(comment, signals, habits, &pairs);
  out->End();
}

}  // namespace sluice::classifier
