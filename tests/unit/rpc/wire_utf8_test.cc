#include "service/rpc/wire_utf8.h"

#include <gtest/gtest.h>

#include "sluice/v1/moderation_service.pb.h"

namespace sluice::rpc {
namespace {

constexpr char kBad[] = "caf\xE9";

std::string Find(const google::protobuf::Message& message) {
  return FindInvalidUtf8(message.GetDescriptor(),
                         message.SerializePartialAsString());
}

TEST(WireUtf8, FindsNothingInGoodMessages) {
  v1::CheckCommentRequest request;
  request.mutable_comment()->set_body("Grüße, 世界");
  EXPECT_EQ(Find(request), "");
  EXPECT_EQ(Find(v1::CheckCommentRequest()), "");
}

TEST(WireUtf8, NamesTheField) {
  v1::CheckCommentRequest request;
  request.mutable_comment()->set_body(kBad);
  EXPECT_EQ(Find(request), "comment.body");
  request.mutable_comment()->set_body("fine");
  request.mutable_comment()->mutable_author()->set_name(kBad);
  EXPECT_EQ(Find(request), "comment.author.name");
}

TEST(WireUtf8, FindsTheLastOfManyRepeatedMessages) {
  v1::BatchCheckCommentsRequest batch;
  for (int i = 0; i < 200; ++i)
    batch.add_requests()->mutable_comment()->set_body("fine");
  batch.mutable_requests(0)->mutable_comment()->mutable_page()->set_title(kBad);
  EXPECT_EQ(Find(batch), "requests.comment.page.title");
}

TEST(WireUtf8, FindsMapEntries) {
  v1::Comment comment;
  (*comment.mutable_labels())["key"] = kBad;
  EXPECT_EQ(Find(comment), "labels.value");
}

TEST(WireUtf8, EndsOnBrokenWire) {
  const auto* descriptor = v1::CheckCommentRequest::descriptor();
  for (std::string_view wire : {"\x0A\xFF\xFF\xFF\xFF\x0F", "\x0A",
                                "\x0A\x05xx", "\xFF\xFF\xFF", "\x0B"}) {
    EXPECT_EQ(FindInvalidUtf8(descriptor, wire), "");
  }
}

}  // namespace
}  // namespace sluice::rpc
