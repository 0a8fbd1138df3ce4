// SPDX-License-Identifier: Apache-2.0
// The words of a record's JSON text: strings, numbers, literals, white space; and place and reason of the first error.
// Built for speed; texts that people write are read by ejson.h.
//
// Scanning works on 16 bytes at a time and may look past the end of the text (JsonDecoder::kPadding bytes are
// readable, their content is arbitrary), so a word may seem to end behind the text. Who calls the scanner compares
// with end() before it starts a word; a word that starts inside the text and ends behind it is always an error later,
// because a record ends with '}' or ']'.
// Positions are plain pointers; nullptr means: failed, error() says why. Thread: one owner.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/result.h"
#include "bson/value.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace penstock::record {

static_assert(std::endian::native == std::endian::little, "BSON is written by plain stores");

inline uint64_t load8(const char* p) {
  uint64_t n;
  std::memcpy(&n, p, sizeof n);
  return n;
}

#ifdef __SSE2__
// Bit i is set when byte i may not just be skipped inside a string: quote, backslash, control character, non-ASCII.
inline uint32_t stop_mask16(const char* p) {
  const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  const __m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
  const __m128i backslash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
  const __m128i other = _mm_cmpgt_epi8(_mm_set1_epi8(0x20), v);  // signed: catches 0x80..0xff too
  return static_cast<uint32_t>(_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), other)));
}
// Bit i is set when the bytes at i are equal, for 32 bytes.
inline uint32_t equal_mask32(const char* a, const char* b) {
  const auto half = [&](int at) {
    const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(a + at));
    const __m128i y = _mm_loadu_si128(reinterpret_cast<const __m128i*>(b + at));
    return static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(x, y)));
  };
  return half(0) | half(16) << 16;
}
#else
inline uint32_t stop_mask16(const char* p) {
  uint32_t mask = 0;
  for (int i = 0; i < 16; ++i) {
    const auto c = static_cast<unsigned char>(p[i]);
    mask |= static_cast<uint32_t>(c == '"' || c == '\\' || c < 0x20 || c >= 0x80) << i;
  }
  return mask;
}
inline uint32_t equal_mask32(const char* a, const char* b) {
  uint32_t mask = 0;
  for (int i = 0; i < 32; ++i)
    mask |= static_cast<uint32_t>(a[i] == b[i]) << i;
  return mask;
}
#endif

inline void copy16(char* to, const char* from) { std::memcpy(to, from, 16); }
// Copies `size` bytes and up to 16 more: both sides have that room.
inline void copy_loosely(char* to, const char* from, size_t size) {
  copy16(to, from);
  if (size <= 16) [[likely]]
    return;
  if (size > 256) {
    std::memcpy(to, from, size);
    return;
  }
  for (size_t i = 16; i < size; i += 16)
    copy16(to + i, from + i);
}

// The first byte that a string may not just run over, at or after `p`; if it is not before `end` the string is open.
inline const char* find_stop(const char* p, const char* end) {
  for (;;) {
    const uint32_t mask = stop_mask16(p);
    if (mask != 0) return p + std::countr_zero(mask);
    p += 16;
    if (p >= end) return p;
  }
}

// Digits eight at a time: '0'..'9' become 0..9 by the xor, and adding 0x76 carries all others over 0x7f. Bytes after
// the first other one may be marked wrongly; only the first counts.
inline uint64_t digit_bytes(const char* p) { return load8(p) ^ 0x3030303030303030; }
inline uint64_t nondigit_marks(uint64_t digits) {
  return ((digits + 0x7676767676767676) | digits) & 0x8080808080808080;
}
// The value of eight digits, first digit in the lowest byte: pairs, fours, eights.
inline uint64_t eight_digits(uint64_t digits) {
  digits = digits * 10 + (digits >> 8);
  return (((digits & 0x000000ff000000ff) * 0x000f424000000064) +
          (((digits >> 16) & 0x000000ff000000ff) * 0x0000271000000001)) >>
         32;
}
// The value of the first `count` (1..7) of eight digits.
inline uint64_t first_digits(uint64_t digits, unsigned count) { return eight_digits(digits << (64 - 8 * count)); }

inline constexpr uint64_t kPowersOfTen[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};

inline bool continues_number(char c) { return c == '.' || (c | 0x20) == 'e'; }

inline constexpr double kExactPowersOfTen[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8};

// A number without sign as most are: an integer of 1 to 15 digits, or up to 7 digits before the point and 7 after it.
struct PlainNumber {
  int64_t integer = 0;
  double real = 0;
  bool is_real = false;
};

