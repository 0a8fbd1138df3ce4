// SPDX-License-Identifier: Apache-2.0
// What a person at a terminal sees while something runs: one line on stderr that is rewritten. Without a terminal:
// nothing.
#pragma once

#include <string>
#include <string_view>

#include "base/log.h"
#include "runtime/counters.h"

namespace penstock {

bool is_terminal(int fd);

// A line on stderr that replaces itself. Thread: one.
class StatusLine {
 public:
  StatusLine();
  ~StatusLine();
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;
  bool enabled() const { return enabled_; }
  void show(std::string_view text);
  // Removes it, so that other output starts on a clean line.
  void clear();

 private:
  bool enabled_;
  bool shown_ = false;
};

// "1,234,567 records  812,345/s  lag 12,000  watermark 12:00:07  windows 2  dead letters 0"
std::string progress_text(const ProcessorSnapshot& now, const ProcessorSnapshot& before, double seconds_between);
// "12:00:07"
std::string clock_text(EventTime time);
// "1,234,567"
std::string with_commas(uint64_t number);

}  // namespace penstock
