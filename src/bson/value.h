// SPDX-License-Identifier: Apache-2.0
// A BSON value as the engine sees it: 16 bytes, trivially copyable, type plus inline number or pointer to bytes.
//
//   | type 1 | subtype 1 | - 2 | size 4 | number 8  or  pointer 8 |
//
// A pointer leads into a record, a BSON document or an arena; whoever keeps a Value beyond the batch copies its bytes
// (Value::copied_to). Objects and arrays are always whole, valid BSON bytes: there is no second representation.
// Rules of types and order: reference mql-semantics 1. Missing is a type of its own and never stored in a document.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/arena.h"
#include "base/check.h"
#include "base/clock.h"

namespace penstock {

// Numbers as in BSON (https://bsonspec.org); kMissing is ours.
enum class Type : uint8_t {
  kMissing = 0,
  kDouble = 1,
  kString = 2,
  kObject = 3,
  kArray = 4,
  kBinData = 5,
  kUndefined = 6,
  kObjectId = 7,
  kBool = 8,
  kDate = 9,
  kNull = 10,
  kRegex = 11,
  kDbPointer = 12,
  kJavaScript = 13,
  kSymbol = 14,
  kJavaScriptWithScope = 15,
  kInt = 16,
  kTimestamp = 17,
  kLong = 18,
  kDecimal = 19,
  kMaxKey = 127,
  kMinKey = 255,
};

// The alias that $type gives and error texts use: "int", "string", "missing".
std::string_view type_name(Type type);

// IEEE 754-2008 decimal128, BID encoding, as its 16 BSON bytes (little endian: low word first).
struct Decimal {
  uint64_t low = 0;
  uint64_t high = 0;
};

// 12 bytes: 4 bytes of seconds, big endian, then 8 that make it unique.
struct ObjectId {
  unsigned char bytes[12] = {};
};

class Document;

class Value {
 public:
  constexpr Value() : long_(0) {}

  static Value missing() { return {}; }
  static Value null() { return Value(Type::kNull); }
  static Value min_key() { return Value(Type::kMinKey); }
  static Value max_key() { return Value(Type::kMaxKey); }
  static Value undefined() { return Value(Type::kUndefined); }
  static Value boolean(bool b) { return Value(Type::kBool, b); }
  static Value int32(int32_t n) { return Value(Type::kInt, n); }
  static Value int64(int64_t n) { return Value(Type::kLong, n); }
  static Value date(EventTime t) { return Value(Type::kDate, t.ms); }
  // seconds in the high, ordinal in the low half, as in BSON.
  static Value timestamp(uint64_t t) { return Value(Type::kTimestamp, static_cast<int64_t>(t)); }
  static Value number(double d) {
    Value v(Type::kDouble);
    v.double_ = d;
    return v;
  }
  // The text is not copied and must live as long as the value. Likewise all below.
  static Value string(std::string_view text) { return Value(Type::kString, text.data(), text.size()); }
  static Value symbol(std::string_view text) { return Value(Type::kSymbol, text.data(), text.size()); }
  static Value javascript(std::string_view text) { return Value(Type::kJavaScript, text.data(), text.size()); }
  static Value object(Document document);
  static Value array(Document document);  // Keys "0", "1", ... as BSON stores them.
  static Value bin_data(uint8_t subtype, std::string_view bytes) {
    Value v(Type::kBinData, bytes.data(), bytes.size());
    v.subtype_ = subtype;
    return v;
  }
  static Value object_id(const ObjectId* id) { return Value(Type::kObjectId, reinterpret_cast<const char*>(id), 12); }
  static Value decimal(const Decimal* d) { return Value(Type::kDecimal, reinterpret_cast<const char*>(d), 16); }
  // `bytes` = pattern, NUL, flags, NUL, as in BSON.
  static Value regex(std::string_view bytes) { return Value(Type::kRegex, bytes.data(), bytes.size()); }
  // Any type whose payload is just bytes here (dbPointer, javascriptWithScope): the payload as in BSON.
  static Value raw(Type type, std::string_view bytes) { return Value(type, bytes.data(), bytes.size()); }

