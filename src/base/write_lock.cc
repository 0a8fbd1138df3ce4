// SPDX-License-Identifier: Apache-2.0
#include "base/write_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace penstock {
namespace {

std::string holder_of(int fd) {
  char text[32] = {};
  const ssize_t got = ::pread(fd, text, sizeof text - 1, 0);
  std::string pid;
  for (ssize_t i = 0; i < got && text[i] >= '0' && text[i] <= '9'; ++i)
    pid += text[i];
  return pid.empty() ? "another process" : "process " + pid;
}

}  // namespace

Result<WriteLock> WriteLock::acquire(const std::string& folder, std::string_view called) {
  const std::string path = folder + "/lock";
  WriteLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.fd_ < 0) return Error(ErrorCode::kDisk, "cannot open {}: {}", path, std::strerror(errno));
  if (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return Error(ErrorCode::kDisk, "cannot lock {}: {}", path, std::strerror(errno));
    return Error(ErrorCode::kStateRefused,
                 "{} is in use by {}: one process writes to it at a time; stop that one or choose another folder with "
                 "--data",
                 called, holder_of(lock.fd_));
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock.fd_, 0) != 0 ||
      ::pwrite(lock.fd_, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    const ErrorCode code = errno == ENOSPC || errno == EDQUOT ? ErrorCode::kDiskFull : ErrorCode::kDisk;
    return Error(code, "cannot write {}: {}", path, std::strerror(errno));
  }
  return lock;
}

WriteLock::WriteLock(WriteLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

// The file stays: removing it would let two processes lock two files of the same name.
WriteLock::~WriteLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace penstock
