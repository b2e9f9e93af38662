#include "service/rpc/gate.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <cassert>

#include "service/base/resource_name.h"
#include "service/rpc/status.h"

namespace sluice::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::string_view kBearer = "Bearer ";
constexpr char kAuthorization[] = "authorization";
constexpr char kTraceParent[] = "traceparent";
constexpr std::chrono::milliseconds kTooManyAtWork{200};

bool IsHex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string_view View(const grpc::string_ref& text) {
  return {text.data(), text.size()};
}

// Calls `allow` with every value at the path; stops at the first error.
template <typename AllowName>
absl::Status ForEachName(const Message& message,
                         const std::vector<const FieldDescriptor*>& path,
                         size_t at, const AllowName& allow) {
  const FieldDescriptor* field = path[at];
  const auto* reflection = message.GetReflection();
  const bool last = at + 1 == path.size();
  std::string scratch;
  if (!field->is_repeated()) {
    // An unset field of a oneof reads as empty.
    if (last)
      return allow(reflection->GetStringReference(message, field, &scratch));
    if (!reflection->HasField(message, field)) return absl::OkStatus();
    return ForEachName(reflection->GetMessage(message, field), path, at + 1,
                       allow);
  }
  const int size = reflection->FieldSize(message, field);
  for (int i = 0; i < size; ++i) {
    absl::Status status =
        last ? allow(reflection->GetRepeatedStringReference(message, field, i,
                                                            &scratch))
             : ForEachName(reflection->GetRepeatedMessage(message, field, i),
                           path, at + 1, allow);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

std::vector<const FieldDescriptor*> PathOf(
    const google::protobuf::Descriptor* message, std::string_view names) {
  std::vector<const FieldDescriptor*> path;
  while (!names.empty()) {
    const size_t dot = std::min(names.find('.'), names.size());
    const FieldDescriptor* field =
        message->FindFieldByName(std::string(names.substr(0, dot)));
    assert(field != nullptr);
    path.push_back(field);
    message = field->message_type();
    names.remove_prefix(std::min(dot + 1, names.size()));
  }
  return path;
}

absl::Status NoScope(v1::Scope scope) {
  return WithReason(
      absl::PermissionDeniedError(
          "the key does not have the scope " +
          v1::Scope_Name(scope).substr(std::string_view("SCOPE_").size())),
      "SCOPE_MISSING");
}

absl::Status NotThisSite() {
  return WithReason(absl::PermissionDeniedError("the key is not for this site"),
                    "SITE_NOT_ALLOWED");
}

absl::Status Slower(std::chrono::milliseconds wait) {
  return Overloaded("the key has used up its calls for now", wait);
}

}  // namespace

std::string_view TraceIdOf(std::string_view traceparent) {
  constexpr size_t kLength = 55;  // 00-{32}-{16}-{2}
  if (traceparent.size() < kLength || traceparent[2] != '-' ||
      traceparent[35] != '-' || traceparent[52] != '-')
    return {};
  const std::string_view version = traceparent.substr(0, 2);
  const bool longer = traceparent.size() > kLength;
  if (!IsHex(version) || version == "ff" ||
      (longer && (version == "00" || traceparent[kLength] != '-')))
    return {};
  const std::string_view id = traceparent.substr(3, 32);
  const std::string_view parent = traceparent.substr(36, 16);
  if (!IsHex(id) || !IsHex(parent) || !IsHex(traceparent.substr(53, 2)) ||
      id.find_first_not_of('0') == id.npos ||
      parent.find_first_not_of('0') == parent.npos)
    return {};
  return id;
}

Gate::Gate(const access::KeyRing* keys, Metrics* metrics)
    : keys_(*keys), metrics_(metrics) {
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  const std::vector<MethodAccess>& all = Methods();
  for (size_t index = 0; index < all.size(); ++index) {
    Entry entry{&all[index], index, {}};
    const auto* method = pool->FindMethodByName(
        std::string(all[index].service) + "." + std::string(all[index].method));
    assert(method != nullptr);
    for (const std::string_view names : all[index].names) {
      entry.paths.push_back(PathOf(method->input_type(), names));
      const FieldDescriptor* first = entry.paths.back().front();
      if (all[index].scope == v1::SCOPE_CHECK && first->is_repeated())
        entry.batch = first;
    }
    methods_.emplace(all[index].method, std::move(entry));
  }
  by_index_.resize(all.size());
  for (const auto& [name, entry] : methods_) by_index_[entry.index] = &entry;
}

absl::Status Gate::Identify(const grpc::CallbackServerContext& context,
                            Visit* visit, access::Caller* caller) const {
  std::string_view key;
  const auto& metadata = context.client_metadata();
  const auto [first, last] = metadata.equal_range(kAuthorization);
  if (first != last) {
    key = View(first->second);
    // Two of them: whoever stands in between and the server might each look at
    // another one.
    if (std::next(first) != last || key.substr(0, kBearer.size()) != kBearer ||
        key.size() == kBearer.size()) {
      return WithReason(
          absl::UnauthenticatedError(
              "the metadata `authorization` is not one `Bearer KEY`"),
          "KEY_INVALID");
    }
    key.remove_prefix(kBearer.size());
  }
  const auto trace = metadata.find(kTraceParent);
  if (trace != metadata.end())
    visit->trace = std::string(TraceIdOf(View(trace->second)));
  absl::StatusOr<access::Caller> found = keys_.Identify(key);
  if (!found.ok()) {
    return WithReason(found.status(),
                      key.empty() ? "KEY_MISSING" : "KEY_INVALID");
  }
  *caller = *std::move(found);
  return absl::OkStatus();
}

absl::Status Gate::Enter(std::string_view method,
                         const grpc::CallbackServerContext& context,
                         Visit* visit) const {
  visit->begin = std::chrono::steady_clock::now();
  visit->name = method;
  if (metrics_ != nullptr) metrics_->CountBegun();
  const auto found = methods_.find(method);
  if (found == methods_.end())
    return absl::PermissionDeniedError("this method is for nobody");
  visit->method = found->second.index;
  const MethodAccess& access = *found->second.access;
  access::Caller caller;
  if (absl::Status status = Identify(context, visit, &caller); !status.ok())
    return status;
  if (access.scope != v1::SCOPE_UNSPECIFIED && !caller.MayUse(access.scope))
    return NoScope(access.scope);
  if (access.sites == SiteRule::kAll && !caller.MayUseAllSites()) {
    return WithReason(
        absl::PermissionDeniedError("this needs a key for all sites"),
        "SITE_NOT_ALLOWED");
  }
  // What waited too long for its turn is worth nothing to the caller any more.
  if (context.deadline() <= std::chrono::system_clock::now())
    return absl::DeadlineExceededError("the deadline had passed already");
  if (access::Limiter* limiter = caller.limiter(); limiter != nullptr) {
    if (!limiter->Enter()) {
      return Overloaded("the key has too many calls at work", kTooManyAtWork);
    }
    visit->permit = access::Permit(std::move(caller));
    if (const auto wait = limiter->Take(1, visit->begin); wait.has_value())
      return Slower(*wait);
  }
  return absl::OkStatus();
}

absl::Status Gate::Allow(const Visit& visit, const Message& request) const {
  const access::Caller& caller = visit.caller();
  if (!caller.has_key()) return absl::OkStatus();
  if (caller.ended()) {
    return WithReason(absl::UnauthenticatedError("the key is not valid"),
                      "KEY_INVALID");
  }
  const Entry& entry = *by_index_[visit.method];
  if (!caller.MayUseAllSites()) {
    for (const Path& path : entry.paths) {
      absl::Status status =
          ForEachName(request, path, 0, [&](const std::string& name) {
            // What names nothing is the handler's to refuse, and it tells
            // nothing.
            const ResourceName parsed = ParseResourceName(name);
            return !parsed.valid || caller.MayUseSite(parsed.site)
                       ? absl::OkStatus()
                       : NotThisSite();
          });
      if (!status.ok()) return status;
    }
  }
  if (entry.batch == nullptr) return absl::OkStatus();
  const int size = request.GetReflection()->FieldSize(request, entry.batch);
  if (size <= 1) return absl::OkStatus();
  const auto wait = caller.limiter()->Take(static_cast<uint32_t>(size - 1),
                                           std::chrono::steady_clock::now());
  return wait.has_value() ? Slower(*wait) : absl::OkStatus();
}

absl::Status Gate::AllowNext(const Visit& visit, const Message& request) const {
  absl::Status status = Allow(visit, request);
  access::Limiter* limiter = visit.caller().limiter();
  if (!status.ok() || limiter == nullptr) return status;
  const auto wait = limiter->Take(1, std::chrono::steady_clock::now());
  return wait.has_value() ? Slower(*wait) : absl::OkStatus();
}

void Gate::Leave(const Visit& visit, const absl::Status& status,
                 LogFields notes) const {
  const auto took = std::chrono::steady_clock::now() - visit.begin;
  if (metrics_ != nullptr)
    metrics_->CountCall(visit.method, status.code(), took);
  const bool ours = absl::IsInternal(status) || absl::IsUnavailable(status);
  const v1::LogConfig::Level level =
      ours ? v1::LogConfig::LEVEL_ERROR : v1::LogConfig::LEVEL_INFO;
  if (!WouldLog(level)) return;
  LogFields fields;
  fields.reserve(notes.size() + 5);
  fields.emplace_back("method", visit.name);
  fields.emplace_back("code", absl::StatusCodeToString(status.code()));
  for (auto& note : notes) fields.push_back(std::move(note));
  if (visit.caller().has_key()) fields.emplace_back("key", visit.caller().id());
  if (!visit.trace.empty()) fields.emplace_back("trace", visit.trace);
  const auto micros =
      std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  fields.emplace_back("us", std::to_string(micros));
  Log(level, "call", fields);
}

}  // namespace sluice::rpc
