// SPDX-License-Identifier: Apache-2.0
// One connection to a MongoDB deployment, for one thread. Commands go to the primary.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "connectors/mongodb/mongodb_error.h"

namespace penstock::mongo {

struct ClientOptions {
  // Empty: one look at the servers (a delivery is repeated by its caller). Set: keep looking for a primary that long.
  std::optional<Duration> search_time;
  Duration write_time{30'000};
};

class Client {
 public:
  // Does not contact anybody yet, except for the DNS records of mongodb+srv.
  static Result<std::unique_ptr<Client>> make(const mongoc_uri_t& uri, Peer peer, const ClientOptions& options);
  // The reply of a command that the server accepted (ok: 1).
  Result<OwnedDocument> read(const std::string& db, Document command);
  // With write concern majority. The reply may hold writeErrors; one the majority did not confirm is an error.
  Result<OwnedDocument> write(const std::string& db, Document command);
  const Peer& peer() const { return peer_; }
  Duration write_time() const { return write_time_; }
  // For what has its own calls in libmongoc: sessions.
  mongoc_client_t* handle() { return client_.get(); }

 private:
  Client(ClientHandle client, Peer peer, const ClientOptions& options);
  Result<OwnedDocument> finish(bool ok, const Bson& reply, const bson_error_t& error) const;
  ClientHandle client_;
  Peer peer_;
  Duration write_time_;
  Bson write_options_;
};

// kInvalidDefinition for a uri that is none, without showing it.
Result<UriHandle> parse_uri(const Secret& uri, std::string_view connection);

// The same bytes, for libmongoc; valid as long as they are.
bson_t view_of(Document document);

// "MongoDB host" part, user and target of a parsed uri.
Peer peer_of(const mongoc_uri_t& uri, std::string target);

}  // namespace penstock::mongo
