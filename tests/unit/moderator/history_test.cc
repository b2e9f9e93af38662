// What a check knows of the checks before it, through the moderator.

#include <gtest/gtest.h>

#include <optional>

#include "service/history/memory_history.h"
#include "service/moderator.h"
#include "service/store/memory_store.h"
#include "service/warm_up.h"
#include "tests/unit/moderator/set_clock.h"

namespace sluice {
namespace {

constexpr char kRules[] = R"(rules:
  - id: hold-word
    why: A word that holds
    words: [doubtful]
    verdict: hold
)";

class HistoryTest : public ::testing::Test {
 protected:
  HistoryTest()
      : moderator_(&store_, &clock_, {&history_, {KeyedHash(), "key"}}) {
    moderator_.SetSites(MakeSites());
  }

  std::shared_ptr<const Sites> MakeSites() {
    ruleset::LoadOptions options;
    options.now = clock_.now;
    const ruleset::LoadResult loaded =
        ruleset::LoadRuleset({{"a.yaml", kRules}}, options);
    auto sites = std::make_shared<Sites>();
    signals::SiteFacts facts;
    facts.form.quizzes = {{"name", "The name of this blog is ___", {"blog"}}};
    sites->emplace("blog", Site{"blog", facts, loaded.ruleset});
    sites->emplace("other", Site{"other", {}, loaded.ruleset});
    return sites;
  }

  v1::CheckCommentRequest Request(const std::string& id,
                                  const std::string& body) {
    v1::CheckCommentRequest request;
    request.set_want_signals(true);
    v1::Comment* comment = request.mutable_comment();
    comment->set_name("sites/blog/comments/" + id);
    comment->set_body(body);
    comment->mutable_client()->set_ip("192.0.2.7");
    comment->mutable_page()->set_url("https://blog.example/post");
    return request;
  }

  absl::StatusOr<v1::CheckCommentResponse> Try(
      const v1::CheckCommentRequest& request) {
    std::optional<absl::StatusOr<v1::CheckCommentResponse>> out;
    moderator_.Check(request,
                     [&out](absl::StatusOr<v1::CheckCommentResponse> answer) {
                       out = std::move(answer);
                     });
    return *std::move(out);
  }

  v1::Signals Check(const std::string& id, const std::string& body) {
    return Try(Request(id, body))->signals();
  }

  void Pass(int seconds) { clock_.now += std::chrono::seconds(seconds); }

  void Decide(const std::string& id, v1::Verdict verdict) {
    v1::EntryDecision decision;
    decision.set_name("sites/blog/comments/" + id);
    decision.set_verdict(verdict);
    store_.Decide({decision}, "mod", "b1", clock_.now,
                  [this](absl::StatusOr<store::Store::DecideResults> results) {
                    moderator_.Follow({*results->at(0)});
                  });
  }

