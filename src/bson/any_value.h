// SPDX-License-Identifier: Apache-2.0
// For tests: rapidcheck generators of BSON values of every type, nested, with many near and equal numbers.
//   RC_GTEST_PROP(..., (const AnyDocument& d)) { ... d.view() ... }
#pragma once

#include <rapidcheck.h>

#include <string>
#include <string_view>

#include "bson/document.h"
#include "bson/ejson.h"

namespace penstock {

// A document whose fields have short names. Its first field is "v".
struct AnyDocument {
  std::string bytes;
  Document view() const { return Document(bytes.data()); }
  Value first() const { return view().get("v"); }
};

namespace any_value {

inline std::string any_text() {
  return *rc::gen::element<std::string>("", "a", "b", "ab", "B", "0", "$a", "\xC3\xA4", "\xF0\x9F\x98\x80", "a.b",
                                        std::string("a\0b", 3), "a rather long text, longer than sixteen bytes");
}

inline std::string any_name() { return *rc::gen::element<std::string>("a", "b", "c", "", "$d", "longer name"); }

inline std::string any_bytes() {
  return *rc::gen::element<std::string>("", "a", std::string("\0\1", 2), "0123456789abcdef", "\xFF\xFE");
}

// Numbers of all types around the places where types and their precision end.
inline Value any_number(Arena& arena) {
  auto offset = *rc::gen::inRange<int64_t>(-2, 3);
  auto base = *rc::gen::element<int64_t>(0, 100, INT32_MAX, INT32_MIN, int64_t{1} << 53, -(int64_t{1} << 53),
                                         INT64_MAX - 2, INT64_MIN + 2, 1'000'000'000'000'000'000);
  int64_t n = base + offset;
  switch (*rc::gen::inRange(0, 7)) {
    case 0: return Value::int32(static_cast<int32_t>(n));
    case 1: return Value::int64(n);
    case 2: return Value::number(static_cast<double>(n));
    case 3:
      return Value::number(*rc::gen::element(
          0.1, -0.1, 0.5, -0.0, 1e300, -1e300, 0x1p-1074, 0x1p63, -0x1p63, std::numeric_limits<double>::quiet_NaN(),
          std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()));
    case 4: return Value::number(*rc::gen::arbitrary<double>());
    case 5: {  // coefficient * 10^0 or 10^-1, then with a zero more.
      Decimal d{n < 0 ? 0 - static_cast<uint64_t>(n) : static_cast<uint64_t>(n), 0x3040000000000000};
      if (*rc::gen::arbitrary<bool>()) d = {d.low % 1'000'000'000'000'000'000 * 10, 0x303E000000000000};
      if (n < 0) d.high |= 0x8000000000000000;
      return Value::decimal(arena.make(d));
    }
    default: {
      auto high =
          *rc::gen::element<uint64_t>(0x7800000000000000, 0xF800000000000000, 0x7C00000000000000, 0xFC00000000000000,
                                      0x303E000000000000, 0xB040000000000000, 0x2FFC314DC6448D93, 0x5FFFED09BEAD87C0);
      auto low = *rc::gen::element<uint64_t>(0, 1, 5, 10, 0x378D8E63FFFFFFFF);
      return Value::decimal(arena.make(Decimal{low, high}));
    }
  }
}

inline Value any_scalar(Arena& arena) {
  using namespace std::string_view_literals;
  auto text = [&](const std::string& s) { return s.empty() ? std::string_view("") : arena.copy(s); };
  switch (*rc::gen::inRange(0, 24)) {
    case 0: return Value::null();
    case 1: return Value::undefined();
    case 2: return Value::min_key();
    case 3: return Value::max_key();
    case 4: return Value::boolean(*rc::gen::arbitrary<bool>());
    case 5: return Value::date({*rc::gen::element<int64_t>(0, -1, 1, 253402300800000, -62167219200000, INT64_MIN)});
    case 6: return Value::timestamp(*rc::gen::element<uint64_t>(0, 1, uint64_t{1} << 32, UINT64_MAX));
    case 7: return Value::symbol(text(any_text()));
    case 8: return Value::javascript(text(any_text()));
    case 9: {
      auto bytes = any_bytes();
      auto subtype = *rc::gen::element<uint8_t>(0, 4, 5, 128);
      return Value::bin_data(subtype, text(bytes));
    }
    case 10: return Value::object_id(arena.make(ObjectId{{*rc::gen::element<unsigned char>(0, 1, 255)}}));
    case 11: return Value::regex(*rc::gen::element("a\0i\0"sv, "a\0\0"sv, "\0\0"sv, "ab\0im\0"sv));
    case 12:
      return Value::raw(Type::kDbPointer, *rc::gen::element("\2\0\0\0a\0............"sv, "\3\0\0\0ab\0............"sv,
                                                            "\2\0\0\0b\0............"sv));
    case 13:  // The code "a" with the scopes {}, {x: 1} and {x: 1.0}.
      return Value::raw(
          Type::kJavaScriptWithScope,
          *rc::gen::element("\x0F\0\0\0\2\0\0\0a\0\5\0\0\0\0"sv, "\x16\0\0\0\2\0\0\0a\0\x0C\0\0\0\x10x\0\1\0\0\0\0"sv,
                            "\x1A\0\0\0\2\0\0\0a\0\x10\0\0\0\x01x\0\0\0\0\0\0\0\xF0\x3F\0"sv));
    case 14:
    case 15:
    case 16:
    case 17: return Value::string(text(any_text()));
    default: return any_number(arena);
  }
}

inline Value any_value(Arena& arena, int levels) {
  int choice = *rc::gen::inRange(0, 8);
  if (levels == 0 || choice > 1) return any_scalar(arena);
  int size = *rc::gen::inRange(0, 4);
  if (choice == 0) {
    ArrayBuilder items;
    for (int i = 0; i < size; i++)
      items.append(any_value(arena, levels - 1));
    return Value::array(items.finish_in(arena));
  }
  DocumentBuilder fields;
  for (int i = 0; i < size; i++)
    fields.append(any_name() + std::to_string(i), any_value(arena, levels - 1));
  return Value::object(fields.finish_in(arena));
}

}  // namespace any_value

inline void showValue(const AnyDocument& document, std::ostream& to) { to << to_json(document.view()); }

}  // namespace penstock

namespace rc {
template <>
struct Arbitrary<penstock::AnyDocument> {
  static Gen<penstock::AnyDocument> arbitrary() {
    return gen::exec([] {
      penstock::Arena arena;
      penstock::DocumentBuilder builder;
      builder.append("v", penstock::any_value::any_value(arena, 3));
      int more = *gen::inRange(0, 3);
      for (int i = 0; i < more; i++) {
        builder.append(penstock::any_value::any_name() + std::to_string(i), penstock::any_value::any_value(arena, 2));
      }
      return penstock::AnyDocument{builder.take()};
    });
  }
};
}  // namespace rc
