#include "service/text/skeleton.h"

#include "service/text/char_table.h"
#include "service/text/fold.h"
#include "service/text/utf8.h"

namespace sluice::text {
namespace {

char32_t Merge(char32_t c) {
  switch (c) {
    case '0':
      return 'o';
    case '1':
    case 'i':
      return 'l';
    case '3':
      return 'e';
    case '4':
      return 'a';
    case '5':
      return 's';
    default:
      return c;
  }
}

// Appends the letter, merging it with the one before where the two look like
// another one, and not at all where they are the same.
void AppendMerged(char32_t letter, std::string* skeleton) {
  const char last = skeleton->empty() ? '\0' : skeleton->back();
  if (letter == 'n' && last == 'r') {
    skeleton->back() = 'm';
  } else if (letter == 'v' && last == 'v') {
    skeleton->back() = 'w';
  } else {
    AppendUtf8(letter, skeleton);
  }
}

std::string WithoutDoubles(std::string_view text) {
  std::string single;
  char32_t last = 0;
  for (size_t at = 0; at < text.size();) {
    const Decoded next = DecodeUtf8(text, at);
    if (next.code_point != last) single.append(text, at, next.size);
    last = next.code_point;
    at += next.size;
  }
  return single;
}

}  // namespace

std::string Skeleton(std::string_view name) {
  const CharTable& table = CharTable::Get();
  const std::string folded = Fold(name).text;
  std::string skeleton;
  for (size_t at = 0; at < folded.size();) {
    const Decoded next = DecodeUtf8(folded, at);
    at += next.size;
    const CharInfo& info = table[next.code_point];
    if (info.look != 0) {
      AppendMerged(Merge(static_cast<char32_t>(info.latin())), &skeleton);
    } else if (info.kind != CharClass::kOther) {
      AppendMerged(Merge(next.code_point), &skeleton);
    }
  }
  return WithoutDoubles(skeleton);
}

}  // namespace sluice::text
