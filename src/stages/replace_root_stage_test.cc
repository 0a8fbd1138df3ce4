// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "stages/stage_runner.h"

namespace penstock {
namespace {

TEST(ReplaceRoot, Results) {
  struct Case {
    std::string_view stage, document, result;
  };
  for (const Case& c : {
           Case{R"({$replaceRoot: {newRoot: "$a"}})", R"({_id: 1, a: {z: 1, b: 2}})", R"({z: 1, b: 2})"},
           Case{R"({$replaceRoot: {newRoot: {x: "$a", y: "$nothing"}}})", R"({a: 1})", R"({x: 1})"},
           Case{R"({$replaceRoot: {newRoot: {}}})", R"({a: 1})", R"({})"},
           Case{R"({$replaceRoot: {newRoot: {a: {b: 1}}}})", R"({a: {c: 1}})", R"({a: {b: 1}})"},
           Case{R"({$replaceWith: "$$ROOT.a"})", R"({a: {b: 1}})", R"({b: 1})"},
           Case{R"({$replaceWith: {$let: {vars: {v: "$a"}, in: "$$v"}}})", R"({a: {b: 1}})", R"({b: 1})"},
           Case{R"({$replaceWith: "$a"})", R"({a: [{b: 1}]})", "error 40228"},
           Case{R"({$replaceWith: {$divide: ["$a", 0]}})", R"({a: 1})", "error 2"},
       }) {
    EXPECT_EQ(outcome_of(c.stage, c.document), canonical(c.result)) << c.stage;
  }
}

TEST(ReplaceRoot, FailedRowsBecomeDeadLetters) {
  struct Case {
    std::string_view stage, document, reason;
  };
  for (const Case& c : {
           Case{R"({$replaceRoot: {newRoot: "$a"}})", R"({_id: 1, a: "x"})",
                "'newRoot' expression must evaluate to an object, but resulting value was: \"x\". Type of resulting "
                "value: 'string'. Input document: { _id: 1, a: \"x\" }"},
           Case{R"({$replaceWith: "$b"})", R"({a: 1})",
                "'replacement document'  must evaluate to an object, but resulting value was: MISSING. Type of "
                "resulting value: 'missing'. Input document: { a: 1 }"},
           Case{R"({$replaceRoot: {newRoot: 5}})", R"({a: 1})",
                "'newRoot' expression must evaluate to an object, but resulting value was: 5. Type of resulting value: "
                "'int'. Input document: { a: 1 }"},
       }) {
    StageRunner runner(*parse_stage_text(c.stage).value());
    runner.add(parse_filter(c.document).value());
    runner.add(parse_filter("{a: {ok: 1}, b: {ok: 1}}").value());
    ASSERT_TRUE(runner.process().ok());
    ASSERT_GE(runner.letters.letters.size(), 1u);
    const DeadLetter& letter = runner.letters.letters[0];
    EXPECT_EQ(letter.operator_name, "ReplaceRootOperator");
    EXPECT_EQ(letter.reason, c.reason);
    EXPECT_EQ(letter.code, ErrorCode{40228});
    EXPECT_EQ(letter.document.bytes(), parse_filter(c.document).value().bytes());
  }
}

TEST(ReplaceRoot, Refused) {
  struct Case {
    std::string_view stage;
    int code;
    std::string_view path, message;
  };
  for (const Case& c : {
           Case{"{$replaceRoot: 5}", 40229, "", "expected an object as specification for $replaceRoot stage, got int"},
           Case{"{$replaceRoot: {}}", 40414, "", "BSON field '$replaceRoot.newRoot' is missing but a required field"},
           Case{"{$replaceRoot: {x: 1}}", 40415, "x", "BSON field '$replaceRoot.x' is an unknown field."},
           Case{"{$replaceRoot: {newroot: 1}}", 40415, "newroot",
                "BSON field '$replaceRoot.newroot' is an unknown field. Did you mean \"newRoot\"?"},
           Case{"{$replaceRoot: {newRoot: '$$x'}}", 17276, "newRoot", "Use of undefined variable: x"},
           Case{"{$replaceWith: {'a.b': 1}}", 16412, "",
                "FieldPath field names may not contain '.'. Consider using $getField or $setField."},
       }) {
    const auto spec = parse_stage_text(c.stage);
    ASSERT_FALSE(spec.ok()) << c.stage;
    EXPECT_EQ(static_cast<int>(spec.error().code()), c.code) << c.stage;
    EXPECT_EQ(spec.error().path(), c.path) << c.stage;
    EXPECT_EQ(spec.error().message(), c.message) << c.stage;
  }
}

TEST(ReplaceRoot, NeedsOnlyItsInputs) {
  FieldNeeds downstream;
  downstream.need_whole();
  downstream.need_record_meta();
  const FieldNeeds needs = parse_stage_text("{$replaceWith: {x: '$a.b', y: '$c'}}").value()->needs(downstream);
  EXPECT_EQ(needs.to_text(), "{a, c}");
  EXPECT_TRUE(needs.record_meta());
}

}  // namespace
}  // namespace penstock
