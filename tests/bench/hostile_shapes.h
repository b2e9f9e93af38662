// Shapes of text that make parsers quadratic, deep or large, at any size.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::bench {

struct HostileShape {
  std::string name;
  std::function<std::string(size_t size)> make;  // of about that many bytes
};

// Units between a prefix, a middle and as many suffixes.
struct NestedShape {
  const char* name;
  std::string prefix;
  std::string unit;  // '#' is replaced by a running number
  std::string middle;
  std::string suffix;
};

inline std::vector<NestedShape> NestedShapes() {
  return {
      {"nested_b", "", "<b>", "", ""},
      {"nested_b_closed", "", "<b>", "x", "</b>"},
      {"nested_em_and_i", "", "<em><i>", "x", ""},
      {"nested_a", "", "<a href=https://e.test/>", "", ""},
      {"nested_a_named", "", "<a href=https://e.test/#>x", "", ""},
      {"nested_ul_li", "", "<ul><li>", "x", ""},
      {"nested_blockquote", "", "<blockquote>", "x", "</blockquote>"},
      {"nested_p", "", "<p>", "", ""},
      {"nested_font", "", "<font color=#><p>", "", ""},
      {"nested_table", "", "<table><tr><td>", "x", ""},
      {"nested_div", "", "<div>", "x", "</div>"},
      {"nested_svg", "", "<svg>", "x", ""},
      {"svg_each_closed", "", "<svg></svg>", "", ""},
      {"end_b", "", "</b>", "", ""},
      {"end_p", "", "</p>", "", ""},
      {"end_li", "<ul><li>", "</li>", "", ""},
      {"misnested", "", "<b><i></b></i>", "", ""},
      {"misnested_blocks", "", "<b><blockquote></b></blockquote>", "", ""},
      {"less_than", "", "<", "", ""},
      {"less_than_slash", "", "</", "", ""},
      {"tag_open", "", "<a ", "", ""},
      {"tag_open_quote", "", "<a b=\"", "", ""},
      {"tag_open_both_quotes", "", "<a b=\"<a c='", "", ""},
      {"tag_quoted_tags", "", "<a b=\"<a b='\" c='<b d=\"' ", "", ""},
      {"attributes", "<a", " a#=b", ">x", ""},
      {"same_attributes", "<a", " href=https://e.test", ">x", ""},
      {"comment_open", "", "<!--", "", ""},
      {"comment_dashes", "<!--", "--", "", ""},
      {"comments", "", "<!---->", "", ""},
      {"instruction_open", "", "<?", "", ""},
      {"declaration_open", "", "<!", "", ""},
      {"cdata_open", "", "<![CDATA[", "", ""},
      {"script_open", "", "<script>", "", ""},
      {"script_end_almost", "<script>", "</scrip", "", ""},
      {"script_escaped", "<script>", "<!--<script>", "", ""},
      {"textarea_open", "", "<textarea>", "", ""},
      {"ampersands", "", "&", "", ""},
      {"references_long", "", "&CounterClockwiseContourIntegra", "", ""},
      {"references_numeric", "", "&#1", "", ""},
      {"references_digits", "&#", "1", "", ""},
      {"references_each", "", "&amp;", "", ""},
      {"bare_urls", "", "http://e.test/# ", "", ""},
      {"bare_urls_joined", "", "http://", "", ""},
      {"bare_www_joined", "", "www.", "", ""},
      {"bare_url_closers", "http://e.test/", ")", "", ""},
      {"long_href", "<a href=\"https://e.test/", "a/../", "\">x", ""},
      {"long_host", "<a href=\"https://", "a.", "test/\">x", ""},
      {"hosts_in_unicode", "", "<a href=https://\u00E4#.test>x</a>", "", ""},
      {"overrides", "", "\u202E", "", ""},
      {"isolates_closed", "", "\u2067", "x", "\u2069"},
      {"closers", "", "\u2069\u202C", "", ""},
      {"marks", "a", "\u0301", "", ""},
      {"marks_each", "", "a\u0301\u0301\u0301\u0301\u0301\u0301", "", ""},
      {"controls", "", "\x01", "", ""},
      {"braces", "", "{", "", ""},
      {"newlines", "", "\n", "", ""},
      {"lines", "", "x\n", "", ""},
      {"pre_newlines", "<pre>", "\n", "x", ""},
      {"spaces", "x", " ", "x", ""},
      {"backquotes_growing", "", "`#", "", ""},
      {"asterisks", "", "*", "", ""},
      {"emphasis_open", "", "*a _b ", "", ""},
      {"brackets", "", "[", "", ""},
      {"brackets_closed", "", "[", "x", "]"},
      {"link_parens", "", "[a](", "", ""},
      {"images", "", "![", "", ""},
      {"references", "", "[a#]: /x\n", "", ""},
      {"footnotes", "", "x[^#]\n\n[^#]: y\n\n", "", ""},
      {"footnote_many_references", "[^1]: x\n\n", "[^1]", "", ""},
      {"abbreviations", "", "*[a#]: b\n", "", ""},
      {"quotes", "", ">", "x", ""},
      {"quotes_stepped", "", "> > > x\n>\n", "", ""},
      {"lists_deep", "", "- ", "x", ""},
      {"lists", "", "- x\n", "", ""},
      {"table_wide", "|", "a|", "\n|", "-|"},
      {"table_bars", "a|b\n-|-\n", "|", "", ""},
      {"definitions", "", "a\n: b\n\n", "", ""},
      {"headers", "", "#", "", ""},
      {"fences", "", "~~~\n", "", ""},
      {"attribute_lists", "", "# a {#b .c}\n", "", ""},
      {"markdown_div", "", "<div markdown=\"1\">\n", "", ""},
  };
}

