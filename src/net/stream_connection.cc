// SPDX-License-Identifier: Apache-2.0
#include "net/stream_connection.h"

#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <chrono>
#include <utility>

namespace penstock {
namespace {

using boost::asio::ip::tcp;

constexpr int kTurnsMax = 8;                             // Reads or writes in a row before others have their turn.
constexpr size_t kWriteBytesMax = size_t{256} << 10;     // Of one write.
constexpr size_t kJoinBytesMax = size_t{16} << 10;       // Small answers are joined up to this.
constexpr size_t kOutputHighBytes = size_t{1} << 20;     // A peer with more to take is not read from.
constexpr size_t kKeptCapacityBytes = size_t{64} << 10;  // Of an input buffer that is not empty.
constexpr std::chrono::seconds kDrainTime{2};

boost::asio::steady_timer::time_point now() { return boost::asio::steady_timer::clock_type::now(); }

boost::asio::ip::address plain_address(const boost::asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
  }
  return address;
}

}  // namespace

StreamConnection::StreamConnection(std::shared_ptr<StreamCore> core, std::shared_ptr<ListenedPort> port,
                                   tcp::socket socket, const tcp::endpoint& peer)
    : core_(std::move(core)),
      port_(std::move(port)),
      address_(plain_address(peer.address())),
      socket_(std::move(socket)),
      timer_(core_->io),
      opened_(now()),
      last_byte_(opened_) {
  const std::string text = address_.to_string();
  peer_.address = fmt::format(fmt::runtime(address_.is_v6() ? "[{}]:{}" : "{}:{}"), text, peer.port());
  peer_.loopback = address_.is_loopback();
}

// --- Beginning and end -----------------------------------------------------------------------------------------------

std::optional<CutOff> StreamConnection::refused() const {
  const ListenOptions& options = port_->options;
  if (port_->connections >= options.connections_max) return CutOff::kConnections;
  const auto same = port_->per_address.find(address_);
  if (same != port_->per_address.end() && same->second >= options.connections_per_address_max) {
    return CutOff::kConnectionsOfAddress;
  }
  if (port_->unauthenticated >= options.unauthenticated_max) return CutOff::kUnauthenticated;
  return {};
}

void StreamConnection::start() {
  ++port_->connections;
  ++port_->unauthenticated;
  ++port_->per_address[address_];
  core_->remember(shared_from_this());
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(tcp::no_delay(true), ignored);
  socket_.set_option(boost::asio::socket_base::keep_alive(true), ignored);
  const int fd = socket_.native_handle();
  channel_ = port_->tls != nullptr ? port_->tls->make_channel(fd) : make_plain_channel(fd);
  watch_limits();
  shake_hands();
}

void StreamConnection::shake_hands() {
  if (state_ != State::kHandshake) return;
  switch (channel_->handshake()) {
    case ChannelStep::kDone: return open();
    case ChannelStep::kNeedsRead: return wait_for(tcp::socket::wait_read, read_waits_, &StreamConnection::shake_hands);
    case ChannelStep::kNeedsWrite:
      return wait_for(tcp::socket::wait_write, write_waits_, &StreamConnection::shake_hands);
    case ChannelStep::kEnd: return close_now();
    case ChannelStep::kFailed: return cut_off(CutOff::kHandshake, channel_->failure());
  }
}

void StreamConnection::open() {
  state_ = State::kOpen;
  channel_->describe(peer_);
  handler_ = port_->make_handler(peer_, shared_from_this());
  PS_CHECK(handler_ != nullptr, "a handler factory gives a handler");
  read();
}

void StreamConnection::finish() {
  finishing_ = true;
  if (state_ != State::kOpen) return close_now();
  close_if_finished();
}

void StreamConnection::close_if_finished() {
  if (!finishing_ || closing_ || paused_ || state_ != State::kOpen) return;
  if (output_bytes_ == 0) return begin_draining();
  closing_ = true;
}

void StreamConnection::cut_off(CutOff why, std::string_view detail) {
  if (state_ == State::kClosed) return;
  core_->log.note(why, peer_.address, detail);
  close_now();
}

void StreamConnection::close_now() {
  if (state_ == State::kClosed) return;
  const std::shared_ptr<StreamConnection> self = shared_from_this();
  {
    const std::lock_guard lock(mutex_);
    deaf_ = gone_ = true;
    queue_.clear();
  }
  authenticated();
  state_ = State::kClosed;
  timer_.cancel();
  channel_.reset();
  boost::system::error_code ignored;
  socket_.close(ignored);
  std::string().swap(input_);
  outgoing_.clear();
  --port_->connections;
  if (--port_->per_address[address_] == 0) port_->per_address.erase(address_);
  if (handler_ != nullptr) handler_->on_closed();
  handler_.reset();
  core_->forget(self);
}

