// SPDX-License-Identifier: Apache-2.0
// What the connections of one StreamServer share. Internal to net. Thread: the network thread, but where said
// otherwise.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "net/cut_off_log.h"
#include "net/stream_server.h"
#include "net/tls.h"

namespace penstock {

class StreamConnection;

// A port that is listened on, with what its limits count.
struct ListenedPort {
  ListenOptions options;
  HandlerFactory make_handler;
  std::unique_ptr<TlsContext> tls;  // Null: in the clear.
  size_t connections = 0;
  size_t unauthenticated = 0;
  std::map<boost::asio::ip::address, size_t> per_address;
};

struct StreamCore {
  explicit StreamCore(Logger& logger) : log(io, logger), scratch(size_t{64} << 10) {}

  void remember(std::shared_ptr<StreamConnection> connection);
  void forget(const std::shared_ptr<StreamConnection>& connection);
  size_t open_connections() const;  // Any thread.
  // Whether all connections were gone within `time`. Any thread but the network thread.
  bool wait_for_none(Duration time);

  boost::asio::io_context io{1};  // One thread runs it; any may post.
  CutOffLog log;
  std::vector<char> scratch;  // All read into it: an idle connection has no buffer.
  std::set<std::shared_ptr<StreamConnection>> connections;
  bool stopping = false;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  size_t open_ = 0;  // Under mutex_.
};

}  // namespace penstock
