// Each connection is a chain of asynchronous steps on a strand of its own: read
// the headers, then the body, hand the request over, write what came back, and
// begin again. While a request is at work nothing more is read of its
// connection, so that answers keep the order of requests and a client cannot
// pile up work.

#include "service/gateway/http_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <list>
#include <optional>
#include <thread>
#include <vector>

#include "service/base/mutex.h"

namespace sluice::gateway {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace net = boost::asio;
using Error = boost::system::error_code;
using net::ip::tcp;

std::string ToString(boost::string_view text) {
  return {text.data(), text.size()};
}

HttpRequest Take(http::request<http::string_body> message, std::string peer) {
  HttpRequest request;
  request.method = ToString(message.method_string());
  const std::string target = ToString(message.target());
  const size_t question = std::min(target.find('?'), target.size());
  request.path = target.substr(0, question);
  request.query = target.substr(std::min(question + 1, target.size()));
  for (const auto& field : message)
    request.headers.emplace_back(ToString(field.name_string()),
                                 ToString(field.value()));
  request.body = std::move(message.body());
  request.peer = std::move(peer);
  return request;
}

// No header of ours may end early and begin another one.
std::string OneLine(std::string_view value) {
  std::string out(value);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return out;
}

// Connections past max_connections while those that make room are closed.
constexpr size_t kMaxOver = 16;

// What is read of a request that was refused, so that its sender reads the
// answer before the connection is reset.
constexpr int kMaxLingerReads = 256;
constexpr size_t kLingerBytes = 16 << 10;
constexpr std::chrono::seconds kLingerTime{2};

HttpResponse Plain(http::status status, std::string_view text) {
  HttpResponse response;
  response.status = static_cast<int>(status);
  response.body = std::string(text);
  return response;
}

}  // namespace

class HttpServer::Impl : public std::enable_shared_from_this<Impl> {
 public:
  class Connection;
  using Place = std::list<std::shared_ptr<Connection>>::iterator;

  Impl(const HttpServerOptions& options, HttpHandler handler)
      : options_(options),
        handler_(std::move(handler)),
        io_(options.threads),
        acceptor_(net::make_strand(io_)) {}

  absl::StatusOr<std::string> Listen();
  void Run() {
    Accept();
    for (int i = 0; i < options_.threads; ++i)
      threads_.emplace_back([this] { io_.run(); });
  }
  void Stop(std::chrono::milliseconds at_most);

  const HttpServerOptions& options() const { return options_; }
  const HttpHandler& handler() const { return handler_; }
  bool stopping() const { return stopping_; }
  bool stopped() const { return stopped_; }
  void Remove(Place place);
  // It waits for a request from now on, longest of all last.
  void Waits(Place place);

 private:
  void Accept();
  void Add(tcp::socket socket);

  const HttpServerOptions options_;
  const HttpHandler handler_;
  net::io_context io_;
  tcp::acceptor acceptor_;
  std::vector<std::thread> threads_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> stopped_{false};  // no thread runs what is posted any more
  Mutex mutex_;
  CondVar changed_;
  // Those that have waited longest for a request are first.
  std::list<std::shared_ptr<Connection>> connections_ SLUICE_GUARDED_BY(mutex_);
};

