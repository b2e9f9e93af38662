// Every method of every service is in the table that authorises calls, with
// every field by which a request can name a site.

#include "service/rpc/methods.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "service/rpc/metrics.h"
#include "sluice/v1/admin_service.pb.h"
#include "sluice/v1/learning_service.pb.h"
#include "sluice/v1/moderation_service.pb.h"
#include "sluice/v1/review_service.pb.h"
#include "sluice/v1/ruleset_service.pb.h"

namespace sluice::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

std::vector<const google::protobuf::ServiceDescriptor*> Services() {
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  std::vector<const google::protobuf::ServiceDescriptor*> services;
  for (const auto* file : {v1::CheckCommentRequest::descriptor()->file(),
                           v1::ListEntriesRequest::descriptor()->file(),
                           v1::GetRulesetRequest::descriptor()->file(),
                           v1::CreateKeyRequest::descriptor()->file(),
                           v1::GetStatusRequest::descriptor()->file(),
                           v1::RetrainModelRequest::descriptor()->file()}) {
    for (int i = 0; i < file->service_count(); ++i)
      services.push_back(file->service(i));
  }
  EXPECT_NE(pool, nullptr);
  return services;
}

const MethodAccess* Find(const std::string& service,
                         const std::string& method) {
  const auto& all = Methods();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const MethodAccess& one) {
        return one.service == service && one.method == method;
      });
  return found == all.end() ? nullptr : &*found;
}

// Paths of fields that name a site or a comment, by the names that the API
// gives such fields. A comment's own `parent` is of its site: Admit says so.
void NamePaths(const Descriptor* message, const std::string& prefix,
               std::set<std::string>* paths) {
  static const std::set<std::string> kNames = {"parent",  "name", "names",
                                               "comment", "site", "sites"};
  for (int i = 0; i < message->field_count(); ++i) {
    const FieldDescriptor* field = message->field(i);
    const std::string path = prefix + field->name();
    if (field->type() == FieldDescriptor::TYPE_STRING) {
      if (kNames.count(field->name()) != 0) paths->insert(path);
    } else if (field->type() == FieldDescriptor::TYPE_MESSAGE &&
               field->message_type()->full_name() == "sluice.v1.Comment") {
      paths->insert(path + ".name");
    } else if (field->type() == FieldDescriptor::TYPE_MESSAGE &&
               field->message_type()->file()->package() == "sluice.v1") {
      NamePaths(field->message_type(), path + ".", paths);
    }
  }
}

TEST(Methods, AreAllOfThePrototypes) {
  size_t count = 0;
  for (const auto* service : Services()) {
    for (int i = 0; i < service->method_count(); ++i, ++count) {
      EXPECT_NE(Find(service->full_name(), service->method(i)->name()), nullptr)
          << service->method(i)->full_name();
    }
  }
  EXPECT_EQ(count, Methods().size());
  EXPECT_LE(Methods().size(), Metrics::kMaxMethods);
}

TEST(Methods, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const MethodAccess& method : Methods())
    EXPECT_TRUE(names.insert(method.method).second) << method.method;
}

TEST(Methods, KnowEveryFieldThatNamesASite) {
  for (const auto* service : Services()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const auto* method = service->method(i);
      const MethodAccess* access = Find(service->full_name(), method->name());
      ASSERT_NE(access, nullptr) << method->full_name();
      std::set<std::string> paths;
      NamePaths(method->input_type(), "", &paths);
      // The key ring looks at the sites of a key that is to be made.
      if (method->name() == "CreateKey") paths.erase("sites");
      const std::set<std::string> known(access->names.begin(),
                                        access->names.end());
      EXPECT_EQ(known, paths) << method->full_name();
      EXPECT_EQ(access->sites == SiteRule::kNamed, !paths.empty())
          << method->full_name();
    }
  }
}

TEST(Methods, NeedTheScopeOfTheirService) {
  for (const MethodAccess& method : Methods()) {
    const v1::Scope scope =
        method.method == "GetCaller" ? v1::SCOPE_UNSPECIFIED
        : method.service == "sluice.v1.ModerationService" ? v1::SCOPE_CHECK
        : method.service == "sluice.v1.ReviewService"     ? v1::SCOPE_REVIEW
        : method.service == "sluice.v1.RulesetService"    ? v1::SCOPE_RULES
        : method.service == "sluice.v1.LearningService"   ? v1::SCOPE_RULES
                                                          : v1::SCOPE_ADMIN;
    EXPECT_EQ(method.scope, scope) << method.method;
  }
}

}  // namespace
}  // namespace sluice::rpc
