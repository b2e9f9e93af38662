#include "service/access/key_ring.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "service/base/resource_name.h"

namespace sluice::access {
namespace {

constexpr uint32_t kEveryScope = 1u << v1::SCOPE_CHECK |
                                 1u << v1::SCOPE_REVIEW |
                                 1u << v1::SCOPE_RULES | 1u << v1::SCOPE_ADMIN;
constexpr int kMaxSites = 1000;
constexpr double kMostPerSecond = 1e6;
constexpr uint32_t kMostCalls = 1'000'000;

int64_t MicrosOf(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1'000'000 + time.nanos() / 1000;
}

int64_t Micros(Time time) { return time.time_since_epoch().count(); }

google::protobuf::Timestamp TimestampOf(Time time) {
  google::protobuf::Timestamp out;
  out.set_seconds(Micros(time) / 1'000'000);
  out.set_nanos(static_cast<int32_t>(Micros(time) % 1'000'000) * 1000);
  return out;
}

Limits LimitsOf(const v1::KeyLimits& limits, Limits otherwise) {
  if (limits.calls_per_second() > 0)
    otherwise.calls_per_second = limits.calls_per_second();
  if (limits.burst() > 0) otherwise.burst = limits.burst();
  if (limits.concurrent_calls() > 0)
    otherwise.concurrent_calls = limits.concurrent_calls();
  return otherwise;
}

uint32_t ScopesOf(const v1::Key& key) {
  uint32_t scopes = 0;
  for (const int scope : key.scopes()) {
    if (scope > v1::SCOPE_UNSPECIFIED && scope <= v1::SCOPE_ADMIN)
      scopes |= 1u << scope;
  }
  return scopes >> v1::SCOPE_ADMIN & 1 ? kEveryScope : scopes;
}

bool HasAdminScope(const HeldKey& key) {
  return (key.scopes >> v1::SCOPE_ADMIN & 1) != 0;
}

bool IsValidAt(const HeldKey& key, int64_t micros) {
  return !key.key.has_revoke_time() &&
         (key.expire_micros == 0 || micros < key.expire_micros);
}

absl::Status Wrong(std::string_view field, std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", field, what));
}

absl::Status CheckScopes(const v1::CreateKeyRequest& request) {
  if (request.scopes().empty() || request.scopes_size() > v1::SCOPE_ADMIN)
    return Wrong("scopes", "name one to four of CHECK, REVIEW, RULES, ADMIN");
  for (const int scope : request.scopes()) {
    if (scope <= v1::SCOPE_UNSPECIFIED || scope > v1::SCOPE_ADMIN)
      return Wrong("scopes", "is not one of CHECK, REVIEW, RULES, ADMIN");
  }
  return absl::OkStatus();
}

absl::Status CheckSites(const v1::CreateKeyRequest& request) {
  if (request.all_sites() != request.sites().empty())
    return Wrong("sites", "name them, or say all_sites; not both");
  if (request.sites_size() > kMaxSites)
    return Wrong("sites", fmt::format("at most {}", kMaxSites));
  for (const std::string& site : request.sites()) {
    const std::string name = SiteName(site);
    const ResourceName parsed = ParseResourceName(name);
    if (!parsed.valid || parsed.site != site)
      return Wrong("sites", "one is not a site's id");
  }
  return absl::OkStatus();
}

absl::Status CheckForm(const v1::CreateKeyRequest& request) {
  if (!v1::Key::Form_IsValid(request.form()))
    return Wrong("form", "is not one of TOKEN, AKISMET");
  if (request.form() != v1::Key::FORM_AKISMET) return absl::OkStatus();
  // Twelve characters that travel in host names and forms are worth little.
  if (request.scopes_size() != 1 || request.scopes(0) != v1::SCOPE_CHECK)
    return Wrong("scopes", "a key of form AKISMET is for CHECK alone");
  if (request.sites_size() != 1)
    return Wrong("sites", "a key of form AKISMET is for one site");
  return absl::OkStatus();
}

absl::Status CheckRest(const v1::CreateKeyRequest& request, int64_t now) {
  const std::string& label = request.label();
  const bool plain = std::none_of(label.begin(), label.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
  });
  if (label.size() > KeyRing::kMaxLabel || !plain) {
    return Wrong("label", fmt::format("at most {} bytes, no control characters",
                                      KeyRing::kMaxLabel));
  }
  if (request.has_expire_time() && MicrosOf(request.expire_time()) <= now)
    return Wrong("expire_time", "is past already");
  const v1::KeyLimits& limits = request.limits();
  if (!(limits.calls_per_second() >= 0) ||
      limits.calls_per_second() > kMostPerSecond)
    return Wrong("limits.calls_per_second", "0 to 1,000,000 are allowed");
  if (limits.burst() > kMostCalls)
    return Wrong("limits.burst", "at most 1,000,000");
  if (limits.concurrent_calls() > kMostCalls)
    return Wrong("limits.concurrent_calls", "at most 1,000,000");
  return absl::OkStatus();
}

// Of a key that someone who has `caller` may know of.
bool IsOf(const Caller& caller, const v1::Key& key) {
  if (caller.MayUseAllSites()) return true;
  return !key.all_sites() &&
         std::all_of(key.sites().begin(), key.sites().end(),
                     [&](const auto& site) { return caller.MayUseSite(site); });
}

v1::Key KeyFrom(const v1::CreateKeyRequest& request) {
  v1::Key key;
  *key.mutable_scopes() = request.scopes();
  *key.mutable_sites() = request.sites();
  std::sort(key.mutable_sites()->begin(), key.mutable_sites()->end());
  key.set_all_sites(request.all_sites());
  key.set_label(request.label());
  key.set_form(request.form() == v1::Key::FORM_AKISMET ? v1::Key::FORM_AKISMET
                                                       : v1::Key::FORM_TOKEN);
  if (request.has_expire_time())
    *key.mutable_expire_time() = request.expire_time();
  if (request.has_limits()) *key.mutable_limits() = request.limits();
  return key;
}

}  // namespace

