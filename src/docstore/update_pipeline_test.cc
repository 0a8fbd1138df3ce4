// SPDX-License-Identifier: Apache-2.0
// $merge with a pipeline. Expected results were measured on mongod 6.0.5 with aggregate and $merge; errors of
// expressions are as everywhere here: $add has the code of newer servers, 14 for 16554.
#include "docstore/update_pipeline.h"

#include <gtest/gtest.h>

#include "docstore/documents_for_test.h"
#include "docstore/merge_documents.h"

namespace penstock {
namespace {

constexpr std::string_view kAdd = R"({"$set": {"n": {"$add": ["$n", "$$new.n"]}}})";

// A pipeline without its brackets, `let` ("" : none), and what else a case says.
struct Definition {
  std::string pipeline;
  std::string let;
  std::vector<std::string> on = {"_id"};
  bool discard = false;
};

MergeSpec spec_of(const Definition& definition) {
  MergeSpec spec;
  spec.when_matched = WhenMatched::kPipeline;
  spec.on = definition.on;
  if (definition.discard) spec.when_not_matched = WhenNotMatched::kDiscard;
  const OwnedDocument wrapped = doc("{\"p\": [" + definition.pipeline + "]}");
  spec.pipeline = OwnedDocument(wrapped.view().get("p").as_array());
  if (!definition.let.empty()) spec.let = doc(definition.let);
  return spec;
}

std::string text(const Error& error) {
  return fmt::format("error {} {}", static_cast<int>(error.code()), error.message());
}

// The text of the result, "nothing", or "error CODE TEXT".
std::string merged(const Definition& definition, std::string_view existing, std::string_view incoming) {
  const ManualClock clock;
  auto merger = Merger::make(spec_of(definition), clock);
  if (!merger.ok()) return text(merger.error());
  const OwnedDocument stored = existing.empty() ? OwnedDocument() : doc(existing);
  const Document view = stored.view();
  const OwnedDocument given = doc(incoming);
  auto result = merger->merge(existing.empty() ? nullptr : &view, given);
  if (!result.ok()) return text(result.error());
  return result->has_value() ? to_json((**result).view()) : "nothing";
}

struct Case {
  std::string_view why, pipeline, existing, incoming, result;
};

TEST(UpdatePipeline, Results) {
  for (const Case& c : {
           Case{"adds", kAdd, R"({"_id": 1, "z": 1, "n": 2})", R"({"_id": 1, "n": 5})", R"({"_id":1,"z":1,"n":7})"},
           Case{"no match: as it comes", kAdd, "", R"({"z": 1, "_id": 1, "n": 5, "a": 2})",
                R"({"_id":1,"z":1,"n":5,"a":2})"},
           Case{"nothing to do", "", R"({"_id": 1, "n": 2})", R"({"_id": 1, "n": 5})", R"({"_id":1,"n":2})"},
           Case{"a result without _id keeps the stored one", R"({"$replaceWith": {"a": 1}})", R"({"_id": 1, "n": 2})",
                R"({"_id": 1, "n": 5})", R"({"_id":1,"a":1})"},
           Case{"_id comes first", R"({"$replaceWith": {"a": 1, "_id": 1}})", R"({"_id": 1})", R"({"_id": 1})",
                R"({"_id":1,"a":1})"},
           Case{"the incoming document", R"({"$replaceRoot": {"newRoot": "$$new"}})", R"({"_id": 1, "n": 2})",
                R"({"z": 1, "_id": 1, "n": 5})", R"({"_id":1,"z":1,"n":5})"},
           Case{"_id of another type", R"({"$replaceWith": "$$new"})", R"({"_id": 1, "n": 2})",
                R"({"_id": 1.0, "n": 5})", R"({"_id":1.0,"n":5})"},
           Case{"_id cannot be unset", R"({"$unset": "_id"})", R"({"_id": 1, "n": 2})", R"({"_id": 1})",
                R"({"_id":1,"n":2})"},
           Case{"several unset", R"({"$unset": ["n", "m.x"]})", R"({"_id": 1, "n": 2, "m": {"x": 1, "y": 2}})",
                R"({"_id": 1})", R"({"_id":1,"m":{"y":2}})"},
           Case{"project", R"({"$project": {"n": 1, "k": "$$new.n"}})", R"({"_id": 1, "n": 2, "m": 3})",
                R"({"_id": 1, "n": 5})", R"({"_id":1,"n":2,"k":5})"},
           Case{"project without _id", R"({"$project": {"_id": 0, "n": 1}})", R"({"_id": 1, "n": 2, "m": 3})",
                R"({"_id": 1, "n": 5})", R"({"_id":1,"n":2})"},
           Case{"stages see what those before made",
                R"({"$addFields": {"n": {"$add": ["$n", "$$new.n"]}}}, {"$set": {"m": {"$multiply": ["$n", 2]}}},
                   {"$unset": "n"})",
                R"({"_id": 1, "n": 2})", R"({"_id": 1, "n": 5})", R"({"_id":1,"m":14})"},
           Case{"variables of the server", R"({"$set": {"n": "$$REMOVE", "q": "$$ROOT.m", "w": "$$CURRENT.n"}})",
                R"({"_id": 1, "n": 2, "m": 3})", R"({"_id": 1})", R"({"_id":1,"m":3,"q":3,"w":2})"},
           Case{"an inner variable hides",
                R"({"$set": {"n": {"$let": {"vars": {"new": 3}, "in": "$$new"}}, "m": "$$new.n"}})",
                R"({"_id": 1, "n": 2})", R"({"_id": 1, "n": 5})", R"({"_id":1,"n":3,"m":5})"},
           Case{"names with dollars and dots", R"({"$replaceWith": "$$new"})", R"({"_id": 1})",
                R"({"_id": 1, "$x": 5, "a.b": 1})", R"({"_id":1,"$x":5,"a.b":1})"},
           Case{"the same, inserted", R"({"$replaceWith": "$$new"})", "", R"({"_id": 1, "$x": 5, "a.b": 1, "": 1})",
                R"({"_id":1,"$x":5,"a.b":1,"":1})"},
       }) {
    EXPECT_EQ(merged({std::string(c.pipeline), ""}, c.existing, c.incoming), c.result) << c.why;
  }
  EXPECT_EQ(merged({std::string(kAdd), "", {"_id"}, true}, "", R"({"_id": 1})"), "nothing");
}

TEST(UpdatePipeline, Errors) {
  const std::string altered =
      "error 66 After applying the update, the (immutable) field '_id' was found to have been altered to _id: ";
  const std::string stored = R"({"_id": 1, "n": 2})";
  for (const auto& [pipeline, existing, result] : std::vector<std::array<std::string, 3>>{
           {R"({"$set": {"_id": 2}})", stored, altered + "2"},
           {R"({"$set": {"_id.a": 2}})", R"({"_id": {"a": 1}})", altered + "{ a: 2 }"},
           {R"({"$set": {"_id": [1]}})", stored, "error 53 The '_id' value cannot be of type array"},
           {R"({"$replaceWith": "$n"})", stored,
            "error 40228 'replacement document'  must evaluate to an object, but resulting value was: 2. Type of "
            "resulting value: 'int'. Input document: { _id: 1, n: 2 }"},
           {R"({"$replaceRoot": {"newRoot": "$n"}})", stored,
            "error 40228 'newRoot' expression  must evaluate to an object, but resulting value was: 2. Type of "
            "resulting value: 'int'. Input document: { _id: 1, n: 2 }"},
           {std::string(kAdd), R"({"_id": 1, "n": "x"})",
            "error 14 $add only supports numeric or date types, not string"},
           {R"({"$match": {}})", stored, "error 72 $match is not allowed to be used within an update"},
           {R"({"$lookup": {}})", stored, "error 72 $lookup is not allowed to be used within an update"},
           {R"({"$sett": {}})", stored, "error 40324 Unrecognized pipeline stage name: '$sett'"},
           {R"({"$set": {}, "$unset": "a"})", stored,
            "error 40323 A pipeline stage specification object must contain exactly one field."},
           {R"({"$set": {"n": "$$y"}})", stored,
            "error 17276 Invalid $set :: caused by :: Use of undefined variable: y"},
       }) {
    EXPECT_EQ(merged({pipeline, ""}, existing, R"({"_id": 1, "n": 5})"), result) << pipeline;
  }
  for (std::string_view shape : {R"({"$set": 1})", R"({"$unset": 1})", R"({"$unset": []})", R"({"$project": 1})",
                                 R"({"$replaceRoot": "$$new"})", R"({"$replaceRoot": {"newRoof": "$$new"}})"}) {
    EXPECT_TRUE(merged({std::string(shape), ""}, stored, stored).starts_with("error ")) << shape;
  }
}

TEST(UpdatePipeline, Let) {
  const std::string add_x = R"({"$set": {"n": {"$add": ["$n", "$$x"]}}})";
  const std::string no_x = "error 17276 Invalid $set :: caused by :: Use of undefined variable: x";
  const std::string stored = R"({"_id": 1, "n": 2})";
  struct LetCase {
    std::string_view why;
    Definition definition;
    std::string existing, incoming, result;
  };
  for (const LetCase& c : {
           LetCase{"of the incoming document",
                   {add_x, R"({"x": "$n"})"},
                   stored,
                   R"({"_id": 1, "n": 5})",
                   R"({"_id":1,"n":7})"},
           LetCase{"new is there beside it",
                   {std::string(kAdd), R"({"x": "$n"})"},
                   stored,
                   R"({"_id": 1, "n": 5})",
                   R"({"_id":1,"n":7})"},
           LetCase{"not when nothing may be inserted",
                   {std::string(kAdd), R"({"x": "$n"})", {"_id"}, true},
                   stored,
                   R"({"_id": 1, "n": 5})",
                   "error 17276 Invalid $set :: caused by :: Use of undefined variable: new"},
           LetCase{"named, it is",
                   {std::string(kAdd), R"({"new": "$$ROOT"})", {"_id"}, true},
                   stored,
                   R"({"_id": 1, "n": 5})",
                   R"({"_id":1,"n":7})"},
           LetCase{"no match", {add_x, R"({"x": "$n"})"}, "", R"({"_id": 1, "n": 5})", R"({"_id":1,"n":5})"},
           LetCase{"null is a value",
                   {R"({"$set": {"n": "$$x"}})", R"({"x": null})"},
                   stored,
                   stored,
                   R"({"_id":1,"n":null})"},
           LetCase{"missing: no such variable", {add_x, R"({"x": "$none"})"}, stored, stored, no_x},
           LetCase{"also without a match", {add_x, R"({"x": "$none"})"}, "", stored, no_x},
           LetCase{
               "missing and not used", {std::string(kAdd), R"({"x": "$none"})"}, stored, stored, R"({"_id":1,"n":4})"},
           LetCase{"an error",
                   {add_x, R"({"x": {"$add": ["$n", 1]}})"},
                   stored,
                   R"({"_id": 1, "n": "x"})",
                   "error 14 $add only supports numeric or date types, not string"},
           LetCase{"an error, also without a match",
                   {add_x, R"({"x": {"$add": ["$n", 1]}})"},
                   "",
                   R"({"_id": 1, "n": "x"})",
                   "error 14 $add only supports numeric or date types, not string"},
           LetCase{"a variable inside let",
                   {add_x, R"({"x": {"$let": {"vars": {"y": "$n"}, "in": "$$y"}}})"},
                   stored,
                   R"({"_id": 1, "n": 5})",
                   R"({"_id":1,"n":7})"},
       }) {
    EXPECT_EQ(merged(c.definition, c.existing, c.incoming), c.result) << c.why;
  }
}

TEST(UpdatePipeline, AGeneratedIdIsNotSeen) {
  const std::string generated = R"("_id": {"$oid": "507f1f77bcf86cd799439011"})";
  const std::string stored = R"({"_id": 1, "k": 1, "n": 2})";
  const Definition whole{R"({"$replaceWith": "$$new"})", "", {"k"}};
  EXPECT_EQ(merged(whole, stored, "{" + generated + R"(, "k": 1, "n": 5})"), R"({"_id":1,"k":1,"n":5})");
  EXPECT_EQ(merged(whole, "", "{" + generated + R"(, "k": 1})"),
            R"({"_id":{"$oid":"507f1f77bcf86cd799439011"},"k":1})");
  EXPECT_EQ(merged({R"({"$set": {"i": "$$new._id"}})", "", {"k"}}, stored, R"({"_id": 9, "k": 1})"),
            R"({"_id":1,"k":1,"n":2,"i":9})");
}

TEST(UpdatePipeline, ADocumentThatGrowsTooLargeIsRefused) {
  const std::string large(9'000'000, 'x');
  const std::string half = R"({"_id": 1, "n": ")" + large + "\"}";
  EXPECT_TRUE(merged({R"({"$set": {"m": "$$new.n"}})", ""}, half, half).starts_with("error 10334 "));
}

// One merger serves many documents: nothing of one shows in the next.
TEST(UpdatePipeline, IsUsedAgain) {
  const ManualClock clock;
  Merger merger = std::move(Merger::make(spec_of({std::string(kAdd), R"({"x": "$x"})"}), clock).value());
  OwnedDocument stored = doc(R"({"_id": 1, "n": 0})");
  for (int i = 1; i <= 100; ++i) {
    const Document view = stored.view();
    auto result = merger.merge(&view, doc(fmt::format(R"({{"_id": 1, "n": {}}})", i)));
    ASSERT_TRUE(result.ok());
    stored = std::move(**result);
  }
  EXPECT_EQ(to_json(stored.view()), R"({"_id":1,"n":5050})");
}

}  // namespace
}  // namespace penstock
