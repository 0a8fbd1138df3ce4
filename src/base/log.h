// SPDX-License-Identifier: Apache-2.0
// One line per event, for people on a terminal and for machines. Comes in by constructor, like clock and disk.
// Never per record; a repeated event is counted by its owner and logged once per period. No secrets: what a line may
// contain is decided where it is written, and connection objects print themselves without their secrets.
// Thread: any.
#pragma once

#include <fmt/core.h>

#include <memory>
#include <string>
#include <string_view>

namespace penstock {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

class Logger {
 public:
  virtual ~Logger() = default;
  virtual void write(LogLevel level, std::string_view message) = 0;

  template <typename... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) {
    write(LogLevel::kInfo, fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void warning(fmt::format_string<Args...> format, Args&&... args) {
    write(LogLevel::kWarning, fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) {
    write(LogLevel::kError, fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) {
    write(LogLevel::kDebug, fmt::format(format, std::forward<Args>(args)...));
  }
};

// Lines on stderr: "12:00:01 warning  text". Control characters in a message are shown escaped.
std::unique_ptr<Logger> make_stderr_logger(LogLevel least);

// Keeps the lines: tests, and the demo's screen. Thread: any.
class MemoryLogger final : public Logger {
 public:
  MemoryLogger();
  ~MemoryLogger() override;
  void write(LogLevel level, std::string_view message) override;
  // All lines so far, joined by newlines, each with its level: "warning text".
  std::string text() const;

 private:
  struct Lines;
  std::unique_ptr<Lines> lines_;
};

}  // namespace penstock
