// SPDX-License-Identifier: Apache-2.0
#include "bson/record_scanner.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace penstock::record {
namespace {

// Powers of ten that a double holds exactly: a short decimal is then one exact division, correctly rounded.
constexpr double kExactPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr uint64_t kExactIntegers = uint64_t{1} << 53;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// The byte after one well-formed sequence of two to four bytes (Unicode table 3-7), or nullptr.
const char* after_utf8(const char* p) {
  const auto first = static_cast<unsigned char>(p[0]);
  const auto second = static_cast<unsigned char>(p[1]);
  if (first < 0xc2 || first > 0xf4 || !is_continuation(p[1])) return nullptr;
  if (first < 0xe0) return p + 2;
  if (!is_continuation(p[2])) return nullptr;
  if (first < 0xf0) {
    const bool overlong = first == 0xe0 && second < 0xa0;
    const bool surrogate = first == 0xed && second >= 0xa0;
    return overlong || surrogate ? nullptr : p + 3;
  }
  const bool overlong = first == 0xf0 && second < 0x90;
  const bool too_large = first == 0xf4 && second >= 0x90;
  return overlong || too_large || !is_continuation(p[3]) ? nullptr : p + 4;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Four hex digits, or a negative number.
int code_unit(const char* p) {
  const int a = hex_digit(p[0]), b = hex_digit(p[1]), c = hex_digit(p[2]), d = hex_digit(p[3]);
  if ((a | b | c | d) < 0) return -1;
  return a << 12 | b << 8 | c << 4 | d;
}

bool is_high_surrogate(int unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool is_low_surrogate(int unit) { return unit >= 0xdc00 && unit < 0xe000; }

char* put_utf8(uint32_t point, char* to) {
  if (point < 0x80) {
    *to++ = static_cast<char>(point);
    return to;
  }
  if (point < 0x800) {
    *to++ = static_cast<char>(0xc0 | point >> 6);
  } else {
    if (point < 0x10000) {
      *to++ = static_cast<char>(0xe0 | point >> 12);
    } else {
      *to++ = static_cast<char>(0xf0 | point >> 18);
      *to++ = static_cast<char>(0x80 | (point >> 12 & 0x3f));
    }
    *to++ = static_cast<char>(0x80 | (point >> 6 & 0x3f));
  }
  *to++ = static_cast<char>(0x80 | (point & 0x3f));
  return to;
}

// What the letter after a backslash means; 0 for none.
char simple_escape(char c) {
  switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case '"':
    case '\\':
    case '/': return c;
    default: return 0;
  }
}

// Whether a well-formed number that no double can hold is nearer to zero than to infinity: the sign of its decimal
// exponent. (std::from_chars gives one error for both.)
bool is_tiny(std::string_view number) {
  int64_t exponent = 0;  // Of the form 0.ddd, without the written exponent.
  bool leading = true, fraction = false;
  size_t i = number[0] == '-';
  for (; i < number.size() && (number[i] | 0x20) != 'e'; ++i) {
    if (number[i] == '.') {
      fraction = true;
      continue;
    }
    leading = leading && number[i] == '0';
    if (!leading && !fraction) ++exponent;
    if (leading && fraction) --exponent;
  }
  int64_t written = 0;
  const bool negative = i + 1 < number.size() && number[i + 1] == '-';
  for (; i < number.size(); ++i) {
    if (number[i] < '0' || number[i] > '9') continue;
    written = std::min<int64_t>(written * 10 + (number[i] - '0'), int64_t{1} << 40);
  }
  return exponent + (negative ? -written : written) < 0;
}

}  // namespace

const char* RecordScanner::skip_space_slowly(const char* p) const {
  while (p < end_ && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
    ++p;
  return p;
}

// From the first byte that is not plain ASCII on.
const char* RecordScanner::string_slowly(const char* p, StringSpan& span) {
  for (;;) {
    if (p >= end_) return fail(end_, "a string is not closed");
    const auto c = static_cast<unsigned char>(*p);
    if (c == '"') break;
    if (c == '\\') {
      span.escaped = true;
      p = escape(p, span);
      if (p == nullptr) return nullptr;
    } else if (c >= 0x80) {
      const char* next = after_utf8(p);
      if (next == nullptr) return fail(p, "a string is not valid UTF-8");
      p = next;
      if (static_cast<unsigned char>(*p) >= 0x80) continue;
    } else if (c < 0x20) {
      return fail(p, "a control character inside a string must be escaped");
    }
    p = find_stop(p, end_);
  }
  span.size = static_cast<size_t>(p - span.begin);
  return p + 1;
}

// Checks one escape sequence, or a pair that makes one character.
const char* RecordScanner::escape(const char* p, StringSpan& span) {
  if (p[1] != 'u') {
    if (simple_escape(p[1]) == 0) return fail(p, "unknown escape sequence in a string");
    return p + 2;
  }
  const int unit = code_unit(p + 2);
  if (unit < 0) return fail(p, "\\u must be followed by four hexadecimal digits");
  if (unit == 0) span.has_nul = true;
  if (is_low_surrogate(unit)) return fail(p, "a low surrogate without the high one before it");
  if (!is_high_surrogate(unit)) return p + 6;
  if (p[6] != '\\' || p[7] != 'u' || !is_low_surrogate(code_unit(p + 8)))
    return fail(p, "a high surrogate without the low one after it");
  return p + 12;
}

char* unescape(const StringSpan& span, char* to) {
  const char* p = span.begin;
  const char* const end = p + span.size;
  while (p < end) {
    const auto* stop = static_cast<const char*>(std::memchr(p, '\\', static_cast<size_t>(end - p)));
    if (stop == nullptr) stop = end;
    std::memcpy(to, p, static_cast<size_t>(stop - p));
    to += stop - p;
    if (stop == end) break;
    if (stop[1] != 'u') {
      *to++ = simple_escape(stop[1]);
      p = stop + 2;
      continue;
    }
    auto point = static_cast<uint32_t>(code_unit(stop + 2));
    p = stop + 6;
    if (is_high_surrogate(static_cast<int>(point))) {
      point = 0x10000 + ((point - 0xd800) << 10) + (static_cast<uint32_t>(code_unit(stop + 8)) - 0xdc00);
      p = stop + 12;
    }
    to = put_utf8(point, to);
  }
  return to;
}

// Any number of digits; `value` goes on and wraps silently after 19 of them.
const char* RecordScanner::digits(const char* p, uint64_t& value) {
  for (;;) {
    const uint64_t bytes = digit_bytes(p);
    const uint64_t marks = nondigit_marks(bytes);
    if (marks != 0) {
      const unsigned count = static_cast<unsigned>(std::countr_zero(marks)) / 8;
      if (count != 0) value = value * kPowersOfTen[count] + first_digits(bytes, count);
      return p + count;
    }
    value = value * kPowersOfTen[8] + eight_digits(bytes);
    p += 8;
    if (p >= end_) return p;
  }
}

const char* RecordScanner::number(const char* p, Value& to) {
  const char* const begin = p;
  const bool negative = *p == '-';
  p += negative;
  PlainNumber plain;
  if (const char* next = plain_number(p, plain)) {
    if (plain.is_real) {
      to = Value::number(negative ? -plain.real : plain.real);
    } else {
      to = integer_value(negative ? -plain.integer : plain.integer);
    }
    return next;
  }
  return long_number(begin, p, negative, to);
}

// Any number, from its first digit on.
const char* RecordScanner::long_number(const char* begin, const char* p, bool negative, Value& to) {
  const char* const whole = p;
  uint64_t value = 0;
  p = digits(p, value);
  const auto whole_size = static_cast<size_t>(p - whole);
  if (whole_size == 0) return expected(whole, "a digit");
  if (*whole == '0' && whole_size > 1) return fail(whole, "a number must not start with 0");
  if (!continues_number(*p)) {
    // The magnitude of the lowest long is one more than that of the highest.
    const uint64_t largest = uint64_t{std::numeric_limits<int64_t>::max()} + negative;
    if (whole_size > 19 || value > largest) return exact_number(begin, p, to);
    to = integer_value(static_cast<int64_t>(negative ? 0 - value : value));
    return p;
  }
  size_t fraction_size = 0;
  if (*p == '.') {
    const char* const fraction = ++p;
    p = digits(p, value);
    fraction_size = static_cast<size_t>(p - fraction);
    if (fraction_size == 0) return expected(fraction, "a digit after the decimal point");
  }
  if ((*p | 0x20) == 'e') {
    ++p;
    p += *p == '+' || *p == '-';
    const char* const exponent = p;
    uint64_t unused = 0;
    p = digits(p, unused);
    if (p == exponent) return expected(exponent, "a digit in the exponent");
    return exact_number(begin, p, to);
  }
  if (whole_size + fraction_size > 19 || value > kExactIntegers) return exact_number(begin, p, to);
  const double magnitude = static_cast<double>(value) / kExactPowers[fraction_size];
  to = Value::number(negative ? -magnitude : magnitude);
  return p;
}

// A well-formed number, whatever its length; `end` may lie behind the text if that ends in digits.
const char* RecordScanner::exact_number(const char* begin, const char* end, Value& to) {
  if (end >= end_) return expected(end_, "',', '}' or ']' after a number");
  double d = 0;
  const auto [stop, code] = std::from_chars(begin, end, d);
  if (code == std::errc::result_out_of_range) {
    const bool tiny = is_tiny({begin, static_cast<size_t>(end - begin)});
    d = !tiny ? std::numeric_limits<double>::infinity() : *begin == '-' ? -0.0 : 0.0;
  }
  if (!std::isfinite(d)) return fail(begin, "the number is too large for a double");
  to = Value::number(d);
  return end;
}

const char* RecordScanner::literal(const char* p, Value& to) {
  if (std::memcmp(p, "true", 4) == 0) {
    to = Value::boolean(true);
    return p + 4;
  }
  if (std::memcmp(p, "false", 5) == 0) {
    to = Value::boolean(false);
    return p + 5;
  }
  if (std::memcmp(p, "null", 4) == 0) {
    to = Value::null();
    return p + 4;
  }
  return expected(p, "a value");
}

const char* RecordScanner::fail(const char* at, const char* what, ErrorCode code) {
  if (failed()) return nullptr;
  error_at_ = at;
  error_what_ = what;
  error_code_ = code;
  error_expected_ = false;
  return nullptr;
}

const char* RecordScanner::expected(const char* at, const char* what) {
  if (failed()) return nullptr;
  fail(at, what);
  error_expected_ = true;
  return nullptr;
}

Error RecordScanner::error() const {
  PS_CHECK(failed());
  if (error_code_ != ErrorCode::kFailedToParse) return Error::of(error_code_, error_what_);
  if (error_at_ >= end_) {
    return Error(error_code_, "invalid JSON: the text ends too early, at byte {}: {}{}", end_ - begin_,
                 error_expected_ ? "expected " : "", error_what_);
  }
  const auto offset = error_at_ - begin_;
  if (!error_expected_) return Error(error_code_, "invalid JSON at byte {}: {}", offset, error_what_);
  const auto found = static_cast<unsigned char>(*error_at_);
  if (found < 0x20 || found >= 0x7f) {
    return Error(error_code_, "invalid JSON at byte {}: expected {}, found byte 0x{:02x}", offset, error_what_, found);
  }
  return Error(error_code_, "invalid JSON at byte {}: expected {}, found '{}'", offset, error_what_,
               static_cast<char>(found));
}

}  // namespace penstock::record
