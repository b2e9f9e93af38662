#include "service/signals/form_signals.h"

#include <gtest/gtest.h>

#include <vector>

namespace sluice::signals {
namespace {

using Form = v1::FormSignals;
const Time kNow{std::chrono::seconds(1'800'000'000)};

class FormSignalsTest : public ::testing::Test {
 protected:
  FormSignalsTest() {
    site_.form.quizzes = {
        {"name", "The name of this blog is ___", {NormalAnswer("Schneier")}},
        {"sum", "Two and two", {NormalAnswer("4"), NormalAnswer("four")}}};
  }

  void Sign(const std::string& quiz, int64_t age) {
    history_.token.kind = TokenCheck::Kind::kSigned;
    history_.token.token.quiz = quiz;
    history_.token.token.issued = kNow - std::chrono::seconds(age);
  }

  Form Of(const std::string& answer = "") {
    v1::FormSubmission form;
    form.set_quiz_answer(answer);
    Form out;
    ObserveForm(form, history_, site_, kNow, &out);
    return out;
  }

  History history_;
  SiteFacts site_;
};

TEST_F(FormSignalsTest, ASiteWithoutFormsIsNotPunished) {
  EXPECT_EQ(Of().token(), Form::TOKEN_UNSPECIFIED);
  EXPECT_EQ(Of().quiz(), Form::QUIZ_UNSPECIFIED);
}

TEST_F(FormSignalsTest, ATokenIsMissedWhereTheSiteAsksForOne) {
  history_.past.tokens_issued = true;
  EXPECT_EQ(Of().token(), Form::TOKEN_MISSING);
  EXPECT_EQ(Of().quiz(), Form::QUIZ_MISSING);
}

TEST_F(FormSignalsTest, ATokenIsGoodUntilItsAge) {
  Sign("name", 86'400);
  EXPECT_EQ(Of().token(), Form::TOKEN_VALID);
  EXPECT_EQ(Of().seconds(), 86'400);
  Sign("name", 86'401);
  EXPECT_EQ(Of().token(), Form::TOKEN_EXPIRED);
  site_.form.max_age_seconds = 100;
  Sign("name", 101);
  EXPECT_EQ(Of().token(), Form::TOKEN_EXPIRED);
}

TEST_F(FormSignalsTest, AClockThatWentBackMakesNoNegativeAge) {
  Sign("name", -30);
  EXPECT_EQ(Of().token(), Form::TOKEN_VALID);
  EXPECT_EQ(Of().seconds(), 0);
}

TEST_F(FormSignalsTest, AForgedTokenHasNoAge) {
  history_.token.kind = TokenCheck::Kind::kForged;
  EXPECT_EQ(Of().token(), Form::TOKEN_FORGED);
  EXPECT_EQ(Of().seconds(), 0);
}

TEST_F(FormSignalsTest, AUsedTokenIsReplayed) {
  Sign("name", 10);
  history_.past.token_uses = 3;
  EXPECT_EQ(Of().token(), Form::TOKEN_VALID);
  EXPECT_EQ(Of().uses(), 3);
  history_.past.token_replayed = true;
  EXPECT_EQ(Of().token(), Form::TOKEN_REPLAYED);
}

TEST_F(FormSignalsTest, AnAnswerIsJudgedByTheQuestionThatWasShown) {
  struct Case {
    const char* quiz;
    const char* answer;
    Form::Quiz expected;
  };
  for (const Case& c :
       std::vector<Case>{{"name", "Schneier", Form::QUIZ_RIGHT},
                         {"name", "  SCHNEIER. ", Form::QUIZ_RIGHT},
                         {"name", "Schn\xC3\xA9ier", Form::QUIZ_RIGHT},
                         {"name", "schn eier", Form::QUIZ_RIGHT},
                         {"name", "Bruce", Form::QUIZ_WRONG},
                         {"name", "four", Form::QUIZ_WRONG},
                         {"name", "", Form::QUIZ_MISSING},
                         {"name", " ", Form::QUIZ_MISSING},
                         {"sum", "4", Form::QUIZ_RIGHT},
                         {"sum", "Four!", Form::QUIZ_RIGHT},
                         {"sum", "5", Form::QUIZ_WRONG},
                         {"", "Schneier", Form::QUIZ_UNSPECIFIED},
                         {"gone", "Schneier", Form::QUIZ_UNSPECIFIED}}) {
    Sign(c.quiz, 10);
    EXPECT_EQ(Of(c.answer).quiz(), c.expected) << c.quiz << ": " << c.answer;
  }
}

TEST_F(FormSignalsTest, WithoutATokenAnyOfTheQuestionsMayHaveBeenShown) {
  EXPECT_EQ(Of("4").quiz(), Form::QUIZ_RIGHT);
  EXPECT_EQ(Of("schneier").quiz(), Form::QUIZ_RIGHT);
  EXPECT_EQ(Of("5").quiz(), Form::QUIZ_WRONG);
}

TEST_F(FormSignalsTest, ASiteWithoutAQuizAsksNothing) {
  site_.form.quizzes.clear();
  Sign("", 10);
  EXPECT_EQ(Of("anything").quiz(), Form::QUIZ_UNSPECIFIED);
}

TEST(NormalAnswer, AnAnswerOfSignsStays) {
  EXPECT_EQ(NormalAnswer(" C++ "), NormalAnswer("c++"));
  EXPECT_EQ(NormalAnswer("?!"), "?!");
  EXPECT_EQ(NormalAnswer(" "), "");
}

}  // namespace
}  // namespace sluice::signals
