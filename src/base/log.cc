// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <mutex>

namespace penstock {
namespace {

constexpr std::string_view kLevelNames[] = {"debug", "info", "warning", "error"};

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarning: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
  }
  return spdlog::level::err;
}

// A record's bytes may end up in a reason: they must not steer the terminal or forge a line.
std::string printable(std::string_view message) {
  std::string result;
  result.reserve(message.size());
  for (const char c : message) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      result += c;
    }
  }
  return result;
}

class StderrLogger final : public Logger {
 public:
  explicit StderrLogger(LogLevel least) : log_("penstock", std::make_shared<spdlog::sinks::stderr_color_sink_mt>()) {
    log_.set_level(level_of(least));
    log_.set_pattern("%H:%M:%S %^%-7l%$ %v");
    log_.flush_on(spdlog::level::debug);
  }
  void write(LogLevel level, std::string_view message) override { log_.log(level_of(level), "{}", printable(message)); }

 private:
  spdlog::logger log_;
};

}  // namespace

std::unique_ptr<Logger> make_stderr_logger(LogLevel least) { return std::make_unique<StderrLogger>(least); }

struct MemoryLogger::Lines {
  mutable std::mutex mutex;
  std::string text;
};

MemoryLogger::MemoryLogger() : lines_(std::make_unique<Lines>()) {}
MemoryLogger::~MemoryLogger() = default;

void MemoryLogger::write(LogLevel level, std::string_view message) {
  const std::lock_guard lock(lines_->mutex);
  if (!lines_->text.empty()) lines_->text += '\n';
  lines_->text.append(kLevelNames[static_cast<int>(level)]).append(" ").append(message);
}

std::string MemoryLogger::text() const {
  const std::lock_guard lock(lines_->mutex);
  return lines_->text;
}

}  // namespace penstock
