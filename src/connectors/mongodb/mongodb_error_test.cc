// SPDX-License-Identifier: Apache-2.0
#include "connectors/mongodb/mongodb_error.h"

#include <gtest/gtest.h>

#include "dataflow/sink.h"
#include "docstore/documents_for_test.h"

namespace penstock::mongo {
namespace {

TEST(MongodbError, ReasonsInTheClientsTexts) {
  struct Case {
    std::string_view text, reason;
  };
  for (const Case& c : {
           Case{"No suitable servers found: `serverSelectionTimeoutMS` expired: [connection refused calling hello on "
                "'127.0.0.1:1']",
                "connection refused"},
           Case{"No suitable servers found (`serverSelectionTryOnce` set): [connection timeout calling hello on 'a:1'] "
                "[Failed to resolve 'b' calling hello on 'b:2']",
                "a:1: connection timeout; b:2: Failed to resolve 'b'"},
           Case{"Failed to read 4 bytes: socket error or timeout", "Failed to read 4 bytes: socket error or timeout"},
           Case{"half [open", "half [open"},
           Case{"No servers yet eligible for rescan", "it did not answer a moment ago"},
       }) {
    EXPECT_EQ(reason_in(c.text), c.reason);
  }
}

TEST(MongodbError, Kinds) {
  struct Case {
    uint32_t domain, code;
    std::string_view reply;
    ErrorCode kind;
  };
  const Peer peer{"h:1", "u", "d.c"};
  for (const Case& c : {
           Case{MONGOC_ERROR_SERVER_SELECTION, MONGOC_ERROR_SERVER_SELECTION_FAILURE, "{}",
                ErrorCode::kPeerUnreachable},
           Case{MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_SOCKET, "{}", ErrorCode::kPeerUnreachable},
           Case{MONGOC_ERROR_CLIENT, MONGOC_ERROR_CLIENT_AUTHENTICATE, "{}", ErrorCode::kCredentialsRefused},
           Case{MONGOC_ERROR_SERVER, 18, "{}", ErrorCode::kCredentialsRefused},
           Case{MONGOC_ERROR_SERVER, 13, "{}", ErrorCode::kCredentialsRefused},
           Case{MONGOC_ERROR_SERVER, 10107, "{}", ErrorCode::kPeerUnreachable},
           Case{MONGOC_ERROR_SERVER, 14031, "{}", ErrorCode::kPeerUnreachable},
           Case{MONGOC_ERROR_SERVER, 99, R"({"errorLabels": ["RetryableWriteError"]})", ErrorCode::kPeerUnreachable},
           Case{MONGOC_ERROR_WRITE_CONCERN, 64, "{}", ErrorCode::kPeerUnreachable},
           Case{MONGOC_ERROR_SERVER, 73, "{}", ErrorCode::kInvalidNamespace},
       }) {
    bson_error_t error{};
    bson_set_error(&error, c.domain, c.code, "the reason");
    const Error result = to_error(peer, error, doc(c.reply));
    EXPECT_EQ(result.code(), c.kind) << c.domain << " " << c.code;
    EXPECT_EQ(is_transient(result), c.kind == ErrorCode::kPeerUnreachable);
    EXPECT_NE(result.message().find("h:1"), std::string::npos);
    EXPECT_NE(result.message().find("the reason"), std::string::npos);
  }
}

TEST(MongodbError, ACommandIsNotRepeatedInTheText) {
  bson_error_t error{};
  bson_set_error(&error, MONGOC_ERROR_SERVER, 13,
                 "not authorized on d to execute command { update: \"c\", secret: 1 }");
  EXPECT_EQ(to_error({"h:1", "u", "d.c"}, error, Document()).message(),
            "MongoDB at h:1 does not let user \"u\" write d.c: not authorized on d; give it the role readWrite there");
}

}  // namespace
}  // namespace penstock::mongo
