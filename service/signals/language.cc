#include "service/signals/language.h"

#include <cld2/public/compact_lang_det.h>
#include <cld2/public/encodings.h>

#include <array>

namespace sluice::signals {
namespace {

std::string_view CutUtf8(std::string_view text, size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80)
    --size;
  return text.substr(0, size);
}

// CLD2 knows some languages by codes that BCP 47 has given up.
std::string TagOf(CLD2::Language language) {
  if (language == CLD2::UNKNOWN_LANGUAGE ||
      language == CLD2::TG_UNKNOWN_LANGUAGE)
    return "";
  const std::string_view code = CLD2::LanguageCode(language);
  if (code == "iw") return "he";
  if (code == "jw") return "jv";
  if (code == "un" || code.substr(0, 3) == "xxx") return "";
  return std::string(code);
}

// The primary subtag, in lower case, and one for all of a group.
std::string GroupOf(std::string_view tag) {
  std::string primary;
  for (char c : tag.substr(0, tag.find('-')))
    primary.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a')
                                           : c);
  constexpr std::array<std::array<std::string_view, 2>, 9> kGroups = {
      {{"nb", "no"},
       {"nn", "no"},
       {"da", "no"},
       {"hr", "sr"},
       {"bs", "sr"},
       {"sh", "sr"},
       {"ms", "id"},
       {"iw", "he"},
       {"in", "id"}}};
  for (const auto& [member, group] : kGroups) {
    if (primary == member) return std::string(group);
  }
  return primary;
}

}  // namespace

Language DetectLanguage(std::string_view text) {
  text = CutUtf8(text, kMaxLanguageBytes);
  if (text.size() < kMinLanguageBytes) return {};
  std::array<CLD2::Language, 3> languages;
  std::array<int, 3> percents;
  std::array<double, 3> scores;
  int bytes = 0;
  bool reliable = false;
  const CLD2::CLDHints no_hints{nullptr, nullptr, CLD2::UNKNOWN_ENCODING,
                                CLD2::UNKNOWN_LANGUAGE};
  CLD2::ExtDetectLanguageSummary(text.data(), static_cast<int>(text.size()),
                                 true, &no_hints, 0, languages.data(),
                                 percents.data(), scores.data(), nullptr,
                                 &bytes, &reliable);
  Language language;
  language.tag = TagOf(languages[0]);
  if (language.tag.empty()) return {};
  // What CLD2 itself would not rely on is at most a guess.
  language.confidence = percents[0] / 100.0 * (reliable ? 1 : 0.5);
  return language;
}

bool LanguageDiffers(const Language& text, std::string_view page_tag) {
  if (text.tag.empty() || page_tag.empty() || text.confidence < kSureOfLanguage)
    return false;
  return GroupOf(text.tag) != GroupOf(page_tag);
}

}  // namespace sluice::signals
