#include "service/gateway/form.h"

#include <gtest/gtest.h>

#include "service/gateway/http.h"

namespace sluice::gateway {
namespace {

constexpr char kUrlEncoded[] = "application/x-www-form-urlencoded";

std::string Value(std::string_view body, std::string_view name) {
  const absl::StatusOr<Form> form = ParseForm(kUrlEncoded, body);
  return form.ok() ? std::string(form->Get(name)) : "error";
}

TEST(UrlEncodedTest, DecodesWhatClientsReallySend) {
  struct {
    std::string_view body, name, want;
  } cases[] = {
      {"a=b", "a", "b"},
      {"a=b+c%20d", "a", "b c d"},
      {"a=%e2%80%94", "a", "\xE2\x80\x94"},
      {"comment_context%5B0%5D=x", "comment_context[0]", "x"},
      {"user_role&a=1", "user_role", ""},
      {"user_role&a=1", "a", "1"},
      {"a=b=c", "a", "b=c"},
      {"&&a=1&&", "a", "1"},
      {"=x&a=1", "a", "1"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(Value(c.body, c.name), c.want) << c.body;
}

TEST(UrlEncodedTest, APercentThatIsNoEscapeStandsForItself) {
  EXPECT_EQ(Value("a=100%", "a"), "100%");
  EXPECT_EQ(Value("a=100%2", "a"), "100%2");
  EXPECT_EQ(Value("a=%zz%41", "a"), "%zzA");
  EXPECT_EQ(Value("a=%25%34%31", "a"), "%41");  // decoded once, not twice
}

TEST(UrlEncodedTest, OfANameThatComesTwiceTheFirstCounts) {
  EXPECT_EQ(Value("key=mine&key=theirs", "key"), "mine");
}

TEST(UrlEncodedTest, AFieldWithoutAValueIsThere) {
  const absl::StatusOr<Form> form = ParseUrlEncoded("user_role");
  ASSERT_TRUE(form.ok());
  EXPECT_TRUE(form->Has("user_role"));
  EXPECT_FALSE(form->Has("user_rol"));
  EXPECT_FALSE(form->Has("user_roles"));
}

TEST(UrlEncodedTest, TooManyFieldsAreRefused) {
  std::string body;
  for (size_t i = 0; i < kMaxFormFields; ++i) body += "a=1&";
  EXPECT_TRUE(ParseUrlEncoded(body).ok());
  EXPECT_FALSE(ParseUrlEncoded(body + "a=1").ok());
}

TEST(FormTest, OtherTypesAreRefused) {
  EXPECT_TRUE(ParseForm("", "a=1").ok());
  EXPECT_TRUE(
      ParseForm("Application/X-WWW-Form-URLEncoded;charset=UTF-8", "").ok());
  EXPECT_FALSE(ParseForm("text/plain", "a=1").ok());
  EXPECT_FALSE(ParseForm("application/json", "{}").ok());
}

std::string Part(std::string_view name, std::string_view value) {
  return "--B\r\nContent-Disposition: form-data; name=\"" + std::string(name) +
         "\"\r\n\r\n" + std::string(value) + "\r\n";
}

TEST(MultipartTest, ReadsFieldsAndPassesOverFiles) {
  const std::string body =
      "preamble\r\n" + Part("a", "1\r\n2") + Part("b", "") +
      "--B\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n"
      "file\r\n--B--\r\nepilogue";
  const absl::StatusOr<Form> form =
      ParseForm("multipart/form-data; boundary=\"B\"", body);
  ASSERT_TRUE(form.ok()) << form.status();
  EXPECT_EQ(form->Get("a"), "1\r\n2");
  EXPECT_TRUE(form->Has("b"));
  EXPECT_EQ(form->Get("b"), "");
  EXPECT_EQ(form->fields().size(), 2u);
}

TEST(MultipartTest, WhatIsBrokenIsAnErrorNeverHalfAForm) {
  const std::string_view bodies[] = {
      "",
      "--B",
      "--B\r\n",
      "--Bx\r\n\r\n--B--",
      "--B\r\nContent-Disposition: form-data; name=a\r\n\r\n1",
      "--B\r\nContent-Disposition: form-data; name=a\r\n--B--",
  };
  for (const std::string_view body : bodies)
    EXPECT_FALSE(ParseForm("multipart/form-data; boundary=B", body).ok())
        << body;
  EXPECT_FALSE(ParseForm("multipart/form-data", Part("a", "1")).ok());
  EXPECT_FALSE(
      ParseForm("multipart/form-data; boundary=" + std::string(71, 'b'), "")
          .ok());
}

TEST(MultipartTest, TooManyPartsAreRefused) {
  std::string body;
  for (size_t i = 0; i <= kMaxFormFields; ++i) body += Part("a", "1");
  EXPECT_FALSE(
      ParseForm("multipart/form-data; boundary=B", body + "--B--").ok());
}

TEST(ToUtf8Test, RepairsVisiblyAndKnowsLatin1) {
  EXPECT_EQ(ToUtf8("gr\xC3\xBC\xC3\x9F", "ISO-8859-1"), "gr\xC3\xBC\xC3\x9F");
  EXPECT_EQ(ToUtf8("gr\xFC\xDF", "UTF-8"), "gr\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(ToUtf8("gr\xFC\xDF", "iso-8859-1"), "gr\xC3\xBC\xC3\x9F");
  EXPECT_EQ(ToUtf8("\x80\x81", "Windows-1252"), "\xE2\x82\xAC\xEF\xBF\xBD");
  EXPECT_EQ(ToUtf8("\xED\xA0\x80", ""),
            "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate
}

TEST(MediaTypeTest, ParametersAreReadAsTheyAreWritten) {
  EXPECT_EQ(MediaType(" Text/HTML ; a=b"), "text/html");
  EXPECT_EQ(MediaParameter("a/b; charset=utf-8", "charset"), "utf-8");
  EXPECT_EQ(MediaParameter("a/b;x=\"1;charset=2\"; charset=3", "charset"), "3");
  EXPECT_EQ(MediaParameter("a/b; x=\"q\\\"uote\"", "X"), "q\"uote");
  EXPECT_EQ(MediaParameter("a/b; flag; x=1", "x"), "1");
  EXPECT_EQ(MediaParameter("a/b", "x"), "");
}

}  // namespace
}  // namespace sluice::gateway
