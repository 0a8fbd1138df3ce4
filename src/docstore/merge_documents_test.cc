// SPDX-License-Identifier: Apache-2.0
// Expected results were measured on mongod 6.0.5 with aggregate and $merge.
#include "docstore/merge_documents.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "docstore/documents_for_test.h"
#include "docstore/update_tree.h"

namespace penstock {
namespace {

Result<std::optional<OwnedDocument>> merge_documents(const Document* existing, Document incoming,
                                                     const MergeSpec& spec) {
  static const ManualClock clock;
  PS_TRY(Merger merger, Merger::make(spec, clock));
  return merger.merge(existing, incoming);
}

MergeSpec spec_of(std::string_view mode, std::vector<std::string> on) {
  MergeSpec spec;
  spec.on = std::move(on);
  if (mode.starts_with("replace")) spec.when_matched = WhenMatched::kReplace;
  if (mode.starts_with("keepExisting")) spec.when_matched = WhenMatched::kKeepExisting;
  if (mode.ends_with("discard")) spec.when_not_matched = WhenNotMatched::kDiscard;
  return spec;
}

// The text of the result, "nothing", or "error CODE TEXT".
std::string merged(std::string_view mode, std::vector<std::string> on, std::string_view existing,
                   std::string_view incoming) {
  const MergeSpec spec = spec_of(mode, std::move(on));
  const OwnedDocument stored = existing.empty() ? OwnedDocument() : doc(existing);
  const Document view = stored.view();
  const OwnedDocument given = doc(incoming);
  std::vector<std::string> sorted = spec.on;
  std::sort(sorted.begin(), sorted.end());
  auto key = merge_key(given, sorted);
  const auto failed = [](const Error& error) {
    return fmt::format("error {} {}", static_cast<int>(error.code()), error.message());
  };
  if (!key.ok()) return failed(key.error());
  auto result = merge_documents(existing.empty() ? nullptr : &view, given, spec);
  if (!result.ok()) return failed(result.error());
  return result->has_value() ? to_json((**result).view()) : "nothing";
}

struct Case {
  std::string_view why, mode;
  std::vector<std::string> on;
  std::string_view existing, incoming, result;
};

void check(const std::vector<Case>& cases) {
  for (const Case& c : cases)
    EXPECT_EQ(merged(c.mode, c.on, c.existing, c.incoming), c.result) << c.why;
}

TEST(MergeDocuments, Modes) {
  check({
      {"new fields by name",
       "merge",
       {"_id"},
       "",
       R"({"z": 1, "b": 2, "_id": 1, "a": {"y": 1, "x": 2}})",
       R"({"_id":1,"a":{"y":1,"x":2},"b":2,"z":1})"},
      {"known fields keep their place",
       "merge",
       {"_id"},
       R"({"_id": 1, "c": 1, "b": {"x": 1}})",
       R"({"_id": 1, "z": 1, "b": {"y": 2}, "a": 1})",
       R"({"_id":1,"c":1,"b":{"y":2},"a":1,"z":1})"},
      {"merge, discard: matched",
       "merge discard",
       {"_id"},
       R"({"_id": 1, "a": 1})",
       R"({"_id": 1, "b": 2})",
       R"({"_id":1,"a":1,"b":2})"},
      {"merge, discard: not matched", "merge discard", {"_id"}, "", R"({"_id": 1, "b": 2})", "nothing"},
      {"replace keeps the order given",
       "replace",
       {"_id"},
       R"({"_id": 12, "a": 1})",
       R"({"z": 1, "a": 3, "_id": 12})",
       R"({"_id":12,"z":1,"a":3})"},
      {"replace inserts",
       "replace",
       {"_id"},
       "",
       R"({"10": 1, "9": 1, "a.b": 1, "": 5, "_id": 12})",
       R"({"_id":12,"10":1,"9":1,"a.b":1,"":5})"},
      {"replace, discard", "replace discard", {"_id"}, "", R"({"_id": 1})", "nothing"},
      {"keepExisting", "keepExisting", {"_id"}, R"({"_id": 1, "a": 1})", R"({"_id": 1, "a": 2})", "nothing"},
      {"keepExisting inserts by name",
       "keepExisting",
       {"_id"},
       "",
       R"({"_id": 2, "z": 1, "a": 3, "10": 1, "9": 2})",
       R"({"_id":2,"9":2,"10":1,"a":3,"z":1})"},
      {"same number, other type: matched, not the same _id",
       "merge",
       {"_id"},
       R"({"_id": 5, "b": 1})",
       R"({"_id": {"$numberLong": "5"}, "z": 1})",
       "error 66 Performing an update on the path '_id' would modify the immutable field '_id'"},
      {"replace takes the other type",
       "replace",
       {"_id"},
       R"({"_id": 5, "b": 1})",
       R"({"_id": 5.0, "z": 1})",
       R"({"_id":5.0,"z":1})"},
  });
}

TEST(MergeDocuments, OtherMatchFields) {
  check({
      {"match fields first, by path",
       "merge",
       {"b", "a"},
       "",
       R"({"z": 1, "b": "v", "a": 1, "c": 1, "_id": 3})",
       R"({"_id":3,"a":1,"b":"v","c":1,"z":1})"},
      {"dotted",
       "merge",
       {"n.k", "c"},
       "",
       R"({"_id": 3, "z": 1, "n": {"y": 1, "k": 5, "x": 2}, "c": 1})",
       R"({"_id":3,"c":1,"n":{"y":1,"k":5,"x":2},"z":1})"},
      {"numbers among match fields are ordered as bytes",
       "merge",
       {"9", "10", "1a"},
       "",
       R"({"_id": 3, "9": 1, "10": 2, "1a": 3, "2": 4})",
       R"({"_id":3,"10":2,"1a":3,"9":1,"2":4})"},
      {"missing",
       "merge",
       {"k"},
       "",
       R"({"_id": 1})",
       "error 51132 $merge write error: 'on' field 'k' cannot be missing, null, undefined or an array"},
      {"null",
       "merge",
       {"k"},
       "",
       R"({"_id": 1, "k": null})",
       "error 51132 $merge write error: 'on' field 'k' cannot be missing, null, undefined or an array"},
      {"array",
       "merge",
       {"k"},
       "",
       R"({"_id": 1, "k": []})",
       "error 51185 $merge write error: 'on' field 'k' is an array"},
      {"array on the way",
       "merge",
       {"n.k"},
       "",
       R"({"_id": 1, "n": [{"k": 1}]})",
       "error 51132 $merge write error: 'on' field 'n.k' cannot be missing, null, undefined or an array"},
      {"a dot in the name is no path",
       "merge",
       {"n.k"},
       "",
       R"({"_id": 1, "n.k": 9})",
       "error 51132 $merge write error: 'on' field 'n.k' cannot be missing, null, undefined or an array"},
      {"another _id",
       "merge",
       {"k"},
       R"({"_id": 5, "k": "v"})",
       R"({"_id": 7, "k": "v"})",
       "error 66 Performing an update on the path '_id' would modify the immutable field '_id'"},
      {"another _id, replace",
       "replace",
       {"k"},
       R"({"_id": 5, "k": "v"})",
       R"({"_id": 7, "k": "v"})",
       "error 66 After applying the update, the (immutable) field '_id' was found to have been altered to _id: 7"},
      {"a generated _id gives way",
       "merge",
       {"k"},
       R"({"_id": 5, "k": "v"})",
       R"({"_id": {"$oid": "507f1f77bcf86cd799439011"}, "k": "v", "a": 1})",
       R"({"_id":5,"k":"v","a":1})"},
      {"a generated _id gives way, replace",
       "replace",
       {"k"},
       R"({"_id": 5, "k": "v"})",
       R"({"_id": {"$oid": "507f1f77bcf86cd799439011"}, "k": "v", "a": 1})",
       R"({"_id":5,"k":"v","a":1})"},
      {"a generated _id is inserted",
       "merge",
       {"k"},
       "",
       R"({"_id": {"$oid": "507f1f77bcf86cd799439011"}, "k": "v", "a": 1})",
       R"({"_id":{"$oid":"507f1f77bcf86cd799439011"},"k":"v","a":1})"},
      {"the match field's own type changes",
       "merge",
       {"k"},
       R"({"_id": 1, "k": 1})",
       R"({"_id": 1, "k": 1.0})",
       R"({"_id":1,"k":1.0})"},
  });
}

TEST(MergeDocuments, NamesWithDots) {
  check({
      {"a path",
       "merge",
       {"_id"},
       "",
       R"({"_id": 1, "a.z": 1, "a.b": 2, "a.10": 3, "a.9": 4})",
       R"({"_id":1,"a":{"9":4,"10":3,"b":2,"z":1}})"},
      {"into an object",
       "merge",
       {"_id"},
       R"({"_id": 1, "a": {"z": 1}, "k": 1})",
       R"({"_id": 1, "a.b": 1})",
       R"({"_id":1,"a":{"z":1,"b":1},"k":1})"},
      {"into an array",
       "merge",
       {"_id"},
       R"({"_id": 1, "a": [1, {"x": 1}]})",
       R"({"_id": 1, "a.0": 9, "a.1.y": 2, "a.4": 3})",
       R"({"_id":1,"a":[9,{"x":1,"y":2},null,null,3]})"},
      {"not into an array",
       "merge",
       {"_id"},
       R"({"_id": 1, "a": [1]})",
       R"({"_id": 1, "a.x": 1})",
       "error 28 Cannot create field 'x' in element {a: [ 1 ]}"},
      {"not into a number",
       "merge",
       {"_id"},
       R"({"_id": 1, "k": 1})",
       R"({"_id": 1, "k.b": 1})",
       "error 28 Cannot create field 'b' in element {k: 1}"},
      {"far away",
       "merge",
       {"_id"},
       R"({"_id": 1, "a": []})",
       R"({"_id": 1, "a.2000000": 1})",
       "error 34 can't backfill more than 1500000 elements"},
      {"conflict",
       "merge",
       {"_id"},
       "",
       R"({"_id": 1, "a.b": 1, "a": 2})",
       "error 40 Updating the path 'a' would create a conflict at 'a'"},
      {"conflict the other way",
       "merge",
       {"_id"},
       "",
       R"({"_id": 1, "a": 2, "a.b": 1})",
       "error 40 Updating the path 'a.b' would create a conflict at 'a'"},
      {"empty", "merge", {"_id"}, "", R"({"_id": 1, "": 2})", "error 56 An empty update path is not valid."},
      {"empty part",
       "merge",
       {"_id"},
       "",
       R"({"_id": 1, "a.": 2})",
       "error 56 The update path 'a.' contains an empty field name, which is not allowed."},
      {"names inside values are only names",
       "merge",
       {"_id"},
       "",
       R"({"_id": 1, "n": {"a.b": 1, "$y": 2, "": 3}})",
       R"({"_id":1,"n":{"a.b":1,"$y":2,"":3}})"},
      {"a dollar is inserted", "merge", {"_id"}, "", R"({"_id": 4, "$x": 1})", R"({"_id":4,"$x":1})"},
      {"a dollar is not updated",
       "merge",
       {"_id"},
       R"({"_id": 4})",
       R"({"_id": 4, "$x": 1})",
       "error 52 The dollar ($) prefixed field '$x' in '$x' is not allowed in the context of an update's replacement "
       "document. Consider using an aggregation pipeline with $replaceWith."},
      {"a dollar first is no replacement",
       "replace",
       {"_id"},
       "",
       R"({"$x": 1, "_id": 9})",
       "error 9 Unknown modifier: $x. Expected a valid update modifier or pipeline-style update specified as an array"},
  });
}

TEST(MergeDocuments, APathOfAnyLengthIsRefusedNotFollowed) {
  std::string name = "a";
  for (int i = 0; i < 100'000; ++i)
    name += ".a";
  DocumentBuilder builder;
  builder.append("_id", Value::int32(1));
  builder.append(name, Value::int32(1));
  const OwnedDocument deep(builder.take());
  auto result = merge_documents(nullptr, deep, spec_of("merge", {"_id"}));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), ErrorCode::kOverflow);
}

TEST(MergeDocuments, RepeatedNames) {
  DocumentBuilder builder;
  builder.append("_id", Value::int32(1));
  builder.append("a", Value::int32(1));
  builder.append("a", Value::int32(2));
  const OwnedDocument twice(builder.take());
  auto refused = merge_documents(nullptr, twice, spec_of("merge", {"_id"}));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode{40});
  const Document existing = twice.view();
  const OwnedDocument incoming = doc(R"({"_id": 1, "a": 3})");
  auto merged = merge_documents(&existing, incoming, spec_of("merge", {"_id"}));
  ASSERT_TRUE(merged.ok());
  EXPECT_EQ((**merged).bytes().size(), twice.bytes().size());
}

