// SPDX-License-Identifier: Apache-2.0
// Runs src/docstore/*.cases: what a real mongod answered (tests/compat/ask_mongod_writes.py tells how they are
// written).
#include "api/wire/write_replies.h"

#include <gtest/gtest.h>

#include <cctype>
#include <fstream>
#include <optional>

#include "api/wire/collection_replies.h"
#include "docstore/documents_for_test.h"

namespace penstock {
namespace {

struct Step {
  std::string db = "d";
  std::string command;
  std::string expected;
};

struct Case {
  std::string title;
  int line = 0;
  std::string given;  // All that the case itself says, to know ids that were chosen.
  std::string before;
  bool starts_empty = false;
  std::vector<Step> steps;
  std::optional<std::string> after;
};

std::vector<Case> read_cases(const std::string& path) {
  std::ifstream file(path);
  std::vector<Case> cases;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    const size_t blank = line.find(' ');
    const std::string word = line.substr(0, blank);
    const std::string rest = blank == std::string::npos ? "" : line.substr(blank + 1);
    if (word == "==") cases.push_back({rest, number});
    if (cases.empty() || word.empty() || word[0] == '#') continue;
    Case& c = cases.back();
    if (word != "reply" && word != "after") c.given += line;
    if (word == "before") c.before = rest;
    if (word == "nothing") c.starts_empty = true;
    if (word == "after") c.after = rest;
    if (word == "run") {
      const size_t arrow = rest.find(" <- ");
      c.steps.push_back(arrow == std::string::npos ? Step{"d", rest}
                                                   : Step{rest.substr(0, arrow), rest.substr(arrow + 4)});
    }
    // What follows counts: `ours` stands behind the reply of mongod.
    if (word == "reply" || word == "ours") c.steps.back().expected = rest;
  }
  return cases;
}

// Several documents, one behind the other.
std::vector<OwnedDocument> parse_documents(std::string_view text) {
  std::vector<OwnedDocument> documents;
  int depth = 0;
  bool quoted = false;
  size_t start = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
      continue;
    }
    if (text[i] == '"') quoted = !quoted;
    if (quoted) continue;
    if (text[i] == '{' && depth++ == 0) start = i;
    if (text[i] == '}' && --depth == 0) {
      auto parsed = parse_ejson(text.substr(start, i + 1 - start));
      EXPECT_TRUE(parsed.ok()) << text << (parsed.ok() ? "" : ": " + parsed.error().message());
      if (parsed.ok()) documents.push_back(parsed->document);
    }
  }
  return documents;
}

bool is_uuid(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  }
  return text.size() == 36;
}

// A UUID is another one each time, as text and as bytes.
std::string without_uuids(std::string text) {
  for (size_t i = 0; i + 36 <= text.size(); ++i) {
    if (is_uuid(std::string_view(text).substr(i, 36))) text.replace(i, 36, "00000000-0000-0000-0000-000000000000");
  }
  constexpr std::string_view kEnd = R"(","subType":"04")";
  for (size_t end = text.find(kEnd); end != std::string::npos; end = text.find(kEnd, end)) {
    const size_t begin = text.rfind('"', end - 1) + 1;
    text.replace(begin, end - begin, "AAAAAAAAAAAAAAAAAAAAAA==");
    end = begin + 24 + kEnd.size();
  }
  return text;
}

// Canonical text, with what the server chose itself as zeros.
std::string comparable(Document document, std::string_view given) {
  std::string text = to_json(document, JsonStyle::kCanonical);
  std::string result;
  for (size_t at = 0; at < text.size();) {
    constexpr std::string_view kId = "\"$oid\":\"";
    const size_t id = text.find(kId, at);
    if (id == std::string::npos) {
      result += text.substr(at);
      break;
    }
    const std::string digits = text.substr(id + kId.size(), 24);
    result += text.substr(at, id + kId.size() - at);
    result += given.find(digits) == std::string_view::npos ? std::string(24, '0') : digits;
    at = id + kId.size() + 24;
  }
  return without_uuids(std::move(result));
}

class Store {
 public:
  Store() {
    auto opened = DocStore::open(folder_.path(), StoreMode::kReadWrite, clock_);
    PS_CHECK(opened.ok());
    store_ = std::move(*opened);
  }
  DocStore& operator*() { return *store_; }
  DocStore* operator->() { return store_.get(); }

  // The reply, or {errmsg, code}.
  OwnedDocument run(std::string_view db, Document command, std::span<const DocumentSequence> sequences = {}) {
    auto reply = dispatch({command, db, sequences});
    if (reply.ok()) return std::move(*reply);
    DocumentBuilder error;
    error.append("errmsg", Value::string(reply.error().message()));
    error.append("code", Value::int32(static_cast<int32_t>(reply.error().code())));
    return OwnedDocument(error.take());
  }

