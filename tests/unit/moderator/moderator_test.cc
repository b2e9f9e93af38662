#include "service/moderator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>

#include "service/learner.h"
#include "service/rules_keeper.h"
#include "service/store/memory_store.h"
#include "tests/unit/moderator/set_clock.h"

namespace sluice {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kRules[] = R"(rules:
  - id: hold-word
    why: A word that holds
    words: [doubtful]
    verdict: hold
  - id: regular
    why: A known author
    when: signals.author.accepted >= 1
    score: -1
)";

class ModeratorTest : public ::testing::Test {
 protected:
  ModeratorTest() : moderator_(&store_, &clock_) {
    ruleset::LoadOptions options;
    options.now = clock_.now;
    const ruleset::LoadResult loaded =
        ruleset::LoadRuleset({{"a.yaml", kRules}}, options);
    EXPECT_NE(loaded.ruleset, nullptr);
    auto sites = std::make_shared<Sites>();
    sites->emplace("blog", Site{"blog", {}, loaded.ruleset});
    moderator_.SetSites(std::move(sites));
  }

  v1::CheckCommentRequest Request(const std::string& id,
                                  const std::string& body) {
    v1::CheckCommentRequest request;
    request.mutable_comment()->set_name("sites/blog/comments/" + id);
    request.mutable_comment()->set_body(body);
    return request;
  }

  absl::StatusOr<v1::CheckCommentResponse> Check(
      const v1::CheckCommentRequest& request) {
    std::optional<absl::StatusOr<v1::CheckCommentResponse>> out;
    moderator_.Check(request,
                     [&out](absl::StatusOr<v1::CheckCommentResponse> answer) {
                       EXPECT_FALSE(out.has_value()) << "answered twice";
                       out = std::move(answer);
                     });
    EXPECT_TRUE(out.has_value()) << "not answered";
    return out.has_value() ? *std::move(out)
                           : absl::UnknownError("not answered");
  }

  void Decide(const std::string& id, v1::Verdict verdict) {
    v1::EntryDecision decision;
    decision.set_name("sites/blog/comments/" + id);
    decision.set_verdict(verdict);
    store_.Decide({decision}, "mod", "b1", clock_.now,
                  [](absl::StatusOr<store::Store::DecideResults> results) {
                    ASSERT_TRUE(results.ok());
                  });
  }

  SetClock clock_;
  store::MemoryStore store_;
  Moderator moderator_;
};

TEST_F(ModeratorTest, AnswersWithVerdictReasonsAndHtml) {
  const auto answer = Check(Request("c1", "a *doubtful* claim"));
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->decision().verdict(), v1::VERDICT_HOLD);
  EXPECT_EQ(answer->decision().reasons(0).id(), "hold-word");
  EXPECT_EQ(answer->html(), "<p>a <em>doubtful</em> claim</p>");
  EXPECT_FALSE(answer->has_signals());
  EXPECT_EQ(store_.Get("sites/blog/comments/c1")->state(), v1::STATE_HELD);
}

TEST_F(ModeratorTest, TheSameRequestAgainIsTheSameAnswer) {
  const auto first = Check(Request("c1", "doubtful"));
  auto again = Check(Request("c1", "doubtful"));
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->repeated_check());
  again->set_repeated_check(false);
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(store_.Count("blog")->held, 1);
}

TEST_F(ModeratorTest, AnotherCommentUnderATakenNameIsRefused) {
  ASSERT_TRUE(Check(Request("c1", "one")).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Check(Request("c1", "two")).status()));
}

TEST_F(ModeratorTest, ADryRunLeavesNothing) {
  v1::CheckCommentRequest request = Request("c1", "doubtful");
  request.set_dry_run(true);
  request.set_want_signals(true);
  const auto answer = Check(request);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->decision().verdict(), v1::VERDICT_HOLD);
  EXPECT_EQ(answer->signals().shape().words(), 1);
  EXPECT_TRUE(absl::IsNotFound(store_.Get("sites/blog/comments/c1").status()));
}

TEST_F(ModeratorTest, AHoldThatCannotBeStoredIsAnErrorNotAnAnswer) {
  store_.FailWith(absl::UnavailableError("the disk is away"));
  EXPECT_TRUE(absl::IsUnavailable(Check(Request("c1", "doubtful")).status()));
}

