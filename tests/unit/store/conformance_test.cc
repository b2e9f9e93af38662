// What every store promises of checks, decisions and listings.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>

#include "google/protobuf/util/message_differencer.h"
#include "service/store/entry.h"
#include "tests/unit/store/every_store.h"

namespace sluice::store {
namespace {

using ::google::protobuf::util::MessageDifferencer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Conformance : public ::testing::TestWithParam<Implementation> {
 protected:
  Store* store() { return store_.get(); }

  std::vector<std::string> Names(v1::State state,
                                 Order order = Order::kOldestFirst) {
    ListQuery query;
    query.site = "blog";
    query.state = state;
    query.order = order;
    query.page_size = 2;
    return NamesOf(ListAll(store(), query));
  }

  std::string CountsText(const std::string& site = "blog") {
    const absl::StatusOr<Counts> counts = store_->Count(site);
    if (!counts.ok()) return counts.status().ToString();
    return std::to_string(counts->held) + " held, " +
           std::to_string(counts->accepted) + " accepted, " +
           std::to_string(counts->rejected) + " rejected";
  }

  // The record under the e-mail ann@example.org.
  std::string AnnsRecord(const std::string& site = "blog") {
    const absl::StatusOr<AuthorHistory> history =
        store_->ReadAuthorHistory(site, {"", "ann@example.org", ""}, At(60));
    if (!history.ok()) return history.status().ToString();
    return history->by_email.ShortDebugString();
  }

  v1::Checked FromAnn(const std::string& name, v1::Verdict verdict) {
    v1::Checked checked = CheckOf(name, verdict);
    checked.mutable_comment()->mutable_author()->set_email("Ann@Example.org");
    return checked;
  }

 private:
  const TemporaryFolder folder_;
  const std::unique_ptr<Store> store_ = GetParam().open(folder_);
};

TEST_P(Conformance, AnEmptyStoreSaysSo) {
  EXPECT_TRUE(absl::IsNotFound(store()->Get(NameOf("a")).status()));
  EXPECT_TRUE(absl::IsNotFound(store()->Events(NameOf("a")).status()));
  EXPECT_THAT(Names(v1::STATE_HELD), IsEmpty());
  EXPECT_EQ(CountsText(), "0 held, 0 accepted, 0 rejected");
  EXPECT_FALSE(store()->Count("blog")->oldest_held.has_value());
  EXPECT_EQ(AnnsRecord(), "");
  EXPECT_TRUE(store()->Flush().ok());
  EXPECT_TRUE(store()->Health().ok());
}

TEST_P(Conformance, KeepsACheckAsItCame) {
  v1::Checked checked = CheckOf(NameOf("a"), v1::VERDICT_HOLD, 4.5);
  checked.mutable_signals()->mutable_links()->set_count(3);
  checked.add_removed()->set_kind("element");
  checked.mutable_comment()->set_body(
      std::string("nul \0 and \xE2\x82\xAC", 13));
  const absl::StatusOr<CheckRecord> record =
      Record(store(), checked, At(7), Durability::kBeforeAnswer);
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_FALSE(record->repeated);

  const absl::StatusOr<v1::Entry> entry = store()->Get(NameOf("a"));
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_TRUE(MessageDifferencer::Equals(*entry, record->entry));
  EXPECT_TRUE(MessageDifferencer::Equals(entry->checked(), checked));
  EXPECT_EQ(entry->name(), NameOf("a"));
  EXPECT_EQ(entry->state(), v1::STATE_HELD);
  EXPECT_EQ(entry->create_time().seconds(), 1'700'000'007);
  EXPECT_EQ(entry->update_time().seconds(), 1'700'000'007);
  EXPECT_FALSE(entry->has_review());
  EXPECT_NE(entry->etag(), "");
}

TEST_P(Conformance, KeepsMicroseconds) {
  const Time now = At(0) + std::chrono::microseconds(123'456);
  ASSERT_TRUE(Hold(store(), NameOf("a"), now).ok());
  EXPECT_EQ(store()->Get(NameOf("a"))->create_time().nanos(), 123'456'000);
  EXPECT_EQ(store()->Count("blog")->oldest_held, now);
}

TEST_P(Conformance, EachVerdictGivesItsState) {
  const std::pair<v1::Verdict, v1::State> cases[] = {
      {v1::VERDICT_ACCEPT, v1::STATE_ACCEPTED},
      {v1::VERDICT_HOLD, v1::STATE_HELD},
      {v1::VERDICT_REJECT, v1::STATE_REJECTED}};
  for (const auto& [verdict, state] : cases) {
    for (Durability durability :
         {Durability::kBehind, Durability::kBeforeAnswer}) {
      const std::string name =
          NameOf(std::to_string(verdict) +
                 (durability == Durability::kBehind ? "-behind" : "-before"));
      const auto record =
          Record(store(), CheckOf(name, verdict), At(0), durability);
      ASSERT_TRUE(record.ok()) << record.status();
      EXPECT_EQ(store()->Get(name)->state(), state);
    }
  }
  EXPECT_EQ(CountsText(), "2 held, 2 accepted, 2 rejected");
}

TEST_P(Conformance, RefusesAChecksWithoutNameOrVerdict) {
  const v1::Checked cases[] = {
      CheckOf(NameOf("a"), v1::VERDICT_UNSPECIFIED),
      CheckOf("", v1::VERDICT_HOLD), CheckOf("sites/blog", v1::VERDICT_HOLD),
      CheckOf("sites/blog/comments/a/b", v1::VERDICT_HOLD)};
  for (const v1::Checked& checked : cases) {
    for (Durability durability :
         {Durability::kBehind, Durability::kBeforeAnswer}) {
      EXPECT_TRUE(absl::IsInvalidArgument(
          Record(store(), checked, At(0), durability).status()))
          << checked.ShortDebugString();
    }
  }
  EXPECT_EQ(CountsText(), "0 held, 0 accepted, 0 rejected");
}

TEST_P(Conformance, TheSameCheckTwiceIsOneEntry) {
  for (Durability first : {Durability::kBehind, Durability::kBeforeAnswer}) {
    for (Durability second : {Durability::kBehind, Durability::kBeforeAnswer}) {
      const std::string name = NameOf(std::to_string(static_cast<int>(first)) +
                                      std::to_string(static_cast<int>(second)));
      const auto one =
          Record(store(), CheckOf(name, v1::VERDICT_HOLD, 1), At(1), first);
      // Rules may have changed in between: the first answer stands.
      const auto two =
          Record(store(), CheckOf(name, v1::VERDICT_ACCEPT, 0), At(2), second);
      ASSERT_TRUE(one.ok() && two.ok()) << one.status() << two.status();
      EXPECT_FALSE(one->repeated);
      EXPECT_TRUE(two->repeated);
      EXPECT_TRUE(MessageDifferencer::Equals(one->entry, two->entry));
      EXPECT_EQ(store()->Events(name)->size(), 1u);
    }
  }
  EXPECT_EQ(CountsText(), "4 held, 0 accepted, 0 rejected");
}

TEST_P(Conformance, AnotherCommentUnderATakenNameIsRefused) {
  for (Durability first : {Durability::kBehind, Durability::kBeforeAnswer}) {
    for (Durability second : {Durability::kBehind, Durability::kBeforeAnswer}) {
      const std::string name = NameOf(std::to_string(static_cast<int>(first)) +
                                      std::to_string(static_cast<int>(second)));
      ASSERT_TRUE(
          Record(store(), CheckOf(name, v1::VERDICT_HOLD), At(1), first).ok());
      v1::Checked other = CheckOf(name, v1::VERDICT_HOLD);
      other.set_request_hash("another");
      EXPECT_TRUE(absl::IsAlreadyExists(
          Record(store(), other, At(2), second).status()));
    }
  }
}

TEST_P(Conformance, OfManyWithOneNameAtOnceOneWins) {
  constexpr int kCallers = 8;
  constexpr int kNames = 30;
  std::atomic<int> fresh{0}, repeated{0}, refused{0}, wrong{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < kCallers; ++caller) {
    callers.emplace_back([&, caller] {
      for (int i = 0; i < kNames; ++i) {
        v1::Checked checked =
            CheckOf(NameOf(std::to_string(i)), v1::VERDICT_ACCEPT);
        checked.set_request_hash(caller % 2 == 0 ? "even" : "odd");
        checked.mutable_comment()->mutable_author()->set_email(
            "ann@example.org");
        const auto record = Record(
            store(), checked, At(i),
            caller % 4 < 2 ? Durability::kBehind : Durability::kBeforeAnswer);
        if (absl::IsAlreadyExists(record.status()))
          ++refused;
        else if (!record.ok())
          ++wrong;
        else if (record->entry.checked().request_hash() !=
                 checked.request_hash())
          ++wrong;
        else
          ++(record->repeated ? repeated : fresh);
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(fresh, kNames);
  EXPECT_EQ(repeated, kNames * (kCallers / 2 - 1));
  EXPECT_EQ(refused, kNames * kCallers / 2);
  EXPECT_EQ(CountsText(), "0 held, 30 accepted, 0 rejected");
  EXPECT_EQ(AnnsRecord(), "accepted: 30 age_seconds: 60");
}

TEST_P(Conformance, SitesAreApart) {
  ASSERT_TRUE(Hold(store(), NameOf("a", "one")).ok());
  ASSERT_TRUE(Accept(store(), NameOf("a", "two")).ok());
  EXPECT_EQ(CountsText("one"), "1 held, 0 accepted, 0 rejected");
  EXPECT_EQ(CountsText("two"), "0 held, 1 accepted, 0 rejected");
  EXPECT_THAT(Names(v1::STATE_HELD), IsEmpty());
  ASSERT_TRUE(Record(store(), FromAnn(NameOf("b", "one"), v1::VERDICT_HOLD),
                     At(0), Durability::kBeforeAnswer)
                  .ok());
  EXPECT_EQ(AnnsRecord("one"), "held: 1 age_seconds: 60");
  EXPECT_EQ(AnnsRecord("two"), "");
}

TEST_P(Conformance, AQueuedAcceptIsSeenByEveryRead) {
  ASSERT_TRUE(Record(store(), FromAnn(NameOf("a"), v1::VERDICT_ACCEPT), At(0),
                     Durability::kBehind)
                  .ok());
  EXPECT_EQ(CountsText(), "0 held, 1 accepted, 0 rejected");
  EXPECT_EQ(AnnsRecord(), "accepted: 1 age_seconds: 60");
  const std::string etag = store()->Get(NameOf("a"))->etag();
  EXPECT_THAT(Names(v1::STATE_ACCEPTED), ElementsAre(NameOf("a")));
  EXPECT_EQ(store()->Events(NameOf("a"))->size(), 1u);
  ASSERT_TRUE(store()->Flush().ok());
  EXPECT_EQ(store()->Get(NameOf("a"))->etag(), etag);
  EXPECT_EQ(CountsText(), "0 held, 1 accepted, 0 rejected");
  EXPECT_EQ(AnnsRecord(), "accepted: 1 age_seconds: 60");
}

TEST_P(Conformance, ADecisionIsKeptWithWhoAndWhen) {
  ASSERT_TRUE(Hold(store(), NameOf("a")).ok());
  v1::EntryDecision decision = DecisionOf(NameOf("a"), v1::VERDICT_REJECT,
                                          store()->Get(NameOf("a"))->etag());
  decision.set_reason_code("spam");
  decision.set_note("seen before");
  const absl::StatusOr<v1::Entry> entry = DecideOne(store(), decision, At(9));
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ(entry->state(), v1::STATE_REJECTED);
  EXPECT_EQ(entry->review().ShortDebugString(),
            "verdict: VERDICT_REJECT moderator: \"ann\" reason_code: \"spam\" "
            "note: \"seen before\" batch: \"batch-1\"");
  EXPECT_EQ(entry->review_time().seconds(), 1'700'000'009);
  EXPECT_EQ(entry->update_time().seconds(), 1'700'000'009);
  EXPECT_EQ(entry->create_time().seconds(), 1'700'000'000);
  EXPECT_TRUE(MessageDifferencer::Equals(*entry, *store()->Get(NameOf("a"))));
  EXPECT_EQ(CountsText(), "0 held, 0 accepted, 1 rejected");
}

TEST_P(Conformance, ADecisionOnWhatWasNotSeenIsAborted) {
  ASSERT_TRUE(Hold(store(), NameOf("a")).ok());
  const std::string seen = store()->Get(NameOf("a"))->etag();
  const auto accepted =
      DecideOne(store(), DecisionOf(NameOf("a"), v1::VERDICT_ACCEPT, seen));
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_NE(accepted->etag(), seen);
  EXPECT_TRUE(absl::IsAborted(
      DecideOne(store(), DecisionOf(NameOf("a"), v1::VERDICT_REJECT, seen))
          .status()));
  EXPECT_EQ(store()->Get(NameOf("a"))->state(), v1::STATE_ACCEPTED);
  EXPECT_EQ(store()->Events(NameOf("a"))->size(), 2u);
  EXPECT_TRUE(DecideOne(store(), DecisionOf(NameOf("a"), v1::VERDICT_REJECT,
                                            accepted->etag()))
                  .ok());
}

TEST_P(Conformance, DecisionsHaveTheirOwnResultsInOrder) {
  ASSERT_TRUE(Hold(store(), NameOf("a")).ok());
  ASSERT_TRUE(Accept(store(), NameOf("b")).ok());
  const auto results =
      Decide(store(), {DecisionOf(NameOf("b"), v1::VERDICT_REJECT),
                       DecisionOf(NameOf("none"), v1::VERDICT_REJECT),
                       DecisionOf("not a name", v1::VERDICT_REJECT),
                       DecisionOf(NameOf("a"), v1::VERDICT_ACCEPT, "other"),
                       DecisionOf(NameOf("a"), v1::VERDICT_HOLD),
                       DecisionOf(NameOf("a"), v1::VERDICT_UNSPECIFIED),
                       DecisionOf(NameOf("a"), v1::VERDICT_ACCEPT),
                       DecisionOf(NameOf("a"), v1::VERDICT_REJECT)});
  ASSERT_TRUE(results.ok()) << results.status();
  std::vector<absl::StatusCode> codes;
  for (const auto& result : *results) codes.push_back(result.status().code());
  using Code = absl::StatusCode;
  EXPECT_THAT(codes, ElementsAre(Code::kOk, Code::kNotFound, Code::kNotFound,
                                 Code::kAborted, Code::kInvalidArgument,
                                 Code::kInvalidArgument, Code::kOk, Code::kOk));
  EXPECT_EQ((*results)[6]->state(), v1::STATE_ACCEPTED);
  EXPECT_EQ((*results)[7]->state(), v1::STATE_REJECTED);
  EXPECT_EQ(CountsText(), "0 held, 0 accepted, 2 rejected");
  EXPECT_TRUE(Decide(store(), {})->empty());
}

TEST_P(Conformance, AnAuthorsRecordMovesWithEachDecision) {
  const auto check = [this](const std::string& id, v1::Verdict verdict,
                            int64_t second) {
    ASSERT_TRUE(Record(store(), FromAnn(NameOf(id), verdict), At(second),
                       Durability::kBeforeAnswer)
                    .ok());
  };
  const auto decide = [this](const std::string& id, v1::Verdict verdict) {
    ASSERT_TRUE(DecideOne(store(), DecisionOf(NameOf(id), verdict)).ok());
  };
  check("a", v1::VERDICT_ACCEPT, 10);
  check("h", v1::VERDICT_HOLD, 5);
  check("r", v1::VERDICT_REJECT, 20);
  EXPECT_EQ(AnnsRecord(), "accepted: 1 held: 1 rejected: 1 age_seconds: 55");
  decide("a", v1::VERDICT_REJECT);  // taken down
  EXPECT_EQ(AnnsRecord(),
            "held: 1 rejected: 2 rejected_by_person: 1 age_seconds: 55");
  decide("a", v1::VERDICT_REJECT);  // again: nothing moves
  EXPECT_EQ(AnnsRecord(),
            "held: 1 rejected: 2 rejected_by_person: 1 age_seconds: 55");
  decide("r", v1::VERDICT_REJECT);  // confirmed by a person
  EXPECT_EQ(AnnsRecord(),
            "held: 1 rejected: 2 rejected_by_person: 2 age_seconds: 55");
  decide("r", v1::VERDICT_ACCEPT);  // rescued
  decide("h", v1::VERDICT_ACCEPT);
  EXPECT_EQ(AnnsRecord(),
            "accepted: 2 rejected: 1 rejected_by_person: 1 age_seconds: 55");
  decide("a", v1::VERDICT_ACCEPT);
  EXPECT_EQ(AnnsRecord(), "accepted: 3 age_seconds: 55");
}

TEST_P(Conformance, EachIdentityHasItsOwnRecord) {
  v1::Checked checked = CheckOf(NameOf("a"), v1::VERDICT_ACCEPT);
  v1::Author* author = checked.mutable_comment()->mutable_author();
  author->set_id("Id-7");
  author->set_email("Ann@Example.ORG");
  author->set_name("Ann");
  ASSERT_TRUE(Record(store(), checked, At(0), Durability::kBehind).ok());
  checked = CheckOf(NameOf("b"), v1::VERDICT_HOLD);
  checked.mutable_comment()->mutable_author()->set_name("ANN");
  ASSERT_TRUE(Record(store(), checked, At(0), Durability::kBeforeAnswer).ok());

  const auto history = store()->ReadAuthorHistory(
      "blog", {"Id-7", "ann@example.org", "ann"}, At(1));
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_EQ(history->by_id.ShortDebugString(), "accepted: 1 age_seconds: 1");
  EXPECT_EQ(history->by_email.ShortDebugString(), "accepted: 1 age_seconds: 1");
  EXPECT_EQ(history->by_name.ShortDebugString(),
            "accepted: 1 held: 1 age_seconds: 1");
  // One kind's value is nothing under another kind.
  const auto crossed = store()->ReadAuthorHistory(
      "blog", {"ann", "Id-7", "ann@example.org"}, At(1));
  EXPECT_EQ(crossed->by_id.ShortDebugString() +
                crossed->by_email.ShortDebugString() +
                crossed->by_name.ShortDebugString(),
            "");
}

TEST_P(Conformance, AnonymousCommentsAreNobodysRecord) {
  ASSERT_TRUE(Hold(store(), NameOf("a")).ok());
  const auto history = store()->ReadAuthorHistory("blog", {}, At(1));
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_EQ(history->by_id.ShortDebugString() +
                history->by_email.ShortDebugString() +
                history->by_name.ShortDebugString(),
            "");
}

TEST_P(Conformance, AReportIsAnEventAndNoVerdict) {
  ASSERT_TRUE(Accept(store(), NameOf("a")).ok());
  const std::string etag = store()->Get(NameOf("a"))->etag();
  ASSERT_TRUE(Report(store(), NameOf("a"), true, At(5)).ok());
  const absl::StatusOr<v1::Entry> entry = store()->Get(NameOf("a"));
  EXPECT_EQ(entry->state(), v1::STATE_ACCEPTED);
  EXPECT_EQ(entry->update_time().seconds(), 1'700'000'005);
  EXPECT_NE(entry->etag(), etag);
  EXPECT_TRUE(store()->Events(NameOf("a"))->back().reported().spam());
  EXPECT_TRUE(absl::IsNotFound(Report(store(), NameOf("none"), true)));
  EXPECT_TRUE(absl::IsNotFound(Report(store(), "not a name", true)));
}

TEST_P(Conformance, EventsComeOldestFirstWithoutTheTexts) {
  v1::Checked checked = CheckOf(NameOf("a"), v1::VERDICT_HOLD, 3);
  checked.mutable_decision()->add_reasons()->add_matches()->set_text("matched");
  ASSERT_TRUE(Record(store(), checked, At(0), Durability::kBeforeAnswer).ok());
  ASSERT_TRUE(Hold(store(), NameOf("other")).ok());
  ASSERT_TRUE(
      DecideOne(store(), DecisionOf(NameOf("a"), v1::VERDICT_ACCEPT)).ok());
  ASSERT_TRUE(Report(store(), NameOf("a"), true).ok());

  const auto events = store()->Events(NameOf("a"));
  ASSERT_TRUE(events.ok()) << events.status();
  ASSERT_EQ(events->size(), 3u);
  EXPECT_EQ((*events)[0].kind_case(), v1::Event::kChecked);
  EXPECT_EQ((*events)[1].kind_case(), v1::Event::kReviewed);
  EXPECT_EQ((*events)[2].kind_case(), v1::Event::kReported);
  int64_t last = 0;
  for (const v1::Event& event : *events) {
    EXPECT_GT(event.sequence(), last);
    EXPECT_EQ(event.comment(), NameOf("a"));
    EXPECT_TRUE(event.has_time());
    last = event.sequence();
  }
  EXPECT_EQ((*events)[0].checked().decision().score(), 3);
  EXPECT_FALSE((*events)[0].checked().has_comment());
  EXPECT_EQ((*events)[0].checked().html(), "");
  EXPECT_EQ((*events)[0].checked().decision().reasons(0).matches_size(), 0);
  EXPECT_EQ(store()->Get(NameOf("a"))->checked().comment().body(),
            "The body of " + NameOf("a"));
}

TEST_P(Conformance, ListsInEachOrder) {
  const struct {
    const char* id;
    int64_t second;
    double score;
  } entries[] = {
      {"a", 5, 1.5}, {"b", 1, 7}, {"c", 5, -2}, {"d", 9, 1.5}, {"e", 1, 7.25}};
  for (const auto& [id, second, score] : entries) {
    ASSERT_TRUE(Record(store(), CheckOf(NameOf(id), v1::VERDICT_HOLD, score),
                       At(second), Durability::kBeforeAnswer)
                    .ok());
  }
  EXPECT_THAT(Names(v1::STATE_HELD, Order::kOldestFirst),
              ElementsAre(NameOf("b"), NameOf("e"), NameOf("a"), NameOf("c"),
                          NameOf("d")));
  EXPECT_THAT(Names(v1::STATE_HELD, Order::kNewestFirst),
              ElementsAre(NameOf("d"), NameOf("c"), NameOf("a"), NameOf("e"),
                          NameOf("b")));
  EXPECT_THAT(Names(v1::STATE_HELD, Order::kHighestScoreFirst),
              ElementsAre(NameOf("e"), NameOf("b"), NameOf("a"), NameOf("d"),
                          NameOf("c")));
  EXPECT_EQ(store()->Count("blog")->oldest_held, At(1));
}

TEST_P(Conformance, ScoresThatAreNoNumbersDoNotBreakAListing) {
  const double scores[] = {std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity(),
                           -std::numeric_limits<double>::infinity(), -0.0,
                           1e308};
  for (size_t i = 0; i < std::size(scores); ++i) {
    ASSERT_TRUE(
        Record(store(),
               CheckOf(NameOf(std::to_string(i)), v1::VERDICT_HOLD, scores[i]),
               At(0), Durability::kBeforeAnswer)
            .ok());
  }
  EXPECT_THAT(Names(v1::STATE_HELD, Order::kHighestScoreFirst),
              ElementsAre(NameOf("1"), NameOf("4"), NameOf("0"), NameOf("3"),
                          NameOf("2")));
}

TEST_P(Conformance, APageEndsWhereTheNextBegins) {
  for (int i = 0; i < 7; ++i) {
    ASSERT_TRUE(Hold(store(), NameOf(std::to_string(i)), At(i / 3)).ok());
  }
  for (Order order :
       {Order::kOldestFirst, Order::kNewestFirst, Order::kHighestScoreFirst}) {
    for (int size : {1, 2, 3, 6, 7, 8}) {
      ListQuery query;
      query.site = "blog";
      query.order = order;
      query.page_size = size;
      EXPECT_EQ(ListAll(store(), query).size(), 7u);
      const auto page = store()->List(query);
      EXPECT_EQ(page->entries.size(), std::min<size_t>(size, 7));
      EXPECT_EQ(page->next_page_token.empty(), size >= 7) << size;
    }
  }
}

TEST_P(Conformance, APageStaysInPlaceWhileTheQueueMoves) {
  for (int i = 0; i < 6; ++i)
    ASSERT_TRUE(Hold(store(), NameOf(std::to_string(i)), At(i)).ok());
  ListQuery query;
  query.site = "blog";
  query.page_size = 3;
  const auto first = store()->List(query);
  // What was seen is decided, and more arrives.
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(DecideOne(store(), DecisionOf(NameOf(std::to_string(i)),
                                              v1::VERDICT_ACCEPT))
                    .ok());
  }
  ASSERT_TRUE(Hold(store(), NameOf("new"), At(7)).ok());
  query.page_token = first->next_page_token;
  EXPECT_THAT(
      NamesOf(ListAll(store(), query)),
      ElementsAre(NameOf("3"), NameOf("4"), NameOf("5"), NameOf("new")));
}

TEST_P(Conformance, ForeignPageTokensAreRefused) {
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(Hold(store(), NameOf(std::to_string(i)), At(i)).ok());
  ListQuery query;
  query.site = "blog";
  query.page_size = 1;
  const std::string token = store()->List(query)->next_page_token;
  const auto refused = [this](ListQuery query) {
    return absl::IsInvalidArgument(store()->List(query).status());
  };
  for (const std::string& bad :
       {std::string("x"), token + "0", token.substr(1), "f" + token.substr(1),
        std::string(64, '0'), std::string(64, 'z'),
        std::string(1 << 20, 'a')}) {
    query.page_token = bad;
    EXPECT_TRUE(refused(query)) << bad.substr(0, 80);
  }
  query.page_token = token;
  EXPECT_FALSE(refused(query));
  ListQuery other = query;
  other.site = "other";
  EXPECT_TRUE(refused(other));
  other = query;
  other.state = v1::STATE_ACCEPTED;
  EXPECT_TRUE(refused(other));
  other = query;
  other.order = Order::kNewestFirst;
  EXPECT_TRUE(refused(other));
}

TEST_P(Conformance, PageSizesAreMovedIntoTheirRange) {
  for (int i = 0; i < 201; ++i)
    ASSERT_TRUE(Accept(store(), NameOf(std::to_string(i)), At(i)).ok());
  ListQuery query;
  query.site = "blog";
  query.state = v1::STATE_ACCEPTED;
  for (const auto& [size, given] :
       {std::pair<int, size_t>{-5, 1}, {0, 1}, {200, 200}, {1'000'000, 200}}) {
    query.page_size = size;
    EXPECT_EQ(store()->List(query)->entries.size(), given);
  }
}

TEST_P(Conformance, NamesThatLookLikeSqlAreNames) {
  // The wildcards and quotes that a name's alphabet lets through, and a site
  // that holds none of them.
  ASSERT_TRUE(Hold(store(), NameOf("a_b")).ok());
  EXPECT_TRUE(absl::IsNotFound(store()->Get(NameOf("axb")).status()));
  EXPECT_TRUE(absl::IsNotFound(store()->Get(NameOf("A_B")).status()));
  EXPECT_TRUE(absl::IsNotFound(store()->Get("sites/blog/comments/%").status()));
  EXPECT_TRUE(absl::IsNotFound(store()->Get("' OR 1=1 --").status()));
  EXPECT_EQ(CountsText("blog' OR '1'='1"), "0 held, 0 accepted, 0 rejected");
}

TEST_P(Conformance, CallbacksMayCallTheStore) {
  std::promise<absl::StatusOr<v1::Entry>> promise;
  store()->RecordCheck(
      CheckOf(NameOf("a"), v1::VERDICT_HOLD), At(0), Durability::kBeforeAnswer,
      [&](absl::StatusOr<CheckRecord>) {
        store()->RecordCheck(CheckOf(NameOf("b"), v1::VERDICT_ACCEPT), At(1),
                             Durability::kBehind,
                             [&](absl::StatusOr<CheckRecord>) {
                               (void)store()->Count("blog");
                               ListQuery query;
                               query.site = "blog";
                               query.state = v1::STATE_ACCEPTED;
                               (void)store()->List(query);
                               promise.set_value(store()->Get(NameOf("b")));
                             });
      });
  EXPECT_TRUE(promise.get_future().get().ok());
}

TEST_P(Conformance, MovedThroughItsWholeLifeTheChainStaysValid) {
  ASSERT_TRUE(Accept(store(), NameOf("a")).ok());
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(
        DecideOne(store(),
                  DecisionOf(NameOf("a"), i % 2 == 0 ? v1::VERDICT_REJECT
                                                     : v1::VERDICT_ACCEPT),
                  At(i))
            .ok());
    ASSERT_TRUE(Report(store(), NameOf("a"), i % 3 == 0, At(i)).ok());
  }
  const absl::StatusOr<v1::Entry> entry = store()->Get(NameOf("a"));
  std::vector<v1::Event> events = *store()->Events(NameOf("a"));
  *events.front().mutable_checked() = entry->checked();
  const absl::StatusOr<v1::Entry> derived = DeriveEntry(events);
  ASSERT_TRUE(derived.ok()) << derived.status();
  EXPECT_TRUE(MessageDifferencer::Equals(*derived, *entry))
      << derived->ShortDebugString() << "\n"
      << entry->ShortDebugString();
}

INSTANTIATE_TEST_SUITE_P(Stores, Conformance, ::testing::ValuesIn(AllStores()),
                         NameOfStore);

}  // namespace
}  // namespace sluice::store
