#include "service/signals/form_token.h"

#include <gtest/gtest.h>

namespace sluice::signals {
namespace {

constexpr char kKey[] = "a key of the server";

FormToken Token() {
  FormToken token;
  token.site = "blog";
  token.page = FormPage(kKey, "https://blog.example/post");
  token.issued = Time{std::chrono::seconds(1'800'000'000)};
  token.honeypot = "topic_1234";
  token.quiz = "name";
  token.nonce = UINT64_MAX;
  return token;
}

v1::Comment With(const std::string& text) {
  v1::Comment comment;
  comment.set_name("sites/blog/comments/c1");
  comment.mutable_page()->set_url("https://blog.example/post");
  comment.mutable_form()->set_token(text);
  return comment;
}

TEST(FormToken, ReadsBackWhatWasSigned) {
  const std::string text = SignFormToken(kKey, Token());
  EXPECT_LE(text.size(), kMaxFormToken);
  const auto token = ReadFormToken(kKey, text);
  ASSERT_TRUE(token.has_value());
  EXPECT_EQ(token->site, "blog");
  EXPECT_EQ(token->page, Token().page);
  EXPECT_EQ(token->issued, Token().issued);
  EXPECT_EQ(token->honeypot, "topic_1234");
  EXPECT_EQ(token->quiz, "name");
  EXPECT_EQ(token->nonce, UINT64_MAX);
}

TEST(FormToken, AnyCharacterChangedIsAForgery) {
  const std::string text = SignFormToken(kKey, Token());
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(ReadFormToken(kKey, changed).has_value()) << i;
    EXPECT_FALSE(ReadFormToken(kKey, text.substr(0, i)).has_value()) << i;
  }
  EXPECT_FALSE(ReadFormToken(kKey, text + "A").has_value());
  EXPECT_FALSE(ReadFormToken("another key", text).has_value());
  EXPECT_FALSE(ReadFormToken("", text).has_value());
}

TEST(FormToken, TheLongestPartsFit) {
  FormToken token = Token();
  token.site = std::string(63, 's');
  token.quiz = std::string(64, 'q');
  token.honeypot = HoneypotField(kKey, token.site);
  EXPECT_LE(SignFormToken(kKey, token).size(), kMaxFormToken);
}

TEST(FormToken, IsGoodForItsSiteAndPage) {
  using Kind = TokenCheck::Kind;
  const std::string text = SignFormToken(kKey, Token());
  v1::Comment comment = With(text);
  EXPECT_EQ(CheckFormToken(kKey, comment).kind, Kind::kSigned);
  comment.mutable_page()->set_url("https://blog.example/post#comments");
  EXPECT_EQ(CheckFormToken(kKey, comment).kind, Kind::kSigned);
  comment.mutable_page()->clear_url();
  EXPECT_EQ(CheckFormToken(kKey, comment).kind, Kind::kSigned);
  comment.mutable_page()->set_url("https://blog.example/other");
  EXPECT_EQ(CheckFormToken(kKey, comment).kind, Kind::kForged);
  comment = With(text);
  comment.set_name("sites/other/comments/c1");
  EXPECT_EQ(CheckFormToken(kKey, comment).kind, Kind::kForged);
  EXPECT_EQ(CheckFormToken(kKey, With("")).kind, Kind::kNone);
  EXPECT_EQ(CheckFormToken(kKey, With("made up")).kind, Kind::kForged);
  EXPECT_EQ(CheckFormToken("", With(text)).kind, Kind::kForged);
}

TEST(FormToken, OfNoPageIsGoodForAll) {
  FormToken token = Token();
  token.page = FormPage(kKey, "");
  EXPECT_EQ(CheckFormToken(kKey, With(SignFormToken(kKey, token))).kind,
            TokenCheck::Kind::kSigned);
}

TEST(HoneypotField, StaysTheSameForASite) {
  EXPECT_EQ(HoneypotField(kKey, "blog"), HoneypotField(kKey, "blog"));
  EXPECT_NE(HoneypotField(kKey, "blog"), HoneypotField(kKey, "other"));
  EXPECT_NE(HoneypotField(kKey, "blog"), HoneypotField("key", "blog"));
}

}  // namespace
}  // namespace sluice::signals
