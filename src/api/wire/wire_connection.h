// SPDX-License-Identifier: Apache-2.0
// One client of the wire protocol: bytes become requests, one at a time, and their answers go back.
//
//   network thread:  on_bytes: a whole message is there --> pause(true), submit --\            ... on_closed
//   a worker:                                         read it, answer, send, pause(false) <--/
//
// Reading a message (decompression, validation) is the worker's, too: the network thread only looks at the length.
// A message that cannot be understood is answered with an error and the connection closed, unless it was just a bad
// document of somebody who has logged in. Who has not must keep within kLimitsBeforeLogin (security S10). A connection
// counts as known to the server after hello: drivers' monitoring connections never log in.
// Thread: see above; the Session is touched by one of the two at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "api/wire/message.h"
#include "api/wire/session.h"
#include "net/stream_server.h"

namespace penstock {

// What connections need of the rest. Outlives every connection and every job it was given.
struct WireWork {
  // Runs a job on a worker; false when it cannot take any more.
  std::function<bool(std::function<void()>)> submit;
  // The whole reply to a request. On a worker.
  std::function<OwnedDocument(const Request&, Session&)> answer;
  // The connection is gone and nothing of it is under way. Any thread; must not wait.
  std::function<void(int32_t connection_id)> closed;
};

class WireConnection final : public StreamHandler {
 public:
  WireConnection(int32_t id, const PeerInfo& peer, std::shared_ptr<StreamSender> sender, const WireWork& work);
  ~WireConnection() override;
  size_t on_bytes(std::string_view bytes) override;
  void on_closed() override;

 private:
  struct State;
  // Shared with the job under way, which may end after the connection.
  std::shared_ptr<State> state_;
};

}  // namespace penstock
