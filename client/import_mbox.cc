#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "client/import_formats.h"
#include "service/base/ascii.h"
#include "service/text/utf8.h"

namespace sluice::client {
namespace {

constexpr size_t kMaxHeaders = 64 << 10;  // bytes of one message's
constexpr size_t kMaxBody = 60'000;       // bytes of text that are kept
constexpr int kMaxParts = 3;              // multipart in multipart

std::string Unquoted(std::string_view text) {
  std::string out;
  const auto digit = [](char c) {
    const char lower = static_cast<char>(c | 0x20);
    return c >= '0' && c <= '9'           ? c - '0'
           : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10
                                          : -1;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out.push_back(text[i]);
    } else if (i + 1 < text.size() && text[i + 1] == '\n') {
      ++i;
    } else if (i + 2 < text.size() && digit(text[i + 1]) >= 0 &&
               digit(text[i + 2]) >= 0) {
      out.push_back(
          static_cast<char>(16 * digit(text[i + 1]) + digit(text[i + 2])));
      i += 2;
    } else {
      out.push_back('=');
    }
  }
  return out;
}

std::string UnBase64(std::string_view text) {
  static constexpr char kAlphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  uint32_t bits = 0;
  int held = 0;
  for (char c : text) {
    const char* at = c == '\0' ? nullptr : std::strchr(kAlphabet, c);
    if (at == nullptr) continue;
    bits = (bits << 6) | static_cast<uint32_t>(at - kAlphabet);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out.push_back(static_cast<char>(bits >> held & 0xFF));
  }
  return out;
}

// UTF-8 of what is UTF-8 or, as most old mail, Latin-1; without controls.
std::string Readable(std::string_view text) {
  const bool utf8 = text::IsValidUtf8(text);
  std::string out;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 && c != '\n' && c != '\t') continue;
    if (byte < 0x80 || utf8) {
      out.push_back(c);
    } else {
      text::AppendUtf8(byte, &out);
    }
  }
  return out;
}

// The value of a header, its folded lines joined; empty: there is none.
std::string HeaderOf(std::string_view headers, std::string_view name) {
  for (size_t at = 0; at < headers.size();) {
    size_t end = headers.find('\n', at);
    if (end == std::string_view::npos) end = headers.size();
    const std::string_view line = headers.substr(at, end - at);
    at = end + 1;
    if (line.size() <= name.size() || line[name.size()] != ':' ||
        LowerAscii(line.substr(0, name.size())) != name)
      continue;
    std::string value(line.substr(name.size() + 1));
    while (at < headers.size() && (headers[at] == ' ' || headers[at] == '\t')) {
      end = std::min(headers.find('\n', at), headers.size());
      value += headers.substr(at, end - at);
      at = end + 1;
    }
    value.erase(0, value.find_first_not_of(" \t"));
    return value;
  }
  return "";
}

std::pair<std::string_view, std::string_view> Parted(std::string_view message) {
  const size_t end = message.find("\n\n");
  if (end == std::string_view::npos) return {message, {}};
  return {message.substr(0, end + 1), message.substr(end + 2)};
}

std::string BoundaryOf(const std::string& type) {
  size_t at = LowerAscii(type).find("boundary=");
  if (at == std::string::npos) return "";
  at += std::strlen("boundary=");
  if (at < type.size() && type[at] == '"')
    return type.substr(at + 1, type.find('"', at + 1) - at - 1);
  return type.substr(at, type.find_first_of("; \t", at) - at);
}