TEST(CompareNames, OrderOfNewFields) {
  const std::vector<std::string> sorted = {"",   "+1", "-1", "0",   "00", "010", "09",  "1",          "2",
                                           "9",  "10", "1a", "99",  "9a", "100", "10a", "2147483648", "A",
                                           "_a", "a",  "a1", "a10", "a9", "ab",  "é"};
  for (size_t i = 0; i < sorted.size(); ++i) {
    for (size_t j = 0; j < sorted.size(); ++j) {
      const int order = compare_names(sorted[i], sorted[j]);
      EXPECT_EQ(order < 0, i < j) << sorted[i] << " against " << sorted[j];
      EXPECT_EQ(order == 0, i == j) << sorted[i] << " against " << sorted[j];
    }
  }
}

// Whatever the names: a second time changes nothing, which is what makes delivery safe to repeat.
TEST(MergeDocuments, TwiceIsOnce) {
  const uint64_t seed = SystemRandom().next();
  SCOPED_TRACE(seed);
  SeededRandom random(seed);
  for (int round = 0; round < 2000; ++round) {
    const auto random_document = [&] {
      DocumentBuilder builder;
      builder.append("_id", Value::int32(1));
      for (uint64_t n = random.below(6); n > 0; --n) {
        std::string name(1, "ab19"[random.below(4)]);
        while (random.below(3) == 0)
          name += random.below(2) == 0 ? ".b" : "0";
        builder.append(name, Value::int32(static_cast<int32_t>(random.below(100))));
      }
      return OwnedDocument(builder.take());
    };
    const OwnedDocument before = random_document();
    const OwnedDocument incoming = random_document();
    for (std::string_view mode : {"merge", "replace"}) {
      const MergeSpec spec = spec_of(mode, {"_id"});
      const Document existing = before.view();
      auto once = merge_documents(&existing, incoming, spec);
      if (!once.ok()) continue;
      const Document first = (**once).view();
      auto twice = merge_documents(&first, incoming, spec);
      ASSERT_TRUE(twice.ok()) << to_json(incoming.view());
      EXPECT_EQ(to_json((**twice).view()), to_json(first)) << to_json(before.view()) << to_json(incoming.view());
    }
  }
}

}  // namespace
}  // namespace penstock
