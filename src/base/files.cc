// SPDX-License-Identifier: Apache-2.0
#include "base/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace penstock {
namespace {

Error disk_error(std::string_view what, const std::string& path) {
  const bool full = errno == ENOSPC || errno == EDQUOT;
  return Error(full ? ErrorCode::kDiskFull : ErrorCode::kDisk, "cannot {} {}: {}", what, path, std::strerror(errno));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Result<void> write_all(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return disk_error("write", path);
    content.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

}  // namespace

Result<std::string> SystemFiles::read(const std::string& path, size_t bytes_max) const {
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return Error(ErrorCode::kBadInput, "cannot open {}: {}", path, std::strerror(errno));
  std::string content;
  char buffer[64 * 1024];
  while (true) {
    const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error(ErrorCode::kBadInput, "cannot read {}: {}", path, std::strerror(errno));
    if (got == 0) return content;
    content.append(buffer, static_cast<size_t>(got));
    if (content.size() > bytes_max) {
      return Error(ErrorCode::kBadInput, "{} is larger than the {} bytes allowed", path, bytes_max);
    }
  }
}

Result<void> Files::write_atomically(const std::string& path, std::string_view content) {
  PS_TRY(write_file(path, content));
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return sync_folder(folder.empty() ? "." : folder);
}

Result<void> SystemFiles::sync_folder(const std::string& folder) {
  Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || ::fsync(fd.get()) != 0) return disk_error("sync the folder", folder);
  return {};
}

Result<void> SystemFiles::write_file(const std::string& path, std::string_view content) {
  const std::string temporary = path + ".new";
  {
    Descriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (fd.get() < 0) return disk_error("create", temporary);
    PS_TRY(write_all(fd.get(), content, temporary));
    if (::fsync(fd.get()) != 0) return disk_error("sync", temporary);
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return disk_error("rename to", path);
  return {};
}

Result<void> SystemFiles::make_folders(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return Error(ErrorCode::kDisk, "cannot create the folder {}: {}", path, error.message());
  std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
  return {};
}

Result<void> SystemFiles::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return disk_error("remove", path);
  return {};
}

bool SystemFiles::exists(const std::string& path) const {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

Result<std::vector<std::string>> SystemFiles::list(const std::string& folder) const {
  std::error_code error;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  if (error) return Error(ErrorCode::kDisk, "cannot list {}: {}", folder, error.message());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace penstock
