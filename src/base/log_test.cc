// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace penstock {
namespace {

TEST(MemoryLogger, KeepsEveryLineWithItsLevel) {
  MemoryLogger log;
  EXPECT_EQ(log.text(), "");
  log.info("{} partitions", 6);
  log.warning("partition {} is silent", 3);
  log.error("{}", "a {brace}");
  EXPECT_EQ(log.text(), "info 6 partitions\nwarning partition 3 is silent\nerror a {brace}");
}

TEST(StderrLogger, ControlCharactersDoNotReachTheTerminal) {
  testing::internal::CaptureStderr();
  const std::unique_ptr<Logger> log = make_stderr_logger(LogLevel::kInfo);
  log->debug("not shown");
  log->warning("red \x1b[31m text\nsecond line");
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("warning"), std::string::npos);
  EXPECT_EQ(text.find("not shown"), std::string::npos);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

}  // namespace
}  // namespace penstock