 private:
  Result<OwnedDocument> dispatch(const fields::Request& request) {
    const std::string_view name = (*request.command.begin()).name;
    if (name == "insert") return reply_to_insert(*store_, request, random_);
    if (name == "update") return reply_to_update(*store_, request, random_);
    if (name == "delete") return reply_to_delete(*store_, request);
    if (name == "findAndModify" || name == "findandmodify") return reply_to_find_and_modify(*store_, request, random_);
    if (name == "create") return reply_to_create(*store_, request);
    if (name == "drop") return reply_to_drop(*store_, request);
    if (name == "dropDatabase") return reply_to_drop_database(*store_, request);
    if (name == "renameCollection") return reply_to_rename_collection(*store_, request);
    if (name == "createIndexes") return reply_to_create_indexes(*store_, request, random_);
    if (name == "dropIndexes" || name == "deleteIndexes") return reply_to_drop_indexes(*store_, request);
    if (name == "listCollections") return reply_to_list_collections(*store_, request);
    if (name == "listDatabases") return reply_to_list_databases(*store_, request);
    if (name == "listIndexes") return reply_to_list_indexes(*store_, request);
    if (name == "collStats") return reply_to_coll_stats(*store_, request);
    if (name == "dbStats") return reply_to_db_stats(*store_, request);
    if (name == "validate") return reply_to_validate(*store_, request);
    return Error(ErrorCode{59}, "no such command: '{}'", name);
  }

  TemporaryFolder folder_;
  ManualClock clock_;
  SeededRandom random_{1};
  std::unique_ptr<DocStore> store_;
};

void run_case(Store& store, const Case& c) {
  for (const std::string_view db : {"d", "e"})
    store.run(db, doc(R"({"dropDatabase": 1})"));
  if (!c.starts_empty) {
    ASSERT_EQ(comparable(store.run("d", doc(R"({"create": "c"})")), ""), "{}");
  }
  const auto before = parse_documents(c.before);
  if (!before.empty()) {
    ASSERT_TRUE(store->insert("d", "c", before).ok());
  }
  for (const Step& step : c.steps) {
    const OwnedDocument reply = store.run(step.db, parse_documents(step.command).at(0));
    EXPECT_EQ(comparable(reply, c.given), comparable(parse_documents(step.expected).at(0), c.given)) << step.command;
  }
  if (!c.after) return;
  const auto found = store->find_all("d", "c", {});
  ASSERT_TRUE(found.ok());
  std::string actual, wanted;
  for (const OwnedDocument& document : *found)
    actual += comparable(document, c.given) + "\n";
  for (const OwnedDocument& document : parse_documents(*c.after))
    wanted += comparable(document, c.given) + "\n";
  EXPECT_EQ(actual, wanted);
  // Whatever happened, keys and counts are true.
  const OwnedDocument state = store.run("d", doc(R"({"validate": "c"})"));
  const Value valid = state.view().get("valid");
  EXPECT_TRUE(valid.is_missing() || valid.as_bool()) << to_json(state.view());
}

void run_file(std::string_view name, size_t at_least) {
  const auto cases = read_cases(fmt::format("{}/src/docstore/{}", PENSTOCK_SOURCE_DIR, name));
  EXPECT_GE(cases.size(), at_least);
  Store store;
  for (const Case& c : cases) {
    SCOPED_TRACE(fmt::format("{}:{}: {}", name, c.line, c.title));
    run_case(store, c);
  }
}

TEST(WriteReplies, AnswersAsMongod) { run_file("write.cases", 440); }
TEST(CollectionReplies, AnswersAsMongod) { run_file("collections.cases", 100); }

TEST(WriteReplies, StatementsComeInSequencesToo) {
  Store store;
  const auto documents = docs({R"({"_id": 1})", R"({"_id": 2})", R"({"_id": 1})"});
  const DocumentSequence inserted{"documents", {documents.begin(), documents.end()}};
  EXPECT_EQ(store.run("d", doc(R"({"insert": "c", "ordered": false})"), {&inserted, 1}).view().get("n").as_int(), 2);
  const auto updates = docs({R"({"q": {}, "u": {"$set": {"a": 1}}, "multi": true})"});
  const DocumentSequence updated{"updates", {updates.begin(), updates.end()}};
  EXPECT_EQ(to_json(store.run("d", doc(R"({"update": "c"})"), {&updated, 1}).view()), R"({"n":2,"nModified":2})");
  const auto deletes = docs({R"({"q": {"_id": 2}, "limit": 1})"});
  const DocumentSequence deleted{"deletes", {deletes.begin(), deletes.end()}};
  EXPECT_EQ(to_json(store.run("d", doc(R"({"delete": "c"})"), {&deleted, 1}).view()), R"({"n":1})");
  EXPECT_EQ(text_of(*store->find_all("d", "c", {})), R"({"_id":1,"a":1} )");
}

