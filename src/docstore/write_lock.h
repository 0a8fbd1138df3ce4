// SPDX-License-Identifier: Apache-2.0
// One writer per data folder: a lock file that the operating system frees when its holder ends, however it ends. The
// holder's process id stands in it for whoever is refused.
#pragma once

#include <string>

#include "base/result.h"

namespace penstock {

class WriteLock {
 public:
  // Error kStateRefused: somebody else holds it; the text names the process.
  static Result<WriteLock> acquire(const std::string& folder);
  WriteLock(WriteLock&& other) noexcept;
  WriteLock& operator=(WriteLock&&) = delete;
  ~WriteLock();

 private:
  explicit WriteLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace penstock
