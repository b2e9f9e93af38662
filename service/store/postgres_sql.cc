#include "service/store/postgres_sql.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace sluice::store {
namespace {

constexpr std::string_view kEmptyBlob = "x''";
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Bytes of the UTF-8 sequence that begins at `at`; 0: it is none.
size_t SequenceAt(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
  };
  const auto tail = [&](size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const unsigned first = byte(0);
  if (first == 0) return 0;
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return tail(1) ? 2 : 0;
  if (first >= 0xe0 && first < 0xf0) {
    const bool overlong = first == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = first == 0xed && byte(1) >= 0xa0;
    return !overlong && !surrogate && tail(1) && tail(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first < 0xf5) {
    const bool overlong = first == 0xf0 && byte(1) < 0x90;
    const bool beyond = first == 0xf4 && byte(1) >= 0x90;
    return !overlong && !beyond && tail(1) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

// Errors that pass: connection, resources, a server's start and stop, locks,
// timeouts, a server that became a standby, failures of its disk.
bool CanPass(std::string_view state) {
  constexpr std::string_view kClasses[] = {"08", "53", "57", "58", "40", "F0"};
  constexpr std::string_view kStates[] = {"55P03", "25P03", "25P04",
                                          "25006", "28000", "28P01"};
  const auto begins = [&](std::string_view prefix) {
    return state.substr(0, prefix.size()) == prefix;
  };
  return state.empty() ||
         std::any_of(std::begin(kClasses), std::end(kClasses), begins) ||
         std::any_of(std::begin(kStates), std::end(kStates), begins);
}

}  // namespace

std::string PostgresSql(std::string_view sql) {
  std::string out;
  out.reserve(sql.size() + 16);
  int next = 0;
  bool quoted = false;
  for (size_t i = 0; i < sql.size(); ++i) {
    if (!quoted && sql.substr(i, kEmptyBlob.size()) == kEmptyBlob) {
      out += "'\\x'::bytea";
      i += kEmptyBlob.size() - 1;
      continue;
    }
    if (sql[i] == '\'') quoted = !quoted;
    if (sql[i] != '?' || quoted) {
      out += sql[i];
      continue;
    }
    out += '$';
    if (i + 1 < sql.size() && IsDigit(sql[i + 1])) continue;
    out += std::to_string(++next);
  }
  return out;
}

std::string PostgresText(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t length = SequenceAt(text, at);
    out += length == 0 ? kReplacement : text.substr(at, length);
    at += std::max<size_t>(length, 1);
  }
  return out;
}

bool EndsConnection(std::string_view state) {
  const std::string_view kind = state.substr(0, 2);
  return state.empty() || kind == "08" || state == "25P03" ||
         state == "25006" || (kind == "57" && state != "57014");
}

absl::Status PostgresError(std::string_view state, std::string_view message) {
  while (!message.empty() &&
         std::isspace(static_cast<unsigned char>(message.back())) != 0) {
    message.remove_suffix(1);
  }
  const std::string first(message.substr(0, message.find('\n')));
  const std::string text =
      state.empty() ? fmt::format("the database does not answer: {}", first)
                    : fmt::format("{} (PostgreSQL error {})", first, state);
  return CanPass(state) ? absl::UnavailableError(text)
                        : absl::InternalError(text);
}

}  // namespace sluice::store
