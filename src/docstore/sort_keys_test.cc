// SPDX-License-Identifier: Apache-2.0
// Expected orders were measured on mongod 6.0.5.
#include "docstore/sort_keys.h"

#include <gtest/gtest.h>

#include "docstore/documents_for_test.h"

namespace penstock {
namespace {

std::string sorted(std::string_view sort, const std::vector<OwnedDocument>& documents, uint64_t keep = 0) {
  auto columns = parse_sort(doc(sort));
  if (!columns.ok()) return fmt::format("error {}", static_cast<int>(columns.error().code()));
  Sorter sorter(std::move(*columns), keep, 1 << 20);
  for (const OwnedDocument& document : documents)
    EXPECT_TRUE(sorter.add(document).ok());
  return text_of(sorter.take());
}

TEST(SortKeys, OrderOfDocuments) {
  struct Case {
    std::string_view why, sort;
    std::vector<OwnedDocument> documents;
    std::string_view result;
  };
  for (
      const Case& c : {
          Case{"plain", R"({"a": 1})", docs({R"({"a":3})", R"({"a":1})", R"({"a":2})"}), R"({"a":1} {"a":2} {"a":3} )"},
          Case{"ties keep their order", R"({"a": -1})", docs({R"({"a":1,"n":1})", R"({"a":2})", R"({"a":1,"n":2})"}),
               R"({"a":2} {"a":1,"n":1} {"a":1,"n":2} )"},
          Case{"least element", R"({"a": 1})",
               docs({R"({"a":[7,2]})", R"({"a":4})", R"({})", R"({"a":null})", R"({"a":[]})"}),
               R"({"a":[]} {} {"a":null} {"a":[7,2]} {"a":4} )"},
          Case{"greatest element", R"({"a": -1})", docs({R"({"a":4})", R"({"a":[7,2]})", R"({"a":[[1],3]})"}),
               R"({"a":[[1],3]} {"a":[7,2]} {"a":4} )"},
          Case{
              "through arrays", R"({"a.b": 1})",
              docs({R"({"a":[{"b":[5,6]},{"b":3}]})", R"({"a":[{"b":2},{}]})", R"({"a":{"b":1}})",
                    R"({"a":[{"b":[]}]})", R"({"a":5})", R"({"a":[[{"b":9}]]})"}),
              R"({"a":[{"b":[]}]} {"a":[{"b":2},{}]} {"a":5} {"a":[[{"b":9}]]} {"a":{"b":1}} {"a":[{"b":[5,6]},{"b":3}]} )"},
          Case{
              "positions", R"({"a.1": 1})",
              docs({R"({"a":[1,[3,9]]})", R"({"a":[[1,2],[0,4]]})", R"({"a":[1,{"x":2}]})", R"({"a":[{"1":8}]})",
                    R"({"a":[5,7]})", R"({"a":{"1":6}})", R"({"a":[1]})", R"({"a":[1,[]]})"}),
              R"({"a":[1,[]]} {"a":[1]} {"a":{"1":6}} {"a":[5,7]} {"a":[{"1":8}]} {"a":[1,{"x":2}]} {"a":[[1,2],[0,4]]} {"a":[1,[3,9]]} )"},
          Case{"two columns", R"({"a": 1, "b": -1})",
               docs({R"({"a":[1,2],"b":4})", R"({"a":[1,9],"b":5})", R"({"a":[],"b":9})", R"({"a":[3],"b":1})"}),
               R"({"a":[],"b":9} {"a":[1,9],"b":5} {"a":[1,2],"b":4} {"a":[3],"b":1} )"},
      }) {
    EXPECT_EQ(sorted(c.sort, c.documents), c.result) << c.why;
  }
}

TEST(SortKeys, Specs) {
  struct Case {
    std::string_view sort, result;
  };
  for (const Case& c :
       {Case{R"({"a": 2})", "error 15975"}, Case{R"({"a": "x"})", "error 15974"}, Case{R"({"a": true})", "error 15974"},
        Case{R"({"a": 0})", "error 15975"}, Case{R"({"": 1})", "error 40352"}, Case{R"({"a..b": 1})", "error 15998"},
        Case{R"({"$a": 1})", "error 16410"}, Case{R"({"a": -1.9})", ""}}) {
    EXPECT_EQ(sorted(c.sort, {}), c.result) << c.sort;
  }
}

TEST(SortKeys, KeepsOnlyWhatIsAskedFor) {
  auto columns = parse_sort(doc(R"({"n": 1})"));
  ASSERT_TRUE(columns.ok());
  Sorter sorter(std::move(*columns), 3, 4096);
  for (int i = 0; i < 10'000; ++i) {
    DocumentBuilder builder;
    builder.append("n", Value::int32((i * 7919) % 10'000));
    const OwnedDocument document(builder.take());
    ASSERT_TRUE(sorter.add(document).ok());
  }
  EXPECT_EQ(text_of(sorter.take()), R"({"n":0} {"n":1} {"n":2} )");
}

TEST(SortKeys, RefusesTooMuch) {
  auto columns = parse_sort(doc(R"({"n": 1})"));
  ASSERT_TRUE(columns.ok());
  Sorter sorter(std::move(*columns), 0, 4096);
  Result<void> added;
  for (int i = 0; i < 100 && added.ok(); ++i)
    added = sorter.add(doc(R"({"n": 1})"));
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(added.error().code(), ErrorCode{292});
  EXPECT_NE(added.error().message().find("4096 bytes"), std::string::npos);
}

}  // namespace
}  // namespace penstock
