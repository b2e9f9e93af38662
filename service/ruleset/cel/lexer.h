#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "service/ruleset/cel/diagnostic.h"

namespace sluice::ruleset::cel {

enum class TokenKind : uint8_t {
  kEnd,
  kIdent,        // text, not a reserved word
  kReserved,     // text: a word that may only be a field or a method
  kQuotedIdent,  // text: `a-b`, only after a dot
  kInt,          // number: magnitude; a sign before it is a token of its own
  kUint,         // number
  kDouble,       // real
  kString,       // text, decoded
  kBytes,        // text, decoded
  kTrue,
  kFalse,
  kNull,
  kIn,
  kPunctuation,  // text: "(", "&&", "?" ...
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  uint32_t begin = 0, end = 0;  // bytes in the source
  std::string text;
  uint64_t number = 0;
  double real = 0;
};

// Splits an expression into tokens, the last one kEnd. A malformed literal is
// reported and still gives a token, so that parsing goes on.
std::vector<Token> Lex(std::string_view source, Diagnostics* diagnostics);

}  // namespace sluice::ruleset::cel
