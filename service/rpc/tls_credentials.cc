#include "service/rpc/tls_credentials.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>

#include <chrono>
#include <optional>
#include <string>

#include "service/base/mutex.h"
#include "service/rpc/tls_files.h"

namespace sluice::rpc {
namespace {

class TlsCredentials final : public grpc::ServerCredentials {
 public:
  explicit TlsCredentials(const v1::TlsConfig& config)
      : config_(config),
        credentials_(grpc_ssl_server_credentials_create_with_options(
            grpc_ssl_server_credentials_create_options_using_config_fetcher(
                config.client_ca_file().empty()
                    ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                    : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY,
                &TlsCredentials::Fetch, this))) {}
  ~TlsCredentials() override { grpc_server_credentials_release(credentials_); }

  void SetAuthMetadataProcessor(
      const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address,
                      grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  // gRPC asks as each connection begins, on any thread.
  static grpc_ssl_certificate_config_reload_status Fetch(
      void* self, grpc_ssl_server_certificate_config** out) {
    return static_cast<TlsCredentials*>(self)->FetchIfChanged(out);
  }

  grpc_ssl_certificate_config_reload_status FetchIfChanged(
      grpc_ssl_server_certificate_config** out) {
    using Clock = std::chrono::steady_clock;
    constexpr std::chrono::seconds kEvery{1};
    const MutexLock lock(&mutex_);
    const Clock::time_point now = Clock::now();
    if (known_.has_value() && now - looked_ < kEvery)
      return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    looked_ = now;
    absl::StatusOr<TlsFiles> files = ReadTlsFiles(config_);
    if (!files.ok()) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_FAIL;
    if (known_.has_value() && known_->cert == files->cert &&
        known_->key == files->key && known_->client_ca == files->client_ca)
      return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    const grpc_ssl_pem_key_cert_pair pair = {files->key.c_str(),
                                             files->cert.c_str()};
    // gRPC takes no config without roots, though it looks at them only if
    // callers are asked for certificates: any will do then.
    const std::string& roots =
        files->client_ca.empty() ? files->cert : files->client_ca;
    *out = grpc_ssl_server_certificate_config_create(roots.c_str(), &pair, 1);
    known_ = *std::move(files);
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }

  const v1::TlsConfig config_;
  Mutex mutex_;
  std::optional<TlsFiles> known_ SLUICE_GUARDED_BY(mutex_);
  std::chrono::steady_clock::time_point looked_ SLUICE_GUARDED_BY(mutex_);
  grpc_server_credentials* const credentials_;  // last: it may ask at once
};

}  // namespace

std::shared_ptr<grpc::ServerCredentials> MakeTlsCredentials(
    const v1::TlsConfig& config) {
  return std::make_shared<TlsCredentials>(config);
}

}  // namespace sluice::rpc
