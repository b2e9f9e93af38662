// What authorising costs a call: the key is identified, its scope, site and
// limits are looked at. No I/O, whatever the number of keys.

#include <benchmark/benchmark.h>

#include <future>
#include <string>
#include <vector>

#include "service/access/key_ring.h"
#include "service/store/memory_key_store.h"

namespace sluice::access {
namespace {

struct Ring {
  explicit Ring(int keys, v1::Key::Form form = v1::Key::FORM_TOKEN) {
    KeyRing::Options options;
    options.hash_key = "secret";
    options.refresh = std::chrono::milliseconds(0);
    options.limits = {1e6, 1'000'000, 1000};
    ring = *KeyRing::Open(&store, &clock, std::move(options));
    for (int i = 0; i < keys; ++i) {
      v1::CreateKeyRequest request;
      request.add_scopes(v1::SCOPE_CHECK);
      request.add_sites("site");
      request.set_form(form);
      ring->Create({}, request, [this](const auto& made) {
        texts.push_back(made.ok() ? made->secret() : "");
      });
    }
  }
  SystemClock clock;
  store::MemoryKeyStore store;
  std::unique_ptr<KeyRing> ring;
  std::vector<std::string> texts;
};

void Authorise(benchmark::State& state, v1::Key::Form form) {
  Ring ring(static_cast<int>(state.range(0)), form);
  for (auto unused : state) {
    Caller caller = *ring.ring->Identify(ring.texts.back());
    bool allowed = caller.MayUse(v1::SCOPE_CHECK) && caller.limiter()->Enter();
    const Permit permit(caller);
    allowed = allowed && caller.MayUseSite("site") &&
              !caller.limiter()->Take(1, Limiter::Clock::now()).has_value();
    benchmark::DoNotOptimize(allowed);
  }
}

void Token(benchmark::State& state) { Authorise(state, v1::Key::FORM_TOKEN); }
BENCHMARK(Token)->Arg(1)->Arg(100)->Arg(1000);

void Akismet(benchmark::State& state) {
  Authorise(state, v1::Key::FORM_AKISMET);
}
BENCHMARK(Akismet)->Arg(1)->Arg(1000);

void WithoutKeys(benchmark::State& state) {
  Ring ring(0);
  for (auto unused : state)
    benchmark::DoNotOptimize(ring.ring->Identify("").ok());
}
BENCHMARK(WithoutKeys);

// What a stranger's try costs us.
void WrongKey(benchmark::State& state) {
  Ring ring(1000);
  std::string text = ring.texts.back();
  text.back() = text.back() == 'a' ? 'b' : 'a';
  for (auto unused : state)
    benchmark::DoNotOptimize(ring.ring->Identify(text).ok());
}
BENCHMARK(WrongKey);

}  // namespace
}  // namespace sluice::access

BENCHMARK_MAIN();
