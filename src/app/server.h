// SPDX-License-Identifier: Apache-2.0
// The listeners of a server in front of a Control, put together: `penstock serve` and the demo.
//
//   wire port --> StreamServer --> WireService --> WorkerPool --> Control
//   HTTP port --> StreamServer --> health endpoints ---------------^
//
// Thread: main makes and ends it; everything else runs on threads of the parts.
#pragma once

#include <cstdint>
#include <memory>

#include "app/settings.h"
#include "base/random.h"
#include "control/control.h"

namespace penstock {

class Server {
 public:
  // Both ports are open afterwards. All references outlive it. Errors of StreamServer::listen, with the flag that
  // chooses another port.
  static Result<std::unique_ptr<Server>> start(const Settings& settings, Control& control, const Clock& clock,
                                               Random& random, Logger& log);
  // Answers what is under way, at most ten seconds, then closes everything.
  ~Server();

  uint16_t wire_port() const;
  uint16_t http_port() const;
  // What has to be done every few seconds, by a thread that may wait.
  void tend();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// A user for the connect line, an atlasAdmin if there is one; "" when there are no users.
Result<std::string> admin_name(Control& control);

}  // namespace penstock
