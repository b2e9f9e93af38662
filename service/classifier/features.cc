#include "service/classifier/features.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "service/classifier/collector.h"
#include "service/classifier/facts.h"

namespace sluice::classifier {
namespace {

constexpr size_t kMaxWordBytes = 48;  // a longer word is read by its beginning

constexpr size_t kMaxNameBytes = 128;
constexpr size_t kMaxHostBytes = 64;
constexpr size_t kMaxUrlBytes = 512;
// What the author, the facts and one link may add beyond the text; links past
// the room of several are not read.
constexpr size_t kReserved = 1024;
constexpr size_t kLinkRoom = 2048;
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
  struct Word {
    std::string_view text;
    uint64_t hash;
  };
  std::vector<Word> words;
  words.reserve(text.size() / 4);
  const char* const end = text.data() + text.size();
  ForEachWord(text, [&words, end](std::string_view word) {
    words.push_back(
        {word, HashBytes(1, word, static_cast<size_t>(end - word.data()))});
  });
  out->Begin(Group::kWord);
  for (const Word& word : words)
    out->Add(word.hash, [&] { return fmt::format("word '{}'", word.text); });
  if (!words.empty()) {
    const Word& first = words.front();
    const Word& last = words.back();
    out->Add(Mix(11, first.hash),
             [&] { return fmt::format("begins with '{}'", first.text); });
    out->Add(Mix(12, last.hash),
             [&] { return fmt::format("ends with '{}'", last.text); });
  }
  out->End();
  out->Begin(Group::kPair);
  for (size_t i = 1; i < words.size(); ++i) {
    const Word& first = words[i - 1];
    const Word& second = words[i];
    out->Add(Mix(first.hash, second.hash + 2), [&] {
      return fmt::format("words '{} {}'", first.text, second.text);
    });
  }
  out->End();
}

// Every run of `size` bytes of a short text; `size` is at most 8.
void AddRuns(std::string_view text, size_t size, uint64_t seed,
             const char* what, Collector* out) {
  if (!out->HasRoom(text.size())) return;
  for (size_t at = 0; at + size <= text.size(); ++at) {
    const uint64_t bytes = LoadBytes(text.data() + at, size, text.size() - at);
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

int SpanOf(char c) { return static_cast<unsigned char>(c) >= 0xE0 ? 2 : 1; }

// Four letters beside each other; two of scripts whose characters say as much
// as a syllable or a word.
void AddNgrams(std::string_view text, Collector* out) {
  constexpr int kSpan = 4;
  out->Begin(Group::kNgram);
  size_t end = 0;
  int span = 0;
  for (size_t begin = 0; begin < text.size();) {
    while (span < kSpan && end < text.size()) {
      span += SpanOf(text[end]);
      end += BytesOf(text[end]);
    }
    if (span < kSpan || end > text.size()) break;
    const uint64_t bytes =
        LoadBytes(text.data() + begin, end - begin, text.size() - begin);
    out->Add(Mix(end - begin, bytes), [=] {
      return fmt::format("letters '{}'", text.substr(begin, end - begin));
    });
    span -= SpanOf(text[begin]);
    begin += BytesOf(text[begin]);
  }
  out->End();
}

std::string_view TopOf(std::string_view host) {
  return host.substr(host.rfind('.') + 1);
}

// The words of a URL, as far as there is room for them.
void AddUrlWords(std::string_view url, uint64_t seed, const char* what,
                 Collector* out) {
  ForEachWord(url, [=](std::string_view word) {
    if (!out->HasRoom(1)) return;
    out->Add(HashBytes(seed, word),
             [=] { return fmt::format("'{}' in {}", word, what); });
  });
}

void AddLinks(const v1::LinkSignals& links, Collector* out) {
  out->Begin(Group::kLink);
  for (const v1::LinkItem& item : links.items()) {
    if (!out->HasRoom(kReserved)) break;
    const std::string_view domain =
        item.domain().empty() ? item.host() : item.domain();
    out->Add(HashBytes(3, domain),
             [=] { return fmt::format("link to {}", domain); });
    out->Add(HashBytes(4, TopOf(domain)),
             [=] { return fmt::format("link to .{}", TopOf(domain)); });
    AddUrlWords(std::string_view(item.url()).substr(0, kMaxUrlBytes), 5,
                "a link", out);
    AddRuns(domain.substr(0, kMaxHostBytes), 4, 50, "letters of a link", out);
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
  const std::string_view name =
      std::string_view(views->Text(v1::VIEW_AUTHOR_NAME))
          .substr(0, kMaxNameBytes);
  ForEachWord(name, [out](std::string_view word) {
    out->Add(HashBytes(6, word),
             [word] { return fmt::format("author's name '{}'", word); });
  });
  out->Add(HashBytes(13, name),
           [=] { return fmt::format("author '{}'", name); });
  AddRuns(name, 3, 70, "letters of the name", out);
  const std::string_view domain = author.email_domain();
  if (!domain.empty()) {
    out->Add(HashBytes(7, domain),
             [=] { return fmt::format("e-mail at {}", domain); });
    out->Add(HashBytes(14, TopOf(domain)),
             [=] { return fmt::format("e-mail at .{}", TopOf(domain)); });
  }
  const std::string_view url =
      std::string_view(views->Text(v1::VIEW_AUTHOR_URL))
          .substr(0, kMaxUrlBytes);
  if (!url.empty()) {
    const std::string_view host = HostOfUrl(url);
    out->Add(HashBytes(8, host),
             [=] { return fmt::format("author's page at {}", host); });
    out->Add(HashBytes(9, TopOf(host)),
             [=] { return fmt::format("author's page at .{}", TopOf(host)); });
    AddUrlWords(url, 10, "the author's URL", out);
    AddRuns(host.substr(0, kMaxHostBytes), 4, 90,
            "letters of the author's page", out);
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
  // A byte begins at most a word, a pair and a run of letters.
  Collector out(2 * text.size() + 2 * kReserved + kLinkRoom, names);
  AddWords(text, &out);
  AddNgrams(text, &out);
  AddLinks(signals.links(), &out);
  AddAuthor(views, signals.author(), &out);
  AddFacts(views, signals, &out);
  return out.Take();
}

}  // namespace sluice::classifier
