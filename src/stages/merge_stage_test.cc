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

TEST(Merge, Pipelines) {
  const auto merge = parse_with_into(
      R"(whenMatched: [{$set: {n: {$add: ["$n", "$$new.n"]}}}, {$unset: "b"}], let: {x: "$a", new: "$$ROOT"})");
  ASSERT_TRUE(merge.ok()) << merge.error().message();
  EXPECT_EQ(merge->when_matched, WhenMatched::kPipeline);
  EXPECT_EQ(describe_merge(*merge),
            R"(d.c on _id, whenMatched pipeline [ { $set: { n: { $add: [ "$n", "$$new.n" ] } } }, { $unset: "b" } ] )"
            R"(with { x: "$a", new: "$$ROOT" }, whenNotMatched insert)");
  EXPECT_EQ(describe_merge(*parse_with_into(R"(whenMatched: [], whenNotMatched: "discard")")),
            "d.c on _id, whenMatched pipeline [], whenNotMatched discard");
  EXPECT_EQ(describe_merge(*parse_with_into(R"(whenMatched: "fail")")),
            "d.c on _id, whenMatched fail, whenNotMatched insert");
}

TEST(Merge, RefusesAVariableThatCannotBeEvaluated) {
  const auto unknown = parse_with_into(R"(let: {x: {$rand: {}}}, whenMatched: [])");
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().message(), "the expression $rand is not supported by this version of Penstock yet");
  EXPECT_TRUE(unknown.error().path().starts_with("let.x")) << unknown.error().path();
}

