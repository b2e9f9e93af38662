#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "client/review/model.h"
#include "tests/unit/client/review_fake_server.h"

namespace sluice::client::review {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class ModelTest : public ::testing::Test {
 protected:
  ModelTest() {
    UseUtf8();
    for (const char* id : {"c1", "c2", "c3"}) server.Add(HeldEntry(id));
  }

  void Start() {
    model =
        std::make_unique<Model>(Model::Settings{"blog", "ann", "", "oldest"});
    model->Tick(2000);
    Settle();
  }

  // Gives every call to the server, in the worker's order.
  void Settle() {
    do {
      Collect();
      if (calls.empty()) return;
      const auto decision =
          std::find_if(calls.begin(), calls.end(),
                       [](const Call& call) { return call.decides; });
      const auto next = decision == calls.end() ? calls.begin() : decision;
      const Call call = std::move(*next);
      calls.erase(next);
      Answer answer;
      answer.id = call.id;
      answer.status = server.Ask(call.request, &answer.response);
      model->Take(std::move(answer));
    } while (true);
  }

  void Collect() {
    for (Call& call : model->TakeCalls()) calls.push_back(std::move(call));
    for (const int64_t id : model->TakeCancels()) {
      if (std::erase_if(calls,
                        [id](const Call& call) { return call.id == id; }) > 0)
        model->Take({id, absl::CancelledError(), {}});
    }
  }

  // Types without waiting for the server.
  void Type(const std::string& keys) {
    for (char c : keys) Press(c);
  }
  void Press(char c) {
    model->Press(c == '\r' ? Key{Key::kEnter}
                 : c == '\x1b'
                     ? Key{Key::kEscape}
                     : Key{Key::kCharacter, static_cast<char32_t>(c)});
  }
  void TypeAndSettle(const std::string& keys) {
    for (char c : keys) {
      Press(c);
      Settle();
    }
  }

  std::string Selected() {
    const Row* row = model->rows().selected();
    return row == nullptr ? "" : row->entry.name().substr(NameOf("").size());
  }
  std::string Screen() {
    return TextOf(Draw({80, 24, true, true}, model.get()));
  }

