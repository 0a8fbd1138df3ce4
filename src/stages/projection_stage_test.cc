// SPDX-License-Identifier: Apache-2.0
// $project, $addFields, $set, $unset. Expected documents and errors are those of a real mongod, order of fields
// included.
#include <gtest/gtest.h>

#include "stages/stage_runner.h"

namespace penstock {
namespace {

struct Case {
  std::string_view stage, document, result;
};

void expect_outcomes(std::span<const Case> cases) {
  for (const Case& c : cases) {
    EXPECT_EQ(outcome_of(c.stage, c.document), canonical(c.result)) << c.stage << " | " << c.document;
  }
}

TEST(Project, Inclusion) {
  constexpr Case kCases[] = {
      {R"({$project: {b: 1, a: 1}})", R"({_id: 1, a: 2, c: 4, b: 3})", R"({_id: 1, a: 2, b: 3})"},
      {R"({$project: {a: 1}})", R"({a: 1, _id: 2, b: 3})", R"({a: 1, _id: 2})"},
      {R"({$project: {_id: 1}})", R"({_id: 1, a: 2})", R"({_id: 1})"},
      {R"({$project: {_id: 0, a: 1}})", R"({_id: 1, a: 2, b: 3})", R"({a: 2})"},
      {R"({$project: {a: -1, b: 0.5, c: true, d: {$numberDouble: "NaN"}}})", R"({a: 1, b: 2, c: 3, d: 4, e: 5})",
       R"({a: 1, b: 2, c: 3, d: 4})"},
      {R"({$project: {nothing: 1}})", R"({a: 1})", R"({})"},
      {R"({$project: {"a.b": 1}})", R"({_id: 1, a: [{b: 1, c: 2}, 3, [{b: 4, c: 5}]]})",
       R"({_id: 1, a: [{b: 1}, [{b: 4}]]})"},
      {R"({$project: {"a.b": 1}})", R"({a: 3, c: 1})", R"({})"},
      {R"({$project: {"a.b": 1}})", R"({a: []})", R"({a: []})"},
      {R"({$project: {"a.b": 1}})", R"({a: {c: 2}})", R"({a: {}})"},
      {R"({$project: {"a.0": 1}})", R"({a: [1, {"0": 2}]})", R"({a: [{"0": 2}]})"},
      {R"({$project: {a: {b: 1}, "a.c": 1}})", R"({a: {c: 2, b: 1, d: 3}})", R"({a: {c: 2, b: 1}})"},
      {R"({$project: {a: {"b.c": 1}}})", R"({a: {b: {c: 1, d: 2}}})", R"({a: {b: {c: 1}}})"},
      {R"({$project: {"a.b.c": 1}})", R"({a: [{b: [{c: 1, d: 2}, 5]}, {b: 3}, [{b: {c: 1}}]]})",
       R"({a: [{b: [{c: 1}]}, {}, [{b: {c: 1}}]]})"},
      {R"({$project: {_id: {x: 1}, a: 1}})", R"({_id: {x: 1, y: 2}, a: 1, b: 2})", R"({_id: {x: 1}, a: 1})"},
  };
  expect_outcomes(kCases);
}

TEST(Project, Computed) {
  constexpr Case kCases[] = {
      {R"({$project: {_id: "$k", a: 1}})", R"({_id: 1, a: 2, k: 3})", R"({a: 2, _id: 3})"},
      {R"({$project: {x: "$a", b: 1, y: "text"}})", R"({_id: 1, a: 2, b: 3})", R"({_id: 1, b: 3, x: 2, y: "text"})"},
      {R"({$project: {a: "$b", b: 1}})", R"({a: 1, b: 2})", R"({b: 2, a: 2})"},
      {R"({$project: {a: {$literal: 1}}})", R"({a: 5})", R"({a: 1})"},
      {R"({$project: {a: [1, "$x", "$y"]}})", R"({x: 4})", R"({a: [1, 4, null]})"},
      {R"({$project: {a: []}})", R"({})", R"({a: []})"},
      {R"({$project: {_id: null, b: 1}})", R"({_id: 1, b: 2})", R"({b: 2, _id: null})"},
      {R"({$project: {a: "$nothing", b: "$$REMOVE", c: 1}})", R"({a: 1, b: 2, c: 3})", R"({c: 3})"},
      {R"({$project: {all: "$$ROOT"}})", R"({_id: 1, a: 2})", R"({_id: 1, all: {_id: 1, a: 2}})"},
      {R"({$project: {x: {$let: {vars: {q: "$a"}, in: {$add: ["$$q", 1]}}}}})", R"({a: 2})", R"({x: 3})"},
      // A parent keeps its place; scalars become objects where something is computed below.
      {R"({$project: {z: 1, a: {b: "$x"}}})", R"({a: {c: 1}, z: 1, x: 9})", R"({a: {b: 9}, z: 1})"},
      {R"({$project: {q: "$x", a: {b: "$x"}, z: 1}})", R"({z: 1, x: 9, a: null})", R"({z: 1, a: {b: 9}, q: 9})"},
      {R"({$project: {a: {b: "$x"}, q: "$x", z: 1}})", R"({z: 1, x: 9})", R"({z: 1, a: {b: 9}, q: 9})"},
      {R"({$project: {"a.b": 1, "a.c": "$x"}})", R"({a: [3, {b: 1, d: 2}, [4, {b: 5}], []], x: 9})",
       R"({a: [{c: 9}, {b: 1, c: 9}, [{c: 9}, {b: 5, c: 9}], []]})"},
      {R"({$project: {"a.c.d": "$x", "a.b": 1}})", R"({a: [{q: 1, b: 2}, {c: {d: 3}, b: 4}], x: 9})",
       R"({a: [{b: 2, c: {d: 9}}, {c: {d: 9}, b: 4}]})"},
      {R"({$project: {a: {b: "$nothing"}}})", R"({a: [1, {b: 2}]})", R"({a: [{}, {}]})"},
      {R"({$project: {a: {b: "$nothing"}}})", R"({z: 1})", R"({a: {}})"},
  };
  expect_outcomes(kCases);
}

TEST(Project, Exclusion) {
  constexpr Case kCases[] = {
      {R"({$project: {b: 0}})", R"({a: 1, _id: 2, b: 3})", R"({a: 1, _id: 2})"},
      {R"({$project: {_id: 0}})", R"({_id: 1, a: 2})", R"({a: 2})"},
      {R"({$project: {_id: 1, a: 0}})", R"({_id: 1, a: 1, b: 2})", R"({_id: 1, b: 2})"},
      {R"({$project: {_id: 0, a: false}})", R"({_id: 1, a: 1, b: 2})", R"({b: 2})"},
      {R"({$project: {a: {$numberDecimal: "0"}, b: {$numberLong: "0"}, c: 0.0}})", R"({a: 1, b: 2, c: 3, d: 4})",
       R"({d: 4})"},
      {R"({$project: {"_id.x": 0}})", R"({_id: {x: 1, y: 2}, a: 1})", R"({_id: {y: 2}, a: 1})"},
      {R"({$project: {"a.b": 0}})", R"({a: [{b: 1, c: 2}, 3, [{b: 4}]]})", R"({a: [{c: 2}, 3, [{}]]})"},
      {R"({$project: {"a.b.c": 0}})", R"({a: [{b: [{c: 1, d: 2}, 5]}, {b: 3}, [{b: {c: 1}}]]})",
       R"({a: [{b: [{d: 2}, 5]}, {b: 3}, [{b: {}}]]})"},
      // $meta may stand in an exclusion: here there is no window, so the field goes.
      {R"({$project: {b: 0, a: {$meta: "stream.window.start"}}})", R"({_id: 1, a: 2, b: 3, c: 4})",
       R"({_id: 1, c: 4})"},
  };
  expect_outcomes(kCases);
}

TEST(AddFields, Results) {
  constexpr Case kCases[] = {
      {R"({$set: {}})", R"({_id: 1})", R"({_id: 1})"},
      {R"({$set: {"c.d": 1, b: 2, "x.y": 3}})", R"({_id: 1, x: 4})", R"({_id: 1, x: {y: 3}, c: {d: 1}, b: 2})"},
      {R"({$set: {a: 2, z: 3}})", R"({a: {b: 1}, c: 1})", R"({a: 2, c: 1, z: 3})"},
      {R"({$set: {_id: "$x", b: "$_id"}})", R"({_id: 1, x: 4})", R"({_id: 4, x: 4, b: 1})"},
      {R"({$set: {a: "$nothing"}})", R"({a: {b: 3}, x: 9})", R"({x: 9})"},
      {R"({$set: {a: {b: 7}}})", R"({a: [{c: 2}, 3, [{b: 4}, 5, []]]})",
       R"({a: [{c: 2, b: 7}, {b: 7}, [{b: 7}, {b: 7}, []]]})"},
      {R"({$set: {"a.b": 7}})", R"({a: 3})", R"({a: {b: 7}})"},
      {R"({$set: {"a.b": 7}})", R"({a: null})", R"({a: {b: 7}})"},
      {R"({$set: {"a.b": 7}})", R"({a: []})", R"({a: []})"},
      {R"({$set: {"a.0": 7}})", R"({a: [1, 2]})", R"({a: [{"0": 7}, {"0": 7}]})"},
      {R"({$set: {"a.b.c": 1}})", R"({a: {b: [1, {}]}})", R"({a: {b: [{c: 1}, {c: 1}]}})"},
      {R"({$set: {a: {b: "$a"}}})", R"({a: [{c: 2}, 3]})", R"({a: [{c: 2, b: [{c: 2}, 3]}, {b: [{c: 2}, 3]}]})"},
      {R"({$set: {"a.b": "$nothing"}})", R"({a: [1, {b: 1}]})", R"({a: [{}, {}]})"},
      {R"({$set: {a: {b: "$nothing"}}})", R"({a: 3, x: 9})", R"({a: {}, x: 9})"},
      {R"({$set: {a: {b: "$nothing"}}})", R"({x: 9})", R"({x: 9, a: {}})"},
      {R"({$set: {"a.b": 1, a: {c: 1}}})", R"({})", R"({a: {b: 1, c: 1}})"},
      {R"({$set: {a: {$literal: {}}, b: 0, c: false}})", R"({})", R"({a: {}, b: 0, c: false})"},
      {R"({$set: {a: {}, "b.c": {}, d: {e: {}}}})", R"({a: {x: 1}, b: 1})", R"({a: {}, b: {c: {}}, d: {e: {}}})"},
      {R"({$set: {a: null, b: [1, "$x"]}})", R"({x: 2})", R"({x: 2, a: null, b: [1, 2]})"},
  };
  expect_outcomes(kCases);
}

TEST(Unset, Results) {
  constexpr Case kCases[] = {
      {R"({$unset: "a"})", R"({_id: 1, a: 1, b: 2})", R"({_id: 1, b: 2})"},
      {R"({$unset: ["a", "b.c"]})", R"({a: 1, b: {c: 1, d: 2}})", R"({b: {d: 2}})"},
      {R"({$unset: ["_id", "a"]})", R"({_id: 1, a: 1, b: 1})", R"({b: 1})"},
      {R"({$unset: "a.b"})", R"({a: [{b: 1, c: 2}, 3, [{b: 4}]]})", R"({a: [{c: 2}, 3, [{}]]})"},
      {R"({$unset: "a.b"})", R"({a: 3})", R"({a: 3})"},
  };
  expect_outcomes(kCases);
}

struct Refusal {
  std::string_view stage;
  int code;
  std::string_view path, message;
};

void expect_refused(std::span<const Refusal> refusals) {
  for (const Refusal& r : refusals) {
    const auto spec = parse_stage_text(r.stage);
    ASSERT_FALSE(spec.ok()) << r.stage;
    EXPECT_EQ(static_cast<int>(spec.error().code()), r.code) << r.stage;
    EXPECT_EQ(spec.error().path(), r.path) << r.stage;
    EXPECT_EQ(spec.error().message(), r.message) << r.stage;
  }
}

constexpr std::string_view kDollarName =
    "Invalid $project :: caused by :: FieldPath field names may not start with '$'. Consider using $getField or "
    "$setField.";

TEST(Project, Refused) {
  constexpr Refusal kRefusals[] = {
      {"{$project: 3}", 15969, "", "$project specification must be an object"},
      {"{$project: {}}", 51272, "",
       "Invalid $project :: caused by :: projection specification must have at least one field"},
      {"{$project: {a: {b: {}}}}", 51270, "a.b",
       "Invalid $project :: caused by :: An empty sub-projection is not a valid value. Found empty object at path"},
      {"{$project: {a: 1, b: 0}}", 31254, "b",
       "Invalid $project :: caused by :: Cannot do exclusion on field b in inclusion projection"},
      {"{$project: {a: 'x', b: 0}}", 31254, "b",
       "Invalid $project :: caused by :: Cannot do exclusion on field b in inclusion projection"},
      {"{$project: {'a.b': 1, 'c.e': 0}}", 31254, "c.e",
       "Invalid $project :: caused by :: Cannot do exclusion on field c.e in inclusion projection"},
      {"{$project: {a: {b: 0, c: 1}}}", 31253, "a.c",
       "Invalid $project :: caused by :: Cannot do inclusion on field c in exclusion projection"},
      {"{$project: {'_id.x': 0, a: 1}}", 31253, "a",
       "Invalid $project :: caused by :: Cannot do inclusion on field a in exclusion projection"},
      {"{$project: {a: 0, _id: {x: '$a'}}}", 31310, "_id.x",
       "Invalid $project :: caused by :: Cannot use an expression x: \"$a\" in an exclusion projection"},
      {"{$project: {b: 0, a: {$add: [1, 2]}}}", 31252, "a",
       "Invalid $project :: caused by :: Cannot use expression other than $meta in exclusion projection"},
      {"{$project: {'a.b': 1, a: 1}}", 31250, "a", "Invalid $project :: caused by :: Path collision at a"},
      {"{$project: {a: 1, 'a.b.c': 1}}", 31249, "a.b.c",
       "Invalid $project :: caused by :: Path collision at a.b.c remaining portion b.c"},
      {"{$project: {a: {b: 1}, 'a.b': 1}}", 31250, "a.b", "Invalid $project :: caused by :: Path collision at a.b"},
      {"{$project: {a: {$foo: 1}}}", 31325, "a.$foo", "Invalid $project :: caused by :: Unknown expression $foo"},
      {"{$project: {a: {$add: [1, 2], b: 1}}}", 16410, "a.$add", kDollarName},
      {"{$project: {a: {b: 1, $add: [1, 2]}}}", 16410, "a.$add", kDollarName},
      {"{$project: {a: {$elemMatch: {x: 1}}}}", 168, "a.$elemMatch",
       "Invalid $project :: caused by :: Cannot use $elemMatch in this context"},
      {"{$project: {'a.$': 1}}", 31324, "a.$",
       "Invalid $project :: caused by :: Cannot use positional projection in aggregation projection"},
      {"{$project: {$a: 1}}", 16410, "$a", kDollarName},
      {"{$project: {'a.$b': 1}}", 16410, "a.$b", kDollarName},
      {"{$project: {a: {'': 1}}}", 40352, "a",
       "Invalid $project :: caused by :: FieldPath cannot be constructed with empty string"},
      {"{$project: {'a.': 1}}", 40353, "a.", "Invalid $project :: caused by :: FieldPath must not end with a '.'."},
      {"{$project: {'a..b': 1}}", 15998, "a..b",
       "Invalid $project :: caused by :: FieldPath field names may not be empty strings."},
      {"{$project: {a: '$$nope'}}", 17276, "a", "Invalid $project :: caused by :: Use of undefined variable: nope"},
      {"{$project: {a: {b: {$divide: [1, 0]}}}}", 2, "a.b.$divide",
       "Invalid $project :: caused by :: can't $divide by zero"},
  };
  expect_refused(kRefusals);
}

TEST(AddFields, Refused) {
  constexpr Refusal kRefusals[] = {
      {"{$addFields: 'x'}", 40272, "", "$addFields specification stage must be an object, got string"},
      {"{$set: []}", 40272, "", "$set specification stage must be an object, got array"},
      {"{$set: {a: 1, 'a.b': 1}}", 40176, "a.b",
       "Invalid $set :: caused by :: specification contains two conflicting paths. Cannot specify both 'a.b' and 'a': "
       "{ a: 1, a.b: 1 }"},
      {"{$addFields: {'a.b': 1, a: 1}}", 40176, "a",
       "Invalid $addFields :: caused by :: specification contains two conflicting paths. Cannot specify both 'a' and "
       "'a.b': { a.b: 1, a: 1 }"},
      {"{$set: {'a.b': 1, a: {b: 1}}}", 40176, "a.b",
       "Invalid $set :: caused by :: specification contains two conflicting paths. Cannot specify both 'a.b' and "
       "'a.b': { a.b: 1, a: { b: 1 } }"},
      {"{$set: {a: {'b.c': 1}}}", 40183, "a.b.c",
       "Invalid $set :: caused by :: cannot use dotted field name 'b.c' in a sub object: { a: { b.c: 1 } }"},
      {"{$set: {a: {b: 1, $add: [1]}}}", 40181, "a",
       "Invalid $set :: caused by :: an expression specification must contain exactly one field, the name of the "
       "expression. Found 2 fields in { b: 1, $add: [ 1 ] }, while parsing object { a: { b: 1, $add: [ 1 ] } }"},
      {"{$set: {$a: 1}}", 16410, "$a",
       "Invalid $set :: caused by :: FieldPath field names may not start with '$'. Consider using $getField or "
       "$setField."},
      {"{$set: {'': 1}}", 40352, "", "Invalid $set :: caused by :: FieldPath cannot be constructed with empty string"},
      {"{$set: {a: {'': 1}}}", 40353, "a", "Invalid $set :: caused by :: FieldPath must not end with a '.'."},
  };
  expect_refused(kRefusals);
  const auto unknown = parse_stage_text("{$set: {a: {$foo: 1}}}");
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().code(), ErrorCode::kUnrecognizedExpression);
}

TEST(Unset, Refused) {
  constexpr Refusal kRefusals[] = {
      {"{$unset: 3}", 31002, "", "$unset specification must be a string or an array"},
      {"{$unset: []}", 31119, "", "$unset specification must be a string or an array with at least one field"},
      {"{$unset: ['a', 3]}", 31120, "[1]",
       "$unset specification must be a string or an array containing only string values"},
      {"{$unset: ['a', 'a.b']}", 31249, "", "Invalid $unset :: caused by :: Path collision at a.b remaining portion b"},
      {"{$unset: ['a', 'a']}", 31250, "", "Invalid $unset :: caused by :: Path collision at a"},
      {R"({$unset: ["a", "a\u0000b"]})", 9527900, "",
       "$unset specification must not contain field names with a null byte"},
      {"{$unset: ''}", 40352, "", "Invalid $unset :: caused by :: FieldPath cannot be constructed with empty string"},
  };
  expect_refused(kRefusals);
}

TEST(ProjectionStages, ATypingMistakeGetsAHint) {
  const auto spec = parse_stage_text("{$project: {a: {$multipy: ['$a', 2]}}}");
  ASSERT_FALSE(spec.ok());
  EXPECT_EQ(spec.error().message(),
            "Invalid $project :: caused by :: Unknown expression $multipy. Did you mean \"$multiply\"?");
}

TEST(ProjectionStages, FailedRowsBecomeDeadLetters) {
  for (const std::string_view text :
       {"{$project: {a: 1, q: {$divide: [12, '$a']}}}", "{$addFields: {q: {$divide: [12, '$a']}}}"}) {
    StageRunner runner(*parse_stage_text(text).value());
    for (const std::string_view document : {"{_id: 1, a: 3}", "{_id: 2, a: 0}", "{_id: 3, a: 2}", "{_id: 4, a: 0}"})
      runner.add(parse_filter(document).value());
    ASSERT_TRUE(runner.process().ok());
    ASSERT_EQ(runner.batch.rows.size(), 2u);
    EXPECT_EQ(to_json(runner.batch.rows[0].root), R"({"_id":1,"a":3,"q":4.0})");
    EXPECT_EQ(to_json(runner.batch.rows[1].root), R"({"_id":3,"a":2,"q":6.0})");
    ASSERT_EQ(runner.letters.letters.size(), 2u);
    const DeadLetter& letter = runner.letters.letters[1];
    EXPECT_EQ(letter.operator_name, text.starts_with("{$project") ? "ProjectOperator" : "AddFieldsOperator");
    EXPECT_EQ(letter.reason, "can't $divide by zero");
    EXPECT_EQ(letter.code, ErrorCode::kBadValue);
    EXPECT_EQ(to_json(letter.document.view()), R"({"_id":4,"a":0})");
  }
}

TEST(ProjectionStages, Needs) {
  struct NeedsCase {
    std::string_view stage, downstream, needs;
  };
  for (const NeedsCase& c : {
           NeedsCase{"{$project: {a: 1, b: '$c.d', 'e.f': 1}}", "b", "{_id, a, c, e}"},
           NeedsCase{"{$project: {_id: 0, a: 1}}", "a", "{a}"},
           NeedsCase{"{$project: {a: {b: '$x'}}}", "a", "{_id, a, x}"},
           NeedsCase{"{$project: {a: '$$ROOT'}}", "a", "whole document"},
           NeedsCase{"{$project: {a: 0}}", "b", "{b}"},
           NeedsCase{"{$project: {a: 0}}", "*", "whole document"},
           NeedsCase{"{$unset: 'a'}", "b", "{b}"},
           NeedsCase{"{$set: {a: '$x', 'b.c': 1}}", "y", "{b, x, y}"},
           NeedsCase{"{$set: {a: 1}}", "*", "whole document"},
       }) {
    FieldNeeds downstream;
    if (c.downstream == "*") {
      downstream.need_whole();
    } else {
      downstream.add(c.downstream);
    }
    downstream.need_window();
    const FieldNeeds needs = parse_stage_text(c.stage).value()->needs(downstream);
    EXPECT_EQ(needs.to_text(), c.needs) << c.stage;
    EXPECT_TRUE(needs.window()) << c.stage;
    EXPECT_FALSE(needs.record_meta()) << c.stage;
  }
}

TEST(ProjectionStages, Describe) {
  struct Described {
    std::string_view stage, text;
  };
  for (const Described& c : {
           Described{"{$project: {_id: 0, symbol: 1, vwap: {$divide: ['$a', '$b']}}}",
                     R"(_id: 0, symbol, vwap: { $divide: [ "$a", "$b" ] })"},
           Described{"{$set: {a: 1, b: '$c'}}", R"(a: 1, b: "$c")"},
           Described{"{$unset: ['a', 'b.c']}", "a, b.c"},
           Described{"{$unset: 'a'}", "a"},
       }) {
    EXPECT_EQ(parse_stage_text(c.stage).value()->describe(), c.text);
  }
}

}  // namespace
}  // namespace penstock
