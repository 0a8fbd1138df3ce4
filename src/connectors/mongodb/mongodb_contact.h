// SPDX-License-Identifier: Apache-2.0
// What a uri says about whom it leads to, and what that server says about itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "base/secret.h"

namespace penstock {

struct MongoAddress {
  struct Host {
    std::string name;
    uint16_t port = 0;
  };
  std::vector<Host> hosts;  // Empty for mongodb+srv: the DNS says which they are.
  std::string service;      // Name of mongodb+srv, else "".
  std::string shown;        // For people, without secrets: "h1:27017,h2:27017".
  std::string user;         // "" without login.
  bool tls = false;
};

// kInvalidDefinition for a uri that is none, without showing it.
Result<MongoAddress> address_of(const Secret& uri, std::string_view connection, Logger& log);

// Logs in and asks what it is, for `contact_time` at most: "a replica set, transactions are possible". Errors:
// kPeerUnreachable, kCredentialsRefused. Blocks.
Result<std::string> ask_mongodb(const Secret& uri, std::string_view connection, Duration contact_time, Logger& log);

}  // namespace penstock
