#include "service/text/letter_shapes.h"

#include <cstddef>

namespace sluice::text {
namespace {

struct Pair {
  char32_t from;
  char32_t to;
};

// Shapes that UTS #39 leaves out because it never looks through case: a small
// Cyrillic ve is a small-capital B to the eye, and its capital is B itself.
constexpr Pair kCyrillicLooks[] = {
    {U'а', 'a'}, {U'в', 'b'}, {U'е', 'e'}, {U'ѕ', 's'}, {U'і', 'i'},
    {U'ј', 'j'}, {U'к', 'k'}, {U'м', 'm'}, {U'н', 'h'}, {U'о', 'o'},
    {U'р', 'p'}, {U'с', 'c'}, {U'т', 't'}, {U'у', 'y'}, {U'х', 'x'},
    {U'ԁ', 'd'}, {U'ԛ', 'q'}, {U'ԝ', 'w'}, {U'һ', 'h'}, {U'ӏ', 'l'},
    {U'ԍ', 'g'}, {U'ѵ', 'v'}, {U'ҽ', 'e'}, {U'ғ', 'f'}, {U'қ', 'k'},
    {U'ҝ', 'k'}, {U'ҡ', 'k'}, {U'ҟ', 'k'}, {U'ҳ', 'x'}, {U'ҫ', 'c'},
    {U'ү', 'y'}, {U'ұ', 'y'}, {U'ң', 'h'}, {U'ӊ', 'h'}, {U'ҏ', 'p'},
    {U'ө', 'o'}, {U'ҭ', 't'}, {U'ӎ', 'm'}, {U'ԋ', 'h'}, {U'ԏ', 't'}};
constexpr Pair kCyrillicWeakLooks[] = {
    {U'п', 'n'}, {U'и', 'u'}, {U'й', 'u'}, {U'я', 'r'}, {U'ь', 'b'},
    {U'б', 'b'}, {U'г', 'r'}, {U'ш', 'w'}, {U'щ', 'w'}, {U'ц', 'u'},
    {U'э', 'e'}, {U'є', 'e'}, {U'ѡ', 'w'}, {U'ӡ', 'z'}};
constexpr Pair kGreekLooks[] = {
    {U'α', 'a'}, {U'β', 'b'}, {U'γ', 'y'}, {U'ε', 'e'}, {U'ζ', 'z'},
    {U'η', 'n'}, {U'ι', 'i'}, {U'κ', 'k'}, {U'μ', 'u'}, {U'ν', 'v'},
    {U'ο', 'o'}, {U'ρ', 'p'}, {U'σ', 'o'}, {U'τ', 't'}, {U'υ', 'u'},
    {U'χ', 'x'}, {U'ω', 'w'}, {U'ϝ', 'f'}, {U'ϳ', 'j'}, {U'ϲ', 'c'}};
constexpr Pair kGreekWeakLooks[] = {{U'θ', 'o'}, {U'λ', 'a'}, {U'π', 'n'},
                                    {U'δ', 'd'}, {U'φ', 'o'}, {U'ξ', 'e'}};
constexpr Pair kGreekCapitalLooks[] = {{U'Η', 'h'}, {U'Μ', 'm'}, {U'Ν', 'n'},
                                       {U'Ρ', 'p'}, {U'Υ', 'y'}, {U'Ζ', 'z'},
                                       {U'Σ', 'e'}, {U'Γ', 'r'}};
// What UTS #39 does not list and alphabets "in Armenian style" are made of.
constexpr Pair kArmenianLooks[] = {
    {U'ժ', 'd'}, {U'ի', 'i'}, {U'լ', 'l'}, {U'յ', 'j'}, {U'ր', 'r'}};
constexpr Pair kArmenianWeakLooks[] = {{U'ե', 'e'}, {U'է', 't'}, {U'ղ', 'n'},
                                       {U'մ', 'u'}, {U'վ', 'y'}, {U'կ', 'k'},
                                       {U'թ', 'p'}, {U'ը', 'n'}, {U'ճ', 'x'}};
// Of Canadian syllabics, which whole alphabets are made up from.
constexpr Pair kSyllabicLooks[] = {
    {U'ᗩ', 'a'}, {U'ᗷ', 'b'}, {U'ᑕ', 'c'}, {U'ᗪ', 'd'}, {U'ᗴ', 'e'},
    {U'ᖴ', 'f'}, {U'ᘜ', 'g'}, {U'ᕼ', 'h'}, {U'ᒍ', 'j'}, {U'ᒪ', 'l'},
    {U'ᗰ', 'm'}, {U'ᑎ', 'n'}, {U'ᑭ', 'p'}, {U'ᑫ', 'q'}, {U'ᖇ', 'r'},
    {U'ᔕ', 's'}, {U'ᑌ', 'u'}, {U'ᐯ', 'v'}, {U'ᗯ', 'w'}, {U'᙭', 'x'},
    {U'ᖻ', 'y'}, {U'ᘔ', 'z'}};
// Without schwa and dotless i, which honest text has too.
constexpr Pair kTurned[] = {{U'ɐ', 'a'}, {U'ǝ', 'e'}, {U'ɟ', 'f'}, {U'ƃ', 'g'},
                            {U'ᵷ', 'g'}, {U'ɥ', 'h'}, {U'ᴉ', 'i'}, {U'ɾ', 'j'},
                            {U'ʞ', 'k'}, {U'ɯ', 'm'}, {U'ɹ', 'r'}, {U'ʇ', 't'},
                            {U'ʌ', 'v'}, {U'ʍ', 'w'}, {U'ʎ', 'y'}, {U'ⅎ', 'f'},
                            {U'∀', 'a'}, {U'ɔ', 'c'}, {U'⅄', 'y'}, {U'⊥', 't'}};
constexpr Pair kLatinLooks[] = {
    {U'ə', 'e'}, {U'ɛ', 'e'}, {U'ɜ', 'e'}, {U'ĸ', 'k'}, {U'ƨ', 's'},
    {U'ɋ', 'q'}, {U'ʃ', 'l'}, {U'ɩ', 'i'}, {U'ɷ', 'w'}, {U'ȣ', 'o'},
    {U'ɤ', 'y'}, {U'ɒ', 'a'}, {U'ɘ', 'e'}, {U'ɣ', 'y'}, {U'ʊ', 'u'}};
constexpr Pair kPunctuation[] = {
    {U'\u2018', '\''}, {U'\u2019', '\''}, {U'\u201B', '\''}, {U'\u02BC', '\''},
    {U'\u00B4', '\''}, {U'\u2032', '\''}, {U'\u201C', '"'},  {U'\u201D', '"'},
    {U'\u201E', '"'},  {U'\u201F', '"'},  {U'\u00AB', '"'},  {U'\u00BB', '"'},
    {U'\u2033', '"'},  {U'\u2010', '-'},  {U'\u2011', '-'},  {U'\u2012', '-'},
    {U'\u2013', '-'},  {U'\u2014', '-'},  {U'\u2015', '-'},  {U'\u2212', '-'},
    {U'\u2043', '-'},  {U'\u2044', '/'},  {U'\u2215', '/'},  {U'\uA789', ':'},
    {U'\u2236', ':'},  {U'\u2027', '.'},  {U'\u2022', '*'},  {U'\u2217', '*'},
    {U'\u223C', '~'},  {U'\u01C3', '!'},  {U'\u02D0', ':'}};

template <size_t kSize>
char32_t Find(const Pair (&pairs)[kSize], char32_t code_point) {
  for (const Pair& pair : pairs) {
    if (pair.from == code_point) return pair.to;
  }
  return 0;
}

}  // namespace

char32_t CyrillicShape(char32_t c) { return Find(kCyrillicLooks, c); }

char32_t WeakCyrillicShape(char32_t c) { return Find(kCyrillicWeakLooks, c); }

char32_t GreekShape(char32_t c) { return Find(kGreekLooks, c); }

char32_t WeakGreekShape(char32_t c) { return Find(kGreekWeakLooks, c); }

char32_t GreekCapitalShape(char32_t c) { return Find(kGreekCapitalLooks, c); }

char32_t TurnedShape(char32_t c) { return Find(kTurned, c); }

char32_t ArmenianShape(char32_t small) { return Find(kArmenianLooks, small); }

char32_t WeakArmenianShape(char32_t small) {
  return Find(kArmenianWeakLooks, small);
}

char32_t SyllabicShape(char32_t c) { return Find(kSyllabicLooks, c); }

char32_t LatinShape(char32_t c) { return Find(kLatinLooks, c); }

char32_t PlainPunctuation(char32_t c) { return Find(kPunctuation, c); }

char32_t EnclosedCharacter(char32_t c) {
  // Mathematical letters come in alphabets of 26; where one is missing because
  // it was encoded elsewhere, careless generators write the hole.
  if (c >= 0x1D400 && c <= 0x1D6A3) return 'a' + (c - 0x1D400) % 26;
  if (c >= 0x249C && c <= 0x24B5) return 'a' + (c - 0x249C);     // (a)
  if (c >= 0x1F110 && c <= 0x1F129) return 'a' + (c - 0x1F110);  // (A)
  if (c >= 0x1F130 && c <= 0x1F149) return 'a' + (c - 0x1F130);  // squared
  if (c >= 0x1F150 && c <= 0x1F169) return 'a' + (c - 0x1F150);  // on black
  if (c >= 0x1F170 && c <= 0x1F189) return 'a' + (c - 0x1F170);  // on black
  if (c == 0x24EA || c == 0x24FF) return '0';
  if (c >= 0x2474 && c <= 0x247C) return '1' + (c - 0x2474);  // (1)
  if (c >= 0x2488 && c <= 0x2490) return '1' + (c - 0x2488);  // 1.
  if (c >= 0x24F5 && c <= 0x24FD) return '1' + (c - 0x24F5);
  if (c >= 0x2776 && c <= 0x277E) return '1' + (c - 0x2776);
  if (c >= 0x2780 && c <= 0x2788) return '1' + (c - 0x2780);
  if (c >= 0x278A && c <= 0x2792) return '1' + (c - 0x278A);
  return 0;
}

char32_t CyrillicLookalike(char latin) {
  switch (latin) {
    case 'a':
      return U'а';
    case 'b':
      return U'в';
    case 'c':
      return U'с';
    case 'e':
      return U'е';
    case 'h':
      return U'н';
    case 'k':
      return U'к';
    case 'm':
      return U'м';
    case 'o':
      return U'о';
    case 'p':
      return U'р';
    case 't':
      return U'т';
    case 'x':
      return U'х';
    case 'y':
      return U'у';
    default:
      return 0;
  }
}

}  // namespace sluice::text