class HttpServer::Impl::Connection
    : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Impl> server, tcp::socket socket)
      : server_(std::move(server)), stream_(std::move(socket)) {
    Error error;
    const tcp::endpoint end = stream_.socket().remote_endpoint(error);
    if (!error) peer_ = end.address().to_string();
    stream_.socket().set_option(tcp::no_delay(true), error);
  }

  void Begin(Place place) {
    place_ = place;
    net::dispatch(stream_.get_executor(),
                  [self = shared_from_this()] { self->ReadHeader(); });
  }

  // Ends it if it waits for a request.
  void CloseIfWaiting() {
    net::post(stream_.get_executor(), [self = shared_from_this()] {
      if (self->waiting_) self->Close();
    });
  }
  // REQUIRES: no thread of the server runs.
  void Close() {
    Error error;
    stream_.socket().shutdown(tcp::socket::shutdown_both, error);
    stream_.close();
  }
  bool waiting() const { return waiting_; }

 private:
  void ReadHeader() {
    if (server_->stopping()) return End();
    parser_.emplace();
    parser_->header_limit(
        static_cast<uint32_t>(server_->options().max_header_bytes));
    parser_->body_limit(server_->options().max_body_bytes);
    waiting_ = true;
    server_->Waits(place_);
    stream_.expires_after(server_->options().read_timeout);
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = shared_from_this()](Error error, size_t) {
                              self->waiting_ = false;
                              if (error) return self->Refuse(error);
                              self->OnHeader();
                            });
  }

  void OnHeader() {
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    const auto expect = parser_->get()[http::field::expect];
    if (!beast::iequals(expect, "100-continue")) return ReadBody();
    stream_.expires_after(server_->options().write_timeout);
    net::async_write(stream_, net::buffer(kContinue.data(), kContinue.size()),
                     [self = shared_from_this()](Error error, size_t) {
                       if (error) return self->End();
                       self->ReadBody();
                     });
  }

  void ReadBody() {
    stream_.expires_after(server_->options().read_timeout);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](Error error, size_t) {
                       if (error) return self->Refuse(error);
                       self->Hand();
                     });
  }

  void Hand() {
    stream_.expires_never();
    keep_alive_ = parser_->get().keep_alive();
    version_ = parser_->get().version();
    server_->handler()(Take(parser_->release(), peer_),
                       [self = shared_from_this()](HttpResponse response) {
                         if (self->server_->stopped()) return;
                         net::post(
                             self->stream_.get_executor(),
                             [self, response = std::move(response)]() mutable {
                               self->Write(std::move(response));
                             });
                       });
  }

  void Write(HttpResponse answer) {
    response_.emplace(static_cast<http::status>(answer.status), version_);
    response_->set(http::field::server, "sluice");
    if (!answer.content_type.empty())
      response_->set(http::field::content_type, OneLine(answer.content_type));
    for (const auto& [name, value] : answer.headers)
      response_->insert(OneLine(name), OneLine(value));
    response_->body() = std::move(answer.body);
    response_->keep_alive(keep_alive_ && !server_->stopping());
    response_->prepare_payload();
    stream_.expires_after(server_->options().write_timeout);
    http::async_write(stream_, *response_,
                      [self = shared_from_this()](Error error, size_t) {
                        if (error) return self->End();
                        if (self->refused_) return self->Linger();
                        if (!self->response_->keep_alive()) return self->End();
                        self->ReadHeader();
                      });
  }

  void Linger() {
    Error ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.expires_after(kLingerTime);
    Swallow(kMaxLingerReads);
  }

  void Swallow(int reads) {
    buffer_.clear();
    stream_.async_read_some(
        buffer_.prepare(kLingerBytes),
        [self = shared_from_this(), reads](Error error, size_t) {
          if (error || reads == 0) return self->End();
          self->Swallow(reads - 1);
        });
  }

  // What could not be read as a request.
  void Refuse(Error error) {
    keep_alive_ = false;
    refused_ = true;
    if (error == http::error::body_limit)
      return Write(
          Plain(http::status::payload_too_large, "the body is too large\n"));
    if (error == http::error::header_limit ||
        error == http::error::buffer_overflow)
      return Write(Plain(http::status::request_header_fields_too_large,
                         "the headers are too large\n"));
    const bool is_http =
        error.category() ==
        http::make_error_code(http::error::bad_value).category();
    if (is_http && error != http::error::end_of_stream &&
        error != http::error::partial_message)
      return Write(Plain(http::status::bad_request, "this is not HTTP\n"));
    End();
  }

  void End() {
    Error ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.close();
    if (!ended_) server_->Remove(place_);
    ended_ = true;
  }

  const std::shared_ptr<Impl> server_;  // before the stream: it has its threads
  beast::tcp_stream stream_;
  Place place_;
  std::string peer_;
  beast::flat_buffer buffer_{128 << 10};
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<http::response<http::string_body>> response_;
  std::atomic<bool> waiting_{false};
  bool keep_alive_ = false;
  bool refused_ = false;
  bool ended_ = false;
  unsigned version_ = 11;
};

