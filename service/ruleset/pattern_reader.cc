#include "service/ruleset/pattern_reader.h"

#include <algorithm>

#include "service/text/utf8.h"

namespace sluice::ruleset {
namespace {

using Kind = PatternToken::Kind;

constexpr char32_t kLast = 0x10FFFF;
constexpr int kMaxRepeat = 1000;  // RE2 refuses more

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlnum(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::vector<CharRange> Complement(std::vector<CharRange> ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](CharRange a, CharRange b) { return a.first < b.first; });
  std::vector<CharRange> out;
  char32_t next = 0;
  for (const CharRange& range : ranges) {
    if (range.first > next) out.push_back({next, range.first - 1});
    next = std::max<char32_t>(next, range.last + 1);
  }
  if (next <= kLast) out.push_back({next, kLast});
  return out;
}

// \d \s \w and what they are not; empty for another letter.
std::vector<CharRange> PerlClass(char letter) {
  switch (letter) {
    case 'd':
      return {{'0', '9'}};
    case 's':
      return {{'\t', '\n'}, {'\f', '\r'}, {' ', ' '}};
    case 'w':
      return {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
    case 'D':
    case 'S':
    case 'W':
      return Complement(PerlClass(static_cast<char>(letter - 'A' + 'a')));
    default:
      return {};
  }
}

// Those of [[:name:]] that people write; empty for another.
std::vector<CharRange> NamedClass(std::string_view name) {
  if (name == "space") return {{'\t', '\r'}, {' ', ' '}};
  if (name == "digit") return {{'0', '9'}};
  if (name == "alpha") return {{'A', 'Z'}, {'a', 'z'}};
  if (name == "lower") return {{'a', 'z'}};
  if (name == "upper") return {{'A', 'Z'}};
  if (name == "alnum") return {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}};
  if (name == "word") return PerlClass('w');
  if (name == "punct") return {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}};
  return {};
}

}  // namespace

bool PatternReader::Next(PatternToken* token) {
  *token = {};
  while (true) {
    if (quoted_ && Skip("\\E")) quoted_ = false;
    if (AtEnd()) return true;
    if (quoted_) {
      char32_t c;
      return Character(&c) && Literal(c, token);
    }
    if (Skip("\\Q")) {
      quoted_ = true;
      continue;
    }
    // Flags are no piece: in `a(?i)*` the star is a's. Which are set does not
    // matter to who folds case and takes any character for a dot's.
    if (Peek() == '(' && Peek(1) == '?' && Peek(2) != 'P') {
      if (!Flags(token)) return false;
      if (token->kind == Kind::kEnd) continue;
      return true;
    }
    break;
  }
  switch (Peek()) {
    case '(':
      return Group(token);
    case ')':
      token->kind = Kind::kClose;
      break;
    case '|':
      token->kind = Kind::kOr;
      break;
    case '^':
    case '$':
      token->kind = Kind::kEmpty;
      break;
    case '.':
      token->kind = Kind::kAnything;
      break;
    case '*':
    case '+':
    case '?':
    case '{':
      return Repeat(token);
    case '[':
      return Class(token);
    case '\\':
      return Escape(token);
    default: {
      char32_t c;
      return Character(&c) && Literal(c, token);
    }
  }
  ++at_;
  return true;
}

bool PatternReader::Literal(char32_t c, PatternToken* token) {
  token->kind = Kind::kCharacters;
  token->ranges = {{c, c}};
  return true;
}

bool PatternReader::Skip(std::string_view text) {
  if (pattern_.substr(at_, text.size()) != text) return false;
  at_ += text.size();
  return true;
}

bool PatternReader::Character(char32_t* c) {
  const text::Decoded next = text::DecodeUtf8(pattern_, at_);
  at_ += next.size;
  *c = next.code_point;
  return next.size > 1 || next.code_point < 0x80;
}

bool PatternReader::Group(PatternToken* token) {
  token->kind = Kind::kOpen;
  ++at_;
  if (!Skip("?P<")) return Peek() != '?';
  const size_t end = pattern_.find('>', at_);
  if (end == std::string_view::npos) return false;
  at_ = end + 1;
  return true;
}

// (?flags) and (?flags:
bool PatternReader::Flags(PatternToken* token) {
  for (at_ += 2; !AtEnd(); ++at_) {
    switch (Peek()) {
      case 'i':
      case 'm':
      case 's':
      case 'U':
      case '-':
        continue;
      case ':':
        token->kind = Kind::kOpen;
        ++at_;
        return true;
      case ')':
        ++at_;
        return true;
      default:
        return false;
    }
  }
  return false;
}

bool PatternReader::Repeat(PatternToken* token) {
  token->kind = Kind::kRepeat;
  const char mark = Peek();
  if (mark == '{') {
    const size_t begin = at_;
    if (!Counted(token)) {
      // RE2 takes a brace that begins no count for itself. Counts that only
      // look like one are left alone here.
      if (IsDigit(begin + 1 < pattern_.size() ? pattern_[begin + 1] : '\0'))
        return false;
      at_ = begin + 1;
      return Literal('{', token);
    }
  } else {
    ++at_;
    token->least = mark == '+' ? 1 : 0;
    token->most = mark == '?' ? 1 : PatternToken::kNoEnd;
  }
  Skip("?");
  return true;
}

