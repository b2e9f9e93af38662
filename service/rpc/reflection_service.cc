// grpc.reflection.v1. It asks for no key: what it tells is this program's API,
// which is the same everywhere.

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "grpc/reflection/v1/reflection.grpc.pb.h"
#include "service/rpc/methods.h"
#include "service/rpc/services.h"

namespace sluice::rpc {
namespace {

namespace v1r = grpc::reflection::v1;
using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;

constexpr const char* kOthers[] = {"grpc.health.v1.Health",
                                   "grpc.reflection.v1.ServerReflection",
                                   "grpc.reflection.v1alpha.ServerReflection"};

void ListServices(v1r::ServerReflectionResponse* response) {
  std::set<std::string> names(std::begin(kOthers), std::end(kOthers));
  for (const MethodAccess& method : Methods()) names.emplace(method.service);
  for (const std::string& name : names)
    response->mutable_list_services_response()->add_service()->set_name(name);
}

void NotFound(v1r::ServerReflectionResponse* response) {
  v1r::ErrorResponse* error = response->mutable_error_response();
  error->set_error_code(grpc::StatusCode::NOT_FOUND);
  error->set_error_message("this server has no such thing");
}

// The file, and what it imports, each once; bounded by the files of this
// program.
void AddFile(const FileDescriptor* file,
             v1r::ServerReflectionResponse* response) {
  if (file == nullptr) return NotFound(response);
  std::vector<const FileDescriptor*> queue = {file};
  std::set<const FileDescriptor*> seen = {file};
  for (size_t next = 0; next < queue.size(); ++next) {
    google::protobuf::FileDescriptorProto proto;
    queue[next]->CopyTo(&proto);
    *response->mutable_file_descriptor_response()->add_file_descriptor_proto() =
        proto.SerializeAsString();
    for (int i = 0; i < queue[next]->dependency_count(); ++i) {
      const FileDescriptor* imported = queue[next]->dependency(i);
      if (seen.insert(imported).second) queue.push_back(imported);
    }
  }
}

void AddNumbers(const std::string& type,
                v1r::ServerReflectionResponse* response) {
  const DescriptorPool* pool = DescriptorPool::generated_pool();
  const auto* message = pool->FindMessageTypeByName(type);
  if (message == nullptr) return NotFound(response);
  std::vector<const google::protobuf::FieldDescriptor*> extensions;
  pool->FindAllExtensions(message, &extensions);
  auto* numbers = response->mutable_all_extension_numbers_response();
  numbers->set_base_type_name(type);
  for (const auto* extension : extensions)
    numbers->add_extension_number(extension->number());
}

void Answer(const v1r::ServerReflectionRequest& request,
            v1r::ServerReflectionResponse* response) {
  using Request = v1r::ServerReflectionRequest;
  const DescriptorPool* pool = DescriptorPool::generated_pool();
  response->set_valid_host(request.host());
  *response->mutable_original_request() = request;
  switch (request.message_request_case()) {
    case Request::kListServices:
      return ListServices(response);
    case Request::kFileByFilename:
      return AddFile(pool->FindFileByName(request.file_by_filename()),
                     response);
    case Request::kFileContainingSymbol:
      return AddFile(
          pool->FindFileContainingSymbol(request.file_containing_symbol()),
          response);
    case Request::kFileContainingExtension: {
      const v1r::ExtensionRequest& wanted = request.file_containing_extension();
      const auto* message =
          pool->FindMessageTypeByName(wanted.containing_type());
      const auto* extension =
          message == nullptr
              ? nullptr
              : pool->FindExtensionByNumber(message, wanted.extension_number());
      return AddFile(extension == nullptr ? nullptr : extension->file(),
                     response);
    }
    case Request::kAllExtensionNumbersOfType:
      return AddNumbers(request.all_extension_numbers_of_type(), response);
    case Request::MESSAGE_REQUEST_NOT_SET:
      return NotFound(response);
  }
}

// One answer after the other, so that who does not read holds back only
// itself. Deletes itself.
class Reflector final
    : public grpc::ServerBidiReactor<v1r::ServerReflectionRequest,
                                     v1r::ServerReflectionResponse> {
 public:
  Reflector() { StartRead(&request_); }
  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    response_.Clear();
    Answer(request_, &response_);
    StartWrite(&response_);
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::CANCELLED);
    StartRead(&request_);
  }
  void OnDone() override { delete this; }

 private:
  v1r::ServerReflectionRequest request_;
  v1r::ServerReflectionResponse response_;
};

class ReflectionServiceImpl final
    : public v1r::ServerReflection::CallbackService {
 public:
  grpc::ServerBidiReactor<v1r::ServerReflectionRequest,
                          v1r::ServerReflectionResponse>*
  ServerReflectionInfo(grpc::CallbackServerContext*) override {
    return new Reflector;
  }
};

}  // namespace

std::unique_ptr<grpc::Service> MakeReflectionService() {
  return std::make_unique<ReflectionServiceImpl>();
}

}  // namespace sluice::rpc
