#pragma once

#include "service/markup/policy.h"
#include "service/ruleset/report.h"
#include "sluice/v1/ruleset.pb.h"

namespace sluice::ruleset {

// Fills in every default of a policy, checks it, and makes its HTML policy.
// Problems go to the report.
void FinishPolicy(v1::Policy* policy, markup::HtmlPolicy* html, Report* report);

}  // namespace sluice::ruleset
