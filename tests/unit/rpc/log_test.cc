#include "service/rpc/log.h"

#include <gtest/gtest.h>

namespace sluice::rpc {
namespace {

TEST(LogLine, TextQuotesWhatIsNotPlain) {
  const LogFields fields = {{"verdict", "hold"},
                            {"note", "two words"},
                            {"path", "a=b"},
                            {"empty", ""}};
  EXPECT_EQ(FormatLogLine(v1::LogConfig::FORM_TEXT, "call", fields),
            R"(call verdict=hold note="two words" path="a=b" empty="")");
}

TEST(LogLine, AValueCannotForgeASecondLine) {
  const LogFields fields = {{"name", "x\n2026 info call verdict=accept"},
                            {"esc", "\x1b[2J"}};
  EXPECT_EQ(FormatLogLine(v1::LogConfig::FORM_TEXT, "call", fields),
            R"(call name="x\n2026 info call verdict=accept" esc="\u001b[2J")");
}

TEST(LogLine, JsonIsAnObjectsInside) {
  const LogFields fields = {{"quote", "say \"hi\""}, {"slash", "a\\b"}};
  EXPECT_EQ(FormatLogLine(v1::LogConfig::FORM_JSON, "call", fields),
            R"("event":"call","quote":"say \"hi\"","slash":"a\\b")");
}

}  // namespace
}  // namespace sluice::rpc