TEST_F(ModeratorTest, WithoutHistoryTheVerdictIsDegradedAndHolds) {
  store_.FailWith(absl::UnavailableError("the disk is away"));
  v1::CheckCommentRequest request = Request("c1", "a plain comment");
  request.set_dry_run(true);
  const auto answer = Check(request);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->decision().verdict(), v1::VERDICT_HOLD);
  EXPECT_TRUE(answer->decision().degraded());
  EXPECT_THAT(answer->decision().unfinished(), ElementsAre("history"));
}

TEST_F(ModeratorTest, AnAuthorsRecordIsKnownAtTheNextComment) {
  v1::CheckCommentRequest first = Request("c1", "plain");
  first.mutable_comment()->mutable_author()->set_email("Ann@Example.org");
  ASSERT_TRUE(Check(first).ok());
  v1::CheckCommentRequest second = Request("c2", "plain too");
  second.mutable_comment()->mutable_author()->set_email("ann@example.org");
  const auto answer = Check(second);
  ASSERT_EQ(answer->decision().reasons_size(), 1);
  EXPECT_EQ(answer->decision().reasons(0).id(), "regular");
}

TEST_F(ModeratorTest, AnUnknownSiteIsNotFound) {
  v1::CheckCommentRequest request;
  request.mutable_comment()->set_name("sites/other/comments/c1");
  request.mutable_comment()->set_body("x");
  EXPECT_TRUE(absl::IsNotFound(Check(request).status()));
}

TEST_F(ModeratorTest, LearnsFromPeopleAndSpeaksWhenItHasSeenEnough) {
  Learner learner(&store_, &moderator_);
  for (int i = 0; i < 25; ++i) {
    const std::string n = std::to_string(i);
    ASSERT_TRUE(
        Check(Request("s" + n, "doubtful cheap pills casino offer number " + n))
            .ok());
    ASSERT_TRUE(
        Check(Request("g" + n,
                      "doubtful thoughts on the second chapter, page " + n))
            .ok());
    Decide("s" + n, v1::VERDICT_REJECT);
    Decide("g" + n, v1::VERDICT_ACCEPT);
  }
  EXPECT_TRUE(Check(Request("x1", "cheap casino pills"))
                  ->decision()
                  .model_version()
                  .empty());
  ASSERT_TRUE(learner.LearnFromStore({"blog"}).ok());
  const v1::Decision spam =
      Check(Request("x2", "cheap casino pills, what an offer"))->decision();
  const v1::Decision good =
      Check(Request("x3", "thoughts on the chapter"))->decision();
  EXPECT_EQ(spam.model_version(), "m50");
  EXPECT_GT(spam.score(), 0.5);
  EXPECT_LT(good.score(), 0);
}

TEST_F(ModeratorTest, TheLearnerSpeaksOfWhatWasJustDecided) {
  Learner learner(&store_, &moderator_);
  ASSERT_TRUE(Check(Request("c1", "doubtful")).ok());
  Decide("c1", v1::VERDICT_REJECT);
  learner.Learn({*store_.Get("sites/blog/comments/c1")});
  learner.Flush();
  ASSERT_NE(moderator_.model("blog"), nullptr);
  EXPECT_EQ(moderator_.model("blog")->spam_seen(), 1u);
  EXPECT_EQ(moderator_.model("other"), nullptr);
}

