// SPDX-License-Identifier: Apache-2.0
// The readings of ten solar devices, about one a second (reference pipeline-language 2.6):
//
//   {"device_id":"device_3","group_id":8,"timestamp":"2024-08-12T21:47:47.287+00:00","max_watts":450,"event_type":0,
//    "obs":{"watts":428,"temp":10}}
//
// Reading p is of the p-th second since 1970, at a millisecond of its own in it, and follows from seed and p alone: the
// stream has neither beginning nor end, and any place of it is the same for everyone who looks, on every machine and in
// every version. One reading in twenty is an event ("event_type":1 with "event_details" and no power), one in fifty has
// no values (null): something for validators to find. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace penstock {

class SolarReadings {
 public:
  explicit SolarReadings(uint64_t seed) : seed_(seed) {}
  // `position` >= 0. Later positions have later times.
  EventTime time_of(int64_t position) const;
  // The reading as JSON, into `to`.
  void write(int64_t position, std::string& to) const;
  // The first one with this time or a later one; 0 for times before 1970.
  int64_t position_of(EventTime time) const;

 private:
  uint64_t seed_;
};

}  // namespace penstock
