#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/ruleset/cel_test_environment.h"

namespace sluice::ruleset::cel {
namespace {

struct Mistake {
  const char* source;
  const char* message;  // the first one, whole
};

void PrintTo(const Mistake& m, std::ostream* out) { *out << m.source; }

class Refuses : public testing::TestWithParam<Mistake> {};

TEST_P(Refuses, With) {
  TestEnvironment test;
  const Compiled compiled =
      Compile(test.environment, GetParam().source, Type::Bool());
  ASSERT_FALSE(compiled.diagnostics.empty()) << GetParam().source;
  EXPECT_EQ(compiled.diagnostics[0].message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Names, Refuses,
    testing::Values(
        Mistake{"signals.link.count > 1",
                "unknown field 'signals.link.count'; did you mean "
                "'signals.links.count'?"},
        Mistake{"signals.links.items.all(l, l.hst == '')",
                "unknown field 'l.hst'; did you mean 'l.host'?"},
        Mistake{"signls.links.count > 1",
                "unknown name 'signls'; did you mean 'signals'?"},
        Mistake{"links.count > 1",
                "unknown name 'links'; did you mean 'signals.links.count'?"},
        Mistake{"'a' in lists.shortners",
                "unknown name 'lists.shortners'; did you mean "
                "'lists.shorteners'?"},
        Mistake{"'a'.contians('b')",
                "unknown function 'contians'; did you mean 'contains'?"}));

INSTANTIATE_TEST_SUITE_P(
    Types, Refuses,
    testing::Values(
        Mistake{"signals.links.text_share > 1",
                "'>' does not take double and int; nothing is converted by "
                "itself: write 1.0 or double(...)"},
        Mistake{"signals.links.count", "this must be bool, it is int"},
        Mistake{"'a' in 'abc'",
                "'in' does not take string and string; for a part of a text "
                "write text.contains(part)"},
        Mistake{"signals.links.count && true",
                "an operand of '&&' must be bool, this is int"},
        Mistake{"'a'.contains(1)",
                "contains() takes string.(string), not string.(int)"},
        Mistake{"'a'.matches('(?=b)')",
                "RE2 refuses this pattern: invalid perl operator: (?="}));

INSTANTIATE_TEST_SUITE_P(
    Syntax, Refuses,
    testing::Values(
        Mistake{"1 = 1", "'=' is not CEL; write '=='"},
        Mistake{"true and false", "unexpected 'and'; write '&&'"},
        Mistake{"(1 > 2",
                "expected ')' to close the '(' at byte 0, found end "
                "of the expression"},
        Mistake{"'abc", "this text has no closing quote"},
        Mistake{"[1].all(1, true)",
                "all() takes the name of a variable and a condition: "
                "list.all(x, x > 0)"},
        Mistake{"if > 1", "'if' is a reserved word"},
        Mistake{"", "expected a value, found end of the expression"}));

TEST(CelCheck, AllMistakesAreReportedWithTheirPlaces) {
  TestEnvironment test;
  const Compiled compiled = Compile(
      test.environment, "signals.lnks.count > 1 && nw > 2 && 'a'.sizee() == 1");
  ASSERT_EQ(compiled.diagnostics.size(), 3U);
  EXPECT_EQ(compiled.diagnostics[0].begin, 8U);
  EXPECT_EQ(compiled.diagnostics[0].end, 12U);
  EXPECT_EQ(compiled.diagnostics[1].begin, 26U);
}

TEST(CelCheck, NestingDeeperThanTheLimitIsRefusedNotCrashed) {
  TestEnvironment test;
  const std::string open(30000, '(');
  const Compiled compiled = Compile(test.environment, open);
  ASSERT_FALSE(compiled.diagnostics.empty());
  EXPECT_EQ(compiled.diagnostics[0].message, "nested deeper than 250");
}

TEST(CelCheck, PatternsAndRuleNamesMustBeWrittenOut) {
  TestEnvironment test;
  for (const char* source : {"'a'.matches('a' + 'b')", "rule('a' + 'b').hit"}) {
    const Compiled compiled = Compile(test.environment, source);
    ASSERT_EQ(compiled.diagnostics.size(), 1U) << source;
    EXPECT_THAT(compiled.diagnostics[0].message,
                testing::HasSubstr("must be written out"));
  }
}

}  // namespace
}  // namespace sluice::ruleset::cel
