#pragma once

#include <string>
#include <string_view>

namespace sluice::classifier {

// How a text is written, whatever it says: what people who advertise and people
// who answer do differently without noticing.
struct Habits {
  int exclamations = 0;
  int questions = 0;
  int commas = 0;
  int stops = 0;
  int ellipses = 0;
  int apostrophes = 0;
  int quotes = 0;
  int brackets = 0;
  int blank_lines = 0;
  int ats = 0;
  int hashes = 0;
  int money = 0;
  int percents = 0;
  int pluses = 0;
  int slashes = 0;
  int colons = 0;
  int dashes = 0;
  int backticks = 0;
  int tags = 0;
  int numbers = 0;
  int lone_i = 0;         // "i" as a word in lower case
  int double_spaces = 0;  // as typewriters and spinning programs make
  int space_before = 0;   // of punctuation
  int none_after = 0;     // a letter right after punctuation
  int foreign = 0;        // characters outside ASCII
  int sentences = 0;
  int capital_sentences = 0;
};

Habits HabitsOf(std::string_view text);

// The shape of a name, at most 12 characters: "Aaa Aaa", "aaa00".
std::string ShapeOf(std::string_view name);

// What a character is: a, A, 0, x (outside ASCII), or itself.
char KindOf(char c);

}  // namespace sluice::classifier
