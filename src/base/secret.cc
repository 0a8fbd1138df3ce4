// SPDX-License-Identifier: Apache-2.0
#include "base/secret.h"

#include <string.h>
#include <sys/mman.h>

#include <utility>

#include "base/check.h"

namespace penstock {

Secret::Secret(std::string_view text) : size_(text.size()) {
  if (text.empty()) return;
  void* mapping = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  PS_CHECK(mapping != MAP_FAILED, "a page for a secret");
  // Both are extra walls: a kernel or a limit that refuses them leaves the secret as safe as other memory.
  static_cast<void>(madvise(mapping, size_, MADV_DONTDUMP));
  static_cast<void>(mlock(mapping, size_));
  data_ = static_cast<char*>(mapping);
  memcpy(data_, text.data(), size_);
}

Secret::Secret(Secret&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

Secret::~Secret() {
  if (data_ == nullptr) return;
  explicit_bzero(data_, size_);
  munmap(data_, size_);
}

bool Secret::equals(std::string_view text) const {
  unsigned char difference = text.size() == size_ ? 0 : 1;
  for (size_t i = 0; i < text.size() && size_ > 0; ++i)
    difference |= static_cast<unsigned char>(text[i]) ^ static_cast<unsigned char>(data_[i % size_]);
  return difference == 0;
}

}  // namespace penstock
