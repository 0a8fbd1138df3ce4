// SPDX-License-Identifier: Apache-2.0
// One connection of a StreamServer. Internal to net.
//
//   accepted -> handshake -> open -> (flush) -> draining -> closed
//                                                            ^ from anywhere: peer gone, cut off, server stops
//
// Draining: our side is shut, what the peer still sends is thrown away for two seconds. Without it the peer's system
// may drop our last answer when bytes arrive for a closed socket. Invariants: at most one wait for reading and one for
// writing; the handler is never called from within itself, nor destroyed, because whatever others ask for is posted.
// Thread: the network thread, but the functions of StreamSender. After the end they do nothing and touch neither socket
// nor io_context, so that whoever holds a sender may outlive the server.
#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "net/byte_channel.h"
#include "net/stream_core.h"

namespace penstock {

class StreamConnection final : public StreamSender, public std::enable_shared_from_this<StreamConnection> {
 public:
  StreamConnection(std::shared_ptr<StreamCore> core, std::shared_ptr<ListenedPort> port,
                   boost::asio::ip::tcp::socket socket, const boost::asio::ip::tcp::endpoint& peer);

  // Why there is no room for it; before start().
  std::optional<CutOff> refused() const;
  const PeerInfo& peer() const { return peer_; }
  void start();
  void finish();  // The server stops: closes as soon as nothing is under way.
  void close_now();
  void cut_off(CutOff why, std::string_view detail = "");

  void send(std::string bytes) override;
  void close() override;
  void set_authenticated() override;
  void pause(bool paused) override;

 private:
  using Instant = boost::asio::steady_timer::time_point;
  enum class State { kHandshake, kOpen, kDraining, kClosed };
  struct Limit {
    Instant at;
    CutOff why;
  };

  void shake_hands();
  void open();
  void read();
  void received(std::string_view bytes);
  void offer_input();
  void peer_ended();
  void set_paused(bool paused);
  bool wants_input() const;
  void flush();
  void write();
  bool take_output();
  void written(size_t bytes);
  void output_is_out();
  void close_if_finished();
  void begin_draining();
  void drain();
  void authenticated();
  void wait_for(boost::asio::ip::tcp::socket::wait_type what, bool& waits, void (StreamConnection::*next)());
  template <typename Function>
  void post(Function function);  // Any thread; under mutex_.
  Limit next_limit() const;
  void watch_limits();
  void limit_timer_fired();

  std::shared_ptr<StreamCore> core_;  // First: the socket below needs it to the end.
  std::shared_ptr<ListenedPort> port_;
  boost::asio::ip::address address_;
  PeerInfo peer_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  std::unique_ptr<ByteChannel> channel_;
  std::unique_ptr<StreamHandler> handler_;
  State state_ = State::kHandshake;
  bool paused_ = false;
  bool authenticated_ = false;
  bool closing_ = false;    // No more input; ends when the output is out.
  bool finishing_ = false;  // Closing begins when nothing is under way.
  bool peer_ended_ = false;
  bool read_waits_ = false;
  bool write_waits_ = false;
  std::string input_;                 // What the handler left.
  std::deque<std::string> outgoing_;  // Being written.
  size_t front_written_ = 0;          // Of the first of outgoing_.

  Instant opened_;
  Instant last_byte_;
  std::optional<Instant> request_since_;  // A request has begun and is not answered, its handler waits for the rest.
  std::optional<Instant> write_since_;    // Output waits and the peer has taken none since.
  Instant drained_since_;
  std::optional<Instant> timer_at_;

  std::atomic<size_t> output_bytes_ = 0;  // In queue_ and outgoing_.
  std::mutex mutex_;
  // Under mutex_:
  std::deque<std::string> queue_;
  bool flush_posted_ = false;
  bool deaf_ = false;  // Takes nothing more: closing or gone.
  bool gone_ = false;  // Nothing may be posted any more.
};

}  // namespace penstock
