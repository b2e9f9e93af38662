#include "service/gateway/gateway.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "service/gateway/akismet.h"
#include "service/gateway/blogspam.h"
#include "service/gateway/callers.h"
#include "service/gateway/connect.h"
#include "service/gateway/http_server.h"

namespace sluice::gateway {
namespace {

constexpr uint32_t kMaxConnections = 1024;
constexpr uint32_t kMaxBodyBytes = 1 << 20;

bool IsLoopback(std::string_view listen) {
  const std::string_view host = listen.substr(0, listen.rfind(':'));
  return host == "localhost" || host == "[::1]" || host.substr(0, 4) == "127.";
}

absl::Status CheckConfig(const v1::HttpConfig& config) {
  if (!config.insecure() && !IsLoopback(config.listen())) {
    return absl::InvalidArgumentError(fmt::format(
        "http.listen: {} is reachable from other machines and HTTP is not "
        "encrypted; listen on 127.0.0.1 and let a proxy with TLS stand in "
        "front, or say `http: {{insecure: true}}`",
        config.listen()));
  }
  const std::string& prefix = config.path_prefix();
  if (!prefix.empty() && (prefix.front() != '/' || prefix.back() == '/')) {
    return absl::InvalidArgumentError(fmt::format(
        "http.path_prefix: '{}' does not begin with / or ends with it",
        prefix));
  }
  return absl::OkStatus();
}

HttpResponse Error(int status, std::string_view text) {
  HttpResponse response;
  response.status = status;
  response.body = std::string(text);
  return response;
}

// What a page may then read of an answer.
void AllowOrigin(const std::string& origin, HttpResponse* response) {
  response->headers.emplace_back("Access-Control-Allow-Origin", origin);
  response->headers.emplace_back("Access-Control-Expose-Headers",
                                 "Content-Encoding, Retry-After");
  response->headers.emplace_back("Vary", "Origin");
}

// What a browser asks before it lets a page call.
HttpResponse Preflight() {
  HttpResponse response;
  response.status = 204;
  response.content_type.clear();
  response.headers = {
      {"Access-Control-Allow-Methods", "POST"},
      {"Access-Control-Allow-Headers",
       "Authorization, Content-Type, Content-Encoding, "
       "Connect-Protocol-Version, Connect-Timeout-Ms, Traceparent, "
       "X-User-Agent"},
      {"Access-Control-Max-Age", "7200"}};
  return response;
}

}  // namespace

bool IsOriginAllowed(const v1::HttpConfig& config, std::string_view origin) {
  if (origin.empty()) return true;
  return std::any_of(config.origins().begin(), config.origins().end(),
                     [origin](const std::string& allowed) {
                       return allowed == "*" || SameName(allowed, origin);
                     });
}

std::string_view WithoutPrefix(std::string_view prefix, std::string_view path) {
  if (path.substr(0, prefix.size()) != prefix) return {};
  path.remove_prefix(prefix.size());
  return !path.empty() && path.front() == '/' ? path : std::string_view();
}

class Gateway::Impl {
 public:
  Impl(const v1::ServerConfig* config, Upstream* upstream, const Clock* clock,
       GatewayKeys keys)
      : config_(*config),
        callers_(config, upstream),
        akismet_({config, upstream, &callers_, clock,
                  std::move(keys.comment_id), std::move(keys.seal)}),
        blogspam_(&akismet_),
        connect_(config, upstream) {}

  absl::Status Start() {
    HttpServerOptions options;
    const v1::HttpConfig& http = config_.http();
    options.listen = http.listen();
    options.max_connections = static_cast<int>(
        http.max_connections() > 0 ? http.max_connections() : kMaxConnections);
    options.max_body_bytes =
        http.max_body_bytes() > 0 ? http.max_body_bytes() : kMaxBodyBytes;
    absl::StatusOr<std::unique_ptr<HttpServer>> server =
        HttpServer::Start(options, [this](HttpRequest request, HttpDone done) {
          Handle(std::move(request), std::move(done));
        });
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    return absl::OkStatus();
  }

  HttpServer* server() { return server_.get(); }

 private:
  bool IsOpen(v1::HttpConfig::Door door) const {
    const auto& doors = config_.http().doors();
    return doors.empty() ||
           std::find(doors.begin(), doors.end(), door) != doors.end();
  }

  void Handle(HttpRequest request, HttpDone done) {
    const std::string origin(request.Header("origin"));
    // A page that someone on this machine looks at must not speak for them:
    // browsers tell where a request came from.
    if (!IsOriginAllowed(config_.http(), origin))
      return done(Error(403, "this origin may not call; see http.origins\n"));
    if (!origin.empty()) {
      done = [origin, done = std::move(done)](HttpResponse response) {
        AllowOrigin(origin, &response);
        done(std::move(response));
      };
      if (request.method == "OPTIONS") return done(Preflight());
    }
    Route(std::move(request), std::move(done));
  }

  void Route(HttpRequest request, HttpDone done) {
    const std::string path(
        WithoutPrefix(config_.http().path_prefix(), request.path));
    const std::string_view endpoint = AkismetDoor::EndpointOf(path);
    if (!endpoint.empty() && IsOpen(v1::HttpConfig::DOOR_AKISMET))
      return akismet_.Handle(endpoint, request, std::move(done));
    if (ConnectDoor::IsItsPath(path) && IsOpen(v1::HttpConfig::DOOR_CONNECT))
      return connect_.Handle(path, std::move(request), std::move(done));
    if (BlogSpamDoor::IsItsPath(path) && IsOpen(v1::HttpConfig::DOOR_BLOGSPAM))
      return blogspam_.Handle(path, request, std::move(done));
    done(Error(404, "there is no such path\n"));
  }

  const v1::ServerConfig& config_;
  const Callers callers_;
  AkismetDoor akismet_;
  BlogSpamDoor blogspam_;
  ConnectDoor connect_;
  std::unique_ptr<HttpServer> server_;  // last: it uses all of the above
};

Gateway::Gateway() = default;
Gateway::~Gateway() = default;

absl::StatusOr<std::unique_ptr<Gateway>> Gateway::Start(
    const v1::ServerConfig* config, Upstream* upstream, const Clock* clock,
    GatewayKeys keys) {
  if (absl::Status status = CheckConfig(config->http()); !status.ok())
    return status;
  std::unique_ptr<Gateway> gateway(new Gateway);
  gateway->impl_ =
      std::make_unique<Impl>(config, upstream, clock, std::move(keys));
  if (absl::Status status = gateway->impl_->Start(); !status.ok())
    return status;
  return gateway;
}

const std::string& Gateway::address() const {
  return impl_->server()->address();
}

void Gateway::Stop(std::chrono::milliseconds at_most) {
  impl_->server()->Stop(at_most);
}

}  // namespace sluice::gateway
