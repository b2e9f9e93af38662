#include "service/access/offline.h"

#include <future>
#include <memory>

#include "service/access/key_ring.h"

namespace sluice::access {

absl::StatusOr<v1::CreateKeyResponse> CreateOffline(
    store::KeyStore* store, const Clock* clock, const std::string& hash_key,
    const v1::CreateKeyRequest& request) {
  KeyRing::Options options;
  options.hash_key = hash_key;
  options.refresh = std::chrono::milliseconds(0);
  absl::StatusOr<std::unique_ptr<KeyRing>> ring =
      KeyRing::Open(store, clock, std::move(options));
  if (!ring.ok()) return ring.status();
  auto done =
      std::make_shared<std::promise<absl::StatusOr<v1::CreateKeyResponse>>>();
  (*ring)->Create(Caller(), request,
                  [done](absl::StatusOr<v1::CreateKeyResponse> made) {
                    done->set_value(std::move(made));
                  });
  return done->get_future().get();
}

}  // namespace sluice::access
