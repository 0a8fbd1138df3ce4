// SPDX-License-Identifier: Apache-2.0
// Text that nobody but its receiver may see (security S43): a password, a private key, a URI with a password.
//
// It has no formatter, no stream operator and does not turn into a string or a Value by itself: who needs the bytes
// says reveal(), at the place where they leave us for a library, a cipher or a wire. Its memory is a mapping of its
// own, left out of core dumps, locked where the system allows it, and zeroed at the end. At least a page each: not for
// what there are thousands of. A system that gives no page stops the process. Thread: as any value.
#pragma once

#include <cstddef>
#include <string_view>

namespace penstock {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view text);
  Secret(const Secret& other) : Secret(other.reveal()) {}
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret other) noexcept;
  ~Secret();

  bool empty() const { return size_ == 0; }
  std::string_view reveal() const { return {data_, size_}; }
  // Takes as long for every text of the same length.
  bool equals(std::string_view text) const;

 private:
  char* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace penstock
