// SPDX-License-Identifier: Apache-2.0
#include "bson/value.h"

#include "bson/number.h"

namespace penstock {

std::string_view type_name(Type type) {
  switch (type) {
    case Type::kMissing: return "missing";
    case Type::kDouble: return "double";
    case Type::kString: return "string";
    case Type::kObject: return "object";
    case Type::kArray: return "array";
    case Type::kBinData: return "binData";
    case Type::kUndefined: return "undefined";
    case Type::kObjectId: return "objectId";
    case Type::kBool: return "bool";
    case Type::kDate: return "date";
    case Type::kNull: return "null";
    case Type::kRegex: return "regex";
    case Type::kDbPointer: return "dbPointer";
    case Type::kJavaScript: return "javascript";
    case Type::kSymbol: return "symbol";
    case Type::kJavaScriptWithScope: return "javascriptWithScope";
    case Type::kInt: return "int";
    case Type::kTimestamp: return "timestamp";
    case Type::kLong: return "long";
    case Type::kDecimal: return "decimal";
    case Type::kMaxKey: return "maxKey";
    case Type::kMinKey: return "minKey";
  }
  return "unknown";
}

bool is_true_unless_bool(const Value& value) {
  switch (value.type()) {
    case Type::kMissing:
    case Type::kUndefined:
    case Type::kNull: return false;
    case Type::kBool: return value.as_bool();
    case Type::kInt:
    case Type::kLong: return value.as_integer() != 0;
    case Type::kDouble: return value.as_double() != 0;  // True for NaN.
    case Type::kDecimal: return !is_zero(value);
    default: return true;
  }
}

}  // namespace penstock