void StreamConnection::begin_draining() {
  channel_->say_end();
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  if (peer_ended_ || finishing_) return close_now();
  state_ = State::kDraining;
  drained_since_ = now();
  watch_limits();
  if (!read_waits_) drain();
}

void StreamConnection::drain() {
  for (int turn = 0; turn < kTurnsMax; ++turn) {
    const ssize_t got = ::recv(socket_.native_handle(), core_->scratch.data(), core_->scratch.size(), 0);
    if (got < 0 && errno == EAGAIN) break;
    if (got <= 0) return close_now();
  }
  wait_for(tcp::socket::wait_read, read_waits_, &StreamConnection::read);
}

// --- Input -----------------------------------------------------------------------------------------------------------

bool StreamConnection::wants_input() const {
  return state_ == State::kOpen && !paused_ && !closing_ && output_bytes_ < kOutputHighBytes;
}

void StreamConnection::read() {
  if (state_ == State::kDraining) return drain();
  for (int turn = 0; turn < kTurnsMax; ++turn) {
    if (read_waits_ || !wants_input()) return;
    const ChannelResult got = channel_->read(core_->scratch);
    switch (got.step) {
      case ChannelStep::kDone: received({core_->scratch.data(), got.bytes}); break;
      case ChannelStep::kNeedsRead: return wait_for(tcp::socket::wait_read, read_waits_, &StreamConnection::read);
      case ChannelStep::kNeedsWrite: return wait_for(tcp::socket::wait_write, read_waits_, &StreamConnection::read);
      case ChannelStep::kEnd:
      case ChannelStep::kFailed: return peer_ended();
    }
  }
  // There may be more, in the socket or in the TLS layer: after the others.
  read_waits_ = true;
  boost::asio::post(core_->io, [self = shared_from_this()] {
    self->read_waits_ = false;
    self->read();
  });
}

void StreamConnection::received(std::string_view bytes) {
  last_byte_ = now();
  if (!request_since_) request_since_ = last_byte_;
  if (input_.empty()) {
    const size_t used = handler_->on_bytes(bytes);
    PS_CHECK(used <= bytes.size(), "a handler consumes what it was given");
    input_.assign(bytes.substr(used));
  } else {
    input_.append(bytes);
    offer_input();
  }
  if (input_.size() > port_->options.input_bytes_max) return cut_off(CutOff::kRequestTooLarge);
  watch_limits();
}

void StreamConnection::offer_input() {
  const size_t used = handler_->on_bytes(input_);
  PS_CHECK(used <= input_.size(), "a handler consumes what it was given");
  if (used == input_.size()) return std::string().swap(input_);
  input_.erase(0, used);
  if (input_.capacity() > kKeptCapacityBytes && input_.capacity() / 4 > input_.size()) input_.shrink_to_fit();
}

void StreamConnection::peer_ended() {
  if (output_bytes_ == 0) return close_now();
  peer_ended_ = closing_ = true;
}

void StreamConnection::pause(bool paused) {
  if (paused && core_->io.get_executor().running_in_this_thread()) return set_paused(true);
  const std::lock_guard lock(mutex_);
  if (!gone_) post([paused](StreamConnection& self) { self.set_paused(paused); });
}

void StreamConnection::set_paused(bool paused) {
  if (state_ != State::kOpen) return;
  paused_ = paused;
  request_since_.reset();
  if (paused) return;
  last_byte_ = now();
  close_if_finished();
  if (state_ != State::kOpen || closing_) return;
  if (!input_.empty()) {
    request_since_ = last_byte_;
    offer_input();
    if (paused_) request_since_.reset();
  }
  watch_limits();
  read();
}

// --- Output ----------------------------------------------------------------------------------------------------------

template <typename Function>
void StreamConnection::post(Function function) {
  boost::asio::post(core_->io, [self = shared_from_this(), function = std::move(function)] { function(*self); });
}

void StreamConnection::send(std::string bytes) {
  if (bytes.empty()) return;
  const std::lock_guard lock(mutex_);
  if (deaf_) return;
  if (output_bytes_ + bytes.size() > port_->options.output_bytes_max) {
    deaf_ = true;
    return post([](StreamConnection& self) { self.cut_off(CutOff::kAnswersTooLarge); });
  }
  output_bytes_ += bytes.size();
  if (!queue_.empty() && queue_.back().size() + bytes.size() <= kJoinBytesMax) {
    queue_.back() += bytes;
  } else {
    queue_.push_back(std::move(bytes));
  }
  if (std::exchange(flush_posted_, true)) return;
  post([](StreamConnection& self) { self.flush(); });
}

