#include "service/classifier/features.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <initializer_list>

namespace sluice::classifier {
namespace {

constexpr size_t kMaxWordBytes = 48;  // a longer word is read by its beginning
constexpr std::array<float, kGroupCount> kGroupScale = {1.0F, 0.7F, 1.0F,
                                                        0.8F, 0.8F, 1.2F};

uint64_t Mix(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9FB21C651E98DF25u;
  return hash ^ (hash >> 32);
}

uint64_t HashBytes(uint64_t seed, std::string_view bytes) {
  uint64_t hash = Mix(seed, bytes.size());
  while (bytes.size() >= 8) {
    uint64_t word;
    std::memcpy(&word, bytes.data(), 8);
    hash = Mix(hash, word);
    bytes.remove_prefix(8);
  }
  uint64_t rest = 0;
  std::memcpy(&rest, bytes.data(), bytes.size());
  return Mix(hash, rest);
}

bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '\'' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Collects features of one comment; an index counts once a group, kept in a
// bitmap that fits the first-level cache.
class Collector {
 public:
  explicit Collector(std::vector<std::string>* names)
      : names_(names), seen_(kFeatureCount / 64) {
    features_.reserve(2048);
  }

  void Begin(Group group) {
    group_ = group;
    group_begin_ = features_.size();
  }

  // Scales the group so that its vector has the length kGroupScale says.
  void End() {
    const size_t count = features_.size() - group_begin_;
    if (count == 0) return;
    const float value = kGroupScale[static_cast<size_t>(group_)] /
                        std::sqrt(static_cast<float>(count));
    for (size_t i = group_begin_; i < features_.size(); ++i) {
      features_[i].value = value;
      seen_[features_[i].index / 64] = 0;
    }
  }

  void Add(uint64_t hash) {
    const auto index = static_cast<uint32_t>(
        Mix(hash, static_cast<uint64_t>(group_)) >> (64 - kFeatureBits));
    uint64_t& word = seen_[index / 64];
    const uint64_t bit = uint64_t{1} << (index % 64);
    added_ = (word & bit) == 0;
    if (!added_) return;
    word |= bit;
    features_.push_back({index, 0});
  }

  template <typename Name>
  void Add(uint64_t hash, Name name) {
    Add(hash);
    if (added_ && names_ != nullptr) names_->push_back(name());
  }

  Features Take() { return std::move(features_); }

 private:
  std::vector<std::string>* const names_;
  std::vector<uint64_t> seen_;
  Features features_;
  Group group_ = Group::kWord;
  size_t group_begin_ = 0;
  bool added_ = false;
};

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

void AddNgrams(std::string_view text, Collector* out) {
  out->Begin(Group::kNgram);
  for (size_t size : {size_t{3}, size_t{5}}) {
    for (size_t at = 0; at + size <= text.size(); ++at) {
      const std::string_view gram = text.substr(at, size);
      uint64_t bytes = 0;
      std::memcpy(&bytes, gram.data(), size);
      out->Add(Mix(size, bytes),
               [gram] { return fmt::format("letters '{}'", gram); });
    }
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
  ForEachWord(views->Text(v1::VIEW_AUTHOR_NAME), [out](std::string_view word) {
    out->Add(HashBytes(6, word),
             [word] { return fmt::format("author's name '{}'", word); });
  });
  const std::string& domain = author.email_domain();
  if (!domain.empty())
    out->Add(HashBytes(7, domain),
             [&domain] { return fmt::format("e-mail at {}", domain); });
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
  }
  out->End();
}

// The bin of a count: 0, 1, 2, 3-4, 5-8, 9-16 ...
int Bin(int64_t count) {
  int bin = 0;
  for (; count > 0 && bin < 20; count = count <= 2 ? count - 1 : count / 2)
    ++bin;
  return bin;
}

// A number between 0 and 1 in tenths.
int Tenth(double share) {
  return static_cast<int>(std::clamp(share, 0.0, 1.0) * 10);
}

void AddStructure(const v1::Signals& signals, Collector* out) {
  const v1::LinkSignals& links = signals.links();
  const v1::ShapeSignals& shape = signals.shape();
  const v1::DisguiseSignals& disguise = signals.disguise();
  const v1::AuthorSignals& author = signals.author();
  const v1::MarkupSignals& markup = signals.markup();
  struct Fact {
    const char* name;
    int bin;
  };
  const Fact facts[] = {
      {"links", Bin(links.count())},
      {"link domains", Bin(links.domains())},
      {"links with another host in their text", Bin(links.text_host_differs())},
      {"shortened links", Bin(links.shorteners())},
      {"share of link text", Tenth(links.text_share())},
      {"BBCode links", Bin(links.bbcode())},
      {"author has a URL", links.author_url()},
      {"links to the author's own site", Bin(links.same_as_author_url())},
      {"removed markup", Bin(markup.removed())},
      {"code", Bin(markup.code_bytes() / 16)},
      {"length", Bin(shape.characters())},
      {"words", Bin(shape.words())},
      {"lines", Bin(shape.lines())},
      {"capitals", Tenth(shape.capitals_share())},
      {"digits", Tenth(shape.digits_share() * 2)},
      {"punctuation", Tenth(shape.punctuation_share() * 2)},
      {"longest run", Bin(shape.longest_run())},
      {"longest word", Bin(shape.longest_word() / 4)},
      {"entropy", static_cast<int>(shape.entropy() * 2)},
      {"repeated words", Tenth(shape.repeated_share())},
      {"quotation", Tenth(shape.quoted_share())},
      {"emoji", Bin(shape.emoji())},
      {"invisible characters", Bin(disguise.invisible())},
      {"look-alike letters", Bin(disguise.confusables())},
      {"digits for letters", Bin(disguise.leet_digits())},
      {"mixed scripts", Bin(disguise.mixed_script_words())},
      {"compatibility letters", Bin(disguise.compatibility())},
      {"words in the name", Bin(author.name_words())},
      {"URL in the name", author.name_has_url()},
      {"e-mail given", !author.email_domain().empty()},
      {"accepted before", Bin(author.accepted())},
      {"rejected before", Bin(author.rejected())},
      {"honeypot", signals.form().honeypot_filled()},
  };
  out->Begin(Group::kStructure);
  uint64_t number = 100;
  for (const Fact& fact : facts) {
    out->Add(Mix(++number, static_cast<uint64_t>(fact.bin)),
             [&fact] { return fmt::format("{}: {}", fact.name, fact.bin); });
  }
  // The pairs that say more together than apart.
  const int links_bin = Bin(links.count());
  const int length_bin = Bin(shape.words());
  out->Add(Mix(Mix(200, links_bin), length_bin),
           [] { return std::string("links and length together"); });
  out->Add(Mix(Mix(201, links.author_url()), length_bin),
           [] { return std::string("author's URL and length together"); });
  out->Add(Mix(Mix(202, links.author_url()), links_bin),
           [] { return std::string("author's URL and links together"); });
  out->End();
}

}  // namespace

Features Extract(signals::Views* views, const v1::Signals& signals,
                 std::vector<std::string>* names) {
  const std::string_view text =
      views->Text(v1::VIEW_TEXT).substr(0, kMaxTextBytes);
  Collector out(names);
  AddWords(text, &out);
  AddNgrams(text, &out);
  AddLinks(signals.links(), &out);
  AddAuthor(views, signals.author(), &out);
  AddStructure(signals, &out);
  return out.Take();
}

}  // namespace sluice::classifier
