// SPDX-License-Identifier: Apache-2.0
#include "bson/compare.h"

#include <array>

#include "bson/number_order.h"

namespace penstock {
namespace {

constexpr int kClassMaxKey = 16;

// By type number, 0 to 19.
constexpr std::array<int8_t, 20> kClasses = {
    1,   // missing
    3,   // double
    4,   // string
    5,   // object
    6,   // array
    7,   // binData
    1,   // undefined
    8,   // objectId
    9,   // bool
    10,  // date
    2,   // null
    12,  // regex
    13,  // dbPointer
    14,  // javascript
    4,   // symbol
    15,  // javascriptWithScope
    3,   // int
    11,  // timestamp
    3,   // long
    3,   // decimal
};

int compare_bytes(std::string_view a, std::string_view b) {
  size_t common = a.size() < b.size() ? a.size() : b.size();
  int order = common == 0 ? 0 : std::memcmp(a.data(), b.data(), common);
  return order != 0 ? sign_of(order, 0) : sign_of(a.size(), b.size());
}

int compare_by_length(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? sign_of(a.size(), b.size()) : compare_bytes(a, b);
}

int compare_binary(const Value& a, const Value& b) {
  if (a.bytes().size() != b.bytes().size()) return sign_of(a.bytes().size(), b.bytes().size());
  if (a.subtype() != b.subtype()) return sign_of(a.subtype(), b.subtype());
  return compare_bytes(a.bytes(), b.bytes());
}

int compare_arrays(Document a, Document b) {
  auto left = a.begin();
  auto right = b.begin();
  const auto left_end = a.end();
  const auto right_end = b.end();
  for (; left != left_end && right != right_end; ++left, ++right) {
    if (int order = compare(left->value, right->value)) return order;
  }
  return static_cast<int>(left != left_end) - static_cast<int>(right != right_end);
}

int compare_javascript_with_scope(const Value& a, const Value& b) {
  JavaScriptWithScope left = split_javascript_with_scope(a);
  JavaScriptWithScope right = split_javascript_with_scope(b);
  if (int order = compare_bytes(left.code, right.code)) return order;
  return compare_documents(left.scope, right.scope);
}

// Both of class `type_class`, which is not that of numbers or strings.
int compare_within(int type_class, const Value& a, const Value& b) {
  switch (type_class) {
    case 5: return compare_documents(a.as_object(), b.as_object());
    case 6: return compare_arrays(a.as_array(), b.as_array());
    case 7: return compare_binary(a, b);
    case 9: return sign_of(a.as_bool(), b.as_bool());
    case 10: return sign_of(a.as_date().ms, b.as_date().ms);
    case 11: return sign_of(a.as_timestamp(), b.as_timestamp());
    case 13: return compare_by_length(a.bytes(), b.bytes());
    case 15: return compare_javascript_with_scope(a, b);
    case 8:   // objectId
    case 12:  // Regex: the NUL between pattern and flags sorts below every other byte.
    case 14: return compare_bytes(a.bytes(), b.bytes());
    default: return 0;
  }
}

}  // namespace

int type_class(Type type) {
  auto n = static_cast<uint8_t>(type);
  if (n < kClasses.size()) return kClasses[n];
  return type == Type::kMinKey ? 0 : kClassMaxKey;
}

int compare(const Value& a, const Value& b) {
  if (a.type() == b.type()) {
    switch (a.type()) {
      case Type::kInt: return sign_of(a.as_int(), b.as_int());
      case Type::kLong: return sign_of(a.as_long(), b.as_long());
      case Type::kDouble: return compare_doubles(a.as_double(), b.as_double());
      case Type::kString: return compare_bytes(a.as_string(), b.as_string());
      default: break;
    }
  }
  int left = type_class(a.type());
  int right = type_class(b.type());
  if (left != right) return sign_of(left, right);
  if (left == 3) return compare_numbers(a, b);
  if (left == 4) return compare_bytes(a.bytes(), b.bytes());
  return compare_within(left, a, b);
}

int compare_documents(Document a, Document b) {
  auto left = a.begin();
  auto right = b.begin();
  const auto left_end = a.end();
  const auto right_end = b.end();
  for (; left != left_end && right != right_end; ++left, ++right) {
    int left_class = type_class(left->value.type());
    int right_class = type_class(right->value.type());
    if (left_class != right_class) return sign_of(left_class, right_class);
    if (int order = compare_bytes(left->name, right->name)) return order;
    if (int order = compare(left->value, right->value)) return order;
  }
  return static_cast<int>(left != left_end) - static_cast<int>(right != right_end);
}

}  // namespace penstock
