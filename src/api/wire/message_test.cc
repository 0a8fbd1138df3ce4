// SPDX-License-Identifier: Apache-2.0
#include "api/wire/message.h"

#include <gtest/gtest.h>

#include "api/wire/messages_for_test.h"

namespace penstock {
namespace {

using namespace std::string_view_literals;

constexpr Compressor kAll[] = {Compressor::kNoop, Compressor::kSnappy, Compressor::kZlib, Compressor::kZstd};

Result<Request> read(std::string message, const MessageLimits& limits = kLimitsAfterLogin,
                     std::span<const Compressor> agreed = kAll) {
  return read_request(std::move(message), limits, agreed);
}

std::string said(const Request& request) {
  std::string text = fmt::format("{} {}", request.db, to_json(request.body));
  for (const DocumentSequence& each : request.sequences) {
    text += fmt::format(" {}:", each.name);
    for (Document document : each.documents)
      text += to_json(document);
  }
  return text + (request.more_to_come ? " more" : "");
}

TEST(Message, GoodOnes) {
  const std::string ping = body_section(doc("{ping: 1, $db: 'admin'}"));
  const std::string insert = body_section(doc("{insert: 'c', $db: 'd'}"));
  const std::string documents = sequence_section("documents", {doc("{a: 1}"), doc("{a: 2}")});
  struct Case {
    std::string_view why;
    std::string message;
    std::string_view said;
  };
  for (const Case& c : {
           Case{"kind 0", msg(0, ping), R"(admin {"ping":1,"$db":"admin"})"},
           Case{"kind 1 behind", msg(0, insert + documents), R"(d {"insert":"c","$db":"d"} documents:{"a":1}{"a":2})"},
           Case{"kind 1 before", msg(0, documents + insert), R"(d {"insert":"c","$db":"d"} documents:{"a":1}{"a":2})"},
           Case{"empty sequence", msg(0, insert + sequence_section("documents", {})),
                R"(d {"insert":"c","$db":"d"} documents:)"},
           Case{"two sequences", msg(0, insert + documents + sequence_section("x", {doc("{}")})),
                R"(d {"insert":"c","$db":"d"} documents:{"a":1}{"a":2} x:{})"},
           Case{"checksum", with_checksum(0, ping), R"(admin {"ping":1,"$db":"admin"})"},
           Case{"no answer wanted", msg(2, ping), R"(admin {"ping":1,"$db":"admin"} more)"},
           Case{"exhaust allowed", msg(1u << 16, ping), R"(admin {"ping":1,"$db":"admin"})"},
           Case{"optional bit", msg(1u << 20, ping), R"(admin {"ping":1,"$db":"admin"})"},
           Case{"OP_QUERY", query("admin.$cmd", "{ismaster: 1}"), R"(admin {"ismaster":1})"},
           Case{"OP_QUERY of old drivers", query("admin.$cmd", "{$query: {isMaster: 1}, $readPreference: {}}"),
                R"(admin {"isMaster":1})"},
           Case{"$external", msg(0, body_section(doc("{authenticate: 1, $db: '$external'}"))),
                R"($external {"authenticate":1,"$db":"$external"})"},
       }) {
    auto request = read(c.message);
    ASSERT_TRUE(request.ok()) << c.why << ": " << request.error().message();
    EXPECT_EQ(said(*request), c.said) << c.why;
    EXPECT_EQ(request->id, 7) << c.why;
  }
}

// Reliability 1.7, row OP_MSG.
TEST(Message, BadOnes) {
  const std::string ping = body_section(doc("{ping: 1, $db: 'admin'}"));
  const std::string insert = body_section(doc("{insert: 'c', $db: 'd'}"));
  const std::string documents = sequence_section("documents", {doc("{a: 1}")});
  auto sized = [&](int32_t size) { return insert + "\1" + number_bytes(size) + documents.substr(5); };
  std::string wrong_checksum = with_checksum(0, ping);
  wrong_checksum.back() ^= 1;
  std::string many = insert;
  for (char name = 'a'; name < 'r'; name++)
    many += sequence_section(std::string(1, name), {});
  struct Case {
    std::string_view why;
    std::string message, error;
  };
  for (const Case& c : {
           Case{"nothing", msg(0, ""), "no body"},
           Case{"no flags", raw_message(kOpMsg, "ab"), "ends too early"},
           Case{"unknown section kind", msg(0, ping + "\2"), "section kind 2"},
           Case{"two bodies", msg(0, ping + ping), "two bodies"},
           Case{"only a sequence", msg(0, documents), "no body"},
           Case{"same name twice", msg(0, insert + documents + documents), "same name"},
           Case{"name of a field", msg(0, insert + sequence_section("insert", {})), "same name"},
           Case{"too many sections", msg(0, many), "too many sections"},
           Case{"size 0", msg(0, sized(0)), "-4 bytes"},
           Case{"size -1", msg(0, sized(-1)), "-5 bytes"},
           Case{"size of the field only", msg(0, sized(4)), "not ended"},
           Case{"size 2^31-1", msg(0, sized(2147483647)), "2147483643 bytes"},
           Case{"least int", msg(0, sized(-2147483647 - 1)), "-2147483652 bytes"},
           Case{"one too large", msg(0, sized(static_cast<int32_t>(documents.size()))), "bytes where"},
           Case{"one too small", msg(0, sized(static_cast<int32_t>(documents.size()) - 2)), "a document of 12 bytes"},
           Case{"name without NUL", msg(0, insert + "\1" + number_bytes(int32_t{6}) + "ab"), "not ended"},
           Case{"sequence cut", msg(0, insert + "\1ab"), "ends too early"},
           Case{"document cut", msg(0, ping.substr(0, ping.size() - 1)), "a document of"},
           Case{"three bytes of a document", msg(0, std::string(4, '\0')), "ends too early"},
           Case{"required bit 2", msg(4, ping), "required bit"},
           Case{"required bit 15", msg(1u << 15, ping), "required bit"},
           Case{"wrong checksum", wrong_checksum, "checksum does not fit"},
           Case{"no room for a checksum", msg(1, "abc"), "no checksum"},
           Case{"a body for a checksum", msg(1, ping), "checksum does not fit"},
           Case{"no $db", msg(0, body_section(doc("{ping: 1}"))), "require a $db"},
           Case{"$db is a number", msg(0, body_section(doc("{ping: 1, $db: 1}"))), "require a $db"},
           Case{"$db is empty", msg(0, body_section(doc("{ping: 1, $db: ''}"))), "Invalid database name"},
           Case{"$db with a dot", msg(0, body_section(doc("{ping: 1, $db: 'a.b'}"))), "Invalid database name"},
           Case{"OP_QUERY find", query("d.c", "{a: 1}"), "Unsupported OP_QUERY command: find"},
           Case{"OP_QUERY ping", query("d.$cmd", "{ping: 1}"), "Unsupported OP_QUERY command: ping"},
           Case{"OP_QUERY without a name's end", raw_message(kOpQuery, "\0\0\0\0abc"sv), "not ended"},
           Case{"OP_QUERY with more", query("admin.$cmd", "{hello: 1}") + "x", "ends too early"},
       }) {
    std::string message = c.message;
    auto length = static_cast<int32_t>(message.size());
    std::memcpy(message.data(), &length, 4);
    auto request = read(message);
    ASSERT_FALSE(request.ok()) << c.why;
    EXPECT_NE(request.error().message().find(c.error), std::string::npos) << c.why << ": " << request.error().message();
  }
}

TEST(Message, SizesOfWholeMessages) {
  auto header = [](int32_t length, int32_t opcode) {
    return number_bytes(length) + number_bytes(int32_t{1}) + number_bytes(int32_t{0}) + number_bytes(opcode);
  };
  struct Case {
    std::string_view why;
    std::string bytes;
    int64_t size;  // -1: not there yet. -2: refused.
  };
  for (const Case& c : {
           Case{"nothing", "", -1},
           Case{"header cut", header(100, kOpMsg).substr(0, 15), -1},
           Case{"header", header(100, kOpMsg), 100},
           Case{"least", header(16, kOpMsg), 16},
           Case{"the limit", header(48'000'000, kOpCompressed), 48'000'000},
           Case{"above", header(48'000'001, kOpMsg), -2},
           Case{"smaller than its header", header(15, kOpMsg), -2},
           Case{"zero", header(0, kOpMsg), -2},
           Case{"minus one", header(-1, kOpMsg), -2},
           Case{"2^31-1", header(2147483647, kOpMsg), -2},
           Case{"OP_REPLY", header(100, kOpReply), -2},
           Case{"OP_INSERT", header(100, 2002), -2},
           Case{"OP_GET_MORE", header(100, 2005), -2},
           Case{"HTTP", "GET / HTTP/1.1\r\nHost", -2},
           Case{"TLS", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03qqqqqqqq"sv), -2},
       }) {
    auto size = message_size(c.bytes, kMessageBytesMax);
    int64_t found = !size.ok() ? -2 : *size ? static_cast<int64_t>(**size) : -1;
    EXPECT_EQ(found, c.size) << c.why;
  }
  EXPECT_FALSE(message_size(header(70'000, kOpMsg), kLimitsBeforeLogin.bytes_max).ok());
}

// With enough of one letter that every compressor makes it smaller.
std::string padded(std::string_view fields) { return fmt::format("{{{}, a: '{}'}}", fields, std::string(300, 'a')); }

TEST(Message, Compressed) {
  const std::string sections = body_section(doc(padded("ping: 1, $db: 'admin'")));
  const OwnedDocument reply = doc(padded("ok: 1"));
  for (Compressor compressor : kAll) {
    for (const std::string& plain : {msg(0, sections), with_checksum(0, sections)}) {
      const std::string packed = write_compressed(plain, compressor);
      ASSERT_EQ(header_of(packed).opcode, kOpCompressed) << name_of(compressor);
      auto request = read(packed);
      ASSERT_TRUE(request.ok()) << name_of(compressor) << request.error().message();
      EXPECT_EQ(request->compressor, compressor);
      EXPECT_EQ(said(*request), said(*read(plain)));
      std::string answer = write_answer(*request, 9, reply);
      EXPECT_EQ(header_of(answer).opcode, kOpCompressed) << name_of(compressor);
      EXPECT_EQ(header_of(answer).response_to, 7);
      auto back = read(answer);
      ASSERT_FALSE(back.ok());  // It has no $db, ...
      EXPECT_EQ(back.error().code(), ErrorCode{40571}) << "... and is a message otherwise.";
    }
  }
}

// Reliability 1.7, row OP_COMPRESSED.
TEST(Message, BadCompressedOnes) {
  const std::string content =
      msg(0, body_section(doc("{ping: 1, $db: 'admin', a: 'aaaaaaaaaaaaaaaaaaaaaaaaaa'}"))).substr(16);
  const auto size = static_cast<int32_t>(content.size());
  constexpr Compressor kZlibOnly[] = {Compressor::kZlib};
  for (Compressor compressor : kAll) {
    std::string packed = compress(compressor, content);
    int id = static_cast<int>(compressor);
    struct Case {
      std::string_view why;
      std::string message;
    };
    for (const Case& c : {
             Case{"one more than there is", compressed(kOpMsg, size + 1, id, packed)},
             Case{"one less than there is", compressed(kOpMsg, size - 1, id, packed)},
             Case{"nothing", compressed(kOpMsg, 0, id, packed)},
             Case{"negative", compressed(kOpMsg, -1, id, packed)},
             Case{"2 GB", compressed(kOpMsg, 2147483647, id, packed)},
             Case{"2 GB less a header", compressed(kOpMsg, 2147483647 - 15, id, packed)},
             Case{"above the limit", compressed(kOpMsg, 48'000'000 - 15, id, packed)},
             Case{"cut", compressed(kOpMsg, size, id, packed.substr(0, packed.size() - 1))},
             Case{"empty", compressed(kOpMsg, size, id, "")},
             Case{"more behind", compressed(kOpMsg, size, id, packed + "x")},
             Case{"nested", compressed(kOpCompressed, size, id, packed)},
             Case{"OP_QUERY", compressed(kOpQuery, size, id, packed)},
             Case{"unknown compressor", compressed(kOpMsg, size, 4, packed)},
             Case{"compressor 255", compressed(kOpMsg, size, 255, packed)},
             Case{"no compressor", raw_message(kOpCompressed, number_bytes(kOpMsg) + number_bytes(size))},
         }) {
      auto request = read(c.message);
      ASSERT_FALSE(request.ok()) << name_of(compressor) << ", " << c.why;
      EXPECT_EQ(request.error().code(), ErrorCode::kProtocolError) << name_of(compressor) << ", " << c.why;
      EXPECT_FALSE(framing_is_intact(request.error()));
    }
    auto not_agreed = read(compressed(kOpMsg, size, id, packed), kLimitsAfterLogin, kZlibOnly);
    EXPECT_EQ(not_agreed.ok(), compressor == Compressor::kZlib) << name_of(compressor);
  }
}

// A small message that would become a large one: refused by what it declares, and never larger than that.
TEST(Message, DecompressionBombs) {
  const std::string zeros(1'000'000, '\0');
  for (Compressor compressor : {Compressor::kSnappy, Compressor::kZlib, Compressor::kZstd}) {
    std::string packed = compress(compressor, zeros);
    for (int32_t declared : {100, 60'000, 1'000'000}) {
      auto request = read(compressed(kOpMsg, declared, static_cast<int>(compressor), packed), kLimitsBeforeLogin);
      EXPECT_FALSE(request.ok()) << name_of(compressor) << " " << declared;
    }
  }
}

// Reliability 1.7, row nested BSON; security S10, S12.
TEST(Message, NestedBson) {
  struct Case {
    std::string_view why;
    size_t levels;
    bool before, after;
  };
  for (const Case& c : {Case{"flat", 1, true, true}, Case{"20", 20, true, true}, Case{"21", 21, false, true},
                        Case{"200", 200, false, true}, Case{"201", 201, false, false},
                        Case{"10,000", 10'000, false, false}, Case{"1,000,000", 1'000'000, false, false}}) {
    std::string message = msg(0, body_section(nested(c.levels)));
    EXPECT_EQ(read(message, kLimitsBeforeLogin).ok(), c.before) << c.why;
    auto after = read(message, kLimitsAfterLogin);
    EXPECT_EQ(after.ok(), c.after) << c.why;
    if (!after.ok()) {
      EXPECT_EQ(after.error().code(), ErrorCode::kInvalidBson);
      EXPECT_TRUE(framing_is_intact(after.error()));
    }
  }
  // Code with scope nests, too: {c: code(scope {c: code(scope ...)})}.
  std::string scope = doc("{}").bytes();
  for (int i = 0; i < 250; i++) {
    std::string code = number_bytes(int32_t{1}) + std::string(1, '\0') + scope;
    std::string value = number_bytes(static_cast<int32_t>(code.size() + 4)) + code;
    scope = number_bytes(static_cast<int32_t>(value.size() + 4 + 3 + 1)) + "\x0F" + "c" + '\0' + value + '\0';
  }
  auto code_nested = read(msg(0, std::string(1, '\0') + scope));
  ASSERT_FALSE(code_nested.ok());
  EXPECT_EQ(code_nested.error().code(), ErrorCode::kInvalidBson);
}

TEST(Message, AnswersInTheFormOfTheRequest) {
  OwnedDocument body = doc("{ok: 1}");
  for (const std::string& message : {msg("{ping: 1, $db: 'admin'}"), query("admin.$cmd", "{hello: 1}")}) {
    auto request = read(message);
    ASSERT_TRUE(request.ok());
    for (const std::string& answer : {write_answer(*request, 3, body), write_answer(message, 3, body)}) {
      EXPECT_EQ(header_of(answer).length, static_cast<int32_t>(answer.size()));
      EXPECT_EQ(header_of(answer).opcode, request->opcode == kOpQuery ? kOpReply : kOpMsg);
      EXPECT_EQ(header_of(answer).response_to, 7);
      EXPECT_EQ(header_of(answer).id, 3);
      EXPECT_EQ(to_json(body_of(answer)), R"({"ok":1})");
    }
  }
  std::string silent = msg(2, body_section(doc("{endSessions: [], $db: 'admin'}")));
  EXPECT_EQ(write_answer(silent, 3, body), "");
  EXPECT_EQ(write_answer(*read(silent), 3, body), "");
  std::string reply = write_reply(3, 7, body);
  EXPECT_EQ(reply.substr(16, 20), number_bytes(int32_t{8}) + std::string(12, '\0') + number_bytes(int32_t{1}));
}

}  // namespace
}  // namespace penstock
