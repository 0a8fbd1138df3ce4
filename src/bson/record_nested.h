// SPDX-License-Identifier: Apache-2.0
// Values inside a record: written as BSON into one growing piece of arena memory, or only checked.
// Both are the same code, so what is skipped is refused for exactly the reasons for which what is built is refused.
//
// Positions in the text and in the output travel together as a Cursor in registers. The output may move when it grows:
// places in it are kept as offsets from base(). Lengths are patched when an object or array closes; an object whose
// first name starts with '$' is then looked at as Extended JSON (record_extended.h) and replaced if it is one.
// Recursion is bounded by kDepthMax. Thread: one owner.
#pragma once

#include <string>

#include "base/arena.h"
#include "bson/document.h"
#include "bson/record_scanner.h"

namespace penstock::record {

// The newest allocation of an arena, while it grows. Writers reserve what they write plus kSlack.
class BsonBuffer {
 public:
  static constexpr size_t kSlack = 48;  // For stores of whole vectors, type bytes, lengths and NULs.

  char* open(Arena& arena, size_t capacity) {
    arena_ = &arena;
    base_ = arena.allocate(capacity + kSlack);
    limit_ = base_ + capacity + kSlack;
    return base_;
  }
  char* base() const { return base_; }
  // Makes room for `size` bytes and kSlack at `at`; the result is where `at` is now. nullptr: too large for a document.
  char* reserve(char* at, size_t size) { return fits(at, size) ? at : grow(at, size); }
  bool fits(const char* at, size_t size) const { return static_cast<size_t>(limit_ - at) >= size + kSlack; }
  // Gives back what lies behind `at`.
  void close(const char* at) { arena_->shrink(base_, static_cast<size_t>(at - base_)); }

 private:
  char* grow(char* at, size_t size);

  Arena* arena_ = nullptr;
  char* base_ = nullptr;
  char* limit_ = nullptr;
};

struct Cursor {
  const char* text;  // nullptr: failed.
  char* out;
};

class NestedValues {
 public:
  explicit NestedValues(RecordScanner& scanner) : scanner_(scanner) {}
  BsonBuffer& buffer() { return buffer_; }

  // Appends the value at `at.text` to the buffer; `type_offset` is the place of its type byte. `depth` counts the
  // containers that are open around it.
  Cursor build(Cursor at, size_t type_offset, unsigned depth) { return value<true>(at, type_offset, depth); }
  // Appends the elements of the array whose '[' was just read, a whole document.
  Cursor build_array(Cursor at, unsigned depth) { return array<true>(at, depth); }
  // Ends the document that starts at `start_offset` with its NUL and its length.
  Cursor close(Cursor at, size_t start_offset) { return closed<true>(at, start_offset); }
  // The answer when the buffer could not grow.
  Cursor too_large();
  // Checks the value at `p` and gives the position after it.
  const char* skip(const char* p, unsigned depth) { return value<false>({p, nullptr}, 0, depth).text; }

 private:
  template <bool kBuild>
  Cursor value(Cursor at, size_t type_offset, unsigned depth);
  template <bool kBuild>
  Cursor container(Cursor at, size_t type_offset, unsigned depth);
  template <bool kBuild>
  Cursor object(Cursor at, unsigned depth, bool& dollar);
  template <bool kBuild>
  Cursor array(Cursor at, unsigned depth);
  template <bool kBuild>
  Cursor name(Cursor at, bool& dollar);
  template <bool kBuild>
  Cursor string(Cursor at, size_t type_offset);
  template <bool kBuild>
  Cursor scalar(Cursor at, size_t type_offset);
  template <bool kBuild>
  Cursor closed(Cursor at, size_t start);
  char* replace_extended(size_t type_offset, size_t start, char* out);
  Cursor failed() const { return {nullptr, nullptr}; }

  RecordScanner& scanner_;
  BsonBuffer buffer_;
  std::string payload_;  // Of an Extended JSON value, before it takes the place of its object.
};

// Stores the payload of a number, a boolean or null; gives the end of it.
inline char* put_scalar(const Value& value, char* out) {
  switch (value.type()) {
    case Type::kInt: {
      const int32_t n = value.as_int();
      std::memcpy(out, &n, sizeof n);
      return out + sizeof n;
    }
    case Type::kLong: {
      const int64_t n = value.as_long();
      std::memcpy(out, &n, sizeof n);
      return out + sizeof n;
    }
    case Type::kDouble: {
      const double d = value.as_double();
      std::memcpy(out, &d, sizeof d);
      return out + sizeof d;
    }
    case Type::kBool: *out = value.as_bool() ? 1 : 0; return out + 1;
    default: return out;
  }
}

// Stores a BSON string (length, bytes, NUL); 15 bytes behind both sides may be touched.
inline char* put_string(const char* from, size_t size, char* out) {
  const auto length = static_cast<int32_t>(size + 1);
  std::memcpy(out, &length, sizeof length);
  copy_loosely(out + 4, from, size);
  out[4 + size] = 0;
  return out + 5 + size;
}

}  // namespace penstock::record
