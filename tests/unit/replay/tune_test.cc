#include "service/replay/tune.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "service/replay/score_patch.h"
#include "tests/unit/replay/testing.h"
#include "tests/unit/store/testing.h"

namespace sluice::replay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kRules[] = R"(# The shop's rules.
rules:
  - id: strong            # spam each time
    why: w
    words: [viagra]
    score: 2.5   # was 2 once
    tags: [a]

  - id: wrong
    why: w
    words: [oaks]
    score: 2
  - {id: flow, why: w, words: [brick], score: 2}
  - id: rare
    why: w
    words: [zebra]
    score: 1
  - id: friend
    why: w
    words: [thanks]
    score: -2
  - {id: stated, why: w, words: [gold], verdict: hold}
  - {id: never, why: w, words: [xylophone], score: 0.25}
)";

class TuneTest : public ::testing::Test {
 protected:
  TuneTest() : history_(SiteOf({{"a.yaml", kRules}})) {}

  v1::TuneScoresResponse Tune() {
    WalkOptions options;
    options.site = "blog";
    v1::TuneScoresResponse response;
    const absl::Status status =
        TuneScores(history_.store(), history_.site(), options, &response);
    EXPECT_TRUE(status.ok()) << status;
    return response;
  }

  static std::map<std::string, v1::TunedScore> ByRule(
      const v1::TuneScoresResponse& response) {
    std::map<std::string, v1::TunedScore> out;
    for (const v1::TunedScore& score : response.scores())
      out[score.rule()] = score;
    return out;
  }

  // Texts that differ, as those of different people do.
  void Check(const std::string& word, int count, v1::Verdict human) {
    for (int i = 0; i < count; ++i)
      history_.Check(word + " number " + std::to_string(i), human);
  }

  History history_;
};

TEST_F(TuneTest, MovesScoresToWhatPeopleDecided) {
  Check("viagra", 60, v1::VERDICT_REJECT);
  Check("oaks", 60, v1::VERDICT_ACCEPT);
  Check("brick", 60, v1::VERDICT_ACCEPT);
  Check("zebra", 5, v1::VERDICT_REJECT);  // too few to speak
  Check("thanks", 60, v1::VERDICT_ACCEPT);
  Check("gold", 20, v1::VERDICT_REJECT);  // held whatever the scores
  const v1::TuneScoresResponse response = Tune();
  const auto scores = ByRule(response);
  ASSERT_EQ(scores.count("strong"), 1u);
  EXPECT_GT(scores.at("strong").after(), 4);
  EXPECT_LE(scores.at("strong").after(), 8);
  EXPECT_EQ(scores.at("strong").before(), 2.5);
  EXPECT_EQ(scores.at("strong").hits(), 60);
  EXPECT_EQ(scores.at("strong").source(), "a.yaml:3");
  EXPECT_LT(scores.at("wrong").after(), 2);
  for (const char* id : {"rare", "stated", "never"})
    EXPECT_EQ(scores.count(id), 0u) << id;
  EXPECT_EQ(response.spam(), 85);
  EXPECT_EQ(response.good(), 180);
  EXPECT_EQ(response.before().spam_held(), 20);
  EXPECT_EQ(response.after().spam_held() + response.after().spam_rejected(),
            80);
  EXPECT_EQ(response.after().good_rejected(), 0);
}

TEST_F(TuneTest, NoScoreChangesItsSign) {
  // Spam that thanks, and good comments about oaks that something else holds:
  // both rules would be better the other way round.
  Check("thanks", 200, v1::VERDICT_REJECT);
  Check("oaks brick viagra", 200, v1::VERDICT_ACCEPT);
  const auto scores = ByRule(Tune());
  ASSERT_EQ(scores.count("friend"), 1u);
  EXPECT_EQ(scores.at("friend").after(), 0);
  EXPECT_TRUE(scores.at("friend").contradicted());
  for (const auto& [id, score] : scores)
    EXPECT_GE(score.before() * score.after(), 0) << id;
}

TEST_F(TuneTest, NoMoreGoodCommentsAreRejectedThanBefore) {
  // 19 in 20 that the word hits are spam: rejecting them all would lose the
  // twentieth, which now is only held.
  Check("viagra", 190, v1::VERDICT_REJECT);
  Check("viagra, says my doctor,", 10, v1::VERDICT_ACCEPT);
  Check("thanks", 60, v1::VERDICT_ACCEPT);
  const v1::TuneScoresResponse response = Tune();
  EXPECT_EQ(response.before().good_rejected(), 0);
  EXPECT_EQ(response.after().good_rejected(), 0);
  for (const v1::TunedScore& score : response.scores())
    EXPECT_LT(score.after(), 8) << score.rule();
}

TEST_F(TuneTest, WithoutDecisionsNothingMoves) {
  for (int i = 0; i < 30; ++i) history_.Check("viagra");
  const v1::TuneScoresResponse response = Tune();
  EXPECT_THAT(response.scores(), IsEmpty());
  EXPECT_EQ(response.spam() + response.good(), 0);
}

