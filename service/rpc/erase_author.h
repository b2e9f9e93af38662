#pragma once

#include "service/rpc/admit.h"
#include "service/rpc/call.h"
#include "service/store/store.h"
#include "sluice/v1/review_service.pb.h"

namespace sluice::rpc {

// ReviewService.EraseAuthor. Neither the author nor the texts are logged.
using EraseAuthorCall = Call<v1::EraseAuthorRequest, v1::EraseAuthorResponse>;
void EraseAuthor(const AdmitRules& admit, store::Store* store, Time now,
                 const EraseAuthorCall::Ptr& call);

}  // namespace sluice::rpc
