#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/ruleset/cel_test_environment.h"

namespace sluice::ruleset::cel {
namespace {

struct Case {
  const char* source;
  const char* result;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.source; }

class Evaluates : public testing::TestWithParam<Case> {};

TEST_P(Evaluates, To) {
  EXPECT_EQ(Eval(GetParam().source), GetParam().result) << GetParam().source;
}

INSTANTIATE_TEST_SUITE_P(
    Literals, Evaluates,
    testing::Values(Case{R"('\u0100\U0001F62C')", "\"Ā😬\""},
                    Case{R"('\ud83d\ude2c')", "\"😬\""},
                    Case{R"(r'\d')", "\"\\d\""},
                    Case{"-9223372036854775808", "-9223372036854775808"},
                    Case{"0xFFu", "255u"},
                    Case{".5 + 1.",
                         "expected a field or a method after '.', found end of "
                         "the expression"},
                    Case{"'''a\n'b'''.size()", "4"}));

INSTANTIATE_TEST_SUITE_P(
    Conversions, Evaluates,
    testing::Values(
        Case{"int(-1.9)", "-1"},
        Case{"int(1e99)", "error: number out of range"},
        Case{"uint(-1)", "error: number out of range"},
        Case{"string(1.5)", "\"1.5\""}, Case{"string(b'abc')", "\"abc\""},
        Case{"string(b'\\xff')", "error: these bytes are not UTF-8"},
        Case{"double('1e3') == 1000.0", "true"},
        Case{"int(timestamp('2009-02-13T23:31:30Z'))", "1234567890"},
        Case{"string(duration('1h1.5s'))", "\"3601.5s\""},
        Case{"bool('True')", "true"}, Case{"type(1u) == uint", "true"},
        Case{"type(type(1)) == type", "true"}));

INSTANTIATE_TEST_SUITE_P(
    Times, Evaluates,
    testing::Values(
        Case{"timestamp('2024-02-29T23:59:59Z') + duration('1s') == "
             "timestamp('2024-03-01T00:00:00Z')",
             "true"},
        Case{"timestamp('9999-12-31T23:59:59Z') + duration('1s')",
             "error: timestamp out of range"},
        Case{"timestamp('2009-02-13T23:31:30Z').getDayOfWeek()", "5"},
        Case{"timestamp('2009-02-13T23:31:30Z').getDayOfWeek('+01:00')", "6"},
        Case{"timestamp('2009-02-13T23:31:30Z').getHours('Asia/Kathmandu')",
             "5"},
        Case{"timestamp('2009-07-13T23:31:30Z').getHours('America/New_York')",
             "19"},
        Case{"timestamp('2009-02-13T23:31:30Z').getMonth()", "1"},
        Case{"timestamp('2009-02-13T23:31:30Z').getHours('No/Where')",
             "error: no such time zone"},
        Case{"timestamp('2023-02-29T00:00:00Z')",
             "error: this text is no timestamp"},
        Case{"duration('90m').getHours()", "1"},
        Case{"duration('123.321456789s').getMilliseconds()", "321"}));

INSTANTIATE_TEST_SUITE_P(
    CollectionsAndTexts, Evaluates,
    testing::Values(
        Case{"[1, 2, 3][dyn(1.0)]", "2"},
        Case{"[1][1]", "error: index out of range"},
        Case{"{1: 'a'}[dyn(1u)]", "\"a\""},
        Case{"{'a': 1, 'a': 2}", "error: the key \"a\" is there twice"},
        Case{"[1] + [2] == [1, 2]", "true"}, Case{"'ÿπ'.charAt(1)", "\"π\""},
        Case{"'aπa'.lastIndexOf('a')", "2"},
        Case{"'a,b,c'.split(',', 2)", "[\"a\", \"b,c\"]"},
        Case{"'abc'.split('')", "[\"a\", \"b\", \"c\"]"},
        Case{"'hello'.replace('l', 'L', 1)", "\"heLlo\""},
        Case{"['a', 'b'].join('-')", "\"a-b\""},
        Case{"' \\u00a0x\\u3000'.trim()", "\"x\""},
        Case{"'%s %.2f %x'.format(['a', 1.005, 255])", "\"a 1.00 ff\""},
        Case{"'abc'.substring(2, 1)", "error: index out of range"},
        Case{"[1, 2, 3].map(x, x > 1, x * 2)", "[4, 6]"},
        Case{"[[1], [2]].exists(x, x.exists(y, y == 2))", "true"},
        Case{"[1, 2].transformMap(i, v, v * 10)[1]", "20"},
        Case{"cel.bind(a, 3, a * a)", "9"}, Case{"{'a': 1}.?b.orValue(7)", "7"},
        Case{"[?optional.none(), 2]", "[2]"}));

INSTANTIATE_TEST_SUITE_P(
    ErrorsAreAbsorbedOrKept, Evaluates,
    testing::Values(Case{"1 / 0 > 0 || true", "true"},
                    Case{"1 / 0 > 0 && true", "error: division by zero"},
                    Case{"[0, 1].all(x, 1 / x > 5)", "false"},
                    Case{"9223372036854775807 + 1", "error: integer overflow"},
                    Case{"2 > 1 ? 'a' : 'b'", "\"a\""}));

TEST(CelEval, ReadsMessagesWithDefaultsAndPresence) {
  v1::Signals signals;
  EXPECT_EQ(Eval("signals.links.count", signals), "0");
  EXPECT_EQ(Eval("has(signals.links)", signals), "false");
  signals.mutable_links()->set_count(3);
  signals.mutable_links()->add_items()->set_host("bit.ly");
  (*signals.mutable_markup()->mutable_removed_by_kind())["url"] = 2;
  EXPECT_EQ(Eval("has(signals.links.count)", signals), "true");
  EXPECT_EQ(Eval("signals.links.items.exists(l, l.host in lists.shorteners)",
                 signals),
            "true");
  EXPECT_EQ(Eval("signals.markup.removed_by_kind['url']", signals), "2");
  EXPECT_EQ(Eval("'no' in signals.markup.removed_by_kind", signals), "false");
  EXPECT_EQ(
      Eval("signals.form.token == FormSignals.Token.TOKEN_MISSING", signals),
      "false");
}

TEST(CelEval, CallsTheHost) {
  EXPECT_EQ(Eval("rule('hit-me').hit && !rule('other').hit"), "true");
}

TEST(CelEval, NestedLoopsEndAtTheCostLimit) {
  std::string source = "[0,1,2,3,4,5,6,7,8,9]";
  std::string loop = "true";
  for (int i = 0; i < 8; ++i) {
    loop = source + ".all(x" + std::to_string(i) + ", " + loop + ")";
  }
  EXPECT_EQ(Eval(loop), "error: cost limit exceeded");
}

TEST(CelEval, TextsThatDoubleEndAtALimit) {
  std::string source = "'0123456789abcdef'";
  for (int i = 0; i < 40; ++i) {
    source = "cel.bind(a, " + source + ", a + a)";
  }
  EXPECT_THAT(Eval(source + ".size()"), testing::StartsWith("error:"));
}

TEST(CelEval, LongChainsNeedNoStack) {
  std::string source = "1";
  for (int i = 0; i < 8000; ++i) source += "+1";
  EXPECT_EQ(Eval(source), "8001");
}

TEST(CelEval, ExplainsTheFirstConditionThatFailed) {
  TestEnvironment test;
  v1::Signals signals;
  signals.mutable_links()->set_count(2);
  const Compiled compiled = Compile(
      test.environment,
      "signals.links.count >= 1 && signals.links.count >= 3 && rule('a').hit");
  ASSERT_NE(compiled.program, nullptr);
  const Value variables[] = {Value::OfMessage(&signals), Value::Null()};
  Evaluator evaluator;
  const Explanation why =
      evaluator.Explain(*compiled.program, {variables, 2, nullptr});
  EXPECT_EQ(why.text, "signals.links.count >= 3");
  ASSERT_EQ(why.operands.size(), 1U);
  EXPECT_EQ(why.operands[0].text, "signals.links.count");
  EXPECT_EQ(why.operands[0].value, "2");
}

TEST(CelEval, ReportsWhatAProgramReads) {
  TestEnvironment test;
  const Compiled compiled = Compile(
      test.environment,
      "signals.links.items.exists(l, l.host == 'x') && rule('b').hit && "
      "now > timestamp('2024-01-01T00:00:00Z') && 'a'.matches('a+')");
  ASSERT_NE(compiled.program, nullptr);
  EXPECT_THAT(compiled.program->reads(),
              testing::IsSupersetOf({"now", "signals.links.items.host"}));
  ASSERT_EQ(compiled.program->literal_calls().size(), 1U);
  EXPECT_EQ(compiled.program->literal_calls()[0].argument, "b");
  ASSERT_EQ(compiled.program->patterns().size(), 1U);
  EXPECT_EQ(compiled.program->patterns()[0].text, "a+");
  EXPECT_TRUE(compiled.program->time_dependent());
}

}  // namespace
}  // namespace sluice::ruleset::cel
