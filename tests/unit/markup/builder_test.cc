// The builder's promise to its front ends: how they cut the text does not
// matter.

#include "service/markup/builder.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "service/markup/render.h"
#include "service/markup/serializer.h"
#include "service/markup/views.h"

namespace sluice::markup {
namespace {

constexpr size_t kNoLimit = 1 << 20;

struct Built {
  std::string html;
  std::string text;
  std::vector<ByteSpan> places;  // of each byte of `text` in the source
};

// Builds the source as one paragraph, its text given in pieces that end at
// `cuts` (and at the end of the source).
Built BuildInPieces(const std::string& source, const std::vector<size_t>& cuts,
                    const HtmlPolicy& policy) {
  TreeBuilder builder(policy, source);
  Element paragraph;
  paragraph.tag = Tag::kP;
  paragraph.origin = Origin::kMade;
  builder.Open(paragraph);
  size_t at = 0;
  const auto give = [&](size_t end) {
    builder.Text(std::string_view(source).substr(at, end - at),
                 {static_cast<uint32_t>(at), static_cast<uint32_t>(end)});
    at = end;
  };
  for (const size_t cut : cuts) give(cut);
  give(source.size());
  builder.Close(Tag::kP, Origin::kMade, {});
  Tree tree = builder.Finish();
  Built built;
  built.html = Serialize(tree, policy, kNoLimit);
  Rendering rendering;
  ExtractViews(std::move(tree), &rendering);
  built.text = rendering.text;
  for (uint32_t i = 0; i < built.text.size(); ++i)
    built.places.push_back(rendering.text_map.Map({i, i + 1}));
  return built;
}

std::string RandomText(std::mt19937* random) {
  static const char* const kPieces[] = {"word",
                                        " ",
                                        "  ",
                                        "\n",
                                        "\t",
                                        "\r\n",
                                        "\r",
                                        "<",
                                        ">",
                                        "&",
                                        "\"",
                                        "'",
                                        "{",
                                        "{{",
                                        "}}",
                                        "|",
                                        "~",
                                        "\f",
                                        "\x01",
                                        "\u00A0",
                                        "\u00E9",
                                        "\u0416",
                                        "\u4E2D",
                                        "\u202E",
                                        "\u202C",
                                        "\u2067",
                                        "\u2069",
                                        "\u0301",
                                        "e\u0301\u0301\u0301\u0301\u0301\u0301",
                                        "\U0001F600",
                                        "\uFFFE",
                                        "http://e.test/x?a=b&c",
                                        "www.e.test",
                                        "a long run of plain words here"};
  std::uniform_int_distribution<size_t> piece(0, std::size(kPieces) - 1);
  std::uniform_int_distribution<int> length(1, 24);
  std::string text;
  for (int i = length(*random); i > 0; --i) text += kPieces[piece(*random)];
  return text;
}

bool IsCodePointBorder(const std::string& text, size_t at) {
  return (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
}

// A newline of two bytes is one character: a front end does not cut it.
std::vector<size_t> RandomCuts(const std::string& text, std::mt19937* random) {
  std::vector<size_t> cuts;
  std::bernoulli_distribution here(0.3);
  for (size_t at = 1; at < text.size(); ++at) {
    const bool within_newline = text[at - 1] == '\r' && text[at] == '\n';
    if (IsCodePointBorder(text, at) && !within_newline && here(*random))
      cuts.push_back(at);
  }
  return cuts;
}

TEST(Builder, ChunkingOfTextDoesNotMatter) {
  std::mt19937 random(20261124);
  HtmlPolicy policy = DefaultHtmlPolicy();
  size_t cut = 0;
  for (int round = 0; round < 8000; ++round) {
    policy.defuse_templates = round % 2 == 0;
    const std::string source = RandomText(&random);
    const std::vector<size_t> cuts = RandomCuts(source, &random);
    cut += cuts.size();
    const Built whole = BuildInPieces(source, {}, policy);
    const Built pieces = BuildInPieces(source, cuts, policy);
    ASSERT_EQ(whole.html, pieces.html) << testing::PrintToString(source);
    ASSERT_EQ(whole.text, pieces.text) << testing::PrintToString(source);
    ASSERT_EQ(whole.places.size(), pieces.places.size());
    for (size_t i = 0; i < whole.places.size(); ++i) {
      ASSERT_EQ(whole.places[i].begin, pieces.places[i].begin)
          << testing::PrintToString(source) << " at " << i;
    }
  }
  EXPECT_GT(cut, 10000u);
}

}  // namespace
}  // namespace sluice::markup
