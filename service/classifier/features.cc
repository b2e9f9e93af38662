#include "service/classifier/features.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "service/classifier/collector.h"
#include "service/classifier/facts.h"

namespace sluice::classifier {
namespace {

constexpr size_t kMaxWordBytes = 48;  // a longer word is read by its beginning

constexpr size_t kMaxNameBytes = 128;
constexpr size_t kMaxHostBytes = 64;
// How loud a group is as a whole. Structure tells more than any word, and
// tells it of texts whose words were never seen; an author's name tells least.
constexpr std::array<float, kGroupCount> kGroupScale = {1.0F, 0.7F, 1.0F,
                                                        0.8F, 0.5F, 1.8F};

bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '\'' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Calls `each` for every word of the text.
template <typename Each>
void ForEachWord(std::string_view text, Each each) {
  for (size_t at = 0; at < text.size();) {
    if (!IsWordByte(text[at])) {
      ++at;
      continue;
    }
    const size_t begin = at;
    while (at < text.size() && IsWordByte(text[at])) ++at;
    each(text.substr(begin, std::min(at - begin, kMaxWordBytes)));
  }
}

void AddWords(std::string_view text, Collector* out) {
  std::vector<std::string_view> words;
  ForEachWord(text, [&words](std::string_view word) { words.push_back(word); });
  out->Begin(Group::kWord);
  for (std::string_view word : words) {
    out->Add(HashBytes(1, word),
             [word] { return fmt::format("word '{}'", word); });
  }
  if (!words.empty()) {
    const std::string_view first = words.front(), last = words.back();
    out->Add(HashBytes(11, first), [=] { return fmt::format("begins '{}'", first); });
    out->Add(HashBytes(12, last), [=] { return fmt::format("ends '{}'", last); });
  }
  out->End();
  out->Begin(Group::kPair);
  for (size_t i = 1; i < words.size(); ++i) {
    const std::string_view first = words[i - 1];
    const std::string_view second = words[i];
    out->Add(HashBytes(HashBytes(2, first), second),
             [=] { return fmt::format("words '{} {}'", first, second); });
  }
  out->End();
}

// Every run of `size` bytes of a short text; `size` is at most 8.
void AddRuns(std::string_view text, size_t size, uint64_t seed,
             const char* what, Collector* out) {
  for (size_t at = 0; at + size <= text.size(); ++at) {
    uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + at, size);
    out->Add(Mix(seed + size, bytes), [=] {
      return fmt::format("{} '{}'", what, text.substr(at, size));
    });
  }
}

// Bytes of the character that begins with `c`, of well-formed UTF-8.
size_t BytesOf(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

// Four letters beside each other; two of scripts whose characters say as much
// as a syllable or a word.
void AddNgrams(std::string_view text, Collector* out) {
  constexpr int kSpan = 4;
  out->Begin(Group::kNgram);
  for (size_t begin = 0; begin < text.size(); begin += BytesOf(text[begin])) {
    size_t end = begin;
    int span = 0;
    while (span < kSpan && end < text.size()) {
      const size_t bytes = BytesOf(text[end]);
      span += bytes >= 3 ? 2 : 1;
      end += bytes;
    }
    if (span < kSpan || end > text.size()) break;
    uint64_t hash = 0;
    std::memcpy(&hash, text.data() + begin, std::min<size_t>(end - begin, 8));
    out->Add(Mix(end - begin, hash), [=] {
      return fmt::format("letters '{}'", text.substr(begin, end - begin));
    });
  }
  out->End();
}

void AddLinks(const v1::LinkSignals& links, Collector* out) {
  out->Begin(Group::kLink);
  for (const v1::LinkItem& item : links.items()) {
    const std::string& domain =
        item.domain().empty() ? item.host() : item.domain();
    out->Add(HashBytes(3, domain),
             [&domain] { return fmt::format("link to {}", domain); });
    const std::string top = domain.substr(domain.rfind('.') + 1);
    out->Add(HashBytes(4, top),
             [&top] { return fmt::format("link to .{}", top); });
    ForEachWord(item.url(), [out](std::string_view word) {
      out->Add(HashBytes(5, word),
               [word] { return fmt::format("'{}' in a link", word); });
    });
    AddRuns(std::string_view(domain).substr(0, kMaxHostBytes), 4, 50, "letters of a link", out);
  }
  out->End();
}

std::string_view HostOfUrl(std::string_view url) {
  const size_t slashes = url.find("//");
  if (slashes != std::string_view::npos) url.remove_prefix(slashes + 2);
  return url.substr(0, url.find_first_of("/?#:"));
}

void AddAuthor(signals::Views* views, const v1::AuthorSignals& author,
               Collector* out) {
  out->Begin(Group::kAuthor);
  const std::string_view name = std::string_view(views->Text(v1::VIEW_AUTHOR_NAME)).substr(0, kMaxNameBytes);
  ForEachWord(name, [out](std::string_view word) {
    out->Add(HashBytes(6, word),
             [word] { return fmt::format("author's name '{}'", word); });
  });
  out->Add(HashBytes(13, name), [=] { return fmt::format("author '{}'", name); });
  AddRuns(name, 3, 70, "letters of the name", out);
  const std::string& domain = author.email_domain();
  if (!domain.empty()) {
    out->Add(HashBytes(7, domain),
             [&domain] { return fmt::format("e-mail at {}", domain); });
    const std::string top = domain.substr(domain.rfind('.') + 1);
    out->Add(HashBytes(14, top), [&top] { return fmt::format("e-mail at .{}", top); });
  }
  const std::string_view url = views->Text(v1::VIEW_AUTHOR_URL);
  if (!url.empty()) {
    const std::string_view host = HostOfUrl(url);
    out->Add(HashBytes(8, host),
             [host] { return fmt::format("author's page at {}", host); });
    const std::string_view top = host.substr(host.rfind('.') + 1);
    out->Add(HashBytes(9, top),
             [top] { return fmt::format("author's page at .{}", top); });
    ForEachWord(url, [out](std::string_view word) {
      out->Add(HashBytes(10, word), [word] {
        return fmt::format("'{}' in the author's URL", word);
      });
    });
    AddRuns(host.substr(0, kMaxHostBytes), 4, 90, "letters of the author's page", out);
  }
  out->End();
}

}  // namespace

float Features::value(size_t group) const {
  const size_t count = ends[group] - begin(group);
  return count == 0 ? 0
                    : kGroupScale[group] / std::sqrt(static_cast<float>(count));
}

Features Extract(signals::Views* views, const v1::Signals& signals,
                 std::vector<std::string>* names) {
  const std::string_view text =
      std::string_view(views->Text(v1::VIEW_TEXT)).substr(0, kMaxTextBytes);
  Collector out(names);
  AddWords(text, &out);
  AddNgrams(text, &out);
  AddLinks(signals.links(), &out);
  AddAuthor(views, signals.author(), &out);
  AddFacts(views, signals, &out);
  return out.Take();
}

}  // namespace sluice::classifier
