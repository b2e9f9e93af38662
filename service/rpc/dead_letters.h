#pragma once

#include "service/rpc/admit.h"
#include "service/rpc/call.h"
#include "service/store/store.h"
#include "sluice/v1/review_service.pb.h"

// Webhook deliveries that were given up: what ReviewService does with them.
namespace sluice::rpc {

using ListDeadLettersCall =
    Call<v1::ListDeadLettersRequest, v1::ListDeadLettersResponse>;
void ListDeadLetters(const AdmitRules& admit, store::Store* store,
                     const ListDeadLettersCall::Ptr& call);

using RetryDeadLettersCall =
    Call<v1::RetryDeadLettersRequest, v1::RetryDeadLettersResponse>;
void RetryDeadLetters(const AdmitRules& admit, store::Store* store, Time now,
                      const RetryDeadLettersCall::Ptr& call);

}  // namespace sluice::rpc
