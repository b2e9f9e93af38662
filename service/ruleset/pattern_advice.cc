#include "service/ruleset/pattern_advice.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::ruleset {
namespace {

struct Advice {
  std::string_view sign;  // stands in the refused pattern
  std::string_view text;
};

constexpr std::string_view kNoLookaround =
    "RE2 has no lookaround: match more and refuse the rest with `when`, or "
    "split the rule in two";
constexpr std::string_view kNoPossessive =
    "RE2 never backtracks, so it has no possessive quantifiers and needs none: "
    "leave the second sign out";
constexpr std::string_view kNoRecursion =
    "RE2 has no recursion: write the levels out that matter";
constexpr std::string_view kNamedGroup =
    "RE2 names groups as (?P<name>...); a rule has no use for names: write "
    "(...)";

// Longer signs before those they begin with.
constexpr Advice kAdvice[] = {
    {"(?=", kNoLookaround},
    {"(?!", kNoLookaround},
    {"(?<=", kNoLookaround},
    {"(?<!", kNoLookaround},
    {"(?<", kNamedGroup},
    {"(?'", kNamedGroup},
    {"(?P=", "RE2 has no backreferences: write the alternatives out"},
    {"(?>",
     "RE2 never backtracks, so it has no atomic groups and needs none: write "
     "(?:...)"},
    {"(?(", "RE2 has no conditions: write both cases as alternatives"},
    {"(?#", "RE2 has no comments in a pattern: put it into the YAML file"},
    {"(?R)", kNoRecursion},
    {"(?&", kNoRecursion},
    {"(?x", "RE2 has no free spacing: leave the blanks and the x out"},
    {"(?|", "RE2 has no branch reset: write (?:...)"},
    {"++", kNoPossessive},
    {"*+", kNoPossessive},
    {"?+", kNoPossessive},
    {"}+", kNoPossessive},
    {"\\K", "RE2 has no \\K: a rule only asks whether a pattern is found"},
    {"\\G", "RE2 has no \\G: patterns are searched in the text as a whole"},
    {"\\Z", "write \\z for the end of the text"},
    {"\\h", "write [ \\t] for a blank"},
    {"\\R", "write \\n for the end of a line"},
    {"\\X", "write . for one character"},
    {"\\u", "write \\x{1F600} for a character by number"},
    {"\\U", "write \\x{1F600} for a character by number"},
    {"\\e", "write \\x1b"},
    {"\\<", "write \\b for the border of a word"},
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }

// One past the bracket that ends the class at `at`.
size_t EndOfClass(std::string_view pattern, size_t at) {
  ++at;
  if (at < pattern.size() && pattern[at] == '^') ++at;
  if (at < pattern.size() && pattern[at] == ']') ++at;
  for (; at < pattern.size() && pattern[at] != ']'; ++at) {
    if (pattern[at] == '\\') ++at;
    if (pattern.substr(at, 2) == "[:")
      at = std::min(pattern.find(":]", at), pattern.size()) + 1;
  }
  return at + 1;
}

// One past an escape at `at`: \d, \pL, \p{Greek}, \x{41}.
size_t EndOfEscape(std::string_view pattern, size_t at) {
  const std::string_view rest = pattern.substr(at);
  if (rest.substr(0, 2) == "\\Q")
    return at + std::min(rest.find("\\E"), rest.size());
  if (rest.size() < 3 ||
      std::string_view("pPx").find(rest[1]) == std::string_view::npos)
    return at + 2;
  if (rest[2] == '{') return at + std::min(rest.find('}'), rest.size()) + 1;
  return at + (rest[1] == 'x' ? 4 : 3);
}

// The first capital letter that the pattern takes literally; npos without one.
// Letters in classes are left out: [A-Za-z] is no slip.
size_t FindCapital(std::string_view pattern) {
  for (size_t at = 0; at < pattern.size();) {
    if (pattern[at] == '\\') {
      at = EndOfEscape(pattern, at);
    } else if (pattern[at] == '[') {
      at = EndOfClass(pattern, at);
    } else if (pattern.substr(at, 2) == "(?") {
      at = std::min(pattern.find_first_of(":)>", at), pattern.size());
    } else if (IsUpper(pattern[at])) {
      return at;
    } else {
      ++at;
    }
  }
  return std::string_view::npos;
}

bool IsFolded(v1::View view) {
  return view == v1::VIEW_TEXT || view == v1::VIEW_OWN_WORDS ||
         view == v1::VIEW_AUTHOR_NAME || view == v1::VIEW_LINKS_TEXT ||
         view == v1::VIEW_PAGE_TITLE;
}

// Views that hardly any comment leaves empty; `.` in another one asks for its
// being there.
bool IsOfEveryComment(v1::View view) {
  return view == v1::VIEW_TEXT || view == v1::VIEW_PLAIN ||
         view == v1::VIEW_OWN_WORDS || view == v1::VIEW_SOURCE ||
         view == v1::VIEW_HTML;
}

}  // namespace

std::string PatternHint(std::string_view pattern) {
  for (const Advice& advice : kAdvice) {
    if (pattern.find(advice.sign) != std::string_view::npos)
      return fmt::format("; {}", advice.text);
  }
  for (size_t at = 0; at + 1 < pattern.size(); ++at) {
    if (pattern[at] == '\\' && pattern[at + 1] != '0' &&
        IsDigit(pattern[at + 1]))
      return "; RE2 has no backreferences: write the alternatives out";
    if (pattern[at] == '{' && IsDigit(pattern[at + 1]))
      return "; RE2 repeats at most 1,000 times: write x{1000,}, or ask for "
             "the "
             "length in `when`";
  }
  return "";
}

Breadth BreadthOf(const std::function<bool(std::string_view)>& matches,
                  const std::vector<v1::View>& views) {
  constexpr std::string_view kAnything[] = {"a", "5", "-", "\xD0\xB6",
                                            "\xE4\xB8\xAD"};
  constexpr std::string_view kLetters[] = {"a", "e", "t"};
  if (matches("")) {
    return {true,
            "the pattern matches the empty text, so every comment; ask for at "
            "least one character"};
  }
  if (!std::any_of(views.begin(), views.end(), IsOfEveryComment)) return {};
  if (std::all_of(std::begin(kAnything), std::end(kAnything), matches)) {
    return {false,
            "the pattern matches any one character, so every comment; ask for "
            "something"};
  }
  if (std::all_of(std::begin(kLetters), std::end(kLetters), matches)) {
    return {false,
            "the pattern matches single letters, so nearly every comment"};
  }
  return {};
}

std::string PatternSlip(std::string_view pattern,
                        const std::vector<v1::View>& views) {
  const size_t last = pattern.rfind('/');
  if (pattern.size() > 2 && pattern.front() == '/' && last > 1 &&
      pattern.find_first_not_of("gimsuxy", last + 1) ==
          std::string_view::npos &&
      pattern.find('/', 1) == last) {
    return "the slashes are part of the pattern; leave them out, and write "
           "(?i) before it for /i";
  }
  const size_t capital = FindCapital(pattern);
  const bool folded = std::all_of(views.begin(), views.end(), IsFolded);
  if (capital == std::string_view::npos || !folded ||
      pattern.find("(?i") != std::string_view::npos)
    return "";
  return fmt::format(
      "this view is folded to small letters, in which no '{}' is ever found; "
      "write it small, or look `in: [plain]`",
      pattern[capital]);
}

}  // namespace sluice::ruleset
