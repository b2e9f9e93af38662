#pragma once

#include <string>
#include <string_view>

namespace sluice::signals {

struct Language {
  std::string tag;        // BCP 47, as `en` or `zh-Hant`; empty: unknown
  double confidence = 0;  // 0 to 1
};

// The language of a plain text, by CLD2. Looks at the first kMaxLanguageBytes.
// Thread-safe.
Language DetectLanguage(std::string_view text);

inline constexpr size_t kMaxLanguageBytes = 1024;
inline constexpr size_t kMinLanguageBytes =
    16;  // of shorter ones nothing is said

// Whether a text of this language is not what the page's tag asks for: both
// are known, the confidence is at least kSureOfLanguage, and they are not of
// one group that readers and CLD2 mix up (Norwegian, Danish; Serbian,
// Croatian, Bosnian; Indonesian, Malay).
bool LanguageDiffers(const Language& text, std::string_view page_tag);

inline constexpr double kSureOfLanguage = 0.7;

}  // namespace sluice::signals
