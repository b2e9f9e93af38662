#include "service/network/network_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>

namespace sluice::network {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = DnsAnswer::Kind;

class SetClock final : public Clock {
 public:
  Time Now() const override { return now; }
  Time now{std::chrono::seconds(1'800'000'000)};
};

constexpr uint32_t kListed = 127u << 24 | 2;

// Answers at once from a table, or when it is told to.
class FakeResolver final : public Resolver {
 public:
  void Lookup(const std::string& name, Done done) override {
    ++asked[name];
    if (late) {
      waiting.emplace_back(name, std::move(done));
    } else {
      done(Answer(name));
    }
  }
  DnsAnswer Answer(const std::string& name) const {
    const auto found = answers.find(name);
    return found != answers.end()
               ? found->second
               : DnsAnswer{Kind::kNone, {}, std::chrono::seconds(60)};
  }
  void List(const std::string& name, uint32_t address = kListed,
            int ttl = 300) {
    answers[name] = {Kind::kFound, {address}, std::chrono::seconds(ttl)};
  }

  bool late = false;
  std::map<std::string, DnsAnswer> answers;
  std::map<std::string, int> asked;
  std::vector<std::pair<std::string, Done>> waiting;
};

class NetworkChecksTest : public ::testing::Test {
 protected:
  NetworkChecks::Answer Ask(const std::string& ip,
                            const std::vector<std::string>& domains = {}) {
    std::optional<NetworkChecks::Answer> out;
    checks_.Ask(ip, domains, [&out](NetworkChecks::Answer answer) {
      EXPECT_FALSE(out.has_value()) << "answered twice";
      out = std::move(answer);
    });
    EXPECT_TRUE(out.has_value()) << "not answered";
    return *std::move(out);
  }

  SetClock clock_;
  FakeResolver resolver_;
  NetworkChecks checks_{
      {{"ip.list.example", "ip2.list.example"}, {"dom.list.example"}, 4},
      &resolver_,
      nullptr,
      &clock_};
};

TEST(BlockListQuestion, IsWrittenAsTheStandardSays) {
  EXPECT_EQ(AddressQuestion("192.0.2.99", "bad.example"),
            "99.2.0.192.bad.example");
  EXPECT_EQ(AddressQuestion("::ffff:192.0.2.99", "bad.example"),
            "99.2.0.192.bad.example");
  EXPECT_EQ(AddressQuestion("2001:db8:1:2:3:4:567:89ab", "ugly.example"),
            "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2."
            "ugly.example");
  EXPECT_EQ(AddressQuestion("no address", "bad.example"), "");
  EXPECT_EQ(AddressQuestion("", "bad.example"), "");
  EXPECT_EQ(DomainQuestion("shop.example", "bad.example"),
            "shop.example.bad.example");
}

TEST(ListedBy, OnlyLoopbackAddressesSayListed) {
  const auto of = [](uint32_t address) {
    return ListedBy({Kind::kFound, {address}, {}});
  };
  EXPECT_EQ(of(kListed), Kind::kFound);
  EXPECT_EQ(of(0x7FFFFFFE), Kind::kFailed) << "127.255.255.254: asker refused";
  EXPECT_EQ(of(0xC0000201), Kind::kFailed) << "a list whose domain was sold";
  EXPECT_EQ(ListedBy({Kind::kNone, {}, {}}), Kind::kNone);
}

TEST_F(NetworkChecksTest, NamesTheListsThatList) {
  resolver_.List("7.2.0.192.ip2.list.example");
  resolver_.List("shop.example.dom.list.example");
  const NetworkChecks::Answer answer =
      Ask("192.0.2.7", {"other.example", "shop.example"});
  EXPECT_TRUE(answer.finished);
  EXPECT_THAT(answer.signals.ip_listed(), ElementsAre("ip2.list.example"));
  EXPECT_THAT(answer.signals.domain_listed(), ElementsAre("dom.list.example"));
}

TEST_F(NetworkChecksTest, WithoutAnAddressNothingIsAsked) {
  EXPECT_TRUE(Ask("").finished);
  EXPECT_THAT(resolver_.asked, IsEmpty());
}

TEST_F(NetworkChecksTest, AListThatDoesNotAnswerIsUnfinished) {
  resolver_.answers["7.2.0.192.ip.list.example"] = {};
  resolver_.List("7.2.0.192.ip2.list.example");
  const NetworkChecks::Answer answer = Ask("192.0.2.7");
  EXPECT_FALSE(answer.finished);
  EXPECT_THAT(answer.signals.ip_listed(), ElementsAre("ip2.list.example"))
      << "what is known is told";
}

TEST_F(NetworkChecksTest, AnAnswerIsKeptAsLongAsItSays) {
  const std::string name = "7.2.0.192.ip.list.example";
  resolver_.List(name, kListed, 300);
  Ask("192.0.2.7");
  clock_.now += std::chrono::seconds(299);
  EXPECT_THAT(Ask("192.0.2.7").signals.ip_listed(),
              ElementsAre("ip.list.example"));
  EXPECT_EQ(resolver_.asked[name], 1);
  clock_.now += std::chrono::seconds(1);
  Ask("192.0.2.7");
  EXPECT_EQ(resolver_.asked[name], 2);
}

TEST_F(NetworkChecksTest, AFailureIsNotKept) {
  const std::string name = "7.2.0.192.ip.list.example";
  resolver_.answers[name] = {};
  Ask("192.0.2.7");
  Ask("192.0.2.7");
  EXPECT_EQ(resolver_.asked[name], 2);
}

TEST_F(NetworkChecksTest, TheCacheIsBounded) {
  Ask("192.0.2.1");  // two answers
  Ask("192.0.2.2");
  Ask("192.0.2.3");  // of four kept, the first two make room
  Ask("192.0.2.3");
  EXPECT_EQ(resolver_.asked["3.2.0.192.ip.list.example"], 1);
  Ask("192.0.2.1");
  EXPECT_EQ(resolver_.asked["1.2.0.192.ip.list.example"], 2);
}

TEST_F(NetworkChecksTest, TheLastAnswerOfAllIsTheEnd) {
  resolver_.late = true;
  resolver_.List("shop.example.dom.list.example");
  std::optional<NetworkChecks::Answer> out;
  checks_.Ask("192.0.2.7", {"shop.example"},
              [&out](NetworkChecks::Answer answer) { out = answer; });
  ASSERT_EQ(resolver_.waiting.size(), 3u);
  for (auto& [name, done] : resolver_.waiting) {
    EXPECT_FALSE(out.has_value());
    done(resolver_.Answer(name));
  }
  ASSERT_TRUE(out.has_value());
  EXPECT_THAT(out->signals.domain_listed(), ElementsAre("dom.list.example"));
}

TEST_F(NetworkChecksTest, AWallOfDomainsAsksABoundedNumber) {
  std::vector<std::string> domains;
  for (int i = 0; i < 100; ++i)
    domains.push_back("d" + std::to_string(i) + ".example");
  Ask("", domains);
  EXPECT_EQ(resolver_.asked.size(), NetworkChecks::kMaxDomains);
}

}  // namespace
}  // namespace sluice::network
