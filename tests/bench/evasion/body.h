#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/evasion/disguise.h"

namespace sluice::evasion {

// A stretch of a comment's body.
struct Piece {
  std::string_view text;
  bool words;  // to be read; else markup, an address or the like, which has to
               // stay as it is to work
};

// The body in order, without gaps. Kept as they are: HTML tags and comments,
// BBCode tags, targets of Markdown links, character references, URLs, bare host
// names, e-mail addresses, @names and telephone numbers.
std::vector<Piece> PiecesOf(std::string_view body);

// Whether most letters of the words are ASCII. The disguises change no others.
bool IsMostlyAscii(std::string_view body);

// The body with the words of it disguised, each piece with a seed of its own
// and without the white space and signs around it.
std::string DisguiseBody(std::string_view body, const Disguise& disguise,
                         uint32_t seed);

// The body with each ASCII letter of its words exchanged for another, so that
// nothing is left to read: what is caught of this is caught by its links, its
// markup or its author.
std::string ScrambleBody(std::string_view body, uint32_t seed);

}  // namespace sluice::evasion