// Every weight, not only what they add up to.
TEST_F(ModeratorTest, UndoneDecisionsAreUnlearnedExactly) {
  Learner learner(&store_, &moderator_);
  for (const char* id : {"c1", "c2", "c3"}) {
    ASSERT_TRUE(
        Check(Request(id, std::string("doubtful words of ") + id)).ok());
  }
  const auto learn = [&](const std::string& id, v1::Verdict verdict) {
    Decide(id, verdict);
    learner.Learn({*store_.Get("sites/blog/comments/" + id)});
  };
  const auto weights = [&] {
    learner.Flush();
    const auto model = moderator_.model("blog");
    std::vector<double> all;
    if (model == nullptr) return all;
    for (uint32_t i = 0; i < classifier::kFeatureCount; ++i)
      all.push_back(model->weight(i));
    return all;
  };
  learn("c1", v1::VERDICT_REJECT);
  learn("c3", v1::VERDICT_ACCEPT);
  const std::vector<double> before = weights();
  learn("c2", v1::VERDICT_REJECT);
  EXPECT_NE(weights(), before);

  const auto undo = [&](const std::string& id) {
    v1::UndoDecisionRequest target;
    target.set_name("sites/blog/comments/" + id);
    store_.Undo(target, "u", clock_.Now(),
                [&](absl::StatusOr<store::UndoResult> result) {
                  ASSERT_TRUE(result.ok()) << result.status();
                  learner.Unlearn(result->entries);
                });
  };
  undo("c2");
  EXPECT_EQ(weights(), before);
  EXPECT_EQ(moderator_.model("blog")->version(), "m2");
  // Again, and with the lesson still queued when the undo comes.
  learn("c2", v1::VERDICT_ACCEPT);
  undo("c2");
  EXPECT_EQ(weights(), before);
  undo("c1");
  undo("c3");
  EXPECT_EQ(weights(), std::vector<double>());
}

class RetrainTest : public ModeratorTest {
 protected:
  // Spam about pills and good comments about chapters, decided a second apart;
  // `turned`: the wrong way round.
  void Lessons(int from, int to, bool turned, Learner* learner) {
    for (int i = from; i < to; ++i) {
      const std::string id = "n" + std::to_string(i);
      const bool spam = i % 2 == 0;
      clock_.now += std::chrono::seconds(1);
      ASSERT_TRUE(Check(Request(id, std::string("doubtful ") +
                                        (spam ? "cheap pills, offer "
                                              : "thoughts on chapter ") +
                                        std::to_string(i)))
                      .ok());
      Decide(id, spam != turned ? v1::VERDICT_REJECT : v1::VERDICT_ACCEPT);
      learner->Learn({*store_.Get("sites/blog/comments/" + id)});
    }
    learner->Flush();
  }
};

TEST_F(RetrainTest, TakesABetterModelAndNamesItsVersion) {
  Learner learner(&store_, &moderator_);
  Lessons(0, 120, false, &learner);
  const RetrainResult result = learner.Retrain("blog");
  ASSERT_TRUE(result.status.ok()) << result.status;
  EXPECT_TRUE(result.taken) << result.reason;
  EXPECT_EQ(result.lessons, 120);
  EXPECT_LT(result.log_loss, 0.3);
  EXPECT_EQ(moderator_.model("blog")->version(), result.version);
  EXPECT_THAT(result.version, HasSubstr("r"));
  // What comes after is learned on top of it.
  Lessons(120, 121, false, &learner);
  EXPECT_EQ(moderator_.model("blog")->spam_seen(), 61u);
}

TEST_F(RetrainTest, RefusesAModelThatWouldBeWorse) {
  Learner learner(&store_, &moderator_);
  Lessons(0, 120, false, &learner);
  // One that has foreseen every decision stands in its place.
  auto clairvoyant =
      std::make_shared<classifier::Model>(*moderator_.model("blog"));
  clairvoyant->mutable_past()->Clear();
  for (int i = 0; i < 60; ++i)
    clairvoyant->mutable_past()->Add({i % 2 == 0 ? 19.0F : -19.0F, i % 2 == 0});
  clairvoyant->mutable_past()->Fit();
  // And the newest decisions cannot be learned from those before.
  Lessons(120, 180, true, &learner);
  moderator_.SetModel("blog", clairvoyant);
  const RetrainResult result = learner.Retrain("blog");
  ASSERT_TRUE(result.status.ok()) << result.status;
  EXPECT_FALSE(result.taken);
  EXPECT_THAT(result.reason, HasSubstr("worse"));
  EXPECT_EQ(moderator_.model("blog"), clairvoyant);
}

TEST_F(RetrainTest, OfASiteWithoutDecisionsThereIsNothing) {
  Learner learner(&store_, &moderator_);
  EXPECT_FALSE(learner.Retrain("blog").taken);
  EXPECT_TRUE(absl::IsNotFound(learner.Retrain("other").status));
  EXPECT_EQ(moderator_.model("blog"), nullptr);
}