void StreamConnection::close() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(deaf_, true)) return;
  post([](StreamConnection& self) {
    if (self.state_ != State::kOpen) return;
    self.closing_ = true;
    if (self.output_bytes_ == 0) self.begin_draining();
  });
}

void StreamConnection::flush() {
  {
    const std::lock_guard lock(mutex_);
    flush_posted_ = false;
  }
  if (state_ != State::kOpen) return;
  request_since_.reset();
  if (!input_.empty() && !paused_) request_since_ = now();  // The next one has begun.
  watch_limits();
  write();
}

void StreamConnection::write() {
  if (state_ != State::kOpen) return;
  for (int turn = 0; turn < kTurnsMax; ++turn) {
    if (write_waits_) return;
    if (!take_output()) return output_is_out();
    const std::string_view left = std::string_view(outgoing_.front()).substr(front_written_, kWriteBytesMax);
    const ChannelResult result = channel_->write(left);
    switch (result.step) {
      case ChannelStep::kDone: written(result.bytes); break;
      case ChannelStep::kNeedsRead: return wait_for(tcp::socket::wait_read, write_waits_, &StreamConnection::write);
      case ChannelStep::kNeedsWrite: return wait_for(tcp::socket::wait_write, write_waits_, &StreamConnection::write);
      case ChannelStep::kEnd:
      case ChannelStep::kFailed: return close_now();
    }
  }
  wait_for(tcp::socket::wait_write, write_waits_, &StreamConnection::write);
}

bool StreamConnection::take_output() {
  if (!outgoing_.empty()) return true;
  const std::lock_guard lock(mutex_);
  std::swap(outgoing_, queue_);
  if (outgoing_.empty()) return false;
  write_since_ = now();
  return true;
}

void StreamConnection::written(size_t bytes) {
  output_bytes_ -= bytes;
  write_since_ = now();
  front_written_ += bytes;
  if (front_written_ < outgoing_.front().size()) return;
  outgoing_.pop_front();
  front_written_ = 0;
}

void StreamConnection::output_is_out() {
  write_since_.reset();
  outgoing_.shrink_to_fit();
  if (closing_) return begin_draining();
  close_if_finished();
  if (state_ == State::kOpen) last_byte_ = now();
  read();  // It may have rested because of the output.
}

void StreamConnection::wait_for(tcp::socket::wait_type what, bool& waits, void (StreamConnection::*next)()) {
  waits = true;
  watch_limits();
  socket_.async_wait(what, [self = shared_from_this(), &waits, next](const boost::system::error_code& error) {
    waits = false;
    if (!error && self->state_ != State::kClosed) (self.get()->*next)();
  });
}

// --- Limits of time --------------------------------------------------------------------------------------------------

void StreamConnection::set_authenticated() {
  const std::lock_guard lock(mutex_);
  if (!gone_) post([](StreamConnection& self) { self.authenticated(); });
}

void StreamConnection::authenticated() {
  if (state_ == State::kClosed || std::exchange(authenticated_, true)) return;
  --port_->unauthenticated;
}

StreamConnection::Limit StreamConnection::next_limit() const {
  const ListenOptions& options = port_->options;
  Limit first{Instant::max(), CutOff::kIdle};
  const auto consider = [&first](Instant since, std::chrono::milliseconds time, CutOff why) {
    if (since + time < first.at) first = {since + time, why};
  };
  const std::chrono::milliseconds stall(options.stall_time.ms);
  if (state_ == State::kDraining) {
    consider(drained_since_, kDrainTime, CutOff::kDrained);
    return first;
  }
  if (!authenticated_) {
    consider(opened_, std::chrono::milliseconds(options.authentication_time.ms), CutOff::kNotAuthenticatedInTime);
  }
  if (request_since_) consider(*request_since_, stall, CutOff::kStalledRequest);
  if (write_since_) consider(*write_since_, stall, CutOff::kSlowReader);
  if (!paused_ && output_bytes_ == 0) {
    consider(last_byte_, std::chrono::milliseconds(options.idle_time.ms), CutOff::kIdle);
  }
  return first;
}

// The timer is moved only when it would fire too late; when it fires too early, it is set again. So bytes that come and
// go cost nothing here.
void StreamConnection::watch_limits() {
  if (state_ == State::kClosed) return;
  const Limit limit = next_limit();
  if (limit.at == Instant::max() || (timer_at_ && *timer_at_ <= limit.at)) return;
  timer_at_ = limit.at;
  timer_.expires_at(limit.at);
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->limit_timer_fired();
  });
}

void StreamConnection::limit_timer_fired() {
  if (state_ == State::kClosed) return;
  timer_at_.reset();
  const Limit limit = next_limit();
  if (limit.at <= now()) return cut_off(limit.why);
  watch_limits();
}

}  // namespace penstock
