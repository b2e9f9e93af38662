// c-ares against a small name server on loopback.

#include "service/network/ares_resolver.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace sluice::network {
namespace {

using ::testing::ElementsAre;
using Kind = DnsAnswer::Kind;

// Answers questions for addresses from a table: listed names with 127.0.0.2 and
// a TTL of 300, `silent.` ones never, `broken.` ones with SERVFAIL, all others
// with NXDOMAIN.
class NameServer {
 public:
  NameServer() : socket_(socket(AF_INET, SOCK_DGRAM, 0)) {
    own_.sin_family = AF_INET;
    own_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(socket_, Address(&own_), sizeof(own_)), 0);
    socklen_t size = sizeof(own_);
    getsockname(socket_, Address(&own_), &size);
    thread_ = std::thread([this] { Serve(); });
  }
  ~NameServer() {
    sendto(socket_, "", 0, 0, Address(&own_), sizeof(own_));  // ends Serve
    thread_.join();
    close(socket_);
  }

  std::string address() const {
    return "127.0.0.1:" + std::to_string(ntohs(own_.sin_port));
  }

 private:
  static sockaddr* Address(sockaddr_in* address) {
    return reinterpret_cast<sockaddr*>(address);
  }

  static std::string NameOf(const std::string& question) {
    std::string name;
    for (size_t at = 12; at < question.size() && question[at] != 0;) {
      const auto size = static_cast<unsigned char>(question[at]);
      name += question.substr(at + 1, size) + ".";
      at += 1u + size;
    }
    return name;
  }

  void Serve() {
    std::string buffer(512, '\0');
    while (true) {
      sockaddr_in from{};
      socklen_t from_size = sizeof(from);
      const ssize_t size = recvfrom(socket_, buffer.data(), buffer.size(), 0,
                                    Address(&from), &from_size);
      if (size <= 0) return;
      std::string reply = buffer.substr(0, static_cast<size_t>(size));
      const std::string name = NameOf(reply);
      if (name.find("silent.") == 0) continue;
      const bool listed = name.find("listed.") == 0;
      const char code = listed ? 0 : name.find("broken.") == 0 ? 2 : 3;
      reply[2] = static_cast<char>(0x81);
      reply[3] = static_cast<char>(0x80 | code);
      reply[11] = 0;  // no additional records
      reply.resize(reply.find('\0', 12) + 5);
      if (listed) {
        reply[7] = 1;
        reply += std::string("\xC0\x0C\0\1\0\1\0\0\1\x2C\0\4\x7F\0\0\2", 16);
      }
      sendto(socket_, reply.data(), reply.size(), 0, Address(&from), from_size);
    }
  }

  const int socket_;
  sockaddr_in own_{};
  std::thread thread_;
};

class AresResolverTest : public ::testing::Test {
 protected:
  void Start(std::chrono::milliseconds timeout, size_t max_pending = 100) {
    auto started =
        StartAresResolver({{server_.address()}, timeout, max_pending});
    ASSERT_TRUE(started.ok()) << started.status();
    resolver_ = *std::move(started);
  }

  std::future<DnsAnswer> Ask(const std::string& name) {
    auto promise = std::make_shared<std::promise<DnsAnswer>>();
    resolver_->Lookup(name, [promise](DnsAnswer answer) {
      promise->set_value(std::move(answer));
    });
    return promise->get_future();
  }

  NameServer server_;
  std::unique_ptr<Resolver> resolver_;
};

TEST_F(AresResolverTest, TellsListedFromUnknown) {
  Start(std::chrono::seconds(30));
  const DnsAnswer listed = Ask("listed.list.example").get();
  EXPECT_EQ(listed.kind, Kind::kFound);
  EXPECT_THAT(listed.addresses, ElementsAre(0x7F000002u));
  EXPECT_EQ(listed.ttl.count(), 300);
  EXPECT_EQ(Ask("other.list.example").get().kind, Kind::kNone);
}

TEST_F(AresResolverTest, ARefusalIsNoAnswer) {
  Start(std::chrono::seconds(30));
  EXPECT_EQ(Ask("broken.list.example").get().kind, Kind::kFailed);
}

TEST_F(AresResolverTest, AServerThatIsSilentFailsWithinTheTimeout) {
  Start(std::chrono::milliseconds(50));
  EXPECT_EQ(Ask("silent.list.example").get().kind, Kind::kFailed);
}

TEST_F(AresResolverTest, ManyQuestionsAtOnce) {
  Start(std::chrono::seconds(30), 1000);
  std::vector<std::future<DnsAnswer>> answers;
  for (int i = 0; i < 200; ++i)
    answers.push_back(Ask((i % 2 == 0 ? "listed." : "other.") +
                          std::to_string(i) + ".example"));
  for (size_t i = 0; i < answers.size(); ++i)
    EXPECT_EQ(answers[i].get().kind, i % 2 == 0 ? Kind::kFound : Kind::kNone);
}

TEST_F(AresResolverTest, PastItsBoundQuestionsFailAtOnce) {
  Start(std::chrono::seconds(30), 2);
  std::future<DnsAnswer> first = Ask("silent.a.example");
  std::future<DnsAnswer> second = Ask("silent.b.example");
  EXPECT_EQ(Ask("listed.c.example").get().kind, Kind::kFailed);
  resolver_.reset();
  EXPECT_EQ(first.get().kind, Kind::kFailed) << "its end lets them fail";
  EXPECT_EQ(second.get().kind, Kind::kFailed);
}

TEST(StartAresResolver, RefusesServersThatAreNoAddresses) {
  EXPECT_TRUE(absl::IsInvalidArgument(
      StartAresResolver({{"not an address"}}).status()));
}

}  // namespace
}  // namespace sluice::network
