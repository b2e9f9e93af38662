#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "service/base/clock.h"
#include "service/gateway/callers.h"
#include "service/gateway/form.h"
#include "service/gateway/http.h"
#include "service/gateway/occurrences.h"
#include "service/gateway/upstream.h"
#include "sluice/v1/config.pb.h"

namespace sluice::gateway {

// What the doors share. All that is pointed to must outlive them.
struct DoorContext {
  const v1::ServerConfig* config = nullptr;
  Upstream* upstream = nullptr;
  const Callers* callers = nullptr;
  const Clock* clock = nullptr;
  std::string id_key;    // for CommentIdOf
  std::string seal_key;  // 32 bytes, for Seal
};

// Akismet's protocol, as docs/akismet.md tells it. Thread-safe. Outlives every
// request it was given, until that has been answered.
class AkismetDoor {
 public:
  explicit AkismetDoor(DoorContext context);

  // The name of the endpoint, as `comment-check`, of a path that ends in
  // `/1.1/comment-check` or `/1.2/...`, whatever is before it; empty: it is
  // none of this protocol.
  static std::string_view EndpointOf(std::string_view path);

  void Handle(std::string_view endpoint, const HttpRequest& request,
              HttpDone done);

  // What an endpoint answers to a form, for a protocol that is put in its
  // terms.
  void HandleForm(std::string_view endpoint, Form form, std::string_view key,
                  HttpDone done);

 private:
  struct Call;
  using CallPtr = std::shared_ptr<Call>;

  void Dispatch(const CallPtr& call);
  void Check(const CallPtr& call);
  void Recheck(const CallPtr& call);
  void TryCheck(const CallPtr& call);
  void CheckOnce(const CallPtr& call, bool dry_run);
  void Submit(const CallPtr& call);
  void Decide(const CallPtr& call);
  void Report(const CallPtr& call);
  void StoreThenSubmit(const CallPtr& call);
  void Count(const CallPtr& call);
  void BeginComment(const CallPtr& call);
  std::string NameOf(const Call& call) const;

  const DoorContext context_;
  Occurrences occurrences_;
};

}  // namespace sluice::gateway
