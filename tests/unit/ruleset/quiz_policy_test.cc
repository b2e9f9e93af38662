// The quizzes of policy.yaml: what a form can show must be answerable and fit
// into a token.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "service/ruleset/ruleset.h"

namespace sluice::ruleset {
namespace {

LoadResult Load(const std::string& quizzes) {
  LoadOptions options;
  options.now = Time{std::chrono::seconds(1'800'000'000)};
  return LoadRuleset({{"policy.yaml", "form:\n  quizzes:\n" + quizzes}},
                     options);
}

TEST(QuizPolicy, ASoundQuizLoads) {
  const LoadResult loaded = Load(
      "    - id: name\n      question: The name of this blog is ___\n"
      "      answers: [Schneier, schneier on security]\n");
  ASSERT_NE(loaded.ruleset, nullptr);
  EXPECT_EQ(loaded.ruleset->policy().form().max_age_seconds(), 86'400u);
  EXPECT_EQ(loaded.ruleset->policy().form().quizzes(0).answers_size(), 2);
}

TEST(QuizPolicy, AMistakeIsNamed) {
  struct Case {
    const char* quizzes;
    const char* message;
  };
  for (const Case& c : std::vector<Case>{
           {"    - {id: a|b, question: q, answers: [x]}\n", "needs an id"},
           {"    - {question: q, answers: [x]}\n", "needs an id"},
           {"    - {id: a, answers: [x]}\n", "needs a question"},
           {"    - {id: a, question: q}\n", "one right answer"},
           {"    - {id: a, question: q, answers: [' ']}\n",
            "a character that can be seen"},
           {"    - {id: a, question: q, answers: [x]}\n"
            "    - {id: a, question: q, answers: [x]}\n",
            "is taken by another quiz"}}) {
    const LoadResult loaded = Load(c.quizzes);
    EXPECT_EQ(loaded.ruleset, nullptr) << c.quizzes;
    ASSERT_EQ(loaded.diagnostics.size(), 1u) << c.quizzes;
    EXPECT_NE(loaded.diagnostics[0].message().find(c.message),
              std::string::npos)
        << loaded.diagnostics[0].message();
    EXPECT_GE(loaded.diagnostics[0].line(), 3u);
  }
}

}  // namespace
}  // namespace sluice::ruleset
