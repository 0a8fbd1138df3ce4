// SPDX-License-Identifier: Apache-2.0
// The wire protocol of a server: what its listeners need to make connections of.
//
//   StreamServer --handlers()--> WireConnection --submit--> worker: answer() --> command --> Control
//
// Made before the listeners; gone after them and after the workers have ended.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "api/auth/control_accounts.h"
#include "api/wire/cursor_registry.h"
#include "api/wire/dispatch.h"
#include "api/wire/wire_connection.h"

namespace penstock {

struct WireOptions {
  // While there are no users, everybody from loopback may do everything; false: only create the first user (security
  // S05). The server listens beyond loopback only when it has users (S02).
  bool open_without_users = true;
  std::function<bool(std::function<void()>)> submit;  // WorkerPool::submit
};

class WireService {
 public:
  // All outlive it.
  WireService(Control& control, const Clock& clock, Random& random, Logger& log, WireOptions options);
  HandlerFactory handlers();
  // Ends cursors that nobody reads. Every few seconds, by a thread that may wait.
  void end_idle_cursors() { cursors_.end_idle(); }

 private:
  OwnedDocument answer_in_workspace(const Request& request, Session& session);

  ControlAccounts accounts_;
  CursorRegistry cursors_;
  ServerState server_;
  CommandContext context_;
  WireWork work_;
  std::atomic<int32_t> next_connection_{1};
};

}  // namespace penstock
