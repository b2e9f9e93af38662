// sluice key: who may call.

#include <fmt/format.h>

#include <ostream>

#include "client/commands.h"
#include "client/print.h"

namespace sluice::client {
namespace {

std::string ScopeWords(const google::protobuf::RepeatedField<int>& scopes) {
  std::vector<std::string> words;
  for (const int scope : scopes) {
    std::string word = v1::Scope_Name(static_cast<v1::Scope>(scope))
                           .substr(std::string_view("SCOPE_").size());
    for (char& c : word) c = static_cast<char>(c - 'A' + 'a');
    words.push_back(std::move(word));
  }
  return fmt::format("{}", fmt::join(words, ","));
}

template <typename Message>
std::string SiteWords(const Message& message) {
  return message.all_sites()
             ? "all sites"
             : fmt::format("{}", fmt::join(message.sites(), ","));
}

std::string StateOf(const v1::Key& key) {
  if (key.has_revoke_time()) return "revoked";
  if (!key.has_expire_time()) return "valid";
  const int64_t left = key.expire_time().seconds() - NowSeconds();
  return left > 0 ? fmt::format("expires in {}", Age(left)) : "expired";
}

std::string KeyLine(const v1::Key& key) {
  const std::string used =
      key.has_last_used_time()
          ? fmt::format("used {} ago",
                        Age(NowSeconds() - key.last_used_time().seconds()))
          : "never used";
  return fmt::format(
      "{}  {:<8}  {:<20}  {}  {}, {}{}{}\n", Visible(key.id(), false),
      StateOf(key), ScopeWords(key.scopes()), SiteWords(key), used,
      key.form() == v1::Key::FORM_AKISMET ? "akismet" : "token",
      key.label().empty() ? "" : ": ", Visible(key.label(), false));
}

}  // namespace

int KeyCreate(const Options& options, const KeyFlags& flags,
              const Streams& io) {
  v1::CreateKeyRequest request = flags.request;
  request.set_all_sites(flags.all_sites);
  for (const std::string& site : flags.sites) request.add_sites(site);
  if (!flags.all_sites && flags.sites.empty()) request.add_sites(options.site);
  if (flags.days > 0) {
    constexpr int64_t kDay = 86'400;
    request.mutable_expire_time()->set_seconds(NowSeconds() +
                                               flags.days * kDay);
  }
  Connection connection(options.server, options.timeout_seconds);
  v1::CreateKeyResponse response;
  if (absl::Status status = connection.CreateKey(request, &response);
      !status.ok())
    return Say(status, io);
  if (options.json) {
    io.out << Json(response, false);
    return kAccept;
  }
  io.err << fmt::format("key {} for {} of {}; it is shown this once:\n",
                        response.key().id(), ScopeWords(request.scopes()),
                        SiteWords(request));
  io.out << response.secret() << "\n";
  return kAccept;
}

int KeyList(const Options& options, const Streams& io) {
  Connection connection(options.server, options.timeout_seconds);
  v1::ListKeysResponse response;
  if (absl::Status status = connection.ListKeys({}, &response); !status.ok())
    return Say(status, io);
  if (options.json) {
    io.out << Json(response, false);
    return kAccept;
  }
  for (const v1::Key& key : response.keys()) io.out << KeyLine(key);
  if (response.keys().empty())
    io.out << "there are no keys; whoever reaches this server may do "
              "everything\n";
  return kAccept;
}

int KeyRevoke(const Options& options, const KeyFlags& flags,
              const Streams& io) {
  Connection connection(options.server, options.timeout_seconds);
  v1::RevokeKeyRequest request;
  request.set_id(flags.id);
  v1::RevokeKeyResponse response;
  if (absl::Status status = connection.RevokeKey(request, &response);
      !status.ok())
    return Say(status, io);
  io.out << (options.json ? Json(response, false) : KeyLine(response.key()));
  return kAccept;
}

int KeyWhoAmI(const Options& options, const Streams& io) {
  Connection connection(options.server, options.timeout_seconds);
  v1::GetCallerResponse response;
  if (absl::Status status = connection.Caller({}, &response); !status.ok())
    return Say(status, io);
  if (options.json) {
    io.out << Json(response, false);
    return kAccept;
  }
  io.out << fmt::format(
      "{}: {} of {}\n",
      response.id().empty() ? "no key is asked for" : "key " + response.id(),
      ScopeWords(response.scopes()), SiteWords(response));
  return kAccept;
}

}  // namespace sluice::client
