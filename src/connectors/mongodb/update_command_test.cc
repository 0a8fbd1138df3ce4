// SPDX-License-Identifier: Apache-2.0
#include "connectors/mongodb/update_command.h"

#include <gtest/gtest.h>

#include "docstore/documents_for_test.h"

namespace penstock {
namespace {

const SystemClock kClock;

std::vector<PendingWrite> pending_of(const MergeSpec& spec, const std::vector<OwnedDocument>& documents) {
  std::vector<PendingWrite> pending;
  auto variables = MergeVariables::make(spec, kClock);
  EXPECT_TRUE(variables.ok());
  for (size_t i = 0; i < documents.size(); ++i) {
    auto write = make_write(spec, *variables, documents, i);
    EXPECT_TRUE(write.ok());
    pending.push_back(*write);
  }
  return pending;
}

std::string updates_of(const MergeSpec& spec, const std::vector<OwnedDocument>& documents) {
  const UpdateCommand command = make_update_command(spec, documents, pending_of(spec, documents), {});
  return to_json(Document(command.bytes.data()).get("updates"));
}

TEST(UpdateCommand, OneOperationPerMode) {
  MergeSpec spec;
  spec.coll = "c";
  const auto one = docs({R"({"z": 1, "_id": 5})"});
  EXPECT_EQ(updates_of(spec, one), R"([{"q":{"_id":5},"u":{"$set":{"z":1,"_id":5}},"upsert":true}])");
  spec.when_not_matched = WhenNotMatched::kDiscard;
  EXPECT_EQ(updates_of(spec, one), R"([{"q":{"_id":5},"u":{"$set":{"z":1,"_id":5}},"upsert":false}])");
  spec.when_matched = WhenMatched::kReplace;
  EXPECT_EQ(updates_of(spec, one), R"([{"q":{"_id":5},"u":{"z":1,"_id":5},"upsert":false}])");
  spec.when_matched = WhenMatched::kKeepExisting;
  spec.when_not_matched = WhenNotMatched::kInsert;
  EXPECT_EQ(updates_of(spec, one), R"([{"q":{"_id":5},"u":{"$setOnInsert":{"z":1,"_id":5}},"upsert":true}])");
}

MergeSpec parsed(std::string_view options) {
  const OwnedDocument text =
      doc(fmt::format(R"({{"into": {{"connectionName": "m", "db": "d", "coll": "c"}}, {}}})", options));
  auto spec = parse_merge(Value::object(text));
  EXPECT_TRUE(spec.ok()) << options << (spec.ok() ? "" : spec.error().message());
  return spec.ok() ? std::move(*spec) : MergeSpec();
}

TEST(UpdateCommand, Pipelines) {
  struct Case {
    std::string_view why, options, update;
  };
  for (const Case& c :
       {Case{"the incoming document is $$new", R"("whenMatched": [{"$set": {"n": "$$new.n"}}])",
             R"([{"q":{"_id":5},"u":[{"$set":{"n":"$$new.n"}}],"c":{"new":{"n":1,"_id":5}},"upsert":true,)"
             R"("upsertSupplied":true}])"},
        Case{"nothing is inserted", R"("whenMatched": [], "whenNotMatched": "discard")",
             R"([{"q":{"_id":5},"u":[],"c":{"new":{"n":1,"_id":5}},"upsert":false}])"},
        Case{"variables are evaluated on the incoming document; a missing one is not there",
             R"("whenMatched": [], "let": {"x": {"$add": ["$n", 1]}, "y": "$$ROOT", "z": "$q", "new": "$$ROOT"})",
             R"([{"q":{"_id":5},"u":[],"c":{"new":{"n":1,"_id":5},"x":2,"y":{"n":1,"_id":5}},"upsert":true,)"
             R"("upsertSupplied":true}])"}}) {
    EXPECT_EQ(updates_of(parsed(c.options), docs({R"({"n": 1, "_id": 5})"})), c.update) << c.why;
  }
}

TEST(UpdateCommand, APipelineDoesNotSeeAGeneratedId) {
  MergeSpec spec = parsed(R"("on": "k", "whenMatched": [], "let": {"all": "$$ROOT"})");
  EXPECT_EQ(updates_of(spec, docs({R"({"_id": {"$oid": "507f1f77bcf86cd799439011"}, "k": 1})"})),
            R"([{"q":{"k":1},"u":[],"c":{"new":{"k":1},"all":{"k":1}},"upsert":true,"upsertSupplied":true}])");
}

TEST(UpdateCommand, AVariableThatFailsRefusesTheDocument) {
  const MergeSpec spec = parsed(R"("whenMatched": [], "let": {"x": {"$add": ["$n", 1]}})");
  auto write = make_write(spec, *MergeVariables::make(spec, kClock), docs({R"({"_id": 5, "n": "text"})"}), 0);
  ASSERT_FALSE(write.ok());
  EXPECT_NE(write.error().message().find("$add only supports numeric or date types"), std::string::npos);
}

TEST(UpdateCommand, FailInserts) {
  const MergeSpec spec = parsed(R"("whenMatched": "fail")");
  const auto documents = docs({R"({"n": 1, "_id": 5})", R"({"_id": 6})"});
  const UpdateCommand command = make_update_command(spec, documents, pending_of(spec, documents), {});
  EXPECT_EQ(to_json(Document(command.bytes.data())),
            R"({"insert":"c","documents":[{"n":1,"_id":5},{"_id":6}],"ordered":false})");
}

TEST(UpdateCommand, AGeneratedIdDoesNotChangeAStoredOne) {
  MergeSpec spec;
  spec.on = {"k", "n.m"};
  const std::string id = R"({"$oid":"507f1f77bcf86cd799439011"})";
  const auto one = docs({R"({"_id": )" + id + R"(, "k": 1, "n": {"m": 2}})"});
  const std::string filter = R"([{"q":{"k":1,"n.m":2},"u":)";
  EXPECT_EQ(updates_of(spec, one),
            filter + R"({"$set":{"k":1,"n":{"m":2}},"$setOnInsert":{"_id":)" + id + R"(}},"upsert":true}])");
  spec.when_matched = WhenMatched::kReplace;
  EXPECT_EQ(updates_of(spec, one), filter + R"({"k":1,"n":{"m":2}},"upsert":true}])");
  EXPECT_EQ(updates_of(spec, docs({R"({"_id": 7, "k": 1, "n": {"m": 2}})"})),
            filter + R"({"_id":7,"k":1,"n":{"m":2}},"upsert":true}])");
}

TEST(UpdateCommand, PartsAndOrder) {
  MergeSpec spec;
  std::vector<OwnedDocument> documents;
  for (int i = 0; i < 2500; ++i)
    documents.push_back(doc(fmt::format(R"({{"_id": {}}})", i)));
  auto pending = pending_of(spec, documents);
  const UpdateCommand first = make_update_command(spec, documents, pending, {});
  EXPECT_EQ(first.count, 1000u);
  EXPECT_FALSE(first.ordered);
  EXPECT_EQ(make_update_command(spec, documents, std::span(pending).subspan(2000), {}).count, 500u);
  const UpdateCommand small = make_update_command(spec, documents, pending, {1000, 600});
  EXPECT_GT(small.count, 2u);
  EXPECT_LE(small.bytes.size(), 700u);
  EXPECT_EQ(make_update_command(spec, documents, pending, {1000, 1}).count, 1u) << "one goes always";
  documents[3] = doc(R"({"_id": 1.0})");
  pending = pending_of(spec, documents);
  EXPECT_TRUE(make_update_command(spec, documents, pending, {}).ordered) << "1 and 1.0 are one key";
}

TEST(UpdateCommand, RefusesWhatNoOperationCanHold) {
  MergeSpec spec;
  spec.on = {"_id", "k"};
  DocumentBuilder builder;
  const std::string large(9 * 1024 * 1024, 'x');
  builder.append("_id", Value::int32(1));
  builder.append("k", Value::string(large));
  std::vector<OwnedDocument> documents;
  documents.emplace_back(builder.take());
  auto write = make_write(spec, *MergeVariables::make(spec, kClock), documents, 0);
  ASSERT_FALSE(write.ok());
  EXPECT_EQ(write.error().code(), ErrorCode::kBsonObjectTooLarge);
}

}  // namespace
}  // namespace penstock
