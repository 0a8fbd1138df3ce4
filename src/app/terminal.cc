// SPDX-License-Identifier: Apache-2.0
#include "app/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "bson/iso_date.h"

namespace penstock {

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

StatusLine::StatusLine() : enabled_(is_terminal(STDERR_FILENO)) {}
StatusLine::~StatusLine() { clear(); }

void StatusLine::show(std::string_view text) {
  if (!enabled_) return;
  fmt::print(stderr, "\r\033[K{}", text);
  std::fflush(stderr);
  shown_ = true;
}

void StatusLine::clear() {
  if (!shown_) return;
  fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
  shown_ = false;
}

std::string clock_text(EventTime time) {
  const std::string text = iso_text(time);
  const size_t clock = text.find('T');
  return clock == std::string::npos ? text : text.substr(clock + 1, 8);
}

std::string with_commas(uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string progress_text(const ProcessorSnapshot& now, const ProcessorSnapshot& before, double seconds_between) {
  const uint64_t fresh = now.in.records - before.in.records;
  const double rate = seconds_between > 0 ? static_cast<double>(fresh) / seconds_between : 0;
  std::string text =
      fmt::format("{} records  {}/s", with_commas(now.in.records), with_commas(static_cast<uint64_t>(rate)));
  if (now.lag_records >= 0) text += fmt::format("  lag {}", with_commas(static_cast<uint64_t>(now.lag_records)));
  if (now.watermark) text += fmt::format("  watermark {}", clock_text(*now.watermark));
  text += fmt::format("  windows {}  dead letters {}", now.open_windows, with_commas(now.in.dead_letters));
  if (!now.trouble.empty()) text += fmt::format("  [{}]", now.trouble);
  return text;
}

}  // namespace penstock
