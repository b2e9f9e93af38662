// Retention and erasure, in every store.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "service/store/entry.h"
#include "service/store/scrub.h"
#include "sluice/v1/options.pb.h"
#include "tests/unit/store/consistency.h"
#include "tests/unit/store/every_store.h"

namespace sluice::store {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr char kMark[] = "Personalia";

// Gives every field below a value, each string one that can be searched for.
void Fill(Message* message, int depth = 0) {
  if (depth > 8) return;
  const auto* reflection = message->GetReflection();
  for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message->GetDescriptor()->field(i);
    const bool repeated = field->is_repeated();
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      if (repeated)
        reflection->AddString(message, field, kMark);
      else
        reflection->SetString(message, field, kMark);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      Fill(repeated ? reflection->AddMessage(message, field)
                    : reflection->MutableMessage(message, field),
           depth + 1);
    }
  }
}

// Fields that hold the mark, as `Message.field`.
void Marked(const Message& message, std::set<std::string>* names) {
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      names->insert(field->containing_type()->name() + "." + field->name());
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (!field->is_repeated()) {
        Marked(reflection->GetMessage(message, field), names);
        continue;
      }
      for (int i = 0; i < reflection->FieldSize(message, field); ++i)
        Marked(reflection->GetRepeatedMessage(message, field, i), names);
    }
  }
}

v1::Event FilledCheck() {
  v1::Event event;
  Fill(event.mutable_checked());
  return event;
}

TEST(Scrub, OfTheContentOnlyWhatIsNotTheAuthorsStays) {
  v1::Event event = FilledCheck();
  EXPECT_TRUE(HasPersonal(event));
  ScrubContent(&event);
  EXPECT_FALSE(HasPersonal(event));
  std::set<std::string> left;
  Marked(event, &left);
  // A new field that shows up here must be decided about.
  EXPECT_THAT(left,
              UnorderedElementsAre(
                  "Comment.name", "Comment.parent", "Page.url", "Page.title",
                  "Page.language", "Reason.id", "Reason.why", "Reason.when",
                  "Reason.tell_author", "Reason.source", "Decision.unfinished",
                  "Decision.ruleset_version", "Decision.model_version",
                  "Decision.tell_author", "RepetitionSignals.campaign"));
}

TEST(Scrub, ANoteGoesAndWhoDecidedStays) {
  v1::Event event;
  Fill(event.mutable_reviewed());
  ScrubContent(&event);
  EXPECT_EQ(event.reviewed().note(), "");
  EXPECT_EQ(event.reviewed().moderator(), kMark);
}

void PersonalFields(const Descriptor* type, std::set<std::string>* names,
                    std::set<const Descriptor*>* seen) {
  if (!seen->insert(type).second) return;
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (field->options().GetExtension(v1::personal))
      names->insert(type->name() + "." + field->name());
    if (field->message_type() != nullptr)
      PersonalFields(field->message_type(), names, seen);
  }
}

// A new personal field must be put on one side or the other.
TEST(Scrub, EveryPersonalFieldIsAnAddressOrContent) {
  std::set<std::string> fields;
  std::set<const Descriptor*> seen;
  PersonalFields(v1::Event::descriptor(), &fields, &seen);
  EXPECT_THAT(fields,
              UnorderedElementsAre("Author.email", "Client.ip",  // addresses
                                   "Author.id", "Author.name", "Comment.body",
                                   "Match.text", "Reviewed.note"));
  v1::Event event = FilledCheck();
  event.mutable_checked()
      ->mutable_decision()
      ->mutable_reasons(0)
      ->mutable_matches(0)
      ->set_view(v1::VIEW_AUTHOR_EMAIL);
  EXPECT_TRUE(ScrubAddresses(&event));
  const v1::Checked& checked = event.checked();
  EXPECT_EQ(checked.comment().author().email(), "");
  EXPECT_EQ(checked.comment().client().ip(), "");
  EXPECT_EQ(checked.decision().reasons(0).matches(0).text(), "");
  EXPECT_EQ(checked.request_hash(), "");  // an IP could be guessed from it
  EXPECT_EQ(checked.comment().body(), kMark);
  EXPECT_EQ(checked.comment().author().name(), kMark);
  EXPECT_FALSE(ScrubAddresses(&event));
}