TEST_F(RetrainTest, AHoldByTheModelNamesWhatSpokeLoudest) {
  Learner learner(&store_, &moderator_);
  Lessons(0, 200, false, &learner);
  const v1::Decision decision =
      Check(Request("x", "doubtful cheap pills, offer 7"))->decision();
  const auto reason = std::find_if(
      decision.reasons().begin(), decision.reasons().end(),
      [](const auto& r) { return r.kind() == v1::Reason::KIND_CLASSIFIER; });
  ASSERT_NE(reason, decision.reasons().end());
  ASSERT_EQ(reason->matches_size(), 6);
  EXPECT_THAT(reason->matches(0).text(), HasSubstr("(+"));
}

TEST_F(ModeratorTest, PreviewIsTheHtmlWithoutAVerdict) {
  v1::PreviewCommentRequest request;
  request.set_body("*x* <script>y</script>");
  const auto preview =
      moderator_.Preview(moderator_.sites()->at("blog"), request);
  EXPECT_THAT(preview.html(), HasSubstr("<em>x</em>"));
  EXPECT_EQ(preview.html().find("script"), std::string::npos);
  EXPECT_GT(preview.removed_size(), 0);
}

TEST_F(ModeratorTest, ExplainShowsEveryStep) {
  v1::Comment comment;
  comment.set_name("sites/blog/comments/c1");
  comment.set_body("a doubtful claim");
  const auto explained =
      moderator_.Explain(moderator_.sites()->at("blog"), comment);
  EXPECT_EQ(explained.views().at("text"), "a doubtful claim");
  ASSERT_EQ(explained.rules_size(), 2);
  EXPECT_TRUE(explained.rules(0).hit());
  EXPECT_THAT(explained.rules(1).miss(),
              HasSubstr("signals.author.accepted = 0"));
  EXPECT_EQ(explained.decision().verdict(), v1::VERDICT_HOLD);
}

TEST_F(ModeratorTest, AStoredCommentIsExplainedByTheFactsOfThen) {
  v1::CheckCommentRequest request = Request("c1", "a plain claim");
  request.mutable_comment()->mutable_author()->set_email("ann@mail.example");
  ASSERT_TRUE(Check(request).ok());
  Decide("c1", v1::VERDICT_ACCEPT);  // from now on she is a known author
  const auto sites = moderator_.sites();
  const v1::Comment& comment = request.comment();
  EXPECT_EQ(moderator_.Explain(sites->at("blog"), comment)
                .signals()
                .author()
                .accepted(),
            1);
  const absl::StatusOr<v1::Entry> entry = store_.Get("sites/blog/comments/c1");
  ASSERT_TRUE(entry.ok());
  const auto then =
      moderator_.ExplainAgain(sites->at("blog"), entry->checked(), clock_.now);
  EXPECT_EQ(then.signals().author().accepted(), 0);
  EXPECT_FALSE(then.rules(1).hit());
  EXPECT_EQ(then.decision().score(), 0);
}