// Gives the end of the number; nullptr for any other number, also for what is none. Inlined, as a call costs as much.
[[gnu::always_inline]] inline const char* plain_number(const char* p, PlainNumber& to) {
  const uint64_t digits = digit_bytes(p);
  const uint64_t marks = nondigit_marks(digits);
  if (marks == 0) {
    if (*p == '0') return nullptr;
    const uint64_t more = digit_bytes(p + 8);
    const uint64_t more_marks = nondigit_marks(more);
    if (more_marks == 0) return nullptr;
    const auto count = static_cast<unsigned>(std::countr_zero(more_marks)) / 8;
    const uint64_t high = eight_digits(digits);
    to.integer = static_cast<int64_t>(count == 0 ? high : high * kPowersOfTen[count] + first_digits(more, count));
    p += 8 + count;
    return continues_number(*p) ? nullptr : p;
  }
  const auto count = static_cast<unsigned>(std::countr_zero(marks)) / 8;
  if (count == 0 || (*p == '0' && count > 1)) return nullptr;
  const uint64_t whole = first_digits(digits, count);
  p += count;
  to.integer = static_cast<int64_t>(whole);
  if (!continues_number(*p)) return p;
  if (*p != '.') return nullptr;
  const uint64_t fraction = digit_bytes(p + 1);
  const uint64_t fraction_marks = nondigit_marks(fraction);
  const auto places = static_cast<unsigned>(std::countr_zero(fraction_marks)) / 8;
  if (fraction_marks == 0 || places == 0) return nullptr;
  p += 1 + places;
  if (continues_number(*p)) return nullptr;
  // Both are exact in a double, so that the quotient is the nearest one to the decimal.
  to.real =
      static_cast<double>(whole * kPowersOfTen[places] + first_digits(fraction, places)) / kExactPowersOfTen[places];
  to.is_real = true;
  return p;
}

inline Value integer_value(int64_t n) {
  return n == static_cast<int32_t>(n) ? Value::int32(static_cast<int32_t>(n)) : Value::int64(n);
}

// A string between its quotes, as it stands in the text.
struct StringSpan {
  const char* begin = nullptr;
  size_t size = 0;
  bool escaped = false;
  bool has_nul = false;  // There is a \u0000 in it.
};

class RecordScanner {
 public:
  // `text`: for positions in errors; scanning may start later in it.
  void start(std::string_view text) {
    begin_ = text.data();
    end_ = begin_ + text.size();
    error_at_ = nullptr;
  }
  const char* end() const { return end_; }

  // The next byte that is not white space, or end().
  const char* skip_space(const char* p) const {
    if (p < end_ && static_cast<unsigned char>(*p) > ' ') return p;
    return skip_space_slowly(p);
  }
  // `p` follows the opening quote; the result follows the closing one. All of the string is checked.
  const char* string(const char* p, StringSpan& span) {
    const char* stop = find_stop(p, end_);
    span = {p, static_cast<size_t>(stop - p)};
    if (stop < end_ && *stop == '"') [[likely]]
      return stop + 1;
    return string_slowly(stop, span);
  }
  // `p` is at the sign or the first digit. Gives int, long or double as json_decoder.h says.
  const char* number(const char* p, Value& to);
  // true, false, null. Anything else is the error "expected a value".
  const char* literal(const char* p, Value& to);

  // Remember the first error; both give nullptr, so that `return fail(...)` reads well.
  const char* fail(const char* at, const char* what, ErrorCode code = ErrorCode::kFailedToParse);
  const char* expected(const char* at, const char* what);
  bool failed() const { return error_at_ != nullptr; }
  Error error() const;

 private:
  const char* skip_space_slowly(const char* p) const;
  const char* string_slowly(const char* p, StringSpan& span);
  const char* escape(const char* p, StringSpan& span);
  const char* digits(const char* p, uint64_t& value);
  const char* long_number(const char* begin, const char* p, bool negative, Value& to);
  const char* exact_number(const char* begin, const char* end, Value& to);

  const char* begin_ = nullptr;
  const char* end_ = nullptr;
  const char* error_at_ = nullptr;
  const char* error_what_ = nullptr;
  bool error_expected_ = false;
  ErrorCode error_code_ = ErrorCode::kFailedToParse;
};

// Writes the meaning of a checked string; it is never longer than its text. Gives the end of what was written.
char* unescape(const StringSpan& span, char* to);

}  // namespace penstock::record
