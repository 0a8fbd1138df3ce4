// SPDX-License-Identifier: Apache-2.0
// Multi-document transactions of one client, one after the other, in one server session: a new one ends what a lost one
// left open on the server.
//
// Errors of begin() and write(): kWriteConflict: somebody else writes the same documents, the transaction may be begun
// again at once. kPeerUnreachable: later. After an error the transaction is to be aborted.
// Thread: that of the client.
#pragma once

#include <memory>
#include <string>

#include "connectors/mongodb/mongodb_client.h"

namespace penstock::mongo {

using SessionHandle = std::unique_ptr<mongoc_client_session_t, Destroyer<mongoc_client_session_destroy>>;

enum class Commit {
  kDone,
  kUnknown,  // Sent, and no answer says whether it counts.
};

class Session {
 public:
  // `client` outlives the session. Contacts the server.
  static Result<std::unique_ptr<Session>> start(Client& client);
  // {id: UUID}
  Document id() const;
  // Read concern snapshot, write concern majority.
  Result<void> begin();
  // A write command in the transaction. The reply may hold writeErrors: then the server has aborted the transaction.
  Result<OwnedDocument> write(const std::string& db, Document command);
  // Error: the transaction does not count. An unclear commit is sent again a few times.
  Result<Commit> commit();
  // Nothing when none is open.
  void abort();

 private:
  Session(Client& client, SessionHandle session) : client_(client), session_(std::move(session)) {}
  Error to_error(const bson_error_t& error, Document reply) const;
  Client& client_;
  SessionHandle session_;
  Bson options_;  // The session, for write().
};

}  // namespace penstock::mongo
