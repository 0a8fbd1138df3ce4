// SPDX-License-Identifier: Apache-2.0
// Why peers were cut off or turned away, in the log: the first of a kind at once, more of the same kind within ten
// seconds as one line with their number, so that nobody fills a disk from outside. Internal to net. Thread: the network
// thread.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <string_view>

#include "base/log.h"

namespace penstock {

enum class CutOff {
  kConnections,
  kConnectionsOfAddress,
  kUnauthenticated,
  kNoDescriptors,
  kHandshake,
  kNotAuthenticatedInTime,
  kIdle,
  kStalledRequest,
  kSlowReader,
  kRequestTooLarge,
  kAnswersTooLarge,
  kDrained,  // After the end of a connection: the peer does not close its side. Nothing for the log.
};
constexpr size_t kCutOffs = static_cast<size_t>(CutOff::kDrained) + 1;

class CutOffLog {
 public:
  CutOffLog(boost::asio::io_context& io, Logger& log) : log_(log), timer_(io) {}
  // `peer`: its address. `detail`: more than the kind says, or "".
  void note(CutOff why, std::string_view peer, std::string_view detail = "");
  // Says what is not said yet. No timer runs afterwards.
  void end();
  Logger& log() { return log_; }

 private:
  struct Kind {
    bool quiet = false;
    size_t unsaid = 0;
  };
  void period_over();
  void wait();

  Logger& log_;
  boost::asio::steady_timer timer_;
  bool waiting_ = false;
  std::array<Kind, kCutOffs> kinds_;
};

}  // namespace penstock
