// SPDX-License-Identifier: Apache-2.0
// Repeats what fails for a while: pauses from 100 ms, doubled up to 30 s, with a random share, for ever (reliability
// 1.4.12). The reason is visible meanwhile and stands in the log once. Thread: one task; trouble() from any.
#pragma once

#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/result.h"

namespace penstock {

class Retry {
 public:
  // `what`: completes "cannot ...": "deliver", "write the checkpoint".
  Retry(std::string what, const Clock& clock, Random& random, Logger& log)
      : what_(std::move(what)), clock_(clock), random_(random), log_(log) {}
  void failed(const Error& error);
  // `news`: said once when there had been trouble.
  void succeeded(std::string_view news);
  bool pausing() const { return clock_.monotonic_ns() < until_ns_; }
  int64_t until_ns() const { return until_ns_; }
  std::string trouble() const;

 private:
  void set_trouble(std::string reason);

  const std::string what_;
  const Clock& clock_;
  Random& random_;
  Logger& log_;
  int64_t pause_ms_ = 0;
  int64_t until_ns_ = 0;
  mutable std::mutex mutex_;
  std::string trouble_;
};

}  // namespace penstock
