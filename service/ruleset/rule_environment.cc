#include <algorithm>

#include "service/ruleset/cel/message.h"
#include "service/ruleset/compiled_rules.h"
#include "service/ruleset/rule_trial.h"

namespace sluice::ruleset {
namespace {

const cel::StructType* RuleType() {
  static const cel::StructType type{"Rule", {{"hit", cel::Type::Bool()}}};
  return &type;
}

class RuleObject final : public cel::Object {
 public:
  explicit RuleObject(bool hit) : hit_(hit) {}
  const cel::StructType& type() const override { return *RuleType(); }
  cel::Value Get(size_t, cel::Arena*) const override {
    return cel::Value::Bool(hit_);
  }

 private:
  const bool hit_;
};

cel::Value RuleOf(const cel::Value* arguments, size_t,
                  cel::CallContext& context) {
  const auto* host = static_cast<const Host*>(context.host);
  const auto found = host->compiled->by_id.find(arguments[0].text());
  const bool hit =
      found != host->compiled->by_id.end() && (*host->hits)[found->second] != 0;
  return cel::Value::OfObject(context.arena.New<RuleObject>(hit));
}

}  // namespace

NamedList::NamedList(const std::string& file, std::vector<std::string> entries)
    : entries_(std::move(entries)) {
  const size_t slash = file.rfind('/') + 1;
  name_ = "lists." + file.substr(slash, file.rfind('.') - slash);
  std::replace(name_.begin(), name_.end(), '-', '_');
  std::sort(entries_.begin(), entries_.end());
}

std::optional<bool> NamedList::Contains(const cel::Value& value) const {
  if (!value.is(cel::Kind::kString)) return std::nullopt;
  return std::binary_search(entries_.begin(), entries_.end(), value.text(),
                            std::less<>());
}

std::unique_ptr<cel::Environment> MakeEnvironment(
    const std::vector<std::unique_ptr<NamedList>>& lists) {
  auto environment = std::make_unique<cel::Environment>(
      cel::EnvironmentOptions{.container = "sluice.v1"});
  environment->AddVariable("comment",
                           cel::Type::Message(v1::Comment::descriptor()));
  environment->AddVariable("signals",
                           cel::Type::Message(v1::Signals::descriptor()));
  environment->AddVariable("site", cel::Type::String());
  environment->AddVariable("now", cel::Type::Timestamp(),
                           /*time_dependent=*/true);
  environment->AddVariable("rules.score", cel::Type::Double());
  for (const auto& list : lists) {
    environment->AddConstant(list->name(), cel::Type::List(cel::Type::String()),
                             cel::Value::OfList(list.get()));
  }
  const cel::StructType* rule = environment->AddStruct(*RuleType());
  environment->AddFunction("rule", {cel::Type::String()},
                           cel::Type::Object(rule), RuleOf,
                           {.literal_arguments = true});
  return environment;
}

}  // namespace sluice::ruleset