// {n} {n,} {n,m}
bool PatternReader::Counted(PatternToken* token) {
  const auto number = [this](int* out) {
    if (!IsDigit(Peek()) || (Peek() == '0' && IsDigit(Peek(1)))) return false;
    for (*out = 0; IsDigit(Peek()); ++at_) {
      *out = *out * 10 + (Peek() - '0');
      if (*out > kMaxRepeat) return false;
    }
    return true;
  };
  ++at_;
  if (!number(&token->least)) return false;
  token->most = token->least;
  if (Skip(",")) {
    token->most = PatternToken::kNoEnd;
    if (Peek() != '}' && !number(&token->most)) return false;
  }
  return Skip("}");
}

bool PatternReader::Escape(PatternToken* token) {
  const char letter = Peek(1);
  if (letter == 'b' || letter == 'B' || letter == 'A' || letter == 'z') {
    token->kind = Kind::kEmpty;
    at_ += 2;
    return true;
  }
  if (letter == 'p' || letter == 'P') {
    token->kind = Kind::kAnything;
    std::vector<CharRange> ranges;
    bool known;
    return ClassItem(&ranges, &known);
  }
  token->ranges = PerlClass(letter);
  if (!token->ranges.empty()) {
    token->kind = Kind::kCharacters;
    at_ += 2;
    return true;
  }
  char32_t c;
  return EscapedCharacter(&c) && Literal(c, token);
}

bool PatternReader::EscapedCharacter(char32_t* c) {
  const char letter = Peek(1);
  if (at_ + 1 >= pattern_.size()) return false;
  at_ += 2;
  switch (letter) {
    case 'n':
      *c = '\n';
      return true;
    case 'r':
      *c = '\r';
      return true;
    case 't':
      *c = '\t';
      return true;
    case 'f':
      *c = '\f';
      return true;
    case 'v':
      *c = '\v';
      return true;
    case 'x':
      return Hex(c);
    default:
      *c = static_cast<unsigned char>(letter);
      return letter > ' ' && letter < 0x7F && !IsAlnum(letter) && letter != '_';
  }
}

// What follows \x: two digits, or {digits}.
bool PatternReader::Hex(char32_t* c) {
  const bool braced = Skip("{");
  *c = 0;
  int digits = 0;
  for (; HexDigit(Peek()) >= 0 && (braced || digits < 2); ++at_, ++digits) {
    *c = *c * 16 + static_cast<char32_t>(HexDigit(Peek()));
    if (*c > kLast) return false;
  }
  return braced ? digits > 0 && Skip("}") : digits == 2;
}

bool PatternReader::Class(PatternToken* token) {
  token->kind = Kind::kCharacters;
  ++at_;
  const bool negated = Skip("^");
  bool told = true;
  for (bool first = true; first || Peek() != ']'; first = false) {
    bool known = true;
    if (AtEnd() || !ClassItem(&token->ranges, &known)) return false;
    told = told && known;
  }
  ++at_;
  if (!told) {
    token->kind = Kind::kAnything;
    token->ranges.clear();
  } else if (negated) {
    token->ranges = Complement(std::move(token->ranges));
  }
  return true;
}

// A character, a range or a named class. *known is false for a class that is
// read over: \pN, \p{Greek}, [:^alpha:].
bool PatternReader::ClassItem(std::vector<CharRange>* ranges, bool* known) {
  const auto add = [ranges, known](const std::vector<CharRange>& more) {
    ranges->insert(ranges->end(), more.begin(), more.end());
    *known = !more.empty();
  };
  if (Peek() == '[' && Peek(1) == ':') {
    const size_t end = pattern_.find(":]", at_ + 2);
    if (end == std::string_view::npos) return false;
    add(NamedClass(pattern_.substr(at_ + 2, end - at_ - 2)));
    at_ = end + 2;
    return true;
  }
  if (Peek() == '\\' && (Peek(1) == 'p' || Peek(1) == 'P')) {
    *known = false;
    at_ += 2;
    if (IsAlnum(Peek())) {
      ++at_;
      return true;
    }
    const size_t end = pattern_.find('}', at_);
    if (Peek() != '{' || end == std::string_view::npos) return false;
    at_ = end + 1;
    return true;
  }
  if (Peek() == '\\' && !PerlClass(Peek(1)).empty()) {
    add(PerlClass(Peek(1)));
    at_ += 2;
    return true;
  }
  CharRange range;
  if (!ClassCharacter(&range.first)) return false;
  range.last = range.first;
  if (Peek() == '-' && at_ + 1 < pattern_.size() && Peek(1) != ']') {
    ++at_;
    if (!ClassCharacter(&range.last) || range.last < range.first) return false;
  }
  ranges->push_back(range);
  return true;
}

bool PatternReader::ClassCharacter(char32_t* c) {
  if (AtEnd()) return false;
  return Peek() == '\\' ? EscapedCharacter(c) : Character(c);
}

}  // namespace sluice::ruleset
