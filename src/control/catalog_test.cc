// SPDX-License-Identifier: Apache-2.0
#include "control/catalog.h"

#include <sys/stat.h>

#include "base/files.h"
#include "control/control_for_test.h"
#include "control/record_codec.h"

namespace penstock {
namespace {

class CatalogTest : public ControlTest {};

ProcessorRecord full_record() {
  ProcessorRecord record;
  record.id = "66b0c0ffee66b0c0ffee0001";
  record.name = "odd name";
  record.pipeline = json_for_test(R"([{"$source": {"b": 1, "a": 2}}])");
  record.options = json_for_test(R"({"dlq": {"connectionName": "m"}})");
  record.tier = "SP30";
  record.autoscaling = json_for_test(R"({"enabled": true})");
  record.state = ProcessorState::kFailed;
  record.trouble = {"gone", 419, true};
  record.pipeline_version = 7;
  record.has_started = true;
  record.modified_by = "me";
  record.last_modified = {1000};
  record.last_state_change = {2000};
  record.state_use = StateUse::kAdopt;
  record.sink_changed = true;
  record.dropping = true;
  return record;
}

TEST_F(CatalogTest, RecordsComeBackAsTheyWere) {
  const ProcessorRecord record = full_record();
  const auto again = decode_processor(encode(record));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(encode(*again).bytes(), encode(record).bytes());
  EXPECT_EQ(again->pipeline.bytes(), record.pipeline.bytes());
  EXPECT_EQ(again->trouble.code, 419);
  EXPECT_EQ(again->state_use, StateUse::kAdopt);
  EXPECT_TRUE(again->dropping);

  const UserRecord user{.name = "u",
                        .roles = {Role::kReadAnyDatabase, Role::kAtlasAdmin},
                        .scram_sha_256 = {15000, "s", "k", "v"},
                        .created = {5}};
  const auto same = decode_user(encode(user));
  ASSERT_TRUE(same.ok());
  EXPECT_EQ(encode(*same).bytes(), encode(user).bytes());
  EXPECT_EQ(same->roles[0], Role::kReadAnyDatabase);
  EXPECT_EQ(same->scram_sha_256.server_key, "v");
}

TEST_F(CatalogTest, WhatIsNoRecordIsRefused) {
  for (const std::string_view text : {R"({"id": 5, "name": "p"})", R"({"id": "a", "name": "p", "state": "DANCING"})"}) {
    const auto decoded = decode_processor(json_for_test(text));
    ASSERT_FALSE(decoded.ok()) << text;
    EXPECT_EQ(decoded.error().code(), ErrorCode::kStateRefused);
  }
}

TEST_F(CatalogTest, KeepsWhatWasAppliedAndKeepsItPrivate) {
  std::string key;
  {
    const auto catalog = Catalog::open(folder_, random_);
    ASSERT_TRUE(catalog.ok()) << catalog.error().message();
    key = (*catalog)->server_key();
    EXPECT_EQ(key.size(), 32u);
    ASSERT_TRUE((*catalog)
                    ->apply({{CatalogTable::kProcessors, catalog_key("w", "b"), encode(full_record())},
                             {CatalogTable::kProcessors, catalog_key("w", "a"), encode(full_record())},
                             {CatalogTable::kProcessors, catalog_key("w2", "c"), encode(full_record())}})
                    .ok());
  }
  const auto catalog = Catalog::open(folder_, random_);
  ASSERT_TRUE(catalog.ok());
  EXPECT_EQ((*catalog)->server_key(), key);
  EXPECT_EQ((*catalog)->processors("w")->size(), 2u);
  ASSERT_TRUE((*catalog)->apply({{CatalogTable::kProcessors, catalog_key("w", "a"), std::nullopt}}).ok());
  EXPECT_EQ((*catalog)->processors("w")->size(), 1u);
  EXPECT_FALSE((*catalog)->find_processor("w", "a")->has_value());
  struct stat facts{};
  ASSERT_EQ(::stat((folder_ + "/catalog").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0700u);
  ASSERT_EQ(::stat((folder_ + "/catalog/data.mdb").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
}

TEST_F(CatalogTest, OneServerOwnsTheFolder) {
  open();
  const auto second = Control::open({.data_folder = folder_}, clock_, random_, log_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), ErrorCode::kStateRefused);
  EXPECT_NE(second.error().message().find(fmt::format("process {}", ::getpid())), std::string::npos)
      << second.error().message();
}

TEST_F(CatalogTest, Workspaces) {
  open();
  Workspaces& workspaces = control_->workspaces();
  ASSERT_TRUE(workspaces.create("Blue_1").ok());
  struct Case {
    std::string_view why, name;
    int code;
  };
  for (const Case& c : {Case{"taken", "Blue_1", 48}, Case{"empty", "", 2}, Case{"sign first", "-a", 2},
                        Case{"blank", "a b", 2}, Case{"dot", "a.b", 2}}) {
    const auto made = workspaces.create(c.name);
    ASSERT_FALSE(made.ok()) << c.why;
    EXPECT_EQ(static_cast<int>(made.error().code()), c.code) << c.why;
  }
  EXPECT_FALSE(workspaces.create(std::string(65, 'a')).ok());
  EXPECT_TRUE(control_->connections().get("Blue_1", "sample_stream_solar").ok());
  EXPECT_EQ(workspaces.list()->size(), 2u);
  EXPECT_EQ(static_cast<int>(workspaces.get("red").error().code()), 26);

  const std::string id = workspaces.get("Blue_1")->id;
  ASSERT_EQ(id.size(), 24u);
  for (const std::string& host : {std::string("blue_1.example.org"), std::string("Blue_1"),
                                  "atlas-stream-" + id + "-abcde.virginia-usa.a.query.mongodb.net"}) {
    const auto found = workspaces.by_server_name(host);
    ASSERT_TRUE(found.ok() && found->has_value()) << host;
    EXPECT_EQ((*found)->name, "Blue_1");
  }
  for (const std::string_view host : {"example.org", "", "atlas-stream-", "atlas-stream-000000000000000000000000-x.y"})
    EXPECT_FALSE(workspaces.by_server_name(host)->has_value()) << host;

  EXPECT_EQ(static_cast<int>(workspaces.remove("default").error().code()), 20);
  ASSERT_TRUE(workspaces.remove("Blue_1").ok());
  EXPECT_EQ(static_cast<int>(workspaces.remove("Blue_1").error().code()), 26);
  // Its connections went with it.
  ASSERT_TRUE(workspaces.create("Blue_1").ok());
  EXPECT_EQ(control_->connections().list("Blue_1")->size(), 1u);
}

TEST_F(CatalogTest, Users) {
  open();
  Users& users = control_->users();
  EXPECT_FALSE(*users.any());
  ASSERT_TRUE(users.create("ada", "secret-marker", {Role::kAtlasAdmin}).ok());
  EXPECT_EQ(static_cast<int>(users.create("ada", "other", {}).error().code()), 51003);
  EXPECT_EQ(static_cast<int>(users.create("", "other", {}).error().code()), 2);
  EXPECT_EQ(static_cast<int>(users.create("bob", "", {}).error().code()), 2);
  EXPECT_EQ(static_cast<int>(users.create("bob", std::string(256, 'x'), {}).error().code()), 2);
  EXPECT_EQ(static_cast<int>(users
                                 .create("bob",
                                         "a\x01"
                                         "b",
                                         {})
                                 .error()
                                 .code()),
            2);
  open();
  Users& again = control_->users();
  const auto ada = again.find("ada");
  ASSERT_TRUE(ada.ok() && ada->has_value());
  EXPECT_EQ((*ada)->scram_sha_256.salt.size(), 28u);
  const auto same = make_scram_credential("secret-marker", (*ada)->scram_sha_256.salt, 15000);
  EXPECT_EQ(same->stored_key, (*ada)->scram_sha_256.stored_key);
  EXPECT_NE(same->stored_key, make_scram_credential("secret-markes", (*ada)->scram_sha_256.salt, 15000)->stored_key);
  EXPECT_FALSE(again.find("eve")->has_value());
  EXPECT_EQ(again.decoy("eve").salt, again.decoy("eve").salt);
  EXPECT_NE(again.decoy("eve").salt, again.decoy("eva").salt);
  EXPECT_EQ(again.decoy("eve").salt.size(), 28u);
  ASSERT_TRUE(again.remove("ada").ok());
  EXPECT_EQ(static_cast<int>(again.remove("ada").error().code()), 11);
  EXPECT_EQ(SystemFiles().read(folder_ + "/catalog/data.mdb", size_t{1} << 30)->find("secret-marker"),
            std::string::npos);
}

// RFC 7677 3: password "pencil", the server's signature of the example follows from these keys.
TEST(ScramCredential, OfTheRfc) {
  const std::string salt("\x5b\x6d\x99\x68\x9d\x12\x35\x8e\xec\xa0\x4b\x14\x12\x36\xfa\x81", 16);
  const auto credential = make_scram_credential("pencil", salt, 4096);
  ASSERT_TRUE(credential.ok());
  const auto hex = [](const std::string& bytes) {
    std::string text;
    for (const char c : bytes)
      text += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return text;
  };
  // Computed with Python's hashlib from the same inputs.
  EXPECT_EQ(hex(credential->stored_key), "586e5df283e6dceb5c3e791d8b8528ec191e664045ce971792e2e6b5bb13e2a6");
  EXPECT_EQ(hex(credential->server_key), "c1f3cbc1c13a9d35a14c0990eed97629ea225863e566a4314ab99f3f00e5d9d5");
}

}  // namespace
}  // namespace penstock
