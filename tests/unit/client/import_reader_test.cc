#include "client/import_reader.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

namespace sluice::client {
namespace {

struct Result {
  std::vector<v1::ImportEntriesRequest> comments;
  int64_t skipped = 0;
  std::string error;
};

Result Read(ImportFormat format, const std::string& text) {
  std::istringstream in(text);
  const auto reader = ImportReader::Make(format, &in, "default");
  Result result;
  while (true) {
    auto next = reader->Next();
    if (!next.ok()) {
      result.error = std::string(next.status().message());
      break;
    }
    if (!next->has_value()) break;
    result.comments.push_back((*next)->request);
  }
  result.skipped = reader->skipped();
  return result;
}

TEST(JsonLines, KeysOfAnExportAreTaken) {
  const Result read = Read(
      ImportFormat::kJsonLines,
      R"({"id":"a.1","author":"Ann","email":"ann@mail.example","text":"Hi","label":"ham","created_at":"2016-04-20T22:06:26Z","other":[1]})"
      "\n\n"
      R"({"text":"Buy","label":"spam","email":"md5:0123"})");
  ASSERT_EQ(read.error, "");
  ASSERT_EQ(read.comments.size(), 2u);
  const v1::Comment& first = read.comments[0].comment();
  EXPECT_EQ(first.name(), "sites/default/comments/a.1");
  EXPECT_EQ(first.author().email(), "ann@mail.example");
  EXPECT_EQ(first.create_time().seconds(), 1461189986);
  EXPECT_EQ(read.comments[0].verdict(), v1::VERDICT_ACCEPT);
  EXPECT_EQ(read.comments[1].verdict(), v1::VERDICT_REJECT);
  EXPECT_EQ(read.comments[1].reason_code(), "spam");
  EXPECT_EQ(read.comments[1].comment().author().email(), "");
}

TEST(JsonLines, AnIdIsMadeOfTheCommentAndStaysTheSame) {
  const std::string line = R"({"text":"Hi","author":"Ann","id":"a/1"})";
  const Result once = Read(ImportFormat::kJsonLines, line);
  const Result twice = Read(ImportFormat::kJsonLines, line);
  const Result other =
      Read(ImportFormat::kJsonLines, R"({"text":"Hi","author":"Ben"})");
  EXPECT_EQ(once.comments[0].comment().name(),
            twice.comments[0].comment().name());
  EXPECT_NE(once.comments[0].comment().name(),
            other.comments[0].comment().name());
  EXPECT_EQ(once.comments[0].comment().name().find("a/1"), std::string::npos);
}

TEST(JsonLines, ErrorsNameTheLine) {
  EXPECT_EQ(Read(ImportFormat::kJsonLines, "{\"text\":\"a\"}\nnonsense").error,
            "line 2: is not a JSON object");
  EXPECT_EQ(
      Read(ImportFormat::kJsonLines, R"({"text":"a","label":"maybe"})").error,
      "line 1: 'label' cannot be 'maybe'");
  EXPECT_EQ(
      Read(ImportFormat::kJsonLines, R"({"text":"a","date":"someday"})").error,
      "line 1: 'date' cannot be 'someday'");
  EXPECT_EQ(Read(ImportFormat::kJsonLines, std::string(2 << 20, 'x')).error,
            "line 1: is longer than 1 MiB");
}

TEST(JsonLines, WithoutTextIsPassedOver) {
  const Result read =
      Read(ImportFormat::kJsonLines, "{\"text\":\" \"}\n{\"author\":\"Ann\"}");
  EXPECT_EQ(read.error, "");
  EXPECT_EQ(read.skipped, 2);
}

TEST(Csv, QuotesLinesAndCommasAreKept) {
  const Result read = Read(ImportFormat::kCsv,
                           "\xEF\xBB\xBF"
                           "comment,class,author\r\n"
                           "\"one, \"\"two\"\"\nthree\",1,Ann\r\n"
                           "plain,0,Ben\r\n");
  ASSERT_EQ(read.error, "");
  ASSERT_EQ(read.comments.size(), 2u);
  EXPECT_EQ(read.comments[0].comment().body(), "one, \"two\"\nthree");
  EXPECT_EQ(read.comments[0].verdict(), v1::VERDICT_REJECT);
  EXPECT_EQ(read.comments[1].verdict(), v1::VERDICT_ACCEPT);
}

TEST(Csv, MistakesNameTheRow) {
  EXPECT_EQ(Read(ImportFormat::kCsv, "a,b\n1,2\n").error,
            "the first row names no column `text` (or comment, content, body, "
            "message)");
  EXPECT_EQ(Read(ImportFormat::kCsv, "text,label\nhi,ham\nho,perhaps\n").error,
            "row 3: 'label' cannot be 'perhaps'");
  EXPECT_NE(Read(ImportFormat::kCsv, "text\n\"no end\n").error, "");
}

std::string Export(const std::string& items) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" "
         "xmlns:wp=\"http://wordpress.org/export/1.2/\"><channel>"
         "<wp:wxr_version>1.2</wp:wxr_version>" +
         items + "</channel></rss>";
}

std::string WordPressComment(const std::string& approved,
                             const std::string& more = "") {
  return "<wp:comment><wp:comment_id>7</wp:comment_id>"
         "<wp:comment_author><![CDATA[Ann & Ben]]></wp:comment_author>"
         "<wp:comment_author_email>a@b.example</wp:comment_author_email>"
         "<wp:comment_author_IP>192.0.2.1</wp:comment_author_IP>"
         "<wp:comment_date_gmt>2016-04-20 22:06:26</wp:comment_date_gmt>"
         "<wp:comment_content><![CDATA[Hello <b>you</b>]]></wp:comment_content>"
         "<wp:comment_approved>" +
         approved + "</wp:comment_approved>" + more + "</wp:comment>";
}

TEST(WordPress, CommentsHaveTheirPage) {
  const Result read =
      Read(ImportFormat::kWordPress,
           Export("<title>Blog</title><item><title>A post</title><link>"
                  "https://blog.example/a</link>" +
                  WordPressComment("1") + WordPressComment("spam") +
                  WordPressComment("0") + WordPressComment("trash") +
                  WordPressComment(
                      "1", "<wp:comment_type>pingback</wp:comment_type>") +
                  "</item>"));
  ASSERT_EQ(read.error, "");
  ASSERT_EQ(read.comments.size(), 4u);
  EXPECT_EQ(read.skipped, 1);
  const v1::Comment& comment = read.comments[0].comment();
  EXPECT_EQ(comment.name(), "sites/default/comments/wp-7");
  EXPECT_EQ(comment.author().name(), "Ann & Ben");
  EXPECT_EQ(comment.body(), "Hello <b>you</b>");
  EXPECT_EQ(comment.page().url(), "https://blog.example/a");
  EXPECT_EQ(comment.page().title(), "A post");
  EXPECT_EQ(comment.client().ip(), "192.0.2.1");
  EXPECT_EQ(comment.create_time().seconds(), 1461189986);
  EXPECT_EQ(read.comments[0].verdict(), v1::VERDICT_ACCEPT);
  EXPECT_EQ(read.comments[1].verdict(), v1::VERDICT_REJECT);
  EXPECT_EQ(read.comments[2].verdict(), v1::VERDICT_UNSPECIFIED);
  EXPECT_EQ(read.comments[3].verdict(), v1::VERDICT_UNSPECIFIED);
}

TEST(WordPress, EntitiesAreAnAttack) {
  const std::string bomb =
      "<!DOCTYPE rss [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b "
      "\"&a;&a;&a;&a;\">]><rss>&b;</rss>";
  EXPECT_EQ(Read(ImportFormat::kWordPress, bomb).error,
            "line 1: declares an entity, which no export does");
}

TEST(WordPress, OtherXmlIsRefused) {
  EXPECT_EQ(Read(ImportFormat::kWordPress, "<rss/>").error,
            "line 1: is no WordPress export: there is no `wxr_version`");
  EXPECT_NE(Read(ImportFormat::kWordPress, "<rss><item>").error, "");
}

TEST(Mbox, MessagesBecomeComments) {
  const Result read =
      Read(ImportFormat::kMbox,
           "From a@b.example Mon Jan  1 00:00:00 2001\n"
           "From: \"Ann B\" <a@b.example>\nSubject: Cheap\n pills\n"
           "X-Spam-Flag: YES\nContent-Transfer-Encoding: quoted-printable\n\n"
           "Buy=20now=\n, caf=C3=A9\n>From here on\n\n"
           "From c@d.example Mon Jan  1 00:00:01 2001\n"
           "From: c@d.example (C)\nSubject: Notes\n"
           "Content-Type: multipart/mixed; boundary=\"xy\"\n\nintro\n--xy\n"
           "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n"
           "SGVsbG8=\n--xy\nContent-Type: image/png\n\nAAAA\n--xy--\n");
  ASSERT_EQ(read.error, "");
  ASSERT_EQ(read.comments.size(), 2u);
  const v1::Comment& spam = read.comments[0].comment();
  EXPECT_EQ(spam.body(),
            "Cheap pills\n\nBuy now, caf\xC3\xA9\nFrom here on\n\n");
  EXPECT_EQ(spam.author().name(), "Ann B");
  EXPECT_EQ(spam.author().email(), "a@b.example");
  EXPECT_EQ(read.comments[0].verdict(), v1::VERDICT_REJECT);
  EXPECT_EQ(read.comments[1].comment().body(), "Notes\n\nHello");
  EXPECT_EQ(read.comments[1].verdict(), v1::VERDICT_UNSPECIFIED);
}

TEST(Mbox, HostileMessagesEnd) {
  std::string nested = "From x\n";
  for (int i = 0; i < 1000; ++i)
    nested += "Content-Type: multipart/mixed; boundary=a\n\n--a\n";
  for (const std::string& file :
       {nested, std::string("From x\nContent-Type: multipart/mixed\n\n--\n"),
        std::string("From x\nSubject: =\n\n="), std::string("\n\nFrom "),
        "From x\n\n" + std::string(3 << 20, 'a')}) {
    EXPECT_EQ(Read(ImportFormat::kMbox, file).error, "");
  }
}

TEST(GuessFormat, GoesByTheFirstCharacter) {
  EXPECT_EQ(GuessFormat("  {\"text\""), ImportFormat::kJsonLines);
  EXPECT_EQ(GuessFormat("<?xml"), ImportFormat::kWordPress);
  EXPECT_EQ(GuessFormat("\xEF\xBB\xBF<?xml"), ImportFormat::kWordPress);
  EXPECT_EQ(GuessFormat("text,label"), ImportFormat::kCsv);
}

}  // namespace
}  // namespace sluice::client
