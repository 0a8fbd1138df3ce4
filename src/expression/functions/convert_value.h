// SPDX-License-Identifier: Apache-2.0
// One value turned into another type (reference mql-semantics 10), for $convert and the $toX operators.
#pragma once

#include <optional>

#include "expression/expression.h"

namespace penstock {

// How text and binary data stand for each other.
enum class BinaryFormat { kBase64, kBase64Url, kHex, kUtf8, kUuid, kAuto };

struct Conversion {
  Type to = Type::kMissing;
  uint8_t subtype = 0;                 // Of binData.
  std::optional<BinaryFormat> format;  // Needed between text and binData.
  bool big_endian = false;             // Bytes of numbers in binData.
};

// `value` is not nullish. Error 241 for what cannot be converted, 4341115 where a format is missing, 18537 for the text
// of a date outside of the years 0 to 9999. Bytes live in the value or the arena.
Result<Value> convert_value(const Value& value, const Conversion& conversion, Arena& arena);

// The parts of it, by where they stand.
Error cannot_convert(const Value& value, Type to);
Error conversion_failed(std::string_view what);
// convert_text.cc
Result<Value> convert_from_string(std::string_view text, const Conversion& conversion, Arena& arena);
Result<Value> convert_to_string(const Value& value, const Conversion& conversion, Arena& arena);
// convert_binary.cc
Result<Value> convert_from_binary(const Value& value, const Conversion& conversion, Arena& arena);
Result<Value> convert_number_to_binary(const Value& number, const Conversion& conversion, Arena& arena);
Result<Value> convert_string_to_binary(std::string_view text, const Conversion& conversion, Arena& arena);

}  // namespace penstock
