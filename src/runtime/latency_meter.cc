// SPDX-License-Identifier: Apache-2.0
#include "runtime/latency_meter.h"

#include <bit>
#include <cmath>

namespace penstock {
namespace {

constexpr int64_t kPeriodNs = 30'000'000'000;
constexpr uint64_t kParts = 16;  // Buckets of each power of two.
constexpr int kPartBits = 4;
constexpr uint64_t kLargestUs = (uint64_t{1} << 42) - 1;  // Fifty days.
constexpr size_t kBuckets = kParts * (42 - kPartBits + 1);

size_t bucket_of(uint64_t us) {
  us = std::min(us, kLargestUs);
  if (us < kParts) return us;
  const int shift = std::bit_width(us) - kPartBits - 1;
  return kParts * static_cast<size_t>(shift) + (us >> shift);
}

// The middle of a bucket.
int64_t value_of(size_t bucket) {
  if (bucket < 2 * kParts) return static_cast<int64_t>(bucket);
  const size_t shift = bucket / kParts - 1;
  const uint64_t low = (bucket - kParts * shift) << shift;
  return static_cast<int64_t>(low + (uint64_t{1} << shift) / 2);
}

}  // namespace

LatencyMeter::LatencyMeter(const Clock& clock)
    : clock_(clock), start_(clock.now()), started_ns_(clock.monotonic_ns()), buckets_(kBuckets) {}

void LatencyMeter::add(int64_t latency_ns, uint64_t results) {
  turn();
  const int64_t us = std::max<int64_t>(0, latency_ns / 1000);
  buckets_[bucket_of(static_cast<uint64_t>(us))] += results;
  count_ += results;
  sum_us_ += us * static_cast<int64_t>(results);
}

std::optional<LatencySummary> LatencyMeter::last() {
  turn();
  return last_;
}

void LatencyMeter::turn() {
  const int64_t now_ns = clock_.monotonic_ns();
  if (now_ns - started_ns_ < kPeriodNs) return;
  const EventTime now = clock_.now();
  last_ = LatencySummary{start_, now, count_, sum_us_, quantile_us(0.50), quantile_us(0.99)};
  start_ = now;
  started_ns_ = now_ns;
  count_ = 0;
  sum_us_ = 0;
  std::fill(buckets_.begin(), buckets_.end(), 0);
}

int64_t LatencyMeter::quantile_us(double share) const {
  const auto wanted = static_cast<uint64_t>(std::ceil(share * static_cast<double>(count_)));
  uint64_t passed = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    passed += buckets_[i];
    if (buckets_[i] > 0 && passed >= wanted) return value_of(i);
  }
  return 0;
}

}  // namespace penstock
