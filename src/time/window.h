// SPDX-License-Identifier: Apache-2.0
// Window arithmetic: pure functions over instants and spans (reference pipeline-language 3.3).
//   start(k) = offset + k * hop,  window = [start, start + interval), origin 1970-01-01T00:00:00Z
#pragma once

#include <compare>

#include "base/clock.h"

namespace penstock {

// [start, end)
struct Window {
  EventTime start;
  EventTime end;
  auto operator<=>(const Window&) const = default;
};

// t + d, or the end of the range: records carry any time stamp, definitions any span. d >= 0.
inline EventTime saturating_sum(EventTime t, Duration d) {
  EventTime sum;
  return __builtin_add_overflow(t.ms, d.ms, &sum.ms) ? EventTime::highest() : sum;
}

// The greatest grid point offset + k * size that is not after `t`; correct before 1970. size > 0.
// At the ends of the 64-bit range the result saturates.
EventTime window_start(EventTime t, Duration size, Duration offset);

}  // namespace penstock
