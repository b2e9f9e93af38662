// The filter's grammar, its fields, and what it says of a mistake.

#include "service/store/filter.h"

#include <gtest/gtest.h>

#include "tests/unit/store/testing.h"

namespace sluice::store {
namespace {

// Held at At(0) with a score of 3.5.
v1::Entry Sample() {
  v1::Entry entry;
  entry.set_name(NameOf("c1"));
  entry.set_state(v1::STATE_HELD);
  entry.mutable_create_time()->set_seconds(1'700'000'000);
  entry.mutable_update_time()->set_seconds(1'700'000'060);
  v1::Checked* checked = entry.mutable_checked();
  checked->set_html(
      "<p>Buy <em>Ch</em>eap pills &amp; more</p><p>\xC3\x89"
      "cole \xD0\x9F\xD0\xA0\xD0\x98</p>");
  v1::Comment* comment = checked->mutable_comment();
  comment->mutable_author()->set_name("Ann Other");
  comment->mutable_author()->set_email("Ann@Example.org");
  comment->mutable_page()->set_url("https://blog.example/one");
  comment->mutable_client()->set_ip("192.0.2.1");
  checked->mutable_decision()->set_verdict(v1::VERDICT_HOLD);
  checked->mutable_decision()->set_score(3.5);
  checked->mutable_decision()->add_reasons()->set_id("newcomer-with-links");
  v1::LinkItem* link = checked->mutable_signals()->mutable_links()->add_items();
  link->set_host("www.pills.example");
  link->set_domain("pills.example");
  checked->mutable_signals()->mutable_links()->set_count(2);
  entry.mutable_claim()->set_moderator("bob");
  entry.mutable_claim()->mutable_expire_time()->set_seconds(1'700'000'600);
  return entry;
}

std::string Ask(const std::string& text, int64_t now = 100) {
  const auto filter = Filter::Parse(text, At(now));
  if (!filter.ok()) return std::string(filter.status().message());
  return (*filter)->Matches({Sample(), "c0ffee"}) ? "yes" : "no";
}

TEST(Filter, SaysWhatAnEntryIs) {
  const struct {
    const char* text;
    const char* answer;
  } cases[] = {
      {"", "yes"},
      {"  ", "yes"},
      {"state = HELD", "yes"},
      {"state=held", "yes"},
      {"state != HELD", "no"},
      {"state:*", "yes"},
      {"verdict = HOLD", "yes"},
      {"verdict:ACCEPT", "no"},
      {"score > 3 score < 4", "yes"},
      {"score >= 3.5 AND score <= 3.5", "yes"},
      {"score > -2", "yes"},
      {"score = 3", "no"},
      {"spam:*", "no"},
      {"spam < 0.5", "no"},  // not known is not little
      {"spam != 0.5", "yes"},
      {"create_time > -2h", "yes"},
      {"create_time > -30s", "no"},
      {"create_time = 2023-11-14", "yes"},
      {"create_time > 2023-11-14", "yes"},
      {"create_time < 2023-11-14T23:13:21+01:00", "yes"},
      {"create_time >= 2023-11-14T22:13:20.000001Z", "no"},
      {"create_time = \"2023-11-14T22:13:20Z\"", "yes"},
      {"update_time > 2023-11-14T22:14:00Z", "yes"},
      {"review_time:*", "no"},
      {"-review_time:*", "yes"},
      {"name = c1", "yes"},
      {"author.email = ann@example.ORG", "yes"},
      {"author.email : EXAMPLE", "yes"},
      {"author.name = \"ann other\"", "yes"},
      {"author.id:*", "no"},
      {"author.ip = 192.0.2.1", "yes"},
      {"page.url = https://blog.example/one", "yes"},
      {"page.url:/one", "yes"},
      {"campaign = c0ffee", "yes"},
      {"campaign:*", "no"},  // alone so far
      {"reason:newcomer", "yes"},
      {"reason = newcomer", "no"},
      {"reason = newcomer-with-links", "yes"},
      {"link = PILLS.example", "yes"},
      {"link = www.pills.example", "yes"},
      {"link != pills.example", "no"},
      {"links >= 2", "yes"},
      {"claimed_by = bob", "yes"},
      {"moderator:*", "no"},
      {"text:\"cheap PILLS & more\"", "yes"},
      {"text:\"\xC3\xA9"
       "cole \xD0\xBF\xD1\x80\xD0\xB8\"",
       "yes"},
      {"pills", "yes"},
      {"\"cheap pills\"", "yes"},
      {"em", "no"},  // a tag is no text
      {"moreecole", "no"},
      // Precedence: OR before AND, as AIP-160 has it.
      {"em OR pills AND cheap", "yes"},
      {"em AND pills OR cheap", "no"},
      {"(em AND pills) OR cheap", "yes"},
      {"NOT em", "yes"},
      {"NOT (em OR nothing) pills", "yes"},
      {"-pills", "no"},
      {"ANDROID OR pills", "yes"},
  };
  for (const auto& [text, answer] : cases) EXPECT_EQ(Ask(text), answer) << text;
  EXPECT_EQ(Ask("claimed_by:*", 599), "yes");
  EXPECT_EQ(Ask("claimed_by:*", 600), "no");
}

TEST(Filter, SaysWhereItIsWrongAndWhatWouldBeRight) {
  const struct {
    std::string text;
    const char* error;
  } cases[] = {
      {"state = HELD AND autor.email = x",
       "column 18: there is no field `autor.email`; did you mean "
       "`author.email`?"},
      {"email = x",
       "column 1: there is no field `email`; did you mean `author.email`?"},
      {"state = HLD",
       "column 9: `state` is HELD, ACCEPTED or REJECTED (`state:*` is any), "
       "not `HLD`"},
      {"verdict = HELD",
       "column 11: `verdict` is ACCEPT, HOLD or REJECT, not `HELD`"},
      {"score > many", "column 9: `score` is a number as 2.5, not `many`"},
      {"score > nan", "column 9: `score` is a number as 2.5, not `nan`"},
      {"score:3",
       "column 7: `score` goes with =, !=, <, <=, > and >=; `score:*` is "
       "whether it is there"},
      {"text > b", "column 8: `text` has no order; it goes with =, != and :"},
      {"create_time > yesterday",
       "column 15: `create_time` is a time as 2026-03-31T09:00:00Z, a date as "
       "2026-03-31 or a duration back from now as -2h (s, m, h, d, w), not "
       "`yesterday`"},
      {"create_time > 2026-02-30",
       "column 15: `create_time` is a time as 2026-03-31T09:00:00Z, a date as "
       "2026-03-31 or a duration back from now as -2h (s, m, h, d, w), not "
       "`2026-02-30`"},
      {"(a", "column 1: there is no ) for this ("},
      {"a)", "column 2: there is no ( for this )"},
      {"a AND", "column 6: a condition is missing here"},
      {"a AND OR b", "column 7: a condition is missing before `OR`"},
      {"OR a", "column 1: a condition is missing before `OR`"},
      {"NOT", "column 4: a condition is missing here"},
      {"state =", "column 8: a value is missing here"},
      {"text:\"open", "column 6: the quote that begins here does not end"},
      {"*", "column 1: `*` goes after a field, as text:*"},
      {"reason:(a OR b)", "column 8: write (reason:a OR reason:b)"},
      {"text = = b",
       "column 8: this is not expected here; put texts with signs in quotes"},
      {std::string(17, '(') + "a" + std::string(17, ')'),
       "column 17: the filter is nested deeper than 16 levels"},
      {std::string(1001, 'a'), "is longer than 1,000 bytes"},
  };
  for (const auto& [text, error] : cases) EXPECT_EQ(Ask(text), error) << text;
}

uint32_t StatesIn(const std::string& text) {
  return (*Filter::Parse(text, At(0)))->bounds().states & 0b1110;
}

TEST(Filter, KnowsWhichStatesItCanMatch) {
  const uint32_t accepted = 1u << v1::STATE_ACCEPTED;
  const uint32_t held = 1u << v1::STATE_HELD;
  const uint32_t rejected = 1u << v1::STATE_REJECTED;
  EXPECT_EQ(StatesIn("state = HELD a"), held);
  EXPECT_EQ(StatesIn("state = HELD OR state = ACCEPTED"), held | accepted);
  EXPECT_EQ(StatesIn("state = HELD OR a"), held | accepted | rejected);
  EXPECT_EQ(StatesIn("NOT state = HELD"), accepted | rejected);
  EXPECT_EQ(StatesIn("state != HELD AND state != ACCEPTED"), rejected);
  EXPECT_EQ(StatesIn("NOT (state = HELD OR state = ACCEPTED)"), rejected);
  EXPECT_EQ(StatesIn("NOT (state = HELD AND a)"), held | accepted | rejected);
  EXPECT_EQ(StatesIn("state:*"), held | accepted | rejected);
  EXPECT_EQ(StatesIn("state = HELD state = ACCEPTED"), 0u);
  EXPECT_FALSE((*Filter::Parse("a", At(0)))->names_state());
}

TEST(Filter, TellsWhatAnIndexCanUse) {
  const FilterBounds bounds =
      (*Filter::Parse("create_time >= 2023-11-14 create_time < -1h score > 2 "
                      "campaign = x author.email = Ann@x.org",
                      At(0)))
          ->bounds();
  EXPECT_EQ(bounds.created_from, 1'699'920'000'000'000);
  EXPECT_EQ(bounds.created_to, 1'699'996'400'000'000);
  EXPECT_EQ(bounds.score_from, 2);
  EXPECT_EQ(bounds.campaign, "x");
  EXPECT_EQ(bounds.author_email, "ann@x.org");
  // Under OR and NOT nothing is certain.
  for (const char* text : {"campaign = x OR score > 2", "-campaign = x",
                           "campaign != x", "campaign:x"}) {
    EXPECT_EQ((*Filter::Parse(text, At(0)))->bounds().campaign, "") << text;
  }
}

}  // namespace
}  // namespace sluice::store