  FakeServer server;
  std::unique_ptr<Model> model;
  std::deque<Call> calls;
};

TEST_F(ModelTest, ADecisionLeavesTheListAndGoesOn) {
  Start();
  EXPECT_EQ(Selected(), "c1");
  TypeAndSettle("a");
  EXPECT_EQ(Selected(), "c2");
  TypeAndSettle("s");
  TypeAndSettle("b");
  EXPECT_EQ(Selected(), "");
  EXPECT_EQ(server.StateOf("c1"), v1::STATE_ACCEPTED);
  EXPECT_EQ(server.entries[NameOf("c2")].review().reason_code(), "spam");
  EXPECT_EQ(server.entries[NameOf("c3")].review().reason_code(), "abuse");
  EXPECT_EQ(server.entries[NameOf("c3")].review().moderator(), "ann");
  EXPECT_EQ(model->Farewell(), "1 accepted, 2 rejected\n");
  EXPECT_THAT(Screen(), HasSubstr("Nothing waits."));
}

TEST_F(ModelTest, TypingAheadOfTheServerDecidesTheSame) {
  Start();
  Type("asb");
  EXPECT_EQ(model->decisions().tally().waiting, 3);
  Settle();
  EXPECT_EQ(server.StateOf("c1"), v1::STATE_ACCEPTED);
  EXPECT_EQ(server.StateOf("c2"), v1::STATE_REJECTED);
  EXPECT_EQ(server.StateOf("c3"), v1::STATE_REJECTED);
  EXPECT_EQ(model->alerts(), 0u);
}

TEST_F(ModelTest, AClaimOnItsWayDoesNotSpoilTheDecision) {
  Start();
  Type("j");
  Collect();  // the claim of c2 changes its etag on the server first
  const auto claim =
      std::find_if(calls.begin(), calls.end(),
                   [](const Call& c) { return c.slot == "claim"; });
  ASSERT_NE(claim, calls.end());
  Response lost;
  ASSERT_TRUE(server.Ask(claim->request, &lost).ok());
  Type("s");
  Settle();
  EXPECT_EQ(server.StateOf("c2"), v1::STATE_REJECTED);
  EXPECT_EQ(model->alerts(), 0u);
}

TEST_F(ModelTest, WhatAnotherHasDecidedIsShownAndNotOverwritten) {
  Start();
  server.DecideAs("bob", "c1", v1::VERDICT_ACCEPT, "ok");
  TypeAndSettle("s");
  EXPECT_EQ(server.StateOf("c1"), v1::STATE_ACCEPTED);
  EXPECT_EQ(Selected(), "c2");  // the selection is not taken away
  EXPECT_EQ(model->alerts(), 1u);
  EXPECT_THAT(model->message(), HasSubstr("was accepted by bob"));
  TypeAndSettle("!");
  EXPECT_EQ(Selected(), "c1");
  TypeAndSettle("s");  // says once more what was there
  EXPECT_EQ(server.StateOf("c1"), v1::STATE_ACCEPTED);
  EXPECT_THAT(model->message(), HasSubstr("overrules"));
  TypeAndSettle("s");
  EXPECT_EQ(server.StateOf("c1"), v1::STATE_REJECTED);
}

TEST_F(ModelTest, AReportThatWasNotSeenStopsADecision) {
  Start();
  v1::Entry& entry = server.entries[NameOf("c1")];
  entry.set_ham_reports(1);
  entry.set_etag("new");
  TypeAndSettle("s");
  EXPECT_EQ(server.StateOf("c1"), v1::STATE_HELD);
  EXPECT_EQ(model->alerts(), 1u);
}

TEST_F(ModelTest, ADecisionWhoseAnswerWasLostIsRecognised) {
  Start();
  Type("s");
  Collect();
  const Call call = calls.front();
  ASSERT_TRUE(call.decides);
  Response lost;
  ASSERT_TRUE(server.Ask(call.request, &lost).ok());  // sent again by Settle
  Settle();
  EXPECT_EQ(server.StateOf("c1"), v1::STATE_REJECTED);
  EXPECT_EQ(model->alerts(), 0u);
  TypeAndSettle("u");
  EXPECT_EQ(server.StateOf("c1"), v1::STATE_HELD);
}

TEST_F(ModelTest, UndoGoesBackStepByStep) {
  Start();
  TypeAndSettle("as");
  TypeAndSettle("u");
  EXPECT_EQ(server.StateOf("c2"), v1::STATE_HELD);
  EXPECT_EQ(Selected(), "c2");
  TypeAndSettle("u");
  EXPECT_EQ(server.StateOf("c1"), v1::STATE_HELD);
  EXPECT_EQ(Selected(), "c1");
  TypeAndSettle("u");
  EXPECT_THAT(model->message(), HasSubstr("nothing to take back"));
  EXPECT_EQ(model->Farewell(), "");
}

TEST_F(ModelTest, UndoOfWhatIsNotSentSendsNothing) {
  Start();
  Type("su");
  Settle();
  EXPECT_EQ(server.StateOf("c1"), v1::STATE_HELD);
  EXPECT_THAT(server.asked, Not(Contains("DecideEntriesRequest")));
  EXPECT_EQ(Selected(), "c1");
  EXPECT_FALSE(model->rows().selected()->returning);
}

TEST_F(ModelTest, UndoOfWhatIsOnItsWayFollowsIt) {
  Start();
  Type("s");
  Collect();
  const Call call = std::move(calls.front());
  calls.pop_front();
  Type("u");
  Type("a");  // not before it is back
  EXPECT_THAT(model->message(), HasSubstr("still being taken back"));
  Answer answer{call.id, absl::OkStatus(), {}};
  answer.status = server.Ask(call.request, &answer.response);
  model->Take(std::move(answer));
  Settle();
  EXPECT_EQ(server.StateOf("c1"), v1::STATE_HELD);
  TypeAndSettle("a");
  EXPECT_EQ(server.StateOf("c1"), v1::STATE_ACCEPTED);
}

TEST_F(ModelTest, AServerWithoutUndoSaysSo) {
  server.missing = {"UndoDecisionRequest"};
  Start();
  TypeAndSettle("su");
  EXPECT_THAT(model->message(), HasSubstr("cannot take decisions back"));
  EXPECT_EQ(Selected(), "c2");
}

TEST_F(ModelTest, MarkedOnesAreDecidedTogether) {
  Start();
  TypeAndSettle("xjx");
  EXPECT_EQ(model->rows().Marked().size(), 2u);
  TypeAndSettle("s");
  EXPECT_EQ(server.StateOf("c1"), v1::STATE_REJECTED);
  EXPECT_EQ(server.StateOf("c2"), v1::STATE_HELD);
  EXPECT_EQ(server.StateOf("c3"), v1::STATE_REJECTED);
  TypeAndSettle("u");  // one batch
  EXPECT_EQ(server.StateOf("c1"), v1::STATE_HELD);
  EXPECT_EQ(server.StateOf("c3"), v1::STATE_HELD);
}

class CampaignTest : public ModelTest {
 protected:
  CampaignTest() {
    for (const char* id : {"k1", "k2", "k3"})
      server.Add(HeldEntry(id, "k", "Buy pills"));
  }
};

TEST_F(CampaignTest, OneKeyDecidesAllThatTheListCounts) {
  Start();
  TypeAndSettle("jjj");
  EXPECT_EQ(Selected(), "k1");
  EXPECT_THAT(Screen(), HasSubstr("campaign: 3 held"));
  TypeAndSettle("S");
  EXPECT_EQ(server.StateOf("k3"), v1::STATE_REJECTED);
  EXPECT_EQ(server.StateOf("c1"), v1::STATE_HELD);
  TypeAndSettle("u");
  EXPECT_EQ(server.StateOf("k3"), v1::STATE_HELD);
}

TEST_F(CampaignTest, AskingFirstCountsOnTheServer) {
  Start();
  Type("jjj");
  Settle();
  Type("C");
  Type("s");  // nobody has seen how many
  Settle();
  EXPECT_THAT(Screen(), HasSubstr("whole campaign: 3 held"));
  TypeAndSettle("\x1b");
  EXPECT_EQ(server.StateOf("k1"), v1::STATE_HELD);
  TypeAndSettle("Cb");
  EXPECT_EQ(server.entries[NameOf("k2")].review().reason_code(), "abuse");
}

TEST_F(CampaignTest, WhatHasGrownIsNotDecidedUnseen) {
  Start();
  TypeAndSettle("jjj");
  server.matching_now = 4;
  TypeAndSettle("S");
  EXPECT_EQ(server.StateOf("k1"), v1::STATE_HELD);
  EXPECT_THAT(model->message(), HasSubstr("the campaign has changed"));
  EXPECT_EQ(model->rows().all().size(), 6u);
}

TEST_F(CampaignTest, WithoutDecideMatchingItIsDecidedByNames) {
  server.missing = {"DecideMatchingRequest"};
  Start();
  TypeAndSettle("jjjS");
  EXPECT_EQ(server.StateOf("k3"), v1::STATE_REJECTED);
  EXPECT_EQ(model->rows().all().size(), 3u);
}

TEST_F(CampaignTest, ASearchKeepsWhatItHidesOut) {
  server.entries[NameOf("k2")].mutable_checked()->mutable_comment()->set_body(
      "rare");
  Start();
  TypeAndSettle("/rare\r");
  EXPECT_EQ(Selected(), "k2");
  TypeAndSettle("S");
  EXPECT_EQ(server.StateOf("k2"), v1::STATE_REJECTED);
  EXPECT_EQ(server.StateOf("k1"), v1::STATE_HELD);
}

TEST_F(CampaignTest, BracketsGoFromCampaignToCampaign) {
  Start();
  TypeAndSettle("]]]");
  EXPECT_EQ(Selected(), "k1");
  TypeAndSettle("]");
  EXPECT_EQ(Selected(), "k3");
  TypeAndSettle("[");
  EXPECT_EQ(Selected(), "c3");
}

TEST_F(CampaignTest, AServerWithoutTheOrderIsGroupedHere) {
  server.missing = {"campaign_size"};
  model =
      std::make_unique<Model>(Model::Settings{"blog", "ann", "", "campaign"});
  Settle();
  EXPECT_EQ(Selected(), "k1");
  EXPECT_EQ(model->rows().all().size(), 6u);
}

class Queue200 : public ModelTest {
 protected:
  Queue200() {
    server = FakeServer();
    for (int campaign = 0; campaign < 40; ++campaign) {
      const std::string id = fmt::format("k{}", campaign);
      server.Add(HeldEntry(id, "", "the first of " + id));
      server.begun[NameOf(id)] = id;
      for (int more = 0; more < 4; ++more)
        server.Add(HeldEntry(fmt::format("{}-{}", id, more), id));
    }
    model =
        std::make_unique<Model>(Model::Settings{"blog", "ann", "", "campaign"});
    Settle();
  }
};

TEST_F(Queue200, FortyCampaignsAreFortyKeys) {
  ASSERT_EQ(model->rows().all().size(), 200u);
  EXPECT_EQ(model->rows().CampaignSizes().size(), 40u);
  EXPECT_EQ(model->rows().CampaignSizes().at("k7"), 5);
  for (int key = 0; key < 40; ++key) TypeAndSettle("S");
  EXPECT_EQ(model->rows().all().size(), 0u);
  EXPECT_EQ(model->decisions().tally().rejected, 200);
}

TEST_F(Queue200, AlsoAheadOfTheServer) {
  Type(std::string(40, 'S'));
  Settle();
  EXPECT_EQ(model->decisions().tally().rejected, 200);
  EXPECT_EQ(model->rows().all().size(), 0u);
}

TEST_F(ModelTest, ANoteGoesWithTheDecision) {
  Start();
  TypeAndSettle("mseen before\rs");
  EXPECT_EQ(server.entries[NameOf("c1")].review().note(), "seen before");
}

TEST_F(ModelTest, ABadFilterIsTypedAgainAndTheListStays) {
  Start();
  TypeAndSettle("fbad\r");
  EXPECT_EQ(model->mode(), Mode::kPrompt);
  EXPECT_EQ(model->typed(), "bad");
  EXPECT_THAT(Screen(), HasSubstr("column 1"));
  EXPECT_EQ(model->rows().all().size(), 3u);
  TypeAndSettle("\x1b");
  EXPECT_EQ(model->settings().filter, "");
}

TEST_F(ModelTest, WhatTheServerLacksIsLeftOut) {
  server.missing = {"ClaimEntriesRequest", "ListAuthorHistoryRequest",
                    "ListSimilarRequest"};
  Start();
  TypeAndSettle("jj");
  EXPECT_EQ(std::count(server.asked.begin(), server.asked.end(),
                       "ClaimEntriesRequest"),
            1);
  TypeAndSettle("=");
  EXPECT_THAT(Screen(), HasSubstr("this server does not have it"));
}

TEST_F(ModelTest, WhyIsReadOnAPageOfItsOwn) {
  Start();
  TypeAndSettle("w");
  EXPECT_THAT(Screen(), HasSubstr("pharma: +4"));
  TypeAndSettle("q");  // goes back, does not leave
  EXPECT_FALSE(model->done());
  EXPECT_EQ(model->mode(), Mode::kBrowse);
}

TEST_F(ModelTest, LeavingWaitsForWhatIsNotSent) {
  Start();
  Type("sq");
  EXPECT_FALSE(model->done());
  EXPECT_THAT(Screen(), HasSubstr("sending what was decided (1 left)"));
  Settle();
  EXPECT_TRUE(model->done());
}

TEST_F(ModelTest, LeavingTwiceSaysWhatIsLost) {
  Start();
  Type("sqq");
  EXPECT_TRUE(model->done());
  EXPECT_THAT(model->Farewell(), HasSubstr("rejected as spam: c1"));
}

TEST_F(ModelTest, ALostServerIsShownAndDecisionsAreKept) {
  Start();
  Type("s");
  model->SetLink({true, "the server is not there", 4});
  EXPECT_THAT(Screen(),
              HasSubstr("server lost, next try in 4s; decisions kept: 1"));
  Settle();
  model->SetLink({});
  EXPECT_EQ(server.StateOf("c1"), v1::STATE_REJECTED);
}

TEST_F(ModelTest, AReloadDoesNotBringBackWhatIsBeingDecided) {
  Start();
  Type("r");
  Collect();
  Type("s");
  // The list was read before the decision arrived.
  Answer answer{calls.front().id, absl::OkStatus(), {}};
  answer.status = server.Ask(calls.front().request, &answer.response);
  calls.pop_front();
  model->Take(std::move(answer));
  EXPECT_EQ(model->rows().all().size(), 2u);
  Settle();
  EXPECT_EQ(model->rows().all().size(), 2u);
}

TEST_F(ModelTest, ThePagerGetsNoEscapeSequences) {
  server.entries[NameOf("c1")].mutable_checked()->mutable_comment()->set_body(
      "\x1b]0;x\x07");
  Start();
  TypeAndSettle("o");
  const std::string text = model->TakePagerText();
  EXPECT_THAT(text, HasSubstr("\\x1b]0;x"));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST_F(ModelTest, FramesFitEverySize) {
  server.entries[NameOf("c1")].mutable_checked()->set_html(
      "<p>\x1b[2J漢字😀 e\u0301\u0302\u0303 " + std::string(500, 'w') + "</p>");
  Start();
  for (const char* keys : {"", "w", "?", "x", "C", "m", "f", "O", "q"}) {
    TypeAndSettle("\x1b\x1b");
    Type(keys);
    for (int columns : {1, 2, 10, 40, 75, 76, 80, 200}) {
      for (int rows : {1, 3, 10, 24, 50}) {
        const Frame frame = Draw({columns, rows, false, true}, model.get());
        EXPECT_LE(frame.lines.size(), static_cast<size_t>(rows));
        for (const Line& line : frame.lines) {
          EXPECT_LE(Columns(line), columns) << Plain(line);
          EXPECT_EQ(Tame(Plain(line)), Plain(line));
        }
      }
    }
    if (model->done()) break;
    Settle();
  }
}

}  // namespace
}  // namespace sluice::client::review
