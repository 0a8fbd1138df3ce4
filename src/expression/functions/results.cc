// SPDX-License-Identifier: Apache-2.0
#include "expression/functions/results.h"

#include <algorithm>

#include "bson/ejson.h"
#include "bson/iso_date.h"
#include "bson/number.h"
#include "time/time_zone.h"

namespace penstock {
namespace {

// "Jan  1 00:01:40:2", UTC and without a year: so it was measured.
std::string timestamp_text(uint64_t timestamp) {
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = static_cast<int64_t>(timestamp >> 32);
  const CivilTime civil = TimeZone::utc().to_civil({seconds * 1000});
  return fmt::format("{} {:2} {:02}:{:02}:{:02}:{}", kMonths[civil.month - 1], civil.day, civil.hour, civil.minute,
                     civil.second, timestamp & 0xFFFFFFFF);
}

Result<std::string> date_text(EventTime t) {
  std::string text;
  if (append_iso_date(t, text)) return text;
  return Error(ErrorCode{18537},
               "Could not convert date to string: date component was outside the supported range of "
               "0-9999: {}",
               TimeZone::utc().to_civil(t).year);
}

}  // namespace

Error string_too_long() { return Error(ErrorCode{16493}, "Tried to create string longer than 16MB"); }

Error container_too_large(std::string_view function) {
  return Error(ErrorCode{146}, "{} would use too much memory. Memory limit: {} bytes", function, kContainerBytesMax);
}

std::vector<Value> elements_of(Document array) {
  std::vector<Value> elements;
  elements.reserve(array.count());
  for (const Element& element : array)
    elements.push_back(element.value);
  return elements;
}

std::optional<int32_t> whole_int(const Value& value) {
  if (value.type() == Type::kInt) return value.as_int();
  if (!value.is_number()) return std::nullopt;
  const auto n = to_integral(value);
  if (!n || *n != static_cast<int32_t>(*n)) return std::nullopt;
  return static_cast<int32_t>(*n);
}

Result<size_t> index_bound(std::string_view function, int32_t code, std::string_view which, const Value& value) {
  const auto n = whole_int(value);
  if (!n) {
    return Error(ErrorCode{code}, "{} requires an integral {} index, found a value of type: {}, with value: {}",
                 function, which, type_name(value.type()), to_text(value));
  }
  if (*n < 0) {
    return Error(ErrorCode{code + 1}, "{} requires a nonnegative {} index, found: {}", function, which, *n);
  }
  return static_cast<size_t>(*n);
}

Result<std::string_view> text_of(const Value& value, Arena& arena) {
  switch (value.type()) {
    case Type::kString:
    case Type::kSymbol:
    case Type::kJavaScript: return value.bytes();
    case Type::kMissing:
    case Type::kNull:
    case Type::kUndefined: return std::string_view();
    case Type::kInt:
    case Type::kLong: return arena.copy(std::to_string(value.as_integer()));
    // Six digits, "1e+06", "nan": other than what $toString gives, as measured.
    case Type::kDouble: return arena.copy(fmt::format("{:g}", value.as_double()));
    case Type::kDecimal: return arena.copy(decimal_to_text(value.as_decimal()));
    case Type::kTimestamp: return arena.copy(timestamp_text(value.as_timestamp()));
    case Type::kDate: {
      PS_TRY(const std::string text, date_text(value.as_date()));
      return arena.copy(text);
    }
    default: return Error(ErrorCode{16007}, "can't convert from BSON type {} to String", type_name(value.type()));
  }
}

size_t count_code_points(std::string_view text) {
  return text.size() - static_cast<size_t>(std::count_if(text.begin(), text.end(), is_continuation_byte));
}

size_t code_point_bytes(char first) {
  const auto c = static_cast<unsigned char>(first);
  return c < 0xC0 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

}  // namespace penstock
