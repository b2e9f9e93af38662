#include "client/print.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "client/commands.h"

namespace sluice::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const Style kPlain(false);

v1::CheckCommentResponse Answer() {
  v1::CheckCommentResponse answer;
  answer.set_name("sites/default/comments/c1");
  answer.set_html("<p>x</p>");
  v1::Decision* decision = answer.mutable_decision();
  decision->set_verdict(v1::VERDICT_REJECT);
  decision->set_score(9);
  decision->set_hold_at(3);
  decision->set_reject_at(8);
  decision->set_ruleset_version("abc");
  v1::Reason* reason = decision->add_reasons();
  reason->set_id("pharma");
  reason->set_why("Drugs");
  reason->set_score(9);
  v1::Match* match = reason->add_matches();
  match->set_view(v1::VIEW_TEXT);
  match->set_begin(4);
  match->set_end(10);
  match->set_text("viagra");
  match->set_pattern("viagra");
  return answer;
}

TEST(DecisionText, IsWhatAPersonCanCheck) {
  v1::Comment comment;
  comment.set_body("Buy V1AGRA here");
  EXPECT_EQ(DecisionText(comment, Answer(), kPlain),
            "REJECT  score 9.00 (hold at 3, reject at 8)  ruleset abc\n"
            "    +9.00  pharma  Drugs\n"
            "           viagra in text: Buy [V1AGRA] here\n"
            "comment c1\n"
            "safe HTML\n"
            "<p>x</p>\n");
}

TEST(DecisionText, LongCommentsShowTheMatchsSurroundings) {
  v1::Comment comment;
  comment.set_body(std::string(100, 'a') + "V1AGRA" + std::string(100, 'b'));
  v1::CheckCommentResponse answer = Answer();
  answer.mutable_decision()->mutable_reasons(0)->mutable_matches(0)->set_begin(
      100);
  answer.mutable_decision()->mutable_reasons(0)->mutable_matches(0)->set_end(
      106);
  EXPECT_THAT(DecisionText(comment, answer, kPlain),
              HasSubstr("... " + std::string(32, 'a') + "[V1AGRA]" +
                        std::string(32, 'b') + " ..."));
}

TEST(DecisionText, ASpanOutsideTheFieldIsShownAsText) {
  v1::Comment comment;
  comment.set_body("x");
  EXPECT_THAT(DecisionText(comment, Answer(), kPlain),
              HasSubstr("viagra in text: [viagra]"));
}

TEST(EntryLine, IsOneLineWhateverTheCommentHolds) {
  v1::Entry entry;
  entry.set_name("sites/default/comments/c1");
  entry.set_state(v1::STATE_HELD);
  entry.mutable_create_time()->set_seconds(1000);
  entry.mutable_checked()->mutable_comment()->set_body(
      "first\nsecond \x1b[2J " + std::string(500, 'x'));
  entry.mutable_checked()->mutable_comment()->mutable_author()->set_name(
      "A\x1b]0;t\x07");
  const std::string line = EntryLine(entry, 1000 + 7200, 120, kPlain);
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  EXPECT_THAT(line, Not(HasSubstr("\x1b")));
  EXPECT_THAT(line, HasSubstr("held"));
  EXPECT_THAT(line, HasSubstr("2h"));
}

TEST(Age, IsShort) {
  EXPECT_EQ(Age(-5), "0s");
  EXPECT_EQ(Age(59), "59s");
  EXPECT_EQ(Age(3599), "59m");
  EXPECT_EQ(Age(86'399), "23h");
  EXPECT_EQ(Age(864'000), "10d");
}

TEST(FullName, TakesShortIdsAndFullNames) {
  EXPECT_EQ(FullName("blog", "c1"), "sites/blog/comments/c1");
  EXPECT_EQ(FullName("blog", "sites/x/comments/c1"), "sites/x/comments/c1");
}

}  // namespace
}  // namespace sluice::client
