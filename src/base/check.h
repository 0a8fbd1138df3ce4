// SPDX-License-Identifier: Apache-2.0
// PS_CHECK: our own mistake stops the process, in release too. Bad data never comes here: it is a Result
// (base/result.h).
#pragma once

#include <string_view>

namespace penstock {

// Prints file, line and condition to stderr and aborts (exit by SIGABRT; the app reports it as exit code 70 where it
// can).
[[noreturn]] void check_failed(const char* file, int line, const char* condition, std::string_view note = {});

}  // namespace penstock

// PS_CHECK(condition) or PS_CHECK(condition, "why it must hold").
#define PS_CHECK(condition, ...)                                                           \
  do {                                                                                     \
    if (__builtin_expect(!(condition), 0))                                                 \
      ::penstock::check_failed(__FILE__, __LINE__, #condition __VA_OPT__(, ) __VA_ARGS__); \
  } while (false)
