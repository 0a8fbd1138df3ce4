// SPDX-License-Identifier: Apache-2.0
#include "bson/record_nested.h"

#include <charconv>

#include "bson/record_extended.h"

namespace penstock::record {
namespace {

// The name of an array element, with its NUL. At most 11 bytes.
char* put_index(uint32_t index, char* out) {
  if (index < 10) [[likely]] {
    *out++ = static_cast<char>('0' + index);
  } else {
    out = std::to_chars(out, out + 10, index).ptr;
  }
  *out++ = 0;
  return out;
}

}  // namespace

char* BsonBuffer::grow(char* at, size_t size) {
  const auto used = static_cast<size_t>(at - base_);
  const size_t needed = used + size + kSlack;
  if (needed > kDocumentBytesMax + 2 * kSlack) return nullptr;
  const size_t capacity = needed * 2;
  // The arena does not touch what is given back, so the bytes are still there, and often the same place can just be
  // made longer.
  arena_->shrink(base_, 0);
  char* larger = arena_->allocate(capacity);
  if (larger != base_) std::memmove(larger, base_, used);
  base_ = larger;
  limit_ = larger + capacity;
  return base_ + used;
}

Cursor NestedValues::too_large() {
  scanner_.fail(scanner_.end(), "the document would be larger than 16777216 bytes", ErrorCode::kBsonObjectTooLarge);
  return failed();
}

template <bool kBuild>
Cursor NestedValues::value(Cursor at, size_t type_offset, unsigned depth) {
  at.text = scanner_.skip_space(at.text);
  if (at.text >= scanner_.end()) {
    scanner_.expected(at.text, "a value");
    return failed();
  }
  switch (*at.text) {
    case '"': return string<kBuild>(at, type_offset);
    case '{':
    case '[': return container<kBuild>(at, type_offset, depth + 1);
    default: return scalar<kBuild>(at, type_offset);
  }
}

template <bool kBuild>
Cursor NestedValues::container(Cursor at, size_t type_offset, unsigned depth) {
  if (depth > kDepthMax) {
    scanner_.fail(at.text, "more than 180 levels of objects and arrays");
    return failed();
  }
  const bool is_array = *at.text++ == '[';
  const size_t start = kBuild ? static_cast<size_t>(at.out - buffer_.base()) : 0;
  bool dollar = false;
  at = is_array ? array<kBuild>(at, depth) : object<kBuild>(at, depth, dollar);
  if constexpr (kBuild) {
    if (at.text == nullptr) return at;
    buffer_.base()[type_offset] = static_cast<char>(is_array ? Type::kArray : Type::kObject);
    if (dollar) at.out = replace_extended(type_offset, start, at.out);
  }
  return at;
}

template <bool kBuild>
Cursor NestedValues::closed(Cursor at, size_t start) {
  if constexpr (kBuild) {
    at.out = buffer_.reserve(at.out, 0);
    if (at.out == nullptr) return too_large();
    *at.out++ = 0;
    const auto size = static_cast<int32_t>(at.out - buffer_.base() - static_cast<ptrdiff_t>(start));
    std::memcpy(buffer_.base() + start, &size, sizeof size);
  }
  return at;
}

template <bool kBuild>
Cursor NestedValues::object(Cursor at, unsigned depth, bool& dollar) {
  size_t start = 0;
  if constexpr (kBuild) {
    start = static_cast<size_t>(at.out - buffer_.base());
    at.out += 4;
  }
  at.text = scanner_.skip_space(at.text);
  if (*at.text == '}') return closed<kBuild>({at.text + 1, at.out}, start);
  for (bool first = true;; first = false) {
    size_t type_offset = 0;
    if constexpr (kBuild) {
      at.out = buffer_.reserve(at.out, 0);
      if (at.out == nullptr) return too_large();
      type_offset = static_cast<size_t>(at.out - buffer_.base());
      ++at.out;
    }
    bool with_dollar = false;
    at = name<kBuild>(at, with_dollar);
    if (at.text == nullptr) return at;
    if (first) dollar = with_dollar;
    at = value<kBuild>(at, type_offset, depth);
    if (at.text == nullptr) return at;
    at.text = scanner_.skip_space(at.text);
    if (at.text < scanner_.end()) [[likely]] {
      if (*at.text == '}') return closed<kBuild>({at.text + 1, at.out}, start);
      if (*at.text == ',') {
        at.text = scanner_.skip_space(at.text + 1);
        continue;
      }
    }
    scanner_.expected(at.text, "',' or '}'");
    return failed();
  }
}

// A name with its colon.
template <bool kBuild>
Cursor NestedValues::name(Cursor at, bool& dollar) {
  const char* const quote = at.text;
  if (quote >= scanner_.end() || *quote != '"') {
    scanner_.expected(quote, "a name in quotes");
    return failed();
  }
  StringSpan span;
  at.text = scanner_.string(quote + 1, span);
  if (at.text == nullptr) return failed();
  if (span.has_nul) {
    scanner_.fail(quote, "a name must not contain \\u0000");
    return failed();
  }
  if constexpr (kBuild) {
    at.out = buffer_.reserve(at.out, span.size);
    if (at.out == nullptr) return too_large();
    char* const begin = at.out;
    if (span.escaped) [[unlikely]] {
      at.out = unescape(span, at.out);
    } else {
      copy_loosely(at.out, span.begin, span.size);
      at.out += span.size;
    }
    *at.out++ = 0;
    dollar = *begin == '$';
  }
  at.text = scanner_.skip_space(at.text);
  if (at.text >= scanner_.end() || *at.text != ':') {
    scanner_.expected(at.text, "':'");
    return failed();
  }
  ++at.text;
  return at;
}

template <bool kBuild>
Cursor NestedValues::array(Cursor at, unsigned depth) {
  size_t start = 0;
  if constexpr (kBuild) {
    start = static_cast<size_t>(at.out - buffer_.base());
    at.out += 4;
  }
  at.text = scanner_.skip_space(at.text);
  if (*at.text == ']') return closed<kBuild>({at.text + 1, at.out}, start);
  for (uint32_t index = 0;; ++index) {
    size_t type_offset = 0;
    if constexpr (kBuild) {
      at.out = buffer_.reserve(at.out, 0);
      if (at.out == nullptr) return too_large();
      type_offset = static_cast<size_t>(at.out - buffer_.base());
      at.out = put_index(index, at.out + 1);
    }
    at = value<kBuild>(at, type_offset, depth);
    if (at.text == nullptr) return at;
    at.text = scanner_.skip_space(at.text);
    if (at.text < scanner_.end()) [[likely]] {
      if (*at.text == ']') return closed<kBuild>({at.text + 1, at.out}, start);
      if (*at.text == ',') {
        ++at.text;
        continue;
      }
    }
    scanner_.expected(at.text, "',' or ']'");
    return failed();
  }
}

template <bool kBuild>
Cursor NestedValues::string(Cursor at, size_t type_offset) {
  StringSpan span;
  at.text = scanner_.string(at.text + 1, span);
  if (at.text == nullptr) return failed();
  if constexpr (kBuild) {
    at.out = buffer_.reserve(at.out, span.size);
    if (at.out == nullptr) return too_large();
    buffer_.base()[type_offset] = static_cast<char>(Type::kString);
    if (!span.escaped) [[likely]] {
      at.out = put_string(span.begin, span.size, at.out);
      return at;
    }
    char* const end = unescape(span, at.out + 4);
    *end = 0;
    const auto length = static_cast<int32_t>(end + 1 - (at.out + 4));
    std::memcpy(at.out, &length, sizeof length);
    at.out = end + 1;
  }
  return at;
}

template <bool kBuild>
Cursor NestedValues::scalar(Cursor at, size_t type_offset) {
  const char c = *at.text;
  Value to;
  at.text = c == '-' || (c >= '0' && c <= '9') ? scanner_.number(at.text, to) : scanner_.literal(at.text, to);
  if (at.text == nullptr) return failed();
  if constexpr (kBuild) {
    at.out = buffer_.reserve(at.out, 0);
    if (at.out == nullptr) return too_large();
    buffer_.base()[type_offset] = static_cast<char>(to.type());
    at.out = put_scalar(to, at.out);
  }
  return at;
}

char* NestedValues::replace_extended(size_t type_offset, size_t start, char* out) {
  char* const at = buffer_.base() + start;
  const std::optional<Type> type = read_extended(Document(at), payload_);
  if (!type) return out;
  PS_CHECK(payload_.size() <= static_cast<size_t>(out - at), "an Extended JSON value is never longer than its object");
  std::memcpy(at, payload_.data(), payload_.size());
  buffer_.base()[type_offset] = static_cast<char>(*type);
  return at + payload_.size();
}

template Cursor NestedValues::value<true>(Cursor, size_t, unsigned);
template Cursor NestedValues::value<false>(Cursor, size_t, unsigned);
template Cursor NestedValues::array<true>(Cursor, unsigned);
template Cursor NestedValues::closed<true>(Cursor, size_t);

}  // namespace penstock::record