absl::StatusOr<std::string> HttpServer::Impl::Listen() {
  const std::string& listen = options_.listen;
  const size_t colon = listen.rfind(':');
  std::string host = listen.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  if (host.size() > 2 && host.front() == '[')
    host = host.substr(1, host.size() - 2);
  Error error;
  const net::ip::address address = net::ip::make_address(host, error);
  const bool digits =
      colon != listen.npos && colon + 1 < listen.size() &&
      listen.size() - colon <= 6 &&
      listen.find_first_not_of("0123456789", colon + 1) == listen.npos;
  const int port = digits ? std::stoi(listen.substr(colon + 1)) : 65'536;
  if (error || port > 65'535) {
    return absl::InvalidArgumentError(fmt::format(
        "http.listen: '{}' is not address:port, as 127.0.0.1:7712", listen));
  }
  const tcp::endpoint endpoint(address, static_cast<uint16_t>(port));
  acceptor_.open(endpoint.protocol(), error);
  if (!error)
    acceptor_.set_option(net::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(net::socket_base::max_listen_connections, error);
  if (error) {
    return absl::UnavailableError(fmt::format(
        "http.listen: cannot listen on {}: {}", listen, error.message()));
  }
  return fmt::format("{}:{}", listen.substr(0, colon),
                     acceptor_.local_endpoint().port());
}

void HttpServer::Impl::Accept() {
  acceptor_.async_accept(
      net::make_strand(io_),
      [self = shared_from_this()](Error error, tcp::socket socket) {
        if (error == net::error::operation_aborted || self->stopping_) return;
        if (!error) self->Add(std::move(socket));
        self->Accept();
      });
}

void HttpServer::Impl::Add(tcp::socket socket) {
  auto connection =
      std::make_shared<Connection>(shared_from_this(), std::move(socket));
  std::shared_ptr<Connection> evicted;
  Place place;
  {
    const MutexLock lock(&mutex_);
    const auto max = static_cast<size_t>(options_.max_connections);
    if (connections_.size() >= max) {
      const auto waits =
          std::find_if(connections_.begin(), connections_.end(),
                       [](const auto& other) { return other->waiting(); });
      // Its place is free once it is closed; until then there is one too many.
      if (waits == connections_.end() || connections_.size() >= max + kMaxOver)
        return connection->Close();
      evicted = *waits;
    }
    place = connections_.insert(connections_.end(), connection);
  }
  if (evicted != nullptr) evicted->CloseIfWaiting();
  connection->Begin(place);
}

void HttpServer::Impl::Waits(Place place) {
  const MutexLock lock(&mutex_);
  connections_.splice(connections_.end(), connections_, place);
}

void HttpServer::Impl::Remove(Place place) {
  const MutexLock lock(&mutex_);
  connections_.erase(place);
  changed_.NotifyAll();
}

void HttpServer::Impl::Stop(std::chrono::milliseconds at_most) {
  if (stopping_.exchange(true)) return;
  net::post(acceptor_.get_executor(), [self = shared_from_this()] {
    Error ignored;
    self->acceptor_.close(ignored);
  });
  const auto end = std::chrono::steady_clock::now() + at_most;
  {
    const MutexLock lock(&mutex_);
    for (const auto& connection : connections_) connection->CloseIfWaiting();
    while (!connections_.empty() && std::chrono::steady_clock::now() < end)
      changed_.WaitUntil(&mutex_, end);
  }
  stopped_ = true;
  io_.stop();
  for (std::thread& thread : threads_) thread.join();
  // What is left in the queue holds connections, and they hold the queue.
  std::list<std::shared_ptr<Connection>> left;
  {
    const MutexLock lock(&mutex_);
    left = connections_;
  }
  for (const auto& connection : left) connection->Close();
  io_.restart();
  io_.poll();
  const MutexLock lock(&mutex_);
  connections_.clear();
}

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(
    const HttpServerOptions& options, HttpHandler handler) {
  std::unique_ptr<HttpServer> server(new HttpServer);
  server->impl_ = std::make_shared<Impl>(options, std::move(handler));
  absl::StatusOr<std::string> address = server->impl_->Listen();
  if (!address.ok()) return address.status();
  server->address_ = *std::move(address);
  server->impl_->Run();
  return server;
}

HttpServer::~HttpServer() {
  if (impl_ != nullptr) impl_->Stop(std::chrono::milliseconds(0));
}

void HttpServer::Stop(std::chrono::milliseconds at_most) {
  impl_->Stop(at_most);
}

}  // namespace sluice::gateway
