#include "service/ruleset/required_literals.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "service/ruleset/canonical.h"
#include "service/ruleset/pattern_reader.h"
#include "service/ruleset/rarity.h"
#include "service/text/utf8.h"

namespace sluice::ruleset {
namespace {

using Strings = std::vector<std::string>;
using Kind = PatternToken::Kind;

constexpr size_t kMaxImages = 12;     // of one character class
constexpr size_t kMaxProduct = 32;    // strings of a run that is told exactly
constexpr size_t kMaxStrings = 1024;  // of an alternation
constexpr size_t kMaxLiteral = 64;    // bytes
constexpr size_t kMaxSets = 4;        // that are kept of a part
constexpr int kMaxUnrolled = 8;       // repetitions that are written out
// A literal that stands at one position in so many, so in most comments of a
// kilobyte, keeps nobody from the pattern.
constexpr double kTooFrequent = 1.0 / 512;

using Needs = std::vector<LiteralSet>;  // by Cost
// What is known of a part of a pattern.
struct Part {
  // If exact, the canonical forms of all it can match; else at least nothing
  // that is claimed.
  bool exact = false;
  Strings strings;
  Needs needs;
  MatchLength length;
  bool may_space = true;  // may contain white space
  bool may_other = true;  // may contain anything else
  bool may_be_empty = false;
};

void SortUnique(Strings* strings) {
  std::sort(strings->begin(), strings->end());
  strings->erase(std::unique(strings->begin(), strings->end()), strings->end());
}

double FrequencyOf(const Strings& literals) {
  double sum = 0;
  for (const std::string& literal : literals)
    sum += literal.empty() ? 1 : Frequency(literal);
  return std::min(sum, 1.0);
}

void Keep(LiteralSet set, Needs* needs) {
  if (set.frequency > kTooFrequent || set.literals.size() > kMaxStrings) return;
  const auto rarer = [](const LiteralSet& a, const LiteralSet& b) {
    return a.Cost() < b.Cost();
  };
  const auto at = std::upper_bound(needs->begin(), needs->end(), set, rarer);
  if (at != needs->begin() && std::prev(at)->literals == set.literals) return;
  needs->insert(at, std::move(set));
  if (needs->size() > kMaxSets) needs->pop_back();
}

void KeepStrings(const Strings& literals, Needs* needs) {
  Keep({literals, FrequencyOf(literals)}, needs);
}

// What was kept inside a part, and what it needs as a whole if it is exact.
Needs NeedsOf(const Part& part) {
  Needs needs = part.needs;
  if (part.exact) KeepStrings(part.strings, &needs);
  return needs;
}

MatchLength Sum(MatchLength a, const MatchLength& b) {
  a.bounded = a.bounded && b.bounded;
  a.bytes += b.bytes;
  a.spaces += b.spaces;
  a.others += b.others;
  if (std::max({a.bytes, a.spaces, a.others}) > MatchLength::kMaxBytes)
    a = {.bounded = false};
  return a;
}

MatchLength Longer(MatchLength a, const MatchLength& b) {
  a.bounded = a.bounded && b.bounded;
  a.bytes = std::max(a.bytes, b.bytes);
  a.spaces = std::max(a.spaces, b.spaces);
  a.others = std::max(a.others, b.others);
  return a;
}

// The bytes that a character can have that is taken for c under (?i).
uint32_t BytesOf(char32_t c) {
  if (c >= 0x80) return 4;
  if (c == 'k' || c == 'K') return 3;   // U+212A
  return c == 's' || c == 'S' ? 2 : 1;  // U+017F
}

Part EmptyPart() {
  Part part;
  part.exact = true;
  part.strings = {""};
  part.may_space = part.may_other = false;
  part.may_be_empty = true;
  return part;
}

Part AnyCharacter() {
  Part part;
  part.length.bytes = 4;
  return part;
}

// One character out of ranges.
Part CharacterPart(const std::vector<CharRange>& ranges) {
  Part part;
  part.exact = true;
  part.may_space = part.may_other = false;
  for (const CharRange& range : ranges) {
    size_t spaces = 0;
    for (const char32_t c : {' ', '\t', '\n', '\f', '\r'})
      spaces += range.first <= c && c <= range.last ? 1 : 0;
    const size_t size = size_t{range.last} - range.first + 1;
    part.may_space = part.may_space || spaces > 0;
    part.may_other = part.may_other || size > spaces;
    // Letters and their capitals are ranges of one size.
    if (!part.exact || size > 2 * kMaxImages) {
      part.exact = false;
      part.length.bytes = 4;
      continue;
    }
    for (char32_t c = range.first; c <= range.last; ++c) {
      std::string image;
      text::AppendUtf8(IsSpace(c) ? U' ' : FoldCase(c), &image);
      part.strings.push_back(std::move(image));
      part.length.bytes = std::max(part.length.bytes, BytesOf(c));
      // No text has a surrogate, and AppendUtf8 writes another character.
      if (c >= 0xD800 && c <= 0xDFFF) part.exact = false;
    }
  }
  SortUnique(&part.strings);
  if (part.strings.size() > kMaxImages) part.exact = false;
  if (!part.exact) part.strings.clear();
  return part;
}

// White space that meets white space is one space.
void AppendCanonical(std::string_view more, std::string* out) {
  if (!more.empty() && more.front() == ' ' && !out->empty() &&
      out->back() == ' ')
    more.remove_prefix(1);
  out->append(more);
}

std::optional<Strings> Product(const Strings& a, const Strings& b) {
  if (a.size() * b.size() > kMaxProduct) return std::nullopt;
  Strings out;
  for (const std::string& head : a) {
    for (const std::string& tail : b) {
      if (head.size() + tail.size() > kMaxLiteral) return std::nullopt;
      AppendCanonical(tail, &out.emplace_back(head));
    }
  }
  if (out.size() > 1) SortUnique(&out);
  return out;
}

// Parts one after another. A run of exact parts is multiplied out for as long
// as that stays small.
class Sequence {
 public:
  void Append(const Part& part) {
    whole_.length = Sum(whole_.length, part.length);
    whole_.may_space = whole_.may_space || part.may_space;
    whole_.may_other = whole_.may_other || part.may_other;
    whole_.may_be_empty = whole_.may_be_empty && part.may_be_empty;
    if (part.exact) {
      if (part.strings.size() > 1) KeepStrings(whole_.strings, &whole_.needs);
      if (auto product = Product(whole_.strings, part.strings)) {
        whole_.strings = *std::move(product);
        return;
      }
    }
    whole_.exact = false;
    KeepStrings(whole_.strings, &whole_.needs);
    for (LiteralSet& set : NeedsOf(part)) Keep(std::move(set), &whole_.needs);
    if (part.exact) {
      whole_.strings = part.strings;
    } else {
      whole_.strings = {""};
    }
  }