  Type type() const { return type_; }
  bool is_missing() const { return type_ == Type::kMissing; }
  // Null, missing or undefined (reference mql-semantics 0).
  bool is_nullish() const { return type_ == Type::kMissing || type_ == Type::kNull || type_ == Type::kUndefined; }
  bool is_number() const {
    return type_ == Type::kInt || type_ == Type::kLong || type_ == Type::kDouble || type_ == Type::kDecimal;
  }
  bool is_object() const { return type_ == Type::kObject; }
  bool is_array() const { return type_ == Type::kArray; }
  bool is_string() const { return type_ == Type::kString; }

  // Each accessor needs its type: asking for another one is our bug.
  bool as_bool() const { return expect(Type::kBool).long_ != 0; }
  int32_t as_int() const { return static_cast<int32_t>(expect(Type::kInt).long_); }
  int64_t as_long() const { return expect(Type::kLong).long_; }
  // Int, long: the value without regard to width.
  int64_t as_integer() const {
    PS_CHECK(type_ == Type::kInt || type_ == Type::kLong);
    return long_;
  }
  double as_double() const { return expect(Type::kDouble).double_; }
  EventTime as_date() const { return {expect(Type::kDate).long_}; }
  uint64_t as_timestamp() const { return static_cast<uint64_t>(expect(Type::kTimestamp).long_); }
  Decimal as_decimal() const {
    Decimal d;
    std::memcpy(&d, expect(Type::kDecimal).data_, sizeof d);
    return d;
  }
  std::string_view as_string() const { return {expect(Type::kString).data_, size_}; }
  ObjectId as_object_id() const {
    ObjectId id;
    std::memcpy(id.bytes, expect(Type::kObjectId).data_, sizeof id.bytes);
    return id;
  }
  Document as_object() const;
  Document as_array() const;
  Document as_container() const;  // Object or array.
  uint8_t subtype() const { return subtype_; }
  // The payload bytes of any pointer type: text, document, binary, pattern and flags.
  std::string_view bytes() const { return {data_, size_}; }
  // The payload is behind a pointer: the types that copied_to copies.
  bool has_bytes() const {
    constexpr uint32_t kPointerTypes = 1u << 2 | 1u << 3 | 1u << 4 | 1u << 5 | 1u << 7 | 1u << 11 | 1u << 12 |
                                       1u << 13 | 1u << 14 | 1u << 15 | 1u << 19;
    auto n = static_cast<uint8_t>(type_);
    return n < 32 && (kPointerTypes >> n & 1) != 0;
  }

  // The same value with its bytes in `arena`; inline types come back as they are.
  Value copied_to(Arena& arena) const {
    if (!has_bytes() || size_ == 0) return *this;
    Value v = *this;
    v.data_ = arena.copy(bytes()).data();
    return v;
  }

 private:
  explicit constexpr Value(Type type) : type_(type), long_(0) {}
  constexpr Value(Type type, int64_t n) : type_(type), long_(n) {}
  Value(Type type, const char* data, size_t size) : type_(type), size_(static_cast<uint32_t>(size)), data_(data) {}
  const Value& expect(Type type) const {
    PS_CHECK(type_ == type);
    return *this;
  }

  Type type_ = Type::kMissing;
  uint8_t subtype_ = 0;
  uint32_t size_ = 0;
  union {
    int64_t long_;
    double double_;
    const char* data_;
  };
};
static_assert(sizeof(Value) == 16);

// Reference mql-semantics 1.4: false are false, every zero, null, missing, undefined; all else is true.
bool is_true_unless_bool(const Value& value);  // For all types but bool.
inline bool is_true(const Value& value) {
  return value.type() == Type::kBool ? value.as_bool() : is_true_unless_bool(value);
}

}  // namespace penstock