TEST_F(TuneTest, TheSameDecisionsGiveTheSameScores) {
  Check("viagra", 40, v1::VERDICT_REJECT);
  Check("oaks", 40, v1::VERDICT_ACCEPT);
  EXPECT_EQ(Tune().SerializeAsString(), Tune().SerializeAsString());
}

// Patches ---------------------------------------------------------------------

v1::TunedScore ScoreOf(const std::string& rule, double before, double after,
                       bool contradicted = false) {
  v1::TunedScore score;
  score.set_rule(rule);
  score.set_source("a.yaml:1");
  score.set_before(before);
  score.set_after(after);
  score.set_contradicted(contradicted);
  return score;
}

ScorePatch Patch(const std::vector<ruleset::SourceFile>& files,
                 const std::vector<v1::TunedScore>& scores) {
  return PatchScores(files, {scores.begin(), scores.end()});
}

TEST(ScorePatchTest, ChangesTheNumberAloneAndKeepsComments) {
  const ScorePatch patch =
      Patch({{"a.yaml", kRules}},
            {ScoreOf("strong", 2.5, 4.1), ScoreOf("wrong", 2, 0, true),
             ScoreOf("flow", 2, 0, true)});
  EXPECT_THAT(patch.left_out, IsEmpty());
  EXPECT_EQ(patch.diff, R"(--- a/a.yaml
+++ b/a.yaml
@@ -3,14 +3,15 @@
   - id: strong            # spam each time
     why: w
     words: [viagra]
-    score: 2.5   # was 2 once
+    score: 4.1   # was 2 once
     tags: [a]
 
   - id: wrong
     why: w
     words: [oaks]
     score: 2
+    mode: shadow
-  - {id: flow, why: w, words: [brick], score: 2}
+  - {id: flow, why: w, words: [brick], score: 2, mode: shadow}
   - id: rare
     why: w
     words: [zebra]
)");
}

TEST(ScorePatchTest, SaysWhatItCannotWrite) {
  const ScorePatch patch =
      Patch({{"a.yaml",
              "rules:\n"
              "  - {id: a, why: w, words: [x], score: &s 2}\n"
              "  - {id: b, why: w, words: [y], score: *s}\n"
              "  - {id: c, why: w, words: [z], score: 3, mode: live}\n"}},
            {ScoreOf("a", 2, 3), ScoreOf("b", 2, 3), ScoreOf("c", 3, 0, true),
             ScoreOf("elsewhere", 1, 2)});
  EXPECT_EQ(patch.diff, "");
  EXPECT_THAT(
      patch.left_out,
      ElementsAre(HasSubstr("rule 'a' (a.yaml:1): its score is not written"),
                  HasSubstr("rule 'b'"), HasSubstr("states its `mode`"),
                  HasSubstr("not in the common folder")));
}

// What the issue asks for: `patch -p1` and `git apply` take it, and what comes
// out is what was checked, and loads.
TEST(ScorePatchTest, AppliesByPatchAndByGit) {
  std::string many = "rules:\n";
  std::vector<v1::TunedScore> scores;
  for (int i = 0; i < 40; ++i) {
    const std::string id = "r" + std::to_string(i);
    many += WordRule(id,
                     "word" + std::string(1, static_cast<char>('a' + i % 26)) +
                         std::string(static_cast<size_t>(i / 26), 'z'),
                     "2");
    if (i % 7 < 2)
      scores.push_back(ScoreOf(id, 2, i % 2 == 0 ? 3.5 : 0, i % 2));
  }
  many.pop_back();  // no line break at the end
  scores.push_back(ScoreOf("r39", 2, 0, true));
  scores.push_back(ScoreOf("strong", 2.5, 1));
  scores.push_back(ScoreOf("windows", 2, 3));
  const std::vector<ruleset::SourceFile> files = {
      {"a.yaml", kRules},
      {"b.yaml", many},
      {"c.yaml",
       "rules:\r\n  - id: windows\r\n    why: w\r\n    words: [zz]\r\n"
       "    score: 2\r\n"}};
  const ScorePatch patch = Patch(files, scores);
  EXPECT_THAT(patch.left_out, IsEmpty());
  ASSERT_NE(ruleset::LoadRuleset(patch.files, {}).ruleset, nullptr);
  for (const std::string command :
       {"patch -s -p1 < p.patch", "git init -q . && git apply p.patch"}) {
    const store::TemporaryFolder folder;
    for (const ruleset::SourceFile& file : files)
      std::ofstream(folder.File(file.path), std::ios::binary) << file.content;
    std::ofstream(folder.File("p.patch"), std::ios::binary)
        << "# not in this patch: rule 'x'\n"
        << patch.diff;
    ASSERT_EQ(
        std::system(("cd " + folder.File(".") + " && " + command).c_str()), 0)
        << command << "\n"
        << patch.diff;
    for (const ruleset::SourceFile& file : patch.files) {
      std::stringstream out;
      out << std::ifstream(folder.File(file.path), std::ios::binary).rdbuf();
      EXPECT_EQ(out.str(), file.content) << command;
    }
  }
}

}  // namespace
}  // namespace sluice::replay
