// SPDX-License-Identifier: Apache-2.0
#include "net/http_message.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(HttpMessage, PathPartsAreDecodedAfterTheyAreCut) {
  using Parts = std::vector<std::string>;
  struct Case {
    std::string_view path;
    Parts parts;
  };
  for (const Case& c : {Case{"/", {""}}, Case{"/a", {"a"}}, Case{"/a/b/", {"a", "b", ""}},
                        Case{"/a%2Fb/c", {"a/b", "c"}}, Case{"/a%20b+c", {"a b+c"}}, Case{"/%e2%82%ac", {"\u20ac"}}}) {
    const auto parts = http_path_parts(c.path);
    ASSERT_TRUE(parts.ok()) << c.path;
    EXPECT_EQ(*parts, c.parts) << c.path;
  }
  for (const std::string_view bad : {"/%", "/%2", "/%zz", "/a%00b"}) {
    const auto parts = http_path_parts(bad);
    ASSERT_FALSE(parts.ok()) << bad;
    EXPECT_EQ(parts.error().code(), ErrorCode::kBadValue) << bad;
  }
}

TEST(HttpMessage, QueryFieldsStayInOrder) {
  using Fields = std::vector<std::pair<std::string, std::string>>;
  struct Case {
    std::string_view query;
    Fields fields;
  };
  for (const Case& c : {Case{"", {}}, Case{"a=1&b=2&a=3", {{"a", "1"}, {"b", "2"}, {"a", "3"}}}, Case{"a", {{"a", ""}}},
                        Case{"a=b=c", {{"a", "b=c"}}}, Case{"&x+y=%26%3D+&", {{"x y", "&= "}}}}) {
    const auto fields = http_query_fields(c.query);
    ASSERT_TRUE(fields.ok()) << c.query;
    EXPECT_EQ(*fields, c.fields) << c.query;
  }
  EXPECT_FALSE(http_query_fields("a=%4").ok());
}

TEST(HttpMessage, AnErrorHasTheFormOfTheAdminApi) {
  const HttpResponse error = http_error(404, "GROUP_NOT_FOUND", "No \"group\"\n\\x");
  EXPECT_EQ(error.status, 404);
  ASSERT_EQ(error.headers.size(), 1u);
  EXPECT_EQ(error.headers[0].name + ": " + error.headers[0].value, "Content-Type: application/json");
  EXPECT_EQ(error.body, R"({"detail":"No \"group\"\u000a\\x","error":404,"errorCode":"GROUP_NOT_FOUND",)"
                        R"("parameters":[],"reason":"Not Found"})");
}

TEST(HttpMessage, TimeAsHttpWritesIt) {
  EXPECT_EQ(http_date({0}), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(http_date({784'111'777'999}), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date({1'709'251'199'000}), "Thu, 29 Feb 2024 23:59:59 GMT");
}

}  // namespace
}  // namespace penstock
