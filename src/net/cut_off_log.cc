// SPDX-License-Identifier: Apache-2.0
#include "net/cut_off_log.h"

#include <chrono>

namespace penstock {
namespace {

constexpr std::chrono::seconds kPeriod{10};

std::string_view text_of(CutOff why) {
  switch (why) {
    case CutOff::kConnections: return "turned away: the limit of connections is reached";
    case CutOff::kConnectionsOfAddress: return "turned away: its address has as many connections as it may have";
    case CutOff::kUnauthenticated: return "turned away: too many peers that have not said who they are";
    case CutOff::kNoDescriptors: return "not accepted";
    case CutOff::kHandshake: return "no TLS handshake";
    case CutOff::kNotAuthenticatedInTime: return "cut off: it has not said who it is in time";
    case CutOff::kIdle: return "closed: nothing came for a long time";
    case CutOff::kStalledRequest: return "cut off: it did not finish its request in time";
    case CutOff::kSlowReader: return "cut off: it does not take its answers";
    case CutOff::kRequestTooLarge: return "cut off: its request is larger than allowed";
    case CutOff::kAnswersTooLarge: return "cut off: more bytes wait for it than allowed";
    case CutOff::kDrained: return "";
  }
  return "";
}

LogLevel level_of(CutOff why) { return why == CutOff::kIdle ? LogLevel::kInfo : LogLevel::kWarning; }

}  // namespace

void CutOffLog::note(CutOff why, std::string_view peer, std::string_view detail) {
  if (why == CutOff::kDrained) return;
  Kind& kind = kinds_[static_cast<size_t>(why)];
  if (kind.quiet) {
    ++kind.unsaid;
    return;
  }
  kind.quiet = true;
  log_.write(level_of(why),
             fmt::format("connection of {} {}{}{}", peer, text_of(why), detail.empty() ? "" : ": ", detail));
  wait();
}

void CutOffLog::wait() {
  if (waiting_) return;
  waiting_ = true;
  timer_.expires_after(kPeriod);
  timer_.async_wait([this](const boost::system::error_code& error) {
    waiting_ = false;
    if (!error) period_over();
  });
}

void CutOffLog::period_over() {
  bool again = false;
  for (size_t i = 0; i < kinds_.size(); ++i) {
    Kind& kind = kinds_[i];
    const size_t unsaid = std::exchange(kind.unsaid, 0);
    const CutOff why{static_cast<int>(i)};
    if (unsaid > 0) log_.write(level_of(why), fmt::format("{} more connections {}", unsaid, text_of(why)));
    kind.quiet = unsaid > 0;
    again = again || kind.quiet;
  }
  if (again) wait();
}

void CutOffLog::end() {
  period_over();
  timer_.cancel();
}

}  // namespace penstock
