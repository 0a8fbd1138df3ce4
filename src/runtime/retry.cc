// SPDX-License-Identifier: Apache-2.0
#include "runtime/retry.h"

#include <algorithm>

namespace penstock {
namespace {

constexpr int64_t kPauseFirstMs = 100;
constexpr int64_t kPauseMostMs = 30'000;

}  // namespace

void Retry::failed(const Error& error) {
  if (pause_ms_ == 0) log_.warning("cannot {}, will try again: {}", what_, error.message());
  set_trouble(error.message());
  pause_ms_ = std::clamp(pause_ms_ * 2, kPauseFirstMs, kPauseMostMs);
  // A random share keeps many processors from knocking at the same moment.
  const auto jitter = static_cast<int64_t>(random_.below(static_cast<uint64_t>(pause_ms_) / 2 + 1));
  until_ns_ = clock_.monotonic_ns() + (pause_ms_ / 2 + jitter) * 1'000'000;
}

void Retry::succeeded(std::string_view news) {
  if (pause_ms_ == 0) return;
  log_.info("{}", news);
  pause_ms_ = 0;
  set_trouble("");
}

void Retry::set_trouble(std::string reason) {
  const std::lock_guard lock(mutex_);
  trouble_ = std::move(reason);
}

std::string Retry::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

}  // namespace penstock
