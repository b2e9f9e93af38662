#include "service/network/network_checks.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <utility>

namespace sluice::network {
namespace {

constexpr uint32_t kLoopback = 127;
constexpr uint32_t kRefusal = 0x7FFFFF;  // 127.255.255.0/24

}  // namespace

std::string AddressQuestion(std::string_view ip, std::string_view zone) {
  std::array<unsigned char, 16> bytes{};
  const std::string text(ip);
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
    return fmt::format("{}.{}.{}.{}.{}", bytes[3], bytes[2], bytes[1], bytes[0],
                       zone);
  }
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return "";
  constexpr std::array<unsigned char, 12> kMapped = {0, 0, 0, 0, 0,    0,
                                                     0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(kMapped.begin(), kMapped.end(), bytes.begin())) {
    return fmt::format("{}.{}.{}.{}.{}", bytes[15], bytes[14], bytes[13],
                       bytes[12], zone);
  }
  std::string name;
  for (size_t i = bytes.size(); i-- > 0;)
    name += fmt::format("{:x}.{:x}.", bytes[i] & 15, bytes[i] >> 4);
  return name.append(zone);
}

std::string DomainQuestion(std::string_view domain, std::string_view zone) {
  return fmt::format("{}.{}", domain, zone);
}

DnsAnswer::Kind ListedBy(const DnsAnswer& answer) {
  if (answer.kind != DnsAnswer::Kind::kFound) return answer.kind;
  const bool sane = std::all_of(
      answer.addresses.begin(), answer.addresses.end(), [](uint32_t address) {
        return address >> 24 == kLoopback && address >> 8 != kRefusal;
      });
  return sane ? DnsAnswer::Kind::kFound : DnsAnswer::Kind::kFailed;
}

NetworkChecks::NetworkChecks(NetworkOptions options, Resolver* resolver,
                             const AddressFiles* files, const Clock* clock)
    : options_(std::move(options)),
      resolver_(resolver),
      files_(files),
      clock_(clock) {}

// One comment's questions. Answers come on other threads and in any order; the
// last one calls `done`.
struct NetworkChecks::Asked {
  struct Question {
    std::string name;
    std::string list;
    bool of_ip;
    DnsAnswer::Kind answer = DnsAnswer::Kind::kFailed;
  };

  void Add(std::string name, const std::string& list, bool of_ip) {
    constexpr size_t kMaxName = 253;
    if (!name.empty() && name.size() <= kMaxName)
      questions.push_back({std::move(name), list, of_ip});
  }

  // Called once for each question, and once for whoever asked them.
  void Settle() {
    if (left.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    for (const Question& question : questions) {
      if (question.answer == DnsAnswer::Kind::kFailed) answer.finished = false;
      if (question.answer != DnsAnswer::Kind::kFound) continue;
      auto* lists = question.of_ip ? answer.signals.mutable_ip_listed()
                                   : answer.signals.mutable_domain_listed();
      if (std::find(lists->begin(), lists->end(), question.list) ==
          lists->end())
        *lists->Add() = question.list;
    }
    done(std::move(answer));
  }

  std::vector<Question> questions;
  std::atomic<size_t> left{0};
  Answer answer;
  Done done;
};

void NetworkChecks::Ask(std::string_view ip,
                        const std::vector<std::string>& domains, Done done) {
  auto asked = std::make_shared<Asked>();
  asked->done = std::move(done);
  if (files_ != nullptr) files_->Look(ip, &asked->answer.signals);
  for (const std::string& list : options_.ip_lists)
    asked->Add(AddressQuestion(ip, list), list, true);
  for (size_t i = 0; i < std::min(domains.size(), kMaxDomains); ++i) {
    for (const std::string& list : options_.domain_lists)
      asked->Add(DomainQuestion(domains[i], list), list, false);
  }
  asked->left = asked->questions.size() + 1;
  for (size_t i = 0; i < asked->questions.size(); ++i) {
    Asked::Question& question = asked->questions[i];
    if (bool listed = false; FromCache(question.name, &listed)) {
      question.answer =
          listed ? DnsAnswer::Kind::kFound : DnsAnswer::Kind::kNone;
      asked->Settle();
      continue;
    }
    resolver_->Lookup(question.name, [this, asked, i](const DnsAnswer& answer) {
      asked->questions[i].answer = ListedBy(answer);
      Keep(asked->questions[i].name, answer);
      asked->Settle();
    });
  }
  asked->Settle();
}

bool NetworkChecks::FromCache(const std::string& name, bool* listed) {
  const MutexLock lock(&mutex_);
  const auto found = cache_.find(name);
  if (found == cache_.end() || found->second.expires <= clock_->Now())
    return false;
  *listed = found->second.listed;
  return true;
}

void NetworkChecks::Keep(const std::string& name, const DnsAnswer& answer) {
  const DnsAnswer::Kind kind = ListedBy(answer);
  if (kind == DnsAnswer::Kind::kFailed || answer.ttl.count() <= 0) return;
  const Cached cached{kind == DnsAnswer::Kind::kFound,
                      clock_->Now() + answer.ttl};
  const MutexLock lock(&mutex_);
  const auto [place, is_new] = cache_.insert_or_assign(name, cached);
  if (!is_new) return;
  order_.push_back(name);
  if (order_.size() <= options_.max_cached) return;
  cache_.erase(order_.front());
  order_.pop_front();
}

}  // namespace sluice::network