TEST(Merge, SafeToRepeat) {
  struct Case {
    std::string_view options, reason;  // Part of it; empty: safe.
  };
  for (const Case& c : {
           Case{R"(whenMatched: "merge")", ""},
           Case{R"(whenMatched: "replace")", ""},
           Case{R"(whenMatched: "replace", whenNotMatched: "discard")", ""},
           Case{R"(whenMatched: "keepExisting")", ""},
           Case{R"(whenMatched: "fail")", "cannot tell"},
           // Copies.
           Case{R"(whenMatched: [])", ""},
           Case{R"(whenMatched: [{$set: {a: "$$new.a", "b.c": "$$new.b.c"}}])", ""},
           Case{R"(whenMatched: [{$replaceWith: "$$new"}])", ""},
           Case{R"(whenMatched: [{$replaceRoot: {newRoot: "$$new"}}])", ""},
           Case{R"(whenMatched: [{$set: {a: "$$new.b"}}])", "something else than an inserted document has"},
           Case{R"(whenMatched: [{$set: {a: 1}}])", "something else than an inserted document has"},
           Case{R"(whenMatched: [{$unset: "a"}])", "removes fields that an inserted document has"},
           // Of the incoming document and constants alone.
           Case{R"(whenMatched: [{$set: {a: {$add: ["$$new.b", 1]}}}], whenNotMatched: "discard")", ""},
           Case{R"(whenMatched: [{$set: {a: "$$x"}}], let: {x: "$b"}, whenNotMatched: "discard")", ""},
           Case{R"(whenMatched: [{$set: {a: {$literal: "$b"}}}], whenNotMatched: "discard")", ""},
           Case{R"(whenMatched: [{$set: {a: {$let: {vars: {y: "$$new.b"}, in: "$$y"}}}}], whenNotMatched: "discard")",
                ""},
           Case{R"(whenMatched: [{$unset: ["a", "b"]}], whenNotMatched: "discard")", ""},
           Case{R"(whenMatched: [{$set: {k: 1}}], on: "k.l", whenNotMatched: "discard")", "changes \"k\""},
           Case{R"(whenMatched: [{$set: {kl: 1}}], on: "k", whenNotMatched: "discard")", ""},
           Case{R"(whenMatched: [{$unset: ["a", "k"]}], on: "k", whenNotMatched: "discard")", "removes a field by"},
           // Reads the stored document, or may.
           Case{R"(whenMatched: [{$set: {n: {$add: ["$n", "$$new.n"]}}}])", "makes \"n\" from more"},
           Case{R"(whenMatched: [{$set: {n: {$add: ["$n", "$$new.n"]}}}], whenNotMatched: "discard")", "from more"},
           Case{R"(whenMatched: [{$addFields: {n: {$concatArrays: ["$n", "$$new.n"]}}}])", "from more"},
           Case{R"(whenMatched: [{$set: {o: "$$ROOT"}}], whenNotMatched: "discard")", "from more"},
           Case{R"(whenMatched: [{$set: {o: "$$CURRENT.a"}}], whenNotMatched: "discard")", "from more"},
           Case{R"(whenMatched: [{$set: {o: {$getField: "a"}}}], whenNotMatched: "discard")", "from more"},
           Case{R"(whenMatched: [{$set: {at: "$$NOW"}}], whenNotMatched: "discard")", "from more"},
           Case{R"(whenMatched: [{$set: {r: {$rand: {}}}}], whenNotMatched: "discard")", "from more"},
           Case{R"(whenMatched: [{$set: {r: {$inventedHere: 1}}}], whenNotMatched: "discard")", "from more"},
           Case{R"(whenMatched: [{$replaceWith: {$mergeObjects: ["$$ROOT", "$$new"]}}])", "a $replaceWith whose"},
           Case{R"(whenMatched: [{$project: {a: 1}}], whenNotMatched: "discard")", "a $project whose"},
       }) {
    const auto merge = parse_with_into(c.options);
    ASSERT_TRUE(merge.ok()) << c.options << ": " << merge.error().message();
    const std::optional<std::string> reason = unsafe_to_repeat(*merge);
    EXPECT_EQ(reason.has_value(), !c.reason.empty()) << c.options << ": " << reason.value_or("");
    EXPECT_NE(reason.value_or("").find(c.reason), std::string::npos) << c.options << ": " << reason.value_or("");
  }
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
       Case{
           R"(whenMatched: "repalce")", "whenMatched",
           R"('whenMatched' must be one of "merge", "replace", "keepExisting", "fail", found "repalce". Did you mean "replace"?)"},
       Case{R"(whenNotMatched: "fail")", "whenNotMatched",
            R"('whenNotMatched' must be one of "insert", "discard", found "fail".)"},
       Case{R"(whenMatched: "keepExisting", whenNotMatched: "discard")", "",
            R"(whenMatched: "keepExisting" with whenNotMatched: "discard" would never write anything)"},
       Case{R"(whenMatched: "fail", whenNotMatched: "discard")", "",
            R"(whenMatched: "fail" with whenNotMatched: "discard" would never write anything)"},
       Case{"whenMatched: [5]", "whenMatched[0]",
            "a stage of the 'whenMatched' pipeline must be an object with exactly one field, found 5"},
       Case{R"(whenMatched: [{$set: {a: 1}}, {$unset: "b", $set: {c: 1}}])", "whenMatched[1]",
            R"(a stage of the 'whenMatched' pipeline must be an object with exactly one field, found )"
            R"({ $unset: "b", $set: { c: 1 } })"},
       Case{R"(whenMatched: [{$match: {a: 1}}])", "whenMatched[0]",
            "$match is not allowed in the 'whenMatched' pipeline; allowed are $addFields, $set, $project, $unset, "
            "$replaceRoot, $replaceWith."},
       Case{R"(whenMatched: [{$replaceRot: {}}])", "whenMatched[0]",
            "$replaceRot is not allowed in the 'whenMatched' pipeline; allowed are $addFields, $set, $project, $unset, "
            "$replaceRoot, $replaceWith. Did you mean \"$replaceRoot\"?"},
       Case{R"(let: {x: "$a"})", "let", "'let' defines variables for a pipeline, and 'whenMatched' is none"},
       Case{R"(let: 5, whenMatched: [])", "let", "'let' must be an object, found int"},
       Case{R"(let: {new: "$a"}, whenMatched: [])", "let.new",
            "'let' may not define the variable 'new' other than as \"$$ROOT\""},
       Case{R"(let: {X: "$a"}, whenMatched: [])", "let.X",
            R"("X" is no name of a variable: it begins with a small letter and holds letters, digits and _)"},
       Case{R"(let: {m: {$meta: "stream.source.topic"}}, whenMatched: [])", "let.m",
            "$meta in 'let' is not supported by this version of Penstock yet"},
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
        Case{R"({into: {connectionName: "m", db: "d", coll: "c"}, parallelism: 4})", "parallelism",
             "'parallelism' above 1"},
        Case{R"({into: {connectionName: "m", db: "d", coll: "c"}, whenMatched: "delete"})", "whenMatched",
             "whenMatched: \"delete\""},
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