class PurgeOfStore : public ::testing::TestWithParam<Implementation> {
 protected:
  Store* store() { return store_.get(); }
  std::string FilesText() const {
    std::string bytes;
    for (const char* name : {"store.db", "store.db-wal"}) {
      std::ifstream file(folder_.File(name), std::ios::binary);
      bytes += {std::istreambuf_iterator<char>(file), {}};
    }
    return bytes;
  }
  void Close() { store_.reset(); }

  void Check(const std::string& comment, v1::Verdict verdict, Time now,
             const std::string& email = "ann.miller@mail.example",
             const std::string& id = "") {
    v1::Checked checked = CheckOf(NameOf(comment), verdict);
    v1::Comment* c = checked.mutable_comment();
    c->set_body("The marmalade of " + comment);
    c->mutable_author()->set_email(email);
    c->mutable_author()->set_id(id);
    if (!email.empty())
      c->mutable_author()->set_name(email[0] == 'a' ? "Ann Millerova" : "Bob");
    c->mutable_client()->set_ip("203.0.113.77");
    checked.set_html("<p>The marmalade of " + comment + "</p>");
    auto* link = checked.mutable_signals()->mutable_links()->add_items();
    link->set_url("https://marmalade.example/");
    link->set_host("marmalade.example");
    link->set_domain("marmalade.example");
    checked.mutable_decision()->add_reasons()->add_matches()->set_text(
        "marmalade");
    ASSERT_TRUE(Record(store(), checked, now, Durability::kBeforeAnswer).ok());
  }
  // As of day 100.
  PurgeResult Purge(int personal, int rejected, int events) {
    PurgeResult sum;
    sum.more = true;
    while (sum.more) {
      const auto step = store()->Purge(
          "blog", {Day(100 - personal), Day(100 - rejected), Day(100 - events)},
          Day(100));
      EXPECT_TRUE(step.ok()) << step.status();
      if (!step.ok()) break;
      sum.purged += step->purged;
      sum.removed += step->removed;
      sum.more = step->more;
    }
    return sum;
  }
  static Time Day(int day) { return At(int64_t{86'400} * day); }
  absl::StatusOr<v1::EraseAuthorResponse> Erase(
      const std::function<void(v1::EraseAuthorRequest*)>& whom,
      bool dry_run = false) {
    v1::EraseAuthorRequest request;
    request.set_parent("sites/blog");
    request.set_moderator("mod");
    request.set_dry_run(dry_run);
    whom(&request);
    std::promise<absl::StatusOr<v1::EraseAuthorResponse>> promise;
    store()->Erase(request, Day(100),
                   [&promise](absl::StatusOr<v1::EraseAuthorResponse> erased) {
                     promise.set_value(std::move(erased));
                   });
    return promise.get_future().get();
  }
  std::string Record_(const std::string& email) {
    auto history =
        store()->ReadAuthorHistory("blog", {"", email, ""}, Day(100));
    if (!history.ok()) return history.status().ToString();
    history->by_email.clear_age_seconds();
    return history->by_email.ShortDebugString();
  }

  const TemporaryFolder folder_;
  std::unique_ptr<Store> store_ = GetParam().open(folder_);
};

TEST_P(PurgeOfStore, AddressesGoAfterTheirDaysAndCountingGoesOn) {
  Check("old", v1::VERDICT_ACCEPT, Day(10));
  Check("new", v1::VERDICT_ACCEPT, Day(90));
  const std::string etag = store()->Get(NameOf("old"))->etag();
  EXPECT_EQ(Purge(30, 60, 95).purged, 1);
  const v1::Entry old = *store()->Get(NameOf("old"));
  EXPECT_EQ(old.checked().comment().author().email(), "");
  EXPECT_EQ(old.checked().comment().client().ip(), "");
  EXPECT_EQ(old.checked().comment().body(), "The marmalade of old");
  EXPECT_EQ(old.purged().cause(), "retention");
  EXPECT_EQ(old.purged().what(), "personal");
  EXPECT_NE(old.etag(), etag);
  EXPECT_TRUE(store()->Events(NameOf("old"))->back().has_purged());
  const v1::Entry fresh = *store()->Get(NameOf("new"));
  EXPECT_FALSE(fresh.has_purged());
  EXPECT_EQ(fresh.checked().comment().client().ip(), "203.0.113.77");
  EXPECT_EQ(Record_("ann.miller@mail.example"), "accepted: 2");
  EXPECT_EQ(Purge(30, 60, 95).purged, 0);  // once
}

TEST_P(PurgeOfStore, RejectedCommentsGoAndTheTotalsFollow) {
  Check("spam", v1::VERDICT_REJECT, Day(10));
  Check("fresh", v1::VERDICT_REJECT, Day(90));
  Check("good", v1::VERDICT_ACCEPT, Day(10));
  Check("taken-down", v1::VERDICT_ACCEPT, Day(10));
  ASSERT_TRUE(DecideOne(store(),
                        DecisionOf(NameOf("taken-down"), v1::VERDICT_REJECT),
                        Day(95))
                  .ok());
  EXPECT_EQ(Purge(99, 60, 99).removed, 1);
  EXPECT_TRUE(absl::IsNotFound(store()->Get(NameOf("spam")).status()));
  EXPECT_TRUE(store()->Get(NameOf("taken-down")).ok());
  EXPECT_EQ(Record_("ann.miller@mail.example"),
            "accepted: 1 rejected: 2 rejected_by_person: 1");
  EXPECT_EQ(store()->Count("blog")->rejected, 2);
  EXPECT_EQ(Contradiction(store(), "blog", Day(100)), "");
}

TEST_P(PurgeOfStore, AllGoesInTheEndAndNoNumberIsGivenTwice) {
  for (const char* name : {"a", "b"}) Check(name, v1::VERDICT_HOLD, Day(1));
  ASSERT_TRUE(
      DecideOne(store(), DecisionOf(NameOf("a"), v1::VERDICT_ACCEPT), Day(2))
          .ok());
  const int64_t last = *store()->LastSequence();
  EXPECT_EQ(Purge(1, 1, 50).removed, 2);
  EXPECT_EQ(*store()->LastSequence(), last);
  EXPECT_TRUE(store()->Changes("blog", 0, 10)->empty());
  EXPECT_EQ(Record_("ann.miller@mail.example"), "");
  Check("a", v1::VERDICT_HOLD, Day(99));
  EXPECT_EQ(store()->Events(NameOf("a"))->front().sequence(), last + 1);
}

TEST_P(PurgeOfStore, ManyAreMoreStepsThanOne) {
  constexpr int kMany = 120;
  for (int i = 0; i < kMany; ++i)
    Check(std::to_string(i), v1::VERDICT_REJECT, Day(1));
  EXPECT_EQ(Purge(1, 50, 99).removed, kMany);
  EXPECT_EQ(store()->Count("blog")->rejected, 0);
}

TEST_P(PurgeOfStore, AnErasedAuthorIsNowhere) {
  constexpr int kMany = 60;  // more than a step
  for (int i = 0; i < kMany; ++i)
    Check(std::to_string(i), v1::VERDICT_HOLD, Day(90));
  Check("bob", v1::VERDICT_ACCEPT, Day(90), "bob@mail.example");
  v1::EntryDecision decision = DecisionOf(NameOf("0"), v1::VERDICT_ACCEPT);
  decision.set_note("Millerova wrote of marmalade");
  ASSERT_TRUE(DecideOne(store(), decision, Day(91)).ok());

  const auto by_email = [](v1::EraseAuthorRequest* request) {
    request->set_email("Ann.Miller@Mail.example");
  };
  const auto dry = Erase(by_email, true);
  ASSERT_TRUE(dry.ok()) << dry.status();
  EXPECT_EQ(store()->Get(NameOf("0"))->checked().comment().body(),
            "The marmalade of 0");
  const auto erased = Erase(by_email);
  ASSERT_TRUE(erased.ok()) << erased.status();
  EXPECT_EQ(erased->comments(), kMany);
  EXPECT_EQ(erased->events(), kMany + 1);
  EXPECT_EQ(erased->names_size(), kMany);
  EXPECT_EQ(erased->records(), 1);
  EXPECT_EQ(dry->ShortDebugString(), erased->ShortDebugString());

  const v1::Entry entry = *store()->Get(NameOf("0"));
  EXPECT_EQ(entry.state(), v1::STATE_ACCEPTED);
  EXPECT_FALSE(HasPersonal(entry)) << entry.ShortDebugString();
  EXPECT_EQ(entry.purged().what(), "content");
  EXPECT_EQ(entry.purged().moderator(), "mod");
  EXPECT_EQ(store()->Changes("blog", 0, 1)->front().told.html(), "");
  EXPECT_EQ(Record_("ann.miller@mail.example"), "");
  EXPECT_EQ(store()->Count("blog")->held, kMany - 1);
  EXPECT_EQ(Contradiction(store(), "blog", Day(100)), "");
  EXPECT_EQ(Erase(by_email)->comments(), 0);
  EXPECT_EQ(store()->Get(NameOf("bob"))->checked().comment().body(),
            "The marmalade of bob");
  // Later decisions find their way without the hashes.
  ASSERT_TRUE(
      DecideOne(store(), DecisionOf(NameOf("1"), v1::VERDICT_REJECT), Day(100))
          .ok());
  EXPECT_EQ(Contradiction(store(), "blog", Day(100)), "");
}

TEST_P(PurgeOfStore, TheAuthorOfACommentIsErasedByWhatTheCommentKnows) {
  Check("a", v1::VERDICT_HOLD, Day(90), "", "user-7");
  Check("b", v1::VERDICT_HOLD, Day(90), "", "user-7");
  Check("nobody", v1::VERDICT_HOLD, Day(90), "");
  const auto erased = Erase([](v1::EraseAuthorRequest* request) {
    request->set_comment(NameOf("b"));
  });
  ASSERT_TRUE(erased.ok()) << erased.status();
  EXPECT_THAT(erased->names(), ElementsAre(NameOf("a"), NameOf("b")));
  const auto nobody = [](v1::EraseAuthorRequest* request) {
    request->set_comment(NameOf("nobody"));
  };
  EXPECT_THAT(Erase(nobody)->names(), ElementsAre(NameOf("nobody")));
  EXPECT_THAT(Erase(nobody)->names(), IsEmpty());
  EXPECT_TRUE(absl::IsNotFound(Erase([](v1::EraseAuthorRequest* request) {
                                 request->set_comment(NameOf("none"));
                               }).status()));
}

TEST_P(PurgeOfStore, NoByteOfTheErasedIsLeftInTheFile) {
  if (GetParam().name != "SqliteFile") GTEST_SKIP() << "has no file";
  for (int i = 0; i < 30; ++i)
    Check(std::to_string(i), v1::VERDICT_HOLD, Day(90));
  Check("bob", v1::VERDICT_HOLD, Day(90), "bob@mail.example");
  ASSERT_TRUE(store()->Flush().ok());
  for (const char* secret : {"ann.miller@", "Millerova", "203.0.113.77"})
    ASSERT_THAT(FilesText(), HasSubstr(secret));
  ASSERT_TRUE(Erase([](v1::EraseAuthorRequest* request) {
                request->set_email("ann.miller@mail.example");
              }).ok());
  for (bool closed : {false, true}) {
    if (closed) Close();
    const std::string bytes = FilesText();
    EXPECT_EQ(bytes.find("ann.miller@"), bytes.npos);
    EXPECT_EQ(bytes.find("Millerova"), bytes.npos);
    EXPECT_EQ(bytes.find("marmalade of 7"), bytes.npos);
    EXPECT_THAT(bytes, HasSubstr("bob@mail.example"));
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, PurgeOfStore, ::testing::ValuesIn(AllStores()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace sluice::store
