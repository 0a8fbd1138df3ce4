// SPDX-License-Identifier: Apache-2.0
#include "stages/merge_stage.h"

#include <gtest/gtest.h>

#include "bson/ejson.h"

namespace penstock {
namespace {

constexpr std::string_view kInto = R"(into: {connectionName: "m", db: "d", coll: "c"})";

Result<MergeSpec> parse(std::string_view text) { return parse_merge(Value::object(parse_filter(text).value().view())); }
Result<MergeSpec> parse_with_into(std::string_view more) {
  return parse("{" + std::string(kInto) + ", " + std::string(more) + "}");
}

TEST(Merge, Defaults) {
  const auto merge = parse("{" + std::string(kInto) + "}");
  ASSERT_TRUE(merge.ok()) << merge.error().message();
  EXPECT_EQ(merge->connection_name, "m");
  EXPECT_EQ(merge->db, "d");
  EXPECT_EQ(merge->coll, "c");
  EXPECT_EQ(merge->on, std::vector<std::string>{"_id"});
  EXPECT_EQ(merge->when_matched, WhenMatched::kMerge);
  EXPECT_EQ(merge->when_not_matched, WhenNotMatched::kInsert);
  EXPECT_EQ(describe_merge(*merge), "d.c on _id, whenMatched merge, whenNotMatched insert");
}

TEST(Merge, EveryOption) {
  const auto merge =
      parse_with_into(R"(on: ["k", "sub.id"], whenMatched: "replace", whenNotMatched: "discard", parallelism: 1)");
  ASSERT_TRUE(merge.ok()) << merge.error().message();
  EXPECT_EQ(describe_merge(*merge), "d.c on k, sub.id, whenMatched replace, whenNotMatched discard");
  EXPECT_EQ(parse_with_into(R"(on: "k")")->on, std::vector<std::string>{"k"});
  EXPECT_EQ(parse_with_into(R"(whenMatched: "keepExisting")")->when_matched, WhenMatched::kKeepExisting);
}

TEST(Merge, Refused) {
  struct Case {
    std::string_view options, path, message;
  };
  for (
      const Case& c :
      {Case{"on: 5", "on", "'on' must be a string or an array of strings, found int"},
       Case{"on: []", "on", "'on' must name at least one field"},
       Case{R"(on: ["a", 5])", "on[1]", "'on' must be a string or an array of strings, found int"},
       Case{R"(on: ["a", "a"])", "on[1]", "the match field \"a\" is given twice"},
       Case{"whenMatched: 5", "whenMatched", "'whenMatched' must be a string, found int"},
       Case{R"(whenMatched: "fail")", "whenMatched",
            R"('whenMatched' must be one of "merge", "replace", "keepExisting", found "fail".)"},
       Case{
           R"(whenMatched: "repalce")", "whenMatched",
           R"('whenMatched' must be one of "merge", "replace", "keepExisting", found "repalce". Did you mean "replace"?)"},
       Case{R"(whenNotMatched: "fail")", "whenNotMatched",
            R"('whenNotMatched' must be one of "insert", "discard", found "fail".)"},
       Case{R"(whenMatched: "keepExisting", whenNotMatched: "discard")", "",
            R"(whenMatched: "keepExisting" with whenNotMatched: "discard" would never write anything)"},
       Case{"parallelism: 0", "parallelism", "'parallelism' must be a positive whole number, found 0"},
       Case{R"(parallelism: "4")", "parallelism", "'parallelism' must be a whole number, found string"},
       Case{R"(whenMatch: "merge")", "whenMatch", "unknown option 'whenMatch'. Did you mean \"whenMatched\"?"}}) {
    const auto merge = parse_with_into(c.options);
    ASSERT_FALSE(merge.ok()) << c.options;
    EXPECT_EQ(merge.error().code(), ErrorCode::kInvalidDefinition) << c.options;
    EXPECT_EQ(merge.error().path(), c.path) << c.options;
    EXPECT_EQ(merge.error().message(), c.message) << c.options;
  }
}

TEST(Merge, RefusedTargets) {
  struct Case {
    std::string_view spec, path, message;
  };
  for (const Case& c :
       {Case{"{}", "", "the required option 'into' is missing"},
        Case{R"({into: "c"})", "into", "'into' must be an object, found string"},
        Case{R"({into: {db: "d", coll: "c"}})", "into", "the required option 'connectionName' is missing"},
        Case{R"({into: {connectionName: "m", coll: "c"}})", "into", "the required option 'db' is missing"},
        Case{R"({into: {connectionName: "m", db: "d"}})", "into", "the required option 'coll' is missing"},
        Case{R"({into: {connectionName: "m", db: 1, coll: "c"}})", "into.db", "'db' must be a string, found int"},
        Case{R"({into: {connectionName: "m", db: "d", coll: ""}})", "into.coll", "'coll' must not be empty"},
        Case{R"({into: {connectionName: "m", db: "d", col: "c"}})", "into.col",
             "unknown option 'col'. Did you mean \"coll\"?"},
        Case{R"({into: {connectionName: "m", db: "a.b", coll: "c"}})", "into.db",
             R"("a.b" is no name of a database: at most 63 bytes, without blank or any of / \ . " $)"},
        Case{R"({into: {connectionName: "m", db: "d", coll: "a$b"}})", "into.coll",
             R"("a$b" is no name of a collection: it must not hold $ nor begin or end with a dot)"}}) {
    const auto merge = parse(c.spec);
    ASSERT_FALSE(merge.ok()) << c.spec;
    EXPECT_EQ(merge.error().code(), ErrorCode::kInvalidDefinition) << c.spec;
    EXPECT_EQ(merge.error().path(), c.path) << c.spec;
    EXPECT_EQ(merge.error().message(), c.message) << c.spec;
  }
}

TEST(Merge, NotSupportedYet) {
  struct Case {
    std::string_view spec, path, what;
  };
  for (const Case& c :
       {Case{R"({into: {connectionName: "m", db: "d", coll: "$kind"}})", "into.coll", "an expression for 'coll'"},
        Case{R"({into: {connectionName: "m", db: {$concat: ["a", "$b"]}, coll: "c"}})", "into.db",
             "an expression for 'db'"},
        Case{R"({into: {connectionName: "m", db: "d", coll: "c"}, let: {new: "$$ROOT"}})", "let", "'let'"},
        Case{R"({into: {connectionName: "m", db: "d", coll: "c"}, parallelism: 4})", "parallelism",
             "'parallelism' above 1"},
        Case{R"({into: {connectionName: "m", db: "d", coll: "c"}, whenMatched: "delete"})", "whenMatched",
             "whenMatched: \"delete\""},
        Case{R"({into: {connectionName: "m", db: "d", coll: "c"}, whenMatched: [{$set: {a: 1}}]})", "whenMatched",
             "a pipeline for 'whenMatched'"},
        Case{R"({into: {connectionName: "m", db: "d", coll: "c"}, whenMatched: {$cond: [1, "merge", "replace"]}})",
             "whenMatched", "an expression for 'whenMatched'"},
        Case{R"({into: {connectionName: "m", db: "d", coll: "c"}, whenNotMatched: "$how"})", "whenNotMatched",
             "an expression for 'whenNotMatched'"}}) {
    const auto merge = parse(c.spec);
    ASSERT_FALSE(merge.ok()) << c.spec;
    EXPECT_EQ(merge.error().code(), ErrorCode::kInvalidDefinition) << c.spec;
    EXPECT_EQ(merge.error().path(), c.path) << c.spec;
    EXPECT_EQ(merge.error().message(), std::string(c.what) + " is not supported by this version of Penstock yet");
  }
}

}  // namespace
}  // namespace penstock