// The text of a message: of its parts the first that is text.
std::string TextOf(std::string_view message) {
  for (int depth = 0; depth < kMaxParts; ++depth) {
    const auto [headers, body] = Parted(message);
    const std::string type = HeaderOf(headers, "content-type");
    const std::string lower = LowerAscii(type);
    if (lower.rfind("multipart/", 0) != 0) {
      if (!lower.empty() && lower.rfind("text", 0) != 0) return "";
      const std::string coding =
          LowerAscii(HeaderOf(headers, "content-transfer-encoding"));
      if (coding.rfind("quoted-printable", 0) == 0) return Unquoted(body);
      if (coding.rfind("base64", 0) == 0) return UnBase64(body);
      return std::string(body);
    }
    const std::string boundary = "--" + BoundaryOf(type);
    const size_t begin = body.find(boundary);
    if (boundary.size() == 2 || begin == std::string_view::npos) return "";
    const size_t line = body.find('\n', begin);
    if (line == std::string_view::npos) return "";
    message = body.substr(line + 1, body.find(boundary, line) - line - 1);
  }
  return "";
}

class MboxReader final : public ImportReader {
 public:
  MboxReader(std::istream* in, std::string site)
      : ImportReader(in), site_(std::move(site)) {}

 private:
  absl::Status Feed(std::string_view piece, bool last) override {
    for (size_t end; (end = piece.find('\n')) != std::string_view::npos;) {
      line_.append(piece.substr(0, end));
      piece.remove_prefix(end + 1);
      TakeLine();
    }
    line_.append(piece);
    if (line_.size() > kMaxImportField) line_.resize(kMaxImportField);
    if (last) {
      if (!line_.empty()) TakeLine();
      TakeMessage();
    }
    return absl::OkStatus();
  }

  void TakeLine() {
    ++number_;
    if (!line_.empty() && line_.back() == '\r') line_.pop_back();
    if (line_.rfind("From ", 0) == 0 && blank_) {
      TakeMessage();
      begun_ = true;
      first_ = number_;
    } else if (begun_ && message_.size() < kMaxImportField) {
      // ">From " was "From " before it was put into the file.
      const size_t quotes = line_.find_first_not_of('>');
      const bool quoted = quotes != std::string::npos && quotes > 0 &&
                          line_.compare(quotes, 5, "From ") == 0;
      message_.append(quoted ? line_.substr(1) : line_).push_back('\n');
    }
    blank_ = line_.empty();
    line_.clear();
  }

  void TakeMessage() {
    std::string message;
    message.swap(message_);
    if (!begun_) return;
    begun_ = false;
    ImportedComment comment;
    comment.line = first_;
    v1::ImportEntriesRequest& request = comment.request;
    const std::string_view headers =
        Parted(message).first.substr(0, kMaxHeaders);
    const std::string subject = HeaderOf(headers, "subject");
    std::string body = TextOf(message);
    if (body.size() > kMaxBody) body.resize(kMaxBody);
    SetField("text", Readable(subject + "\n\n" + body), &request);
    SetSender(Readable(HeaderOf(headers, "from")), &request);
    if (LowerAscii(HeaderOf(headers, "x-spam-flag")) == "yes")
      SetField("label", "spam", &request);
    if (body.empty() || !Complete(site_, &request)) return Skip();
    Add(std::move(comment));
  }

  static void SetSender(std::string from, v1::ImportEntriesRequest* request) {
    const size_t open = from.find('<');
    const size_t close = from.find('>', open == std::string::npos ? 0 : open);
    if (open == std::string::npos || close == std::string::npos) {
      SetField("email", from.substr(0, from.find(' ')), request);
      return;
    }
    SetField("email", from.substr(open + 1, close - open - 1), request);
    std::string name = from.substr(0, open);
    std::erase(name, '"');
    name.erase(name.find_last_not_of(' ') + 1);
    SetField("author", name.substr(0, 200), request);
  }

  const std::string site_;
  std::string line_;     // what of it was read
  std::string message_;  // of the message so far
  int64_t number_ = 0;
  int64_t first_ = 0;   // line of the message
  bool begun_ = false;  // a message
  bool blank_ = true;   // the line before
};

}  // namespace

std::unique_ptr<ImportReader> MakeMboxReader(std::istream* in,
                                             const std::string& site) {
  return std::make_unique<MboxReader>(in, site);
}

}  // namespace sluice::client
