// SPDX-License-Identifier: Apache-2.0
#include "connectors/mongodb/mongodb_guarantee.h"

#include "connectors/mongodb/merge_target.h"

namespace penstock {

Guarantee mongodb_guarantee(bool transactions, const MergeSpec& spec, std::string_view hosts) {
  if (transactions) return {GuaranteeLevel::kExactlyOnce, "documents and their marker are written in one transaction"};
  const std::optional<std::string> unsafe = unsafe_to_repeat(spec);
  if (!unsafe) {
    return {GuaranteeLevel::kEffectivelyOnce,
            fmt::format("MongoDB at {} is no replica set and has no transactions: after a crash the same documents are "
                        "written again",
                        hosts)};
  }
  return {
      GuaranteeLevel::kAtLeastOnce,
      fmt::format("{}, and MongoDB at {} has no transactions; as a replica set (one member is enough) it would have "
                  "them",
                  *unsafe, hosts)};
}

Result<Guarantee> ask_mongodb_guarantee(const Secret& uri, const MergeSpec& spec, Duration contact_time, Logger& log) {
  const mongo::LibraryScope library(log);
  PS_TRY(mongo::UriHandle parsed, mongo::parse_uri(uri, spec.connection_name));
  mongo::Peer peer = mongo::peer_of(*parsed, spec.db + "." + spec.coll);
  const std::string hosts = peer.hosts;
  PS_TRY(auto client, mongo::Client::make(*parsed, std::move(peer), {contact_time, contact_time}));
  PS_TRY(const mongo::ServerKind server, mongo::check_server(*client));
  return mongodb_guarantee(server.transactions, spec, hosts);
}

}  // namespace penstock
