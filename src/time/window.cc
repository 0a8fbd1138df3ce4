// SPDX-License-Identifier: Apache-2.0
#include "time/window.h"

#include <limits>

namespace penstock {

EventTime window_start(EventTime t, Duration size, Duration offset) {
  const __int128 shifted = static_cast<__int128>(t.ms) - offset.ms;
  __int128 k = shifted / size.ms;
  if (shifted % size.ms < 0) --k;
  const __int128 start = k * size.ms + offset.ms;
  if (start < std::numeric_limits<int64_t>::min()) return EventTime::lowest();
  return {static_cast<int64_t>(start)};
}

}  // namespace penstock