  SetClock clock_;
  store::MemoryStore store_;
  history::MemoryHistory history_{{.max_comments = 1000, .max_keys = 1000}};
  Moderator moderator_;
};

TEST_F(HistoryTest, AFloodIsSeenFromItsSecondCommentOn) {
  EXPECT_EQ(Check("c1", "first").velocity().ip().minute(), 0);
  EXPECT_EQ(Check("c2", "doubtful second").velocity().ip().minute(), 1);
  const v1::VelocitySignals third = Check("c3", "third").velocity();
  EXPECT_EQ(third.ip().minute(), 2) << "held ones count too";
  EXPECT_EQ(third.ip_prefix().day(), 2);
  EXPECT_EQ(third.page().hour(), 2);
  Pass(120);
  EXPECT_EQ(Check("c4", "fourth").velocity().ip().minute(), 0);
}

TEST_F(HistoryTest, ADryRunLeavesNoTrace) {
  v1::CheckCommentRequest request = Request("c1", "first");
  request.set_dry_run(true);
  ASSERT_TRUE(Try(request).ok());
  EXPECT_EQ(Check("c2", "second").velocity().ip().minute(), 0);
}

TEST_F(HistoryTest, ARequestThatIsRepeatedCountsOnce) {
  Check("c1", "first");
  EXPECT_TRUE(Try(Request("c1", "first"))->repeated_check());
  EXPECT_EQ(Check("c2", "second").velocity().ip().minute(), 1);
}

TEST_F(HistoryTest, AHoldThatIsTriedAgainIsNotItsOwnPast) {
  store_.FailWith(absl::UnavailableError("the disk is away"));
  EXPECT_FALSE(Try(Request("c1", "doubtful")).ok());
  store_.FailWith(absl::OkStatus());
  EXPECT_EQ(Check("c1", "doubtful").velocity().ip().minute(), 0);
  EXPECT_EQ(Check("c2", "second").velocity().ip().minute(), 1);
}

TEST_F(HistoryTest, ADecisionEndsThePagesSilence) {
  Check("c1", "doubtful");
  Pass(100);
  EXPECT_EQ(Check("c2", "doubtful").page().silent_seconds(), 0);
  Decide("c1", v1::VERDICT_ACCEPT);
  EXPECT_EQ(Check("c3", "doubtful").page().silent_seconds(), 100);
}

TEST_F(HistoryTest, ACampaignFollowsWhatModeratorsDecide) {
  const std::string offer =
      "doubtful offer of the very best watches in town, shipped to your door "
      "for free, so come and have a look at our shop at ";
  Check("c1", offer + "one.example.com");
  EXPECT_EQ(Check("c2", offer + "two.example.net").repetition().near(), 1);
  Decide("c1", v1::VERDICT_REJECT);
  Decide("c2", v1::VERDICT_REJECT);
  const v1::RepetitionSignals third =
      Check("c3", "> quoted before\n\n**" + offer + "** three.example.org")
          .repetition();
  EXPECT_EQ(third.exact(), 0);
  EXPECT_EQ(third.near(), 2);
  EXPECT_EQ(third.near_rejected(), 2);
  EXPECT_EQ(third.campaign_size(), 3);
}

TEST_F(HistoryTest, RepliesThatQuoteTheSameAreNoCampaign) {
  const std::string quote =
      "> the second chapter of the book is about how the town has changed "
      "since the old mill was closed in the eighties\n\n";
  Check("c1",
        quote + "I grew up there, and it was closed in 1991, not before.");
  const v1::RepetitionSignals second =
      Check("c2", quote + "Thank you for the photographs, they are wonderful.")
          .repetition();
  EXPECT_EQ(second.near(), 0);
  EXPECT_TRUE(second.campaign().empty());
}

TEST_F(HistoryTest, AFormTokenComesBack) {
  EXPECT_EQ(Check("c0", "before").form().token(),
            v1::FormSignals::TOKEN_UNSPECIFIED);
  const v1::IssueFormTokenResponse issued = moderator_.IssueFormToken(
      moderator_.sites()->at("blog"), "https://blog.example/post#form", 5);
  EXPECT_EQ(issued.quiz_question(), "The name of this blog is ___");
  EXPECT_EQ(issued.expire_time().seconds(), 1'800'086'400);
  EXPECT_EQ(Check("c1", "without").form().token(),
            v1::FormSignals::TOKEN_MISSING);
  Pass(40);
  v1::CheckCommentRequest request = Request("c2", "with");
  request.mutable_comment()->mutable_form()->set_token(issued.token());
  request.mutable_comment()->mutable_form()->set_quiz_answer(" Blog. ");
  const v1::FormSignals form = Try(request)->signals().form();
  EXPECT_EQ(form.token(), v1::FormSignals::TOKEN_VALID);
  EXPECT_EQ(form.seconds(), 40);
  EXPECT_EQ(form.quiz(), v1::FormSignals::QUIZ_RIGHT);
  EXPECT_EQ(form.uses(), 0);

  request.mutable_comment()->set_name("sites/blog/comments/c3");
  EXPECT_EQ(Try(request)->signals().form().token(),
            v1::FormSignals::TOKEN_REPLAYED);
  request.mutable_comment()->set_name("sites/blog/comments/c4");
  request.mutable_comment()->mutable_client()->set_ip("198.51.100.9");
  const v1::FormSignals elsewhere = Try(request)->signals().form();
  EXPECT_EQ(elsewhere.token(), v1::FormSignals::TOKEN_VALID)
      << "another reader of a cached page";
  EXPECT_EQ(elsewhere.uses(), 2);
}

TEST_F(HistoryTest, ATokenThatCouldNotBeStoredIsNotReplayed) {
  const v1::IssueFormTokenResponse issued =
      moderator_.IssueFormToken(moderator_.sites()->at("blog"), "", 5);
  v1::CheckCommentRequest request = Request("c1", "doubtful");
  request.mutable_comment()->mutable_form()->set_token(issued.token());
  store_.FailWith(absl::UnavailableError("the disk is away"));
  EXPECT_FALSE(Try(request).ok());
  store_.FailWith(absl::OkStatus());
  EXPECT_EQ(Try(request)->signals().form().token(),
            v1::FormSignals::TOKEN_VALID);
}

TEST_F(HistoryTest, OneSitesTokenIsForgedOnAnother) {
  const v1::IssueFormTokenResponse issued =
      moderator_.IssueFormToken(moderator_.sites()->at("other"), "", 5);
  v1::CheckCommentRequest request = Request("c1", "text");
  request.mutable_comment()->mutable_form()->set_token(issued.token());
  EXPECT_EQ(Try(request)->signals().form().token(),
            v1::FormSignals::TOKEN_FORGED);
  EXPECT_EQ(Check("c2", "text").form().token(),
            v1::FormSignals::TOKEN_UNSPECIFIED)
      << "a forged one does not make the site one that issues";
}

TEST_F(HistoryTest, AServerThatStartsAgainKnowsThatTokensWereAskedFor) {
  const v1::IssueFormTokenResponse issued =
      moderator_.IssueFormToken(moderator_.sites()->at("blog"), "", 5);
  v1::CheckCommentRequest request = Request("c1", "text");
  request.mutable_comment()->mutable_form()->set_token(issued.token());
  ASSERT_TRUE(Try(request).ok());
  history::MemoryHistory fresh({.max_comments = 1000, .max_keys = 1000});
  Moderator restarted(&store_, &clock_, {&fresh, {KeyedHash(), "key"}});
  restarted.SetSites(MakeSites());
  ASSERT_TRUE(WarmUpHistory(&store_, restarted, 1000).ok());
  request.mutable_comment()->set_name("sites/blog/comments/c2");
  const signals::Traces traces = restarted.TracesOf(
      restarted.sites()->at("blog"), request.comment(), clock_.now);
  EXPECT_TRUE(fresh.Recall(traces)->tokens_issued);
  EXPECT_TRUE(fresh.Recall(traces)->token_replayed);
}

TEST_F(HistoryTest, AServerThatStartsAgainKnowsWhatItKnew) {
  Check("c1", "third");
  Pass(10);
  Check("c2", "doubtful second");
  Pass(10);
  history::MemoryHistory fresh({.max_comments = 1000, .max_keys = 1000});
  Moderator restarted(&store_, &clock_, {&fresh, {KeyedHash(), "key"}});
  restarted.SetSites(MakeSites());
  ASSERT_TRUE(WarmUpHistory(&store_, restarted, 1000).ok());
  v1::CheckCommentRequest request = Request("c3", "third");
  request.set_dry_run(true);
  std::optional<v1::Signals> after;
  restarted.Check(request,
                  [&after](absl::StatusOr<v1::CheckCommentResponse> answer) {
                    after = answer->signals();
                  });
  EXPECT_EQ(after->SerializeAsString(),
            Check("c3", "third").SerializeAsString());
  EXPECT_EQ(after->velocity().ip().minute(), 2);
  EXPECT_EQ(after->page().silent_seconds(), 20);
  EXPECT_EQ(after->repetition().exact(), 1);
}

TEST_F(HistoryTest, AWarmUpTakesTheNewest) {
  for (int i = 0; i < 5; ++i) {
    Check("c" + std::to_string(i), "text");
    Pass(1);
  }
  history::MemoryHistory fresh({.max_comments = 1000, .max_keys = 1000});
  Moderator restarted(&store_, &clock_, {&fresh, {KeyedHash(), "key"}});
  restarted.SetSites(MakeSites());
  ASSERT_TRUE(WarmUpHistory(&store_, restarted, 2).ok());
  signals::Traces traces = restarted.TracesOf(
      restarted.sites()->at("blog"), Request("c9", "x").comment(), clock_.now);
  EXPECT_EQ(fresh.Recall(traces)->velocity.ip().minute(), 2);
}

}  // namespace
}  // namespace sluice