  // What is known of all of it.
  Part Finish() && {
    if (!whole_.exact) {
      KeepStrings(whole_.strings, &whole_.needs);
      whole_.strings.clear();
    }
    return std::move(whole_);
  }

 private:
  Part whole_ = EmptyPart();  // `strings` is the run, also if not exact
};

// Alternatives.
class Choice {
 public:
  void Add(Part part) {
    Needs needs = NeedsOf(part);
    if (count_++ == 0) {
      whole_ = std::move(part);
      whole_.needs = std::move(needs);
      return;
    }
    whole_.length = Longer(whole_.length, part.length);
    whole_.may_space = whole_.may_space || part.may_space;
    whole_.may_other = whole_.may_other || part.may_other;
    whole_.may_be_empty = whole_.may_be_empty || part.may_be_empty;
    whole_.exact = whole_.exact && part.exact &&
                   whole_.strings.size() + part.strings.size() <= kMaxStrings;
    if (whole_.exact) {
      Extend(part.strings, &whole_.strings);
    } else {
      whole_.strings.clear();
    }
    // One set of each alternative makes a set of the whole.
    if (!whole_.needs.empty() && !needs.empty()) {
      LiteralSet all = std::move(whole_.needs.front());
      Extend(needs.front().literals, &all.literals);
      all.frequency += needs.front().frequency;
      whole_.needs.clear();
      Keep(std::move(all), &whole_.needs);
    } else {
      whole_.needs.clear();
    }
  }

  Part Finish() && {
    SortUnique(&whole_.strings);
    for (LiteralSet& set : whole_.needs) SortUnique(&set.literals);
    return std::move(whole_);
  }

 private:
  static void Extend(const Strings& more, Strings* out) {
    out->insert(out->end(), more.begin(), more.end());
  }