absl::StatusOr<std::unique_ptr<KeyRing>> KeyRing::Open(store::KeyStore* store,
                                                       const Clock* clock,
                                                       Options options) {
  std::unique_ptr<KeyRing> ring(new KeyRing(store, clock, std::move(options)));
  if (absl::Status read = ring->Refresh(); !read.ok()) return read;
  if (store != nullptr && ring->options_.refresh.count() > 0)
    ring->thread_ = std::thread([self = ring.get()] { self->Run(); });
  return ring;
}

KeyRing::KeyRing(store::KeyStore* store, const Clock* clock, Options options)
    : store_(store),
      clock_(clock),
      options_(std::move(options)),
      hasher_(options_.hash_key),
      snapshot_(std::make_shared<Snapshot>()) {}

KeyRing::~KeyRing() {
  {
    const MutexLock lock(&mutex_);
    stop_ = true;
    stopped_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
  NoteUses();
}

std::shared_ptr<const KeyRing::Snapshot> KeyRing::snapshot() const {
  const MutexLock lock(&mutex_);
  return snapshot_;
}

KeyRing::Held KeyRing::Find(const Snapshot& snapshot,
                            std::string_view text) const {
  const std::optional<ParsedKey> parsed = ParseKey(text);
  if (!parsed.has_value()) return nullptr;
  const std::string hash = hasher_.Hash(parsed->form, text);
  const bool akismet = parsed->form == v1::Key::FORM_AKISMET;
  const auto& keys = akismet ? snapshot.by_hash : snapshot.by_id;
  const auto found = keys.find(akismet ? std::string_view(hash) : parsed->id);
  if (found == keys.end() || !EqualHashes(found->second->hash, hash))
    return nullptr;
  return found->second;
}

absl::StatusOr<Caller> KeyRing::Identify(std::string_view text) const {
  const std::shared_ptr<const Snapshot> known = snapshot();
  if (text.empty()) {
    if (!options_.required && !known->had_admin) return Caller();
    return absl::UnauthenticatedError(
        "a key is needed: metadata `authorization: Bearer KEY`");
  }
  const Held key = Find(*known, text);
  const int64_t now = Micros(clock_->Now());
  if (key == nullptr || !IsValidAt(*key, now))
    return absl::UnauthenticatedError("the key is not valid");
  // Some milliseconds' calls share a value: a shared line of the cache is
  // written to as rarely.
  constexpr int64_t kPrecision = 1'000'000;
  std::atomic<int64_t>& used = key->state->last_used;
  if (now - used.load(std::memory_order_relaxed) > kPrecision)
    used.store(now, std::memory_order_relaxed);
  return Caller(key);
}

bool KeyRing::DemandsKeys() const {
  return options_.required || snapshot()->had_admin;
}

bool KeyRing::HasAdmin() const {
  const std::shared_ptr<const Snapshot> known = snapshot();
  const int64_t now = Micros(clock_->Now());
  return std::any_of(
      known->by_id.begin(), known->by_id.end(), [now](const auto& held) {
        return HasAdminScope(*held.second) && IsValidAt(*held.second, now);
      });
}

int KeyRing::CountValid() const {
  const std::shared_ptr<const Snapshot> known = snapshot();
  const int64_t now = Micros(clock_->Now());
  return static_cast<int>(std::count_if(
      known->by_id.begin(), known->by_id.end(),
      [now](const auto& held) { return IsValidAt(*held.second, now); }));
}

absl::Status KeyRing::Validate(const Caller& caller,
                               const v1::CreateKeyRequest& request) const {
  absl::Status status = CheckScopes(request);
  if (status.ok()) status = CheckSites(request);
  if (status.ok()) status = CheckForm(request);
  if (status.ok()) status = CheckRest(request, Micros(clock_->Now()));
  if (!status.ok()) return status;
  v1::Key wanted = KeyFrom(request);
  // Whoever runs one site of many must not take the others' share of the
  // machine either.
  if (!IsOf(caller, wanted) ||
      (request.has_limits() && !caller.MayUseAllSites()))
    return absl::PermissionDeniedError("the key is not for this");
  if (snapshot()->by_id.size() >= kMaxKeys) {
    return absl::ResourceExhaustedError(
        fmt::format("there are {} keys already", kMaxKeys));
  }
  return absl::OkStatus();
}

void KeyRing::Create(const Caller& caller, const v1::CreateKeyRequest& request,
                     CreateDone done) {
  if (store_ == nullptr)
    return done(absl::UnimplementedError("this store cannot keep keys"));
  if (absl::Status status = Validate(caller, request); !status.ok())
    return done(status);
  absl::StatusOr<MadeKey> made = MakeKey(request.form());
  if (!made.ok()) return done(made.status());
  v1::CreateKeyResponse response;
  v1::Key& key = *response.mutable_key();
  key = KeyFrom(request);
  key.set_id(made->id);
  *key.mutable_create_time() = TimestampOf(clock_->Now());
  response.set_secret(made->text);
  store_->Add({key, hasher_.Hash(key.form(), made->text)},
              [this, response = std::move(response),
               done = std::move(done)](absl::Status status) {
                if (status.ok()) status = Refresh();
                if (!status.ok()) return done(status);
                done(response);
              });
}

absl::StatusOr<std::vector<v1::Key>> KeyRing::List(const Caller& caller) {
  std::vector<v1::Key> out;
  if (store_ == nullptr) return out;
  absl::StatusOr<std::vector<store::StoredKey>> stored = store_->List();
  if (!stored.ok()) return stored.status();
  const std::shared_ptr<const Snapshot> known = snapshot();
  for (store::StoredKey& one : *stored) {
    if (!IsOf(caller, one.key)) continue;
    // What is not written down yet.
    const auto held = known->by_id.find(one.key.id());
    const int64_t used =
        held == known->by_id.end() ? 0 : held->second->state->last_used.load();
    if (used > MicrosOf(one.key.last_used_time())) {
      *one.key.mutable_last_used_time() =
          TimestampOf(Time(std::chrono::microseconds(used)));
    }
    out.push_back(std::move(one.key));
  }
  return out;
}

void KeyRing::Revoke(const Caller& caller, const std::string& id,
                     RevokeDone done) {
  const std::shared_ptr<const Snapshot> known = snapshot();
  const auto found = known->by_id.find(id);
  if (found == known->by_id.end() || !IsOf(caller, found->second->key))
    return done(absl::NotFoundError("there is no such key"));
  store_->Revoke(id, clock_->Now(),
                 [this, id, done = std::move(done)](absl::Status status) {
                   if (status.ok()) status = Refresh();
                   if (!status.ok()) return done(status);
                   const std::shared_ptr<const Snapshot> now = snapshot();
                   const auto key = now->by_id.find(id);
                   if (key == now->by_id.end())
                     return done(absl::NotFoundError("there is no such key"));
                   done(key->second->key);
                 });
}

KeyRing::Held KeyRing::Hold(store::StoredKey stored,
                            const Snapshot& before) const {
  auto held = std::make_shared<HeldKey>();
  held->key = std::move(stored.key);
  held->hash = std::move(stored.hash);
  held->scopes = ScopesOf(held->key);
  if (!held->key.all_sites())
    held->sites.assign(held->key.sites().begin(), held->key.sites().end());
  std::sort(held->sites.begin(), held->sites.end());
  if (held->key.has_expire_time())
    held->expire_micros = MicrosOf(held->key.expire_time());
  const auto known = before.by_id.find(held->key.id());
  held->state = known != before.by_id.end()
                    ? known->second->state
                    : std::make_shared<KeyState>(
                          LimitsOf(held->key.limits(), options_.limits));
  if (!IsValidAt(*held, Micros(clock_->Now())))
    held->state->ended.store(true, std::memory_order_relaxed);
  return held;
}

absl::Status KeyRing::Refresh() {
  if (store_ == nullptr) return absl::OkStatus();
  const MutexLock refreshing(&refreshing_);
  absl::StatusOr<std::vector<store::StoredKey>> stored = store_->List();
  if (!stored.ok()) return stored.status();
  const std::shared_ptr<const Snapshot> before = snapshot();
  auto after = std::make_shared<Snapshot>();
  for (store::StoredKey& one : *stored) {
    Held held = Hold(std::move(one), *before);
    after->had_admin |= HasAdminScope(*held);
    if (held->key.form() == v1::Key::FORM_AKISMET)
      after->by_hash.emplace(held->hash, held);
    after->by_id.emplace(held->key.id(), std::move(held));
  }
  for (const auto& [id, held] : before->by_id) {
    if (after->by_id.count(id) == 0)
      held->state->ended.store(true, std::memory_order_relaxed);
  }
  const MutexLock lock(&mutex_);
  snapshot_ = std::move(after);
  return absl::OkStatus();
}

void KeyRing::NoteUses() {
  if (store_ == nullptr) return;
  store::KeyStore::Uses uses;
  {
    const MutexLock lock(&mutex_);
    for (const auto& [id, held] : snapshot_->by_id) {
      const int64_t used =
          held->state->last_used.load(std::memory_order_relaxed);
      int64_t& noted = noted_[std::string(id)];
      if (used <= noted) continue;
      noted = used;
      uses.emplace_back(id, Time(std::chrono::microseconds(used)));
    }
  }
  // If it fails only the time of a use is lost.
  if (!uses.empty()) store_->Touch(std::move(uses), [](const absl::Status&) {});
}

void KeyRing::Run() {
  using Clock = std::chrono::steady_clock;
  Clock::time_point noted = Clock::now();
  while (true) {
    const Clock::time_point wake = Clock::now() + options_.refresh;
    {
      const MutexLock lock(&mutex_);
      while (!stop_ && Clock::now() < wake) stopped_.WaitUntil(&mutex_, wake);
      if (stop_) return;
    }
    // If the store is away what was known stays.
    (void)Refresh();
    if (Clock::now() - noted < options_.note_uses) continue;
    noted = Clock::now();
    NoteUses();
  }
}

}  // namespace sluice::access
