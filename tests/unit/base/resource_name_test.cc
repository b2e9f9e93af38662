#include "service/base/resource_name.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(ResourceName, ReadsASite) {
  const ResourceName name = ParseResourceName("sites/my-blog");
  EXPECT_TRUE(name.valid);
  EXPECT_EQ(name.site, "my-blog");
  EXPECT_EQ(name.comment, "");
}

TEST(ResourceName, ReadsAComment) {
  const ResourceName name = ParseResourceName("sites/b/comments/A.9_~-z");
  EXPECT_TRUE(name.valid);
  EXPECT_EQ(name.site, "b");
  EXPECT_EQ(name.comment, "A.9_~-z");
}

TEST(ResourceName, RefusesWhatIsNotAName) {
  const std::string long_site = "sites/" + std::string(kMaxSiteId + 1, 'a');
  const std::string long_comment =
      "sites/a/comments/" + std::string(kMaxCommentId + 1, 'a');
  const std::string_view bad[] = {"",
                                  "sites/",
                                  "sites",
                                  "site/a",
                                  "sites/A",
                                  "sites/a/",
                                  "sites/a/comments",
                                  "sites/a/comments/",
                                  "sites/a/comments/x/y",
                                  "sites/a/comments/x y",
                                  "sites/a/comments/x\n",
                                  "sites/../comments/x",
                                  "sites/a/comments/\xC3\xA4",
                                  "/sites/a",
                                  long_site,
                                  long_comment};
  for (std::string_view name : bad)
    EXPECT_FALSE(ParseResourceName(name).valid) << name;
}

TEST(ResourceName, PrintsWhatItReads) {
  EXPECT_EQ(SiteName("b"), "sites/b");
  const std::string full = CommentName("b", "c1");
  EXPECT_EQ(full, "sites/b/comments/c1");
  EXPECT_EQ(ParseResourceName(full).comment, "c1");
}

}  // namespace
}  // namespace sluice
