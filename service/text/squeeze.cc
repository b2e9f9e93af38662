#include "service/text/squeeze.h"

#include "service/text/words.h"

namespace sluice::text {

Squeezed Squeeze(std::string_view folded) {
  Squeezed squeezed;
  squeezed.text.reserve(folded.size());
  Words words(folded);
  for (ByteSpan word; words.Next(&word);) {
    squeezed.text.append(folded, word.begin, word.size());
    squeezed.map.AppendCopied(word.size(), word.begin);
  }
  return squeezed;
}

}  // namespace sluice::text
