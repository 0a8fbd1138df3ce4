// SPDX-License-Identifier: Apache-2.0
#include "connectors/mongodb/mongodb_contact.h"

#include "connectors/mongodb/merge_target.h"
#include "connectors/mongodb/mongodb_client.h"

namespace penstock {

Result<MongoAddress> address_of(const Secret& uri, std::string_view connection, Logger& log) {
  const mongo::LibraryScope library(log);
  PS_TRY(const mongo::UriHandle parsed, mongo::parse_uri(uri, connection));
  const mongo::Peer peer = mongo::peer_of(*parsed, "");
  MongoAddress address{
      .hosts = {}, .service = {}, .shown = peer.hosts, .user = peer.user, .tls = mongoc_uri_get_tls(parsed.get())};
  if (const char* service = mongoc_uri_get_srv_hostname(parsed.get()); service != nullptr) {
    address.service = service;
    address.tls = mongoc_uri_get_option_as_bool(parsed.get(), MONGOC_URI_TLS, true);
    return address;
  }
  for (const mongoc_host_list_t* host = mongoc_uri_get_hosts(parsed.get()); host != nullptr; host = host->next)
    address.hosts.push_back({host->host, host->port});
  return address;
}

Result<std::string> ask_mongodb(const Secret& uri, std::string_view connection, Duration contact_time, Logger& log) {
  const mongo::LibraryScope library(log);
  PS_TRY(const mongo::UriHandle parsed, mongo::parse_uri(uri, connection));
  mongo::Peer peer = mongo::peer_of(*parsed, "");
  PS_TRY(const auto client, mongo::Client::make(*parsed, std::move(peer), {contact_time, contact_time}));
  PS_TRY(const mongo::ServerKind server, mongo::check_server(*client));
  return std::string(server.transactions ? "it has transactions" : "it has no transactions (no replica set)");
}

}  // namespace penstock