  Part whole_;
  size_t count_ = 0;
};

MatchLength RepeatedLength(const Part& part, int most) {
  if (most == PatternToken::kNoEnd) {
    if (!part.may_space && !part.may_other) return {};
    if (!part.may_space) return {.others = 1};
    if (!part.may_other) return {.spaces = 1};
    return {.bounded = false};
  }
  MatchLength length = part.length;
  const auto times = static_cast<uint32_t>(most);  // at most 1,000
  length.bytes *= times;
  length.spaces *= times;
  length.others *= times;
  return Sum(length, {});
}

bool IsWhiteSpace(const Part& part) {
  return part.exact && part.strings.size() == 1 && part.strings[0] == " ";
}

Part Repeated(const Part& part, int least, int most) {
  Sequence sequence;
  const int written = std::min(least, part.exact ? kMaxUnrolled : 1);
  // However often, white space is one space.
  const bool collapses = IsWhiteSpace(part);
  for (int i = 0; i < written; ++i) sequence.Append(part);
  if (most != least && !(collapses && least > 0)) {
    if (part.exact && (collapses || (least == 0 && most == 1))) {
      Part optional = part;
      optional.strings.emplace_back();
      SortUnique(&optional.strings);
      sequence.Append(optional);
    } else {
      sequence.Append({});
    }
  } else if (written < least && !collapses) {
    sequence.Append({});
  }
  Part out = std::move(sequence).Finish();
  out.length = RepeatedLength(part, most);
  out.may_space = part.may_space;
  out.may_other = part.may_other;
  out.may_be_empty = part.may_be_empty || least == 0;
  return out;
}

// A group that is open: the alternatives before, and the one being read.
struct Frame {
  Choice choice;
  Sequence sequence;
  std::optional<Part> last;  // which a repetition would take

  void Flush() {
    if (last.has_value()) sequence.Append(*last);
    last.reset();
  }
  void EndAlternative() {
    Flush();
    choice.Add(std::exchange(sequence, {}).Finish());
  }
};

// What is known of the whole, or nothing where the reader gives up.
std::optional<Part> Analyse(std::string_view pattern) {
  PatternReader reader(pattern);
  std::vector<Frame> frames(1);
  PatternToken token;
  while (reader.Next(&token)) {
    Frame& frame = frames.back();
    if (token.kind != Kind::kRepeat && token.kind != Kind::kClose)
      frame.Flush();
    switch (token.kind) {
      case Kind::kCharacters:
        frame.last = CharacterPart(token.ranges);
        break;
      case Kind::kAnything:
        frame.last = AnyCharacter();
        break;
      case Kind::kEmpty:
        frame.last = EmptyPart();
        break;
      case Kind::kOpen:
        frames.emplace_back();
        break;
      case Kind::kOr:
        frame.EndAlternative();
        break;
      case Kind::kRepeat:
        if (!frame.last.has_value()) return std::nullopt;
        frame.last = Repeated(*frame.last, token.least, token.most);
        break;
      case Kind::kClose: {
        if (frames.size() == 1) return std::nullopt;
        frame.EndAlternative();
        Part group = std::move(frame.choice).Finish();
        frames.pop_back();
        frames.back().last = std::move(group);
        break;
      }
      case Kind::kEnd:
        if (frames.size() != 1) return std::nullopt;
        frame.EndAlternative();
        return std::move(frame.choice).Finish();
    }
  }
  return std::nullopt;
}

// None that has another in it: who has the longer has the shorter.
void DropLonger(Strings* literals) {
  constexpr size_t kMaxCompared = 64;
  if (literals->size() > kMaxCompared) return;
  const Strings all = *literals;
  literals->erase(std::remove_if(literals->begin(), literals->end(),
                                 [&all](const std::string& literal) {
                                   return std::any_of(
                                       all.begin(), all.end(),
                                       [&literal](const std::string& other) {
                                         return other.size() < literal.size() &&
                                                literal.find(other) !=
                                                    std::string::npos;
                                       });
                                 }),
                  literals->end());
}

}  // namespace

RequiredLiterals FindRequiredLiterals(std::string_view pattern) {
  RequiredLiterals out;
  out.length.bounded = false;
  const std::optional<Part> whole = Analyse(pattern);
  if (!whole.has_value()) return out;
  out.length = whole->length;
  out.may_be_empty = whole->may_be_empty;
  out.sets = NeedsOf(*whole);
  for (LiteralSet& set : out.sets) {
    SortUnique(&set.literals);
    DropLonger(&set.literals);
  }
  return out;
}

}  // namespace sluice::ruleset