TEST(WriteReplies, FieldsThatRideAlongAreLeftAlone) {
  Store store;
  const auto command = doc(R"({"insert": "c", "documents": [{"_id": 1}], "lsid": {"id": 1}, "$db": "d", "txnNumber": 1,
                              "writeConcern": {"w": "majority"}, "comment": "x", "maxTimeMS": 5, "apiVersion": "1"})");
  EXPECT_EQ(to_json(store.run("d", command).view()), R"({"n":1})");
}

TEST(WriteReplies, TooLargeADocumentIsRefusedAndTheOthersGoIn) {
  Store store;
  const std::string text(kDocumentBytesMax, 'x');
  DocumentBuilder large;
  large.append("_id", Value::int32(2));
  large.append("t", Value::string(text));
  std::vector<OwnedDocument> documents = docs({R"({"_id": 1})", R"({"_id": 3})"});
  documents.insert(documents.begin() + 1, OwnedDocument(large.take()));
  const DocumentSequence sequence{"documents", {documents.begin(), documents.end()}};
  const OwnedDocument reply = store.run("d", doc(R"({"insert": "c", "ordered": false})"), {&sequence, 1});
  EXPECT_EQ(reply.view().get("n").as_int(), 2);
  const Document failure = reply.view().get("writeErrors").as_array().get("0").as_object();
  EXPECT_EQ(failure.get("index").as_int(), 1);
  EXPECT_EQ(failure.get("code").as_int(), 2);
  EXPECT_EQ(failure.get("errmsg").as_string().substr(0, 45), "object to insert too large. size in bytes: 16");
}

TEST(CollectionReplies, ListsDatabasesWithTheirSizes) {
  Store store;
  for (const std::string_view db : {"b", "a", "a-b"})
    ASSERT_EQ(to_json(store.run(db, doc(R"({"insert": "c", "documents": [{"_id": 1}]})")).view()), R"({"n":1})");
  EXPECT_EQ(to_json(store.run("admin", doc(R"({"listDatabases": 1})")).view()),
            R"({"databases":[{"name":"a","sizeOnDisk":14,"empty":false},{"name":"a-b","sizeOnDisk":14,"empty":false},)"
            R"({"name":"b","sizeOnDisk":14,"empty":false}],"totalSize":42,"totalSizeMb":0})");
  EXPECT_EQ(
      to_json(store.run("admin", doc(R"({"listDatabases": 1, "nameOnly": true, "filter": {"name": {"$gt": "a"}}})"))
                  .view()),
      R"({"databases":[{"name":"a-b"},{"name":"b"}]})");
}

TEST(CollectionReplies, OptionsThatAreNotThereAreRefusedByName) {
  Store store;
  const auto refused = [&](std::string_view command, std::string_view named) {
    const OwnedDocument reply = store.run("d", doc(command));
    const Value message = reply.view().get("errmsg");
    ASSERT_TRUE(message.is_string()) << command;
    EXPECT_NE(message.as_string().find(named), std::string_view::npos) << message.as_string();
    EXPECT_NE(message.as_string().find("not supported by this version of Penstock"), std::string_view::npos) << command;
  };
  refused(R"({"create": "x", "capped": true, "size": 5})", "capped");
  refused(R"({"create": "x", "viewOn": "c", "pipeline": []})", "viewOn");
  refused(R"({"create": "x", "timeseries": {"timeField": "t"}})", "timeseries");
  refused(R"({"create": "x", "collation": {"locale": "fr"}})", "collation");
  refused(R"({"createIndexes": "c", "indexes": [{"key": {"a": "text"}, "name": "t"}]})", "text");
  refused(R"({"createIndexes": "c", "indexes": [{"key": {"a": "2dsphere"}, "name": "t"}]})", "2dsphere");
  refused(R"({"createIndexes": "c", "indexes": [{"key": {"a": "hashed"}, "name": "t"}]})", "hashed");
  refused(R"({"createIndexes": "c", "indexes": [{"key": {"$**": 1}, "name": "t"}]})", "wildcard");
  refused(R"({"createIndexes": "c", "indexes": [{"key": {"a": 1}, "name": "t", "expireAfterSeconds": 5}]})",
          "expireAfterSeconds");
  refused(R"({"createIndexes": "c", "indexes": [{"key": {"a": 1}, "name": "t", "collation": {"locale": "fr"}}]})",
          "collation");
  refused(R"({"createIndexes": "c", "indexes": [{"key": {"a": 1}, "name": "t", "partialFilterExpression": {"a": 1}}]})",
          "partialFilterExpression");
  refused(R"({"update": "c", "updates": [{"q": {}, "u": {"a": 1}, "collation": {"locale": "fr"}}]})", "collation");
}

}  // namespace
}  // namespace penstock