TEST_F(ModeratorTest, ARuleThatHitsAllAfterAnEditCanOnlyHoldUntilConfirmed) {
  const auto set_rules = [this](const std::string& words) {
    ruleset::LoadOptions options;
    options.now = clock_.now;
    const ruleset::LoadResult loaded = ruleset::LoadRuleset(
        {{"a.yaml", "rules:\n  - {id: r, why: w, words: [" + words +
                        "], verdict: reject}\n"}},
        options);
    ASSERT_NE(loaded.ruleset, nullptr);
    auto sites = std::make_shared<Sites>();
    sites->emplace("blog", Site{"blog", {}, loaded.ruleset});
    moderator_.SetSites(std::move(sites));
  };
  int checked = 0;
  const auto check = [this, &checked](const std::string& body) {
    const auto answer = Check(Request("c" + std::to_string(++checked), body));
    EXPECT_TRUE(answer.ok());
    return answer.ok() ? answer->decision() : v1::Decision();
  };
  std::vector<std::string> told;
  moderator_.set_on_demoted(
      [&told](std::string_view site, const v1::RuleDemotion& demotion) {
        told.push_back(std::string(site) + " " + demotion.rule());
      });

  set_rules("viagra");
  for (int i = 0; i < 300; ++i) check("the plain words");
  set_rules("viagra, the");
  EXPECT_EQ(check("the plain words").verdict(), v1::VERDICT_REJECT);
  v1::CheckCommentRequest dry = Request("dry", "the plain words");
  dry.set_dry_run(true);
  for (int i = 0; i < 300; ++i) EXPECT_TRUE(Check(dry).ok());
  EXPECT_THAT(told, ElementsAre()) << "a trial does not count";
  for (int i = 0; i < 60; ++i) check("the plain words");
  EXPECT_THAT(told, ElementsAre("blog r"));
  ASSERT_EQ(moderator_.demotions("blog").size(), 1u);

  const v1::Decision held = check("the plain words");
  EXPECT_EQ(held.verdict(), v1::VERDICT_HOLD);
  ASSERT_EQ(held.reasons_size(), 2);
  EXPECT_EQ(held.reasons(0).id(), "r");
  EXPECT_TRUE(held.reasons(0).demoted());
  EXPECT_EQ(held.reasons(1).id(), "policy.breaker");
  EXPECT_EQ(check("other words").verdict(), v1::VERDICT_ACCEPT);

  EXPECT_TRUE(absl::IsNotFound(moderator_.ConfirmRule("blog", "other")));
  EXPECT_TRUE(moderator_.ConfirmRule("blog", "r").ok());
  EXPECT_EQ(check("the plain words").verdict(), v1::VERDICT_REJECT);
  EXPECT_THAT(moderator_.demotions("blog"), ElementsAre());
}

TEST(RulesKeeper, ABadFolderChangesNothingAndIsTold) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(::testing::TempDir()) / "rules_keeper_test";
  fs::create_directories(folder);
  std::ofstream(folder / "a.yaml") << kRules;
  SetClock clock;
  store::MemoryStore store;
  Moderator moderator(&store, &clock);
  v1::ServerConfig config;
  config.set_rules(folder.string());
  config.add_sites()->set_id("blog");
  RulesKeeper keeper(config, &moderator, &clock);
  ASSERT_TRUE(keeper.Load().loaded);
  const std::string version = moderator.sites()->at("blog").ruleset->version();
  EXPECT_FALSE(keeper.Load().changed);

  std::ofstream(folder / "b.yaml") << "rules:\n  - id: x\n";
  const RulesKeeper::Result bad = keeper.Load();
  EXPECT_FALSE(bad.loaded);
  EXPECT_FALSE(keeper.problems().empty());
  EXPECT_EQ(moderator.sites()->at("blog").ruleset->version(), version);

  fs::remove(folder / "b.yaml");
  EXPECT_TRUE(keeper.Load().loaded);
  EXPECT_TRUE(keeper.problems().empty());
  fs::remove_all(folder);
}

TEST(RulesKeeper, ASitesOwnFolderIsLaidOverTheCommonOne) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(::testing::TempDir()) / "rules_overlay_test";
  fs::create_directories(folder / "common");
  fs::create_directories(folder / "own");
  std::ofstream(folder / "common" / "a.yaml") << kRules;
  std::ofstream(folder / "own" / "policy.yaml") << "hold_at: 1\nreject_at: 2\n";
  SetClock clock;
  store::MemoryStore store;
  Moderator moderator(&store, &clock);
  v1::ServerConfig config;
  config.set_rules((folder / "common").string());
  config.add_sites()->set_id("plain");
  v1::SiteConfig* own = config.add_sites();
  own->set_id("own");
  own->set_rules((folder / "own").string());
  ASSERT_TRUE(RulesKeeper(config, &moderator, &clock).Load().loaded);
  EXPECT_EQ(moderator.sites()->at("plain").ruleset->policy().hold_at(), 3);
  EXPECT_EQ(moderator.sites()->at("own").ruleset->policy().hold_at(), 1);
  EXPECT_EQ(moderator.sites()->at("own").ruleset->rules().size(), 2u);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace sluice