inline std::string Make(const NestedShape& shape, size_t size) {
  std::string out = shape.prefix;
  std::string tail;
  const size_t room = size - shape.prefix.size() - shape.middle.size();
  const size_t hash = shape.unit.find('#');
  const bool counted = hash != std::string::npos && shape.unit.size() > 1;
  for (int i = 1;; ++i) {
    std::string unit = shape.unit;
    if (counted) {
      for (size_t at = hash; at != std::string::npos; at = unit.find('#', at))
        unit.replace(at, 1, std::to_string(i));
    }
    if (out.size() + tail.size() + unit.size() + shape.suffix.size() > room)
      break;
    out += unit;
    tail += shape.suffix;
  }
  return out + shape.middle + tail;
}

// Whole pieces alone: a cut one may be another shape at one size, as a fence
// that is closed by it.
inline std::string Repeat(std::string_view piece, size_t size) {
  std::string out;
  while (out.size() + piece.size() <= size) out += piece;
  return out;
}

// Pieces of Markdown, each again and again.
inline constexpr const char* kPieces[] = {"(",
                                          "[",
                                          "![",
                                          "*",
                                          "_",
                                          "`",
                                          "<",
                                          ">",
                                          "> ",
                                          "- ",
                                          "|",
                                          "{",
                                          "&",
                                          "\\",
                                          "#",
                                          "~",
                                          "=",
                                          "\n",
                                          " ",
                                          "a ",
                                          "]",
                                          ")",
                                          "**a ",
                                          "*a **b ",
                                          "_a __b ",
                                          "[a](",
                                          "[a](<b ",
                                          "[a](b \"",
                                          "[a](b 'c ",
                                          "[a][",
                                          "[a][a]",
                                          "![a](",
                                          "[[a]",
                                          "[a]]",
                                          "<a ",
                                          "<a href=\"",
                                          "<!-- ",
                                          "<? ",
                                          "<div>",
                                          "<div markdown=1>",
                                          "<div>\n",
                                          "<p \"",
                                          "</div>",
                                          "<script>",
                                          "a|b\n",
                                          "a|b\n-|-\n",
                                          "|a|\n|-|\n",
                                          "~~~\n",
                                          "```a\n",
                                          "> a\n",
                                          "- a\n",
                                          "- a\n\n",
                                          "1. a\n",
                                          "a\n: b\n",
                                          "a\n\n: b\n\n",
                                          " a\n",
                                          "# a\n",
                                          "a\n=\n",
                                          "- - - - a\n",
                                          "> > > > a\n",
                                          "* [a]: b\n",
                                          "[^1] ",
                                          "[^1]: a\n",
                                          "*[a]: b\n",
                                          "[a]: b\n",
                                          "[a]:[a]:",
                                          "&amp;",
                                          "&#x41;",
                                          "<http://a> ",
                                          "<a@b.c> ",
                                          "a \n",
                                          "{{",
                                          "{#a}",
                                          "# a {#b}\n",
                                          "a*b_c`d[e]f(g)h<i>j",
                                          "\\`",
                                          "`a``b```c",
                                          "<b><i><em><strong>",
                                          "</b></i></em>",
                                          "*a*b*c_d_e_",
                                          "***a***b",
                                          "***a ",
                                          "x<y "};

// One list item deeper than the other.
inline std::string Rising(std::string_view marker, size_t size) {
  std::string out;
  for (size_t depth = 0; out.size() < size; depth = (depth + 2) % 200)
    out.append(depth, ' ').append(marker).append(" a\n");
  return out;
}

// `mark` once, twice, three times ..., each time with `after`.
inline std::string Growing(char mark, size_t first, const char* after,
                           size_t size) {
  std::string out;
  for (size_t n = first; out.size() < size; ++n)
    out.append(n, mark).append(after);
  return out;
}

// The form with running numbers for "{0}".
inline std::string Numbered(std::string_view form, size_t size) {
  std::string out;
  for (size_t n = 0; out.size() < size; ++n)
    out += fmt::format(fmt::runtime(form), n);
  return out;
}

inline std::vector<HostileShape> HostileShapes() {
  std::vector<HostileShape> shapes;
  for (const NestedShape& shape : NestedShapes()) {
    shapes.push_back(
        {shape.name, [shape](size_t size) { return Make(shape, size); }});
  }
  for (const char* piece : kPieces) {
    shapes.push_back({fmt::format("again {}", piece),
                      [piece](size_t size) { return Repeat(piece, size); }});
  }
  for (const char* marker : {"-", "1.", ">"}) {
    shapes.push_back({fmt::format("rising {}", marker),
                      [marker](size_t size) { return Rising(marker, size); }});
  }
  const auto add = [&shapes](const char* name, auto make) {
    shapes.push_back({name, make});
  };
  add("code marks of every length",
      [](size_t size) { return Growing('`', 1, "a ", size); });
  add("fences of every length",
      [](size_t size) { return Growing('~', 3, "a\n", size); });
  add("many notes", [](size_t size) {
    return Numbered("[^{0}] ", size / 2) + "\n\n" +
           Numbered("[^{0}]: a [^{0}]\n\n", size / 2);
  });
  add("many links", [](size_t size) {
    return Numbered("[a{0}] ", size / 2) + "\n\n" +
           Numbered("[a{0}]: /b{0}\n", size / 2);
  });
  add("abbreviations everywhere", [](size_t size) {
    return Numbered("*[a-a-a-a-a-a-a-a-{0}]: b\n", size / 16) + "\n" +
           Repeat("a-", size - size / 16);
  });
  add("lazy quotation", [](size_t size) {
    return Repeat("> ", 64) + "\n" + Repeat("a\n", size);
  });
  return shapes;
}

}  // namespace sluice::bench
