// SPDX-License-Identifier: Apache-2.0
#include "api/wire/wire_connection.h"

#include <mutex>
#include <string>
#include <utility>

#include "api/wire/dispatch.h"

namespace penstock {

struct WireConnection::State {
  State(int32_t id, const PeerInfo& peer, std::shared_ptr<StreamSender> to, const WireWork& with)
      : session(id, peer), sender(std::move(to)), work(with) {}

  const MessageLimits& limits() const { return session.is_unknown() ? kLimitsBeforeLogin : kLimitsAfterLogin; }
  void send_error(std::string_view message, const Error& error);
  bool respond(std::string message);
  void run(std::string message);

  Session session;
  std::shared_ptr<StreamSender> sender;
  const WireWork& work;
  bool is_known = false;  // The sender has been told.
  int32_t next_id = 1;

  std::mutex mutex;
  bool busy = false;    // A job is under way: the session is its.
  bool closed = false;  // By the peer.
  bool ending = false;  // By us: what still comes is not looked at.
};

void WireConnection::State::send_error(std::string_view message, const Error& error) {
  std::string reply = write_answer(message, next_id++, error_reply(error));
  if (!reply.empty()) sender->send(std::move(reply));
}

// False: the connection has to end.
bool WireConnection::State::respond(std::string message) {
  std::string head = message.substr(0, kMessageHeaderBytes + sizeof(uint32_t));
  Result<Request> request = read_request(std::move(message), limits(), session.compressors);
  if (!request.ok()) {
    send_error(head, request.error());
    return framing_is_intact(request.error()) && !session.is_unknown();
  }
  OwnedDocument reply = work.answer(*request, session);
  std::string bytes = write_answer(*request, next_id++, reply);
  if (!bytes.empty()) sender->send(std::move(bytes));
  if (!is_known && (session.said_hello || !session.is_unknown())) {
    is_known = true;
    sender->set_authenticated();
  }
  return true;
}

void WireConnection::State::run(std::string message) {
  bool goes_on = respond(std::move(message));
  bool gone = false;
  {
    std::lock_guard lock(mutex);
    busy = false;
    ending = ending || !goes_on;
    gone = closed;
  }
  if (gone) {
    work.closed(session.connection_id);
  } else if (!goes_on) {
    sender->close();
  } else {
    sender->pause(false);
  }
}

WireConnection::WireConnection(int32_t id, const PeerInfo& peer, std::shared_ptr<StreamSender> sender,
                               const WireWork& work)
    : state_(std::make_shared<State>(id, peer, std::move(sender), work)) {}

WireConnection::~WireConnection() = default;

size_t WireConnection::on_bytes(std::string_view bytes) {
  State& state = *state_;
  {
    std::lock_guard lock(state.mutex);
    if (state.ending) return bytes.size();
    if (state.busy) return 0;
  }
  // Nothing is under way: everything here is ours.
  Result<std::optional<size_t>> size = message_size(bytes, state.limits().bytes_max);
  if (!size.ok()) {
    state.ending = true;
    state.send_error(bytes.substr(0, kMessageHeaderBytes), size.error());
    state.sender->close();
    return bytes.size();
  }
  if (!*size || bytes.size() < **size) return 0;
  std::string_view message = bytes.substr(0, **size);
  state.busy = true;
  state.sender->pause(true);
  bool taken =
      state.work.submit([shared = state_, copy = std::string(message)]() mutable { shared->run(std::move(copy)); });
  if (!taken) {
    state.busy = false;
    state.send_error(message, Error(ErrorCode::kTemporarilyUnavailable, "the server has too much to do: try again"));
    state.sender->pause(false);
  }
  return message.size();
}

void WireConnection::on_closed() {
  bool busy = false;
  {
    std::lock_guard lock(state_->mutex);
    state_->closed = true;
    busy = state_->busy;
  }
  if (!busy) state_->work.closed(state_->session.connection_id);
}

}  // namespace penstock
