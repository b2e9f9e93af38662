#include "service/replay/draft_features.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "service/signals/public_suffix.h"
#include "service/text/utf8.h"
#include "service/text/words.h"

namespace sluice::replay {
namespace {

constexpr size_t kMinLetters = 3;
constexpr size_t kMaxWordBytes = 40;
constexpr size_t kMaxPhraseWords = 3;

bool HasDigit(std::string_view word) {
  return std::any_of(word.begin(), word.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

// Characters that are words of their own make no word alone, but phrases.
bool IsTelling(std::string_view word) {
  return text::CountCodePoints(word) >= kMinLetters;
}

std::string HostOf(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#:"));
  std::string host;
  for (char c : url)
    host.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  return host;
}

class Collector {
 public:
  void Add(Feature::Kind kind, std::string text) {
    Feature feature{kind, std::move(text)};
    if (seen_.insert(feature).second) out_.push_back(std::move(feature));
  }

  void AddDomain(std::string domain) {
    if (domain.find('.') != std::string::npos)
      Add(Feature::Kind::kDomain, std::move(domain));
  }

  // A run is words with nothing but spaces between them.
  void AddWords(std::string_view folded) {
    std::vector<std::string_view> run;
    size_t end = 0;
    size_t count = 0;
    text::Words words(folded);
    for (ByteSpan span; words.Next(&span) && count < kMaxFeatureWords;
         ++count) {
      const std::string_view word =
          folded.substr(span.begin, span.end - span.begin);
      const std::string_view between = folded.substr(end, span.begin - end);
      if (between.find_first_not_of(' ') != std::string_view::npos) run.clear();
      end = span.end;
      if (HasDigit(word) || word.size() > kMaxWordBytes) {
        run.clear();
        continue;
      }
      if (IsTelling(word)) Add(Feature::Kind::kWord, std::string(word));
      if (run.size() == kMaxPhraseWords) run.erase(run.begin());
      run.push_back(word);
      AddPhrases(run, folded);
    }
  }

  std::vector<Feature> Take() { return std::move(out_); }

 private:
  // The phrases that end with the run.
  void AddPhrases(const std::vector<std::string_view>& run,
                  std::string_view folded) {
    const char* const end = run.back().data() + run.back().size();
    for (size_t words = 2; words <= run.size(); ++words) {
      const char* const begin = run[run.size() - words].data();
      const std::string_view phrase =
          folded.substr(static_cast<size_t>(begin - folded.data()),
                        static_cast<size_t>(end - begin));
      if (IsTelling(phrase)) Add(Feature::Kind::kPhrase, std::string(phrase));
    }
  }

  std::vector<Feature> out_;
  std::unordered_set<Feature, FeatureHash> seen_;
};

}  // namespace

std::vector<Feature> DraftFeatures(const v1::Checked& checked,
                                   Rendered* rendered) {
  Collector collector;
  collector.AddWords(rendered->views()->Text(v1::VIEW_TEXT));
  for (const v1::LinkItem& link : checked.signals().links().items())
    collector.AddDomain(link.domain());
  const std::string& url = checked.comment().author().url();
  if (!url.empty())
    collector.AddDomain(std::string(signals::RegistrableDomain(HostOf(url))));
  return collector.Take();
}

}  // namespace sluice::replay
