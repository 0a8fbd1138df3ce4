// SPDX-License-Identifier: Apache-2.0
// What a value is and how large (reference mql-semantics 10, 12); conversions stand in conversion.cc.
#include "bson/document.h"
#include "expression/functions/functions.h"

namespace penstock {
namespace {

Result<Value> type(std::span<const Value> arguments, EvalContext&) {
  return Value::string(type_name(arguments[0].type()));
}

Result<Value> is_number(std::span<const Value> arguments, EvalContext&) {
  return Value::boolean(arguments[0].is_number());
}

Result<Value> binary_size(std::span<const Value> arguments, EvalContext&) {
  const Value& value = arguments[0];
  if (value.is_nullish()) return Value::null();
  if (!value.is_string() && value.type() != Type::kBinData) {
    return Error(ErrorCode{51276}, "$binarySize requires a string or BinData argument, found: {}",
                 type_name(value.type()));
  }
  return Value::int32(static_cast<int32_t>(value.bytes().size()));
}

Result<Value> bson_size(std::span<const Value> arguments, EvalContext&) {
  const Value& value = arguments[0];
  if (value.is_nullish()) return Value::null();
  if (!value.is_object()) {
    return Error(ErrorCode{31393}, "$bsonSize requires a document input, found: {}", type_name(value.type()));
  }
  return Value::int32(static_cast<int32_t>(value.as_object().size()));
}

constexpr Example kBinarySizeExamples[] = {
    {R"({$binarySize: "$a"})", R"({a: "ñ"})", "2"},
    {R"({$binarySize: "$a"})", R"({})", "null"},
    {R"({$binarySize: "$a"})", R"({a: 1})", "error 51276"},
};
constexpr Example kBsonSizeExamples[] = {
    {R"({$bsonSize: "$a"})", R"({a: {b: 1}})", "12"},
    {R"({$bsonSize: "$a"})", R"({a: 1})", "error 31393"},
};
constexpr Example kIsNumberExamples[] = {
    {R"({$isNumber: "$a"})", R"({a: 1.5})", "true"},
    {R"({$isNumber: "$a"})", R"({})", "false"},
};
constexpr Example kTypeExamples[] = {
    {R"({$type: "$a"})", R"({a: 1.5})", R"("double")"},
    {R"({$type: "$a"})", R"({})", R"("missing")"},
};

constexpr Function kTypeFunctions[] = {
    {.name = "$binarySize",
     .arity = Arity::exactly(1),
     .summary = "The bytes of a string or of binary data.",
     .evaluate = binary_size,
     .examples = kBinarySizeExamples},
    {.name = "$bsonSize",
     .arity = Arity::exactly(1),
     .summary = "The bytes of a document as BSON.",
     .evaluate = bson_size,
     .examples = kBsonSizeExamples},
    {.name = "$isNumber",
     .arity = Arity::exactly(1),
     .summary = "True for an int, long, double or decimal; never null.",
     .evaluate = is_number,
     .examples = kIsNumberExamples},
    {.name = "$type",
     .arity = Arity::exactly(1),
     .summary = "The name of the argument's type: \"int\", \"string\", \"missing\", ...",
     .evaluate = type,
     .examples = kTypeExamples},
};

}  // namespace

std::span<const Function> type_functions() { return kTypeFunctions; }

}  // namespace penstock
