// SPDX-License-Identifier: Apache-2.0
#include "connectors/sample/solar.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "base/check.h"
#include "base/random.h"
#include "bson/iso_date.h"

namespace penstock {
namespace {

constexpr int64_t kMsPerReading = 1000;
constexpr uint64_t kOneEventIn = 20;
constexpr uint64_t kOneOddIn = 50;
constexpr uint64_t kTempMin = 5, kTempCount = 25;

struct Device {
  int group;
  uint64_t max_watts;
};
// device_1, device_2, ...
constexpr Device kDevices[] = {{1, 250}, {3, 450}, {8, 450}, {2, 250}, {5, 250},
                               {9, 450}, {4, 250}, {7, 450}, {6, 450}, {10, 250}};

// Each position has dice of its own. The factor keeps neighbours apart in the expansion of the seed.
SeededRandom dice_of(uint64_t seed, int64_t position) {
  return SeededRandom(seed ^ (static_cast<uint64_t>(position) * 0xd1342543de82ef95U));
}

// "2024-08-12T21:47:47.287+00:00"
std::string timestamp_text(EventTime time) {
  std::string text = iso_text(time);
  if (!text.ends_with('Z')) return text;  // A year with five digits.
  text.pop_back();
  return text + "+00:00";
}

}  // namespace

EventTime SolarReadings::time_of(int64_t position) const {
  PS_CHECK(position >= 0);
  return {position * kMsPerReading + static_cast<int64_t>(dice_of(seed_, position).below(kMsPerReading))};
}

int64_t SolarReadings::position_of(EventTime time) const {
  if (time.ms <= 0) return 0;
  const int64_t position = time.ms / kMsPerReading;
  return time_of(position) >= time ? position : position + 1;
}

void SolarReadings::write(int64_t position, std::string& to) const {
  SeededRandom dice = dice_of(seed_, position);
  // One roll per field, in this order, for ever: another order would be another stream. The first is the time's.
  dice.next();
  const size_t device = dice.below(std::size(kDevices));
  const bool event = dice.below(kOneEventIn) == 0;
  const bool odd = dice.below(kOneOddIn) == 0;
  const uint64_t watts = dice.below(kDevices[device].max_watts + 1);
  const uint64_t temp = kTempMin + dice.below(kTempCount);

  to = fmt::format(R"({{"device_id":"device_{}","group_id":{},"timestamp":"{}","max_watts":{},"event_type":{})",
                   device + 1, kDevices[device].group, timestamp_text(time_of(position)), kDevices[device].max_watts,
                   event ? 1 : 0);
  if (event) to += R"(,"event_details":"Network error")";
  if (odd) {
    to += R"(,"obs":{"watts":null,"temp":null}})";
  } else {
    fmt::format_to(std::back_inserter(to), R"(,"obs":{{"watts":{},"temp":{}}}}})", event ? 0 : watts, temp);
  }
}

}  // namespace penstock
