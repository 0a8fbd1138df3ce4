// SPDX-License-Identifier: Apache-2.0
// One writer per folder: a file `lock` in it that the operating system frees when its holder ends, however it ends. The
// holder's process id stands in it for whoever is refused. Thread: any, one at a time.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace penstock {

class WriteLock {
 public:
  // `folder` exists. `called`: what it is to a person, "the data folder X", "the state of processor X".
  // Error kStateRefused: somebody else holds it; the text names the process.
  static Result<WriteLock> acquire(const std::string& folder, std::string_view called);
  WriteLock(WriteLock&& other) noexcept;
  WriteLock& operator=(WriteLock&&) = delete;
  ~WriteLock();

 private:
  explicit WriteLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace penstock
