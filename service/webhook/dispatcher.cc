#include "service/webhook/dispatcher.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <utility>

#include "service/base/resource_name.h"
#include "service/store/resume_token.h"
#include "service/webhook/signature.h"

namespace sluice::webhook {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{1'000};
constexpr milliseconds kLongestPause{3'600'000};
// Nothing is due before: the clock may have been set, or the store be away.
constexpr milliseconds kLongestWait{60'000};
constexpr milliseconds kStorePause{1'000};
constexpr size_t kMinKey = 16;
constexpr size_t kMaxKey = 4096;
constexpr size_t kMaxError = 256;

std::string JsonOf(const v1::WatchVerdictsResponse& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;  // as the command line does
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(message, &json, options)
           .ok())
    return "{}";
  return json;
}

absl::StatusOr<std::string> ReadKey(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string key(kMaxKey + 2, '\0');
  in.read(key.data(), static_cast<std::streamsize>(key.size()));
  key.resize(static_cast<size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  while (!key.empty() && (key.back() == '\n' || key.back() == '\r'))
    key.pop_back();
  if (key.size() >= kMinKey && key.size() <= kMaxKey) return key;
  return absl::InvalidArgumentError(
      fmt::format("webhooks: {}: cannot be read as a key of {} to {} bytes",
                  path, kMinKey, kMaxKey));
}

}  // namespace

absl::StatusOr<std::vector<Hook>> ReadHooks(const v1::ServerConfig& config) {
  std::vector<Hook> hooks;
  for (const v1::WebhookConfig& webhook : config.webhooks()) {
    absl::StatusOr<std::string> key = ReadKey(webhook.secret_file());
    if (!key.ok()) return key.status();
    Hook hook;
    hook.webhook = {webhook.url(), webhook.site()};
    hook.key = *std::move(key);
    hook.max_attempts = static_cast<int>(webhook.max_attempts());
    hook.timeout = milliseconds(webhook.timeout_ms());
    hook.allow_private = webhook.allow_private();
    hooks.push_back(std::move(hook));
  }
  return hooks;
}

milliseconds PauseAfter(int attempts, uint64_t random) {
  constexpr int kMaxDoublings = 12;  // past the longest
  const int doublings = std::clamp(attempts - 1, 0, kMaxDoublings);
  const milliseconds pause =
      std::min(kFirstPause * (int64_t{1} << doublings), kLongestPause);
  const auto more = static_cast<uint64_t>(pause.count() / 4);
  return pause + milliseconds(static_cast<int64_t>(random % (more + 1)));
}

Dispatcher::Dispatcher(store::Store* store, const Clock* clock,
                       std::function<uint64_t()> random, Transport* transport,
                       std::vector<Hook> hooks)
    : store_(store),
      clock_(clock),
      random_(std::move(random)),
      transport_(transport),
      hooks_(std::move(hooks)),
      store_id_(store->Id()),
      in_flight_(hooks_.size()) {}

void Dispatcher::Turn() {
  for (const Answer& answer : transport_->Wait(SendDue())) Take(answer);
  if (unsettled_.empty() || !store_->outbox()->Settle(unsettled_).ok()) return;
  for (size_t i = 0; i < unsettled_.size(); ++i)
    in_flight_[settling_[i]].erase(unsettled_[i].id);
  unsettled_.clear();
  settling_.clear();
}

// Returns how long there is nothing to do but to wait for answers.
milliseconds Dispatcher::SendDue() {
  milliseconds wait = kLongestWait;
  for (size_t hook = 0; hook < hooks_.size(); ++hook) {
    if (!SendDue(hook, clock_->Now(), &wait).ok())
      wait = std::min(wait, kStorePause);
  }
  return unsettled_.empty() ? wait : std::min(wait, kStorePause);
}

absl::Status Dispatcher::SendDue(size_t index, Time now, milliseconds* wait) {
  const Hook& hook = hooks_[index];
  std::set<int64_t>& in_flight = in_flight_[index];
  const int room = kMaxInFlight - static_cast<int>(in_flight.size());
  if (room <= 0) return absl::OkStatus();
  absl::StatusOr<store::DueDeliveries> found =
      store_->outbox()->Due(hook.webhook, now, room, in_flight);
  if (!found.ok()) return found.status();
  for (int64_t id : found->gone) {
    Drop(index, id);
    *wait = milliseconds(0);
  }
  for (store::Delivery& delivery : found->due) {
    const int64_t id = delivery.id;
    const int attempts = delivery.attempts + 1;
    absl::StatusOr<std::optional<Request>> request =
        RequestFor(hook, std::move(delivery), now);
    if (!request.ok()) return request.status();
    if (!request->has_value()) {
      Drop(index, id);
      *wait = milliseconds(0);
      continue;
    }
    sent_[id] = {index, attempts, now};
    in_flight.insert(id);
    transport_->Send(**std::move(request));
  }
  if (found->next.has_value() &&
      static_cast<int>(in_flight.size()) < kMaxInFlight) {
    const auto until = std::chrono::ceil<milliseconds>(*found->next - now);
    *wait = std::clamp(until, milliseconds(0), *wait);
  }
  return absl::OkStatus();
}

// Settles a delivery that nobody waits for.
void Dispatcher::Drop(size_t hook, int64_t id) {
  store::DeliveryOutcome outcome;
  outcome.id = id;
  outcome.delivered = true;
  unsettled_.push_back(std::move(outcome));
  settling_.push_back(hook);
  in_flight_[hook].insert(id);
}

absl::StatusOr<std::optional<Request>> Dispatcher::RequestFor(
    const Hook& hook, store::Delivery delivery, Time now) {
  Request request;
  request.id = delivery.id;
  request.timeout = hook.timeout;
  request.allow_private = hook.allow_private;
  if (hook.make_call != nullptr) {
    const absl::StatusOr<v1::Entry> entry = store_->Get(delivery.told.name());
    if (absl::IsNotFound(entry.status())) return std::nullopt;
    if (!entry.ok()) return entry.status();
    std::optional<OwnCall> call = hook.make_call(*entry, delivery.told);
    if (!call.has_value()) return std::nullopt;
    request.url = std::move(call->url);
    request.body = std::move(call->body);
    return request;
  }
  const std::string site(ParseResourceName(delivery.told.name()).site);
  delivery.told.set_resume_token(
      store::EncodeResumeToken(store_id_, site, delivery.sequence));
  request.url = hook.webhook.url;
  request.body = JsonOf(delivery.told);
  request.signature = Signature(hook.key, now, request.body);
  return request;
}

void Dispatcher::Take(const Answer& answer) {
  const auto found = sent_.find(answer.id);
  if (found == sent_.end()) return;
  const Sent sent = found->second;
  sent_.erase(found);
  const Hook& hook = hooks_[sent.hook];
  store::DeliveryOutcome outcome;
  outcome.id = answer.id;
  outcome.delivered = answer.status >= 200 && answer.status <= 299;
  outcome.dead = !outcome.delivered && sent.attempts >= hook.max_attempts;
  outcome.first_time = sent.time;
  outcome.last_time = clock_->Now();
  outcome.next_time = outcome.last_time + PauseAfter(sent.attempts, random_());
  outcome.error = answer.status != 0 ? fmt::format("status {}", answer.status)
                                     : answer.error.substr(0, kMaxError);
  unsettled_.push_back(std::move(outcome));
  settling_.push_back(sent.hook);
}

Webhooks::Webhooks(store::Store* store, const Clock* clock,
                   std::function<uint64_t()> random,
                   std::unique_ptr<Transport> transport,
                   std::vector<Hook> hooks)
    : store_(store),
      transport_(std::move(transport)),
      dispatcher_(store, clock, std::move(random), transport_.get(),
                  std::move(hooks)) {
  hook_ = store_->change_hooks().Add([this] { transport_->Wake(); });
  thread_ = std::thread([this] {
    while (!stop_) dispatcher_.Turn();
  });
}

Webhooks::~Webhooks() {
  store_->change_hooks().Remove(hook_);
  stop_ = true;
  transport_->Wake();
  thread_.join();
}

absl::StatusOr<std::unique_ptr<Webhooks>> Webhooks::Start(
    store::Store* store, const Clock* clock, std::function<uint64_t()> random,
    std::vector<Hook> hooks) {
  std::vector<store::Webhook> webhooks;
  for (const Hook& hook : hooks) webhooks.push_back(hook.webhook);
  if (absl::Status status = store->outbox()->SetWebhooks(webhooks);
      !status.ok())
    return status;
  if (hooks.empty()) return nullptr;
  absl::StatusOr<std::unique_ptr<Transport>> transport = MakeCurlTransport();
  if (!transport.ok()) return transport.status();
  return std::unique_ptr<Webhooks>(new Webhooks(store, clock, std::move(random),
                                                *std::move(transport),
                                                std::move(hooks)));
}

}  // namespace sluice::webhook
