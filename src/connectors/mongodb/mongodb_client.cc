// SPDX-License-Identifier: Apache-2.0
#include "connectors/mongodb/mongodb_client.h"

#include "connectors/mongodb/cluster_connection.h"

namespace penstock::mongo {
namespace {

constexpr int32_t kConnectMs = 10'000;

void set_unless_given(mongoc_uri_t& uri, const char* name, int32_t value) {
  if (!mongoc_uri_has_option(&uri, name)) mongoc_uri_set_option_as_int32(&uri, name, value);
}

// The texts of libmongoc may quote parts of a uri: they are shown only when they cannot hold the password.
std::string reason_without_secrets(const bson_error_t& error, std::string_view uri) {
  const size_t start = uri.find("://") + 3;
  const size_t at = uri.rfind('@');
  if (at == std::string_view::npos || at < start) return error.message;
  return "its user, password or hosts are malformed (percent-encode : / ? # [ ] @ in user and password)";
}

}  // namespace

Result<UriHandle> parse_uri(const Secret& uri, std::string_view connection) {
  PS_TRY(check_mongodb_uri(uri.reveal()));
  bson_error_t error{};
  UriHandle parsed(mongoc_uri_new_with_error(std::string(uri.reveal()).c_str(), &error));
  if (parsed != nullptr) return parsed;
  return Error(ErrorCode::kInvalidDefinition, "the uri of connection \"{}\" is not a MongoDB uri: {}", connection,
               reason_without_secrets(error, uri.reveal()));
}

bson_t view_of(Document document) {
  bson_t view;
  PS_CHECK(bson_init_static(&view, reinterpret_cast<const uint8_t*>(document.data()), document.size()));
  return view;
}

Result<std::unique_ptr<Client>> Client::make(const mongoc_uri_t& uri, Peer peer, const ClientOptions& options) {
  const UriHandle own(mongoc_uri_copy(&uri));
  const auto write_ms = static_cast<int32_t>(options.write_time.ms);
  set_unless_given(*own, MONGOC_URI_CONNECTTIMEOUTMS, kConnectMs);
  // Longer than the server takes to say itself that a majority was too slow.
  set_unless_given(*own, MONGOC_URI_SOCKETTIMEOUTMS, write_ms + 30'000);
  if (options.search_time) {
    set_unless_given(*own, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, static_cast<int32_t>(options.search_time->ms));
  }
  mongoc_uri_set_option_as_bool(own.get(), MONGOC_URI_SERVERSELECTIONTRYONCE, !options.search_time);
  if (mongoc_uri_get_appname(own.get()) == nullptr) mongoc_uri_set_appname(own.get(), "penstock");
  bson_error_t error{};
  ClientHandle client(mongoc_client_new_from_uri_with_error(own.get(), &error));
  if (client == nullptr) return unreachable(peer, error.message);
  mongoc_client_set_error_api(client.get(), MONGOC_ERROR_API_VERSION_2);
  return std::unique_ptr<Client>(new Client(std::move(client), std::move(peer), options));
}

Client::Client(ClientHandle client, Peer peer, const ClientOptions& options)
    : client_(std::move(client)), peer_(std::move(peer)), write_time_(options.write_time) {
  const WriteConcernHandle majority(mongoc_write_concern_new());
  mongoc_write_concern_set_wmajority(majority.get(), static_cast<int32_t>(options.write_time.ms));
  PS_CHECK(mongoc_write_concern_append(majority.get(), write_options_.get()));
}

Result<OwnedDocument> Client::read(const std::string& db, Document command) {
  const bson_t view = view_of(command);
  Bson reply;
  bson_error_t error{};
  const bool ok = mongoc_client_command_simple(client_.get(), db.c_str(), &view, nullptr, reply.out(), &error);
  return finish(ok, reply, error);
}

Result<OwnedDocument> Client::write(const std::string& db, Document command) {
  const bson_t view = view_of(command);
  Bson reply;
  bson_error_t error{};
  const bool ok = mongoc_client_write_command_with_opts(client_.get(), db.c_str(), &view, write_options_.get(),
                                                        reply.out(), &error);
  return finish(ok, reply, error);
}

Result<OwnedDocument> Client::finish(bool ok, const Bson& reply, const bson_error_t& error) const {
  if (!ok) return to_error(peer_, error, reply.view());
  return OwnedDocument(reply.view());
}

Peer peer_of(const mongoc_uri_t& uri, std::string target) {
  Peer peer;
  if (const char* service = mongoc_uri_get_srv_hostname(&uri); service != nullptr) {
    peer.hosts = service;
  } else {
    for (const mongoc_host_list_t* host = mongoc_uri_get_hosts(&uri); host != nullptr; host = host->next) {
      peer.hosts += fmt::format("{}{}", peer.hosts.empty() ? "" : ",", host->host_and_port);
    }
  }
  if (const char* user = mongoc_uri_get_username(&uri); user != nullptr) peer.user = user;
  peer.target = std::move(target);
  return peer;
}

}  // namespace penstock::mongo
