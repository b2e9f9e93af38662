#include "service/rpc/methods.h"

namespace sluice::rpc {
namespace {

constexpr std::string_view kModeration = "sluice.v1.ModerationService";
constexpr std::string_view kReview = "sluice.v1.ReviewService";
constexpr std::string_view kRuleset = "sluice.v1.RulesetService";
constexpr std::string_view kKeys = "sluice.v1.KeyService";
constexpr std::string_view kLearning = "sluice.v1.LearningService";
constexpr std::string_view kAdmin = "sluice.v1.AdminService";

}  // namespace

const std::vector<MethodAccess>& Methods() {
  using R = SiteRule;
  constexpr v1::Scope kCheckScope = v1::SCOPE_CHECK;
  constexpr v1::Scope kReviewScope = v1::SCOPE_REVIEW;
  constexpr v1::Scope kRulesScope = v1::SCOPE_RULES;
  constexpr v1::Scope kAdminScope = v1::SCOPE_ADMIN;
  static const std::vector<MethodAccess> methods = {
      {kModeration, "CheckComment", kCheckScope, R::kNamed, {"comment.name"}},
      {kModeration,
       "BatchCheckComments",
       kCheckScope,
       R::kNamed,
       {"requests.comment.name"}},
      {kModeration,
       "StreamChecks",
       kCheckScope,
       R::kNamed,
       {"request.comment.name"}},
      {kModeration, "PreviewComment", kCheckScope, R::kNamed, {"parent"}},
      {kModeration, "IssueFormToken", kCheckScope, R::kNamed, {"parent"}},
      {kModeration, "ReportComment", kCheckScope, R::kNamed, {"name"}},
      {kModeration, "WatchVerdicts", kCheckScope, R::kNamed, {"parent"}},

      {kReview, "ListEntries", kReviewScope, R::kNamed, {"parent"}},
      {kReview, "GetEntry", kReviewScope, R::kNamed, {"name"}},
      {kReview,
       "DecideEntries",
       kReviewScope,
       R::kNamed,
       {"parent", "decisions.name"}},
      {kReview, "DecideMatching", kReviewScope, R::kNamed, {"parent"}},
      {kReview, "UndoDecision", kReviewScope, R::kNamed, {"parent", "name"}},
      {kReview, "ClaimEntries", kReviewScope, R::kNamed, {"parent", "names"}},
      {kReview, "ListSimilar", kReviewScope, R::kNamed, {"name"}},
      {kReview,
       "ListAuthorHistory",
       kReviewScope,
       R::kNamed,
       {"parent", "comment"}},
      {kReview, "CountEntries", kReviewScope, R::kNamed, {"parent"}},
      {kReview, "ImportEntries", kReviewScope, R::kNamed, {"comment.name"}},
      {kReview, "EraseAuthor", kReviewScope, R::kNamed, {"parent", "comment"}},
      {kReview, "ListDeadLetters", kReviewScope, R::kNamed, {"parent"}},
      {kReview, "RetryDeadLetters", kReviewScope, R::kNamed, {"parent"}},

      {kRuleset, "GetRuleset", kRulesScope, R::kNamed, {"parent"}},
      // Judges files that the caller brings; looks at nothing of a site.
      {kRuleset, "CheckRuleset", kRulesScope, R::kAny, {}},
      {kRuleset, "BacktestRuleset", kRulesScope, R::kNamed, {"parent"}},
      {kRuleset, "GetRuleStatistics", kRulesScope, R::kNamed, {"parent"}},
      {kRuleset, "TuneScores", kRulesScope, R::kNamed, {"parent"}},
      {kRuleset, "DraftRule", kRulesScope, R::kNamed, {"parent", "names"}},
      // Reads the folders of all sites, and says what is wrong in them.
      {kRuleset, "ReloadRules", kRulesScope, R::kAll, {}},
      {kRuleset, "ConfirmRule", kRulesScope, R::kNamed, {"parent"}},
      {kRuleset,
       "ExplainComment",
       kRulesScope,
       R::kNamed,
       {"name", "comment.name"}},

      // Which sites a key may be for is looked at where keys are made.
      {kKeys, "CreateKey", kAdminScope, R::kAny, {}},
      {kKeys, "ListKeys", kAdminScope, R::kAny, {}},
      {kKeys, "RevokeKey", kAdminScope, R::kAny, {}},
      {kKeys, "GetCaller", v1::SCOPE_UNSPECIFIED, R::kAny, {}},

      {kAdmin, "GetStatus", kAdminScope, R::kAll, {}},
      {kAdmin, "CreateBackup", kAdminScope, R::kAll, {}},

      {kLearning, "RetrainModel", kRulesScope, R::kNamed, {"site"}},
      {kLearning, "GetModelReport", kRulesScope, R::kNamed, {"site"}},
  };
  return methods;
}

}  // namespace sluice::rpc
