#include <curl/curl.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <map>
#include <utility>

#include "service/webhook/address_guard.h"
#include "service/webhook/transport.h"

namespace sluice::webhook {
namespace {

// Bytes of an answer that are read; nobody looks at them.
constexpr size_t kMaxAnswer = 64 << 10;

struct Call {
  Request request;
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  std::array<char, CURL_ERROR_SIZE> error{};
  size_t read = 0;
  bool refused = false;

  ~Call() {
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
  }
};

curl_socket_t OpenSocket(void* data, curlsocktype, curl_sockaddr* address) {
  auto* call = static_cast<Call*>(data);
  if (!call->request.allow_private && !IsPublicAddress(&address->addr)) {
    call->refused = true;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC,
                address->protocol);
}

size_t Discard(char*, size_t size, size_t count, void* data) {
  auto* call = static_cast<Call*>(data);
  call->read += size * count;
  return call->read > kMaxAnswer ? 0 : size * count;
}

class CurlTransport final : public Transport {
 public:
  explicit CurlTransport(CURLM* multi) : multi_(multi) {}
  ~CurlTransport() override {
    for (const auto& [easy, call] : calls_)
      curl_multi_remove_handle(multi_, easy);
    calls_.clear();
    curl_multi_cleanup(multi_);
  }

  void Send(Request request) override {
    auto call = std::make_unique<Call>();
    call->request = std::move(request);
    call->easy = curl_easy_init();
    if (call->easy == nullptr || !SetUp(call.get()) ||
        curl_multi_add_handle(multi_, call->easy) != CURLM_OK) {
      failed_.push_back({call->request.id, 0, "the call could not be begun"});
      return;
    }
    CURL* const easy = call->easy;
    calls_[easy] = std::move(call);
  }

  std::vector<Answer> Wait(std::chrono::milliseconds at_most) override {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point end = Clock::now() + at_most;
    while (true) {
      int running = 0;
      curl_multi_perform(multi_, &running);
      std::vector<Answer> answers = Collect();
      if (!answers.empty()) return answers;
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
      if (woken_.exchange(false) || left.count() <= 0) return {};
      curl_multi_poll(multi_, nullptr, 0, static_cast<int>(left.count()),
                      nullptr);
    }
  }

  void Wake() override {
    woken_ = true;
    curl_multi_wakeup(multi_);
  }

 private:
  template <typename Value>
  static bool Set(Call* call, CURLoption option, Value value) {
    return curl_easy_setopt(call->easy, option, value) == CURLE_OK;
  }

  static bool SetUp(Call* call) {
    const Request& request = call->request;
    const std::string signature = "Sluice-Signature: " + request.signature;
    for (const char* header :
         {"Content-Type: application/json", signature.c_str(), "Expect:"}) {
      curl_slist* longer = curl_slist_append(call->headers, header);
      if (longer == nullptr) return false;
      call->headers = longer;
    }
    return Set(call, CURLOPT_URL, request.url.c_str()) &&
           Set(call, CURLOPT_PROTOCOLS_STR, "http,https") &&
           Set(call, CURLOPT_FOLLOWLOCATION, 0L) &&
           Set(call, CURLOPT_PROXY, "") &&  // else from the environment
           Set(call, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED)) &&
           Set(call, CURLOPT_NOSIGNAL, 1L) &&
           Set(call, CURLOPT_TIMEOUT_MS,
               static_cast<long>(request.timeout.count())) &&
           // A connection kept was checked for another webhook's permission.
           Set(call, CURLOPT_FRESH_CONNECT, request.allow_private ? 0L : 1L) &&
           Set(call, CURLOPT_FORBID_REUSE, request.allow_private ? 0L : 1L) &&
           Set(call, CURLOPT_OPENSOCKETFUNCTION, OpenSocket) &&
           Set(call, CURLOPT_OPENSOCKETDATA, call) &&
           Set(call, CURLOPT_WRITEFUNCTION, Discard) &&
           Set(call, CURLOPT_WRITEDATA, call) &&
           Set(call, CURLOPT_ERRORBUFFER, call->error.data()) &&
           Set(call, CURLOPT_USERAGENT, "Sluice") &&
           Set(call, CURLOPT_HTTPHEADER, call->headers) &&
           Set(call, CURLOPT_POSTFIELDSIZE_LARGE,
               static_cast<curl_off_t>(request.body.size())) &&
           Set(call, CURLOPT_POSTFIELDS, request.body.c_str());
  }

  std::vector<Answer> Collect() {
    std::vector<Answer> answers = std::exchange(failed_, {});
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const auto found = calls_.find(message->easy_handle);
      answers.push_back(AnswerOf(*found->second, message->data.result));
      curl_multi_remove_handle(multi_, found->first);
      calls_.erase(found);
    }
    return answers;
  }

  static Answer AnswerOf(const Call& call, CURLcode result) {
    Answer answer{call.request.id, 0, ""};
    long status = 0;
    curl_easy_getinfo(call.easy, CURLINFO_RESPONSE_CODE, &status);
    const bool too_long = result == CURLE_WRITE_ERROR;
    if (result == CURLE_OK || too_long) {
      answer.status = static_cast<int>(status);
    } else if (call.refused) {
      answer.error =
          "its host has a loopback, private or link-local address; "
          "allow_private permits that";
    } else {
      answer.error = call.error[0] != '\0' ? call.error.data()
                                           : curl_easy_strerror(result);
    }
    return answer;
  }

  CURLM* const multi_;
  std::map<CURL*, std::unique_ptr<Call>> calls_;
  std::vector<Answer> failed_;
  std::atomic<bool> woken_{false};
};

}  // namespace

absl::StatusOr<std::unique_ptr<Transport>> MakeCurlTransport() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  CURLM* multi = ready ? curl_multi_init() : nullptr;
  if (multi == nullptr)
    return absl::InternalError("libcurl does not start; webhooks need it");
  return std::make_unique<CurlTransport>(multi);
}

}  // namespace sluice::webhook
