// SPDX-License-Identifier: Apache-2.0
// What operators share when they read arguments and make values: bounds, texts, arrays.
//
// Bounds keep one hostile expression from taking all memory: {$reduce: {..., in: {$concat: ["$$value", "$$value"]}}}
// doubles its result with every step. They are MongoDB's where it has one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "expression/function.h"

namespace penstock {

// A string of an expression: 16 MB, and 16 kB for what stands around it in a document. Error 16493.
constexpr size_t kStringBytesMax = 16 * 1024 * 1024 + 16 * 1024;
// An array or object of an expression while it is worked on; what leaves a stage is bounded there. Error 146.
constexpr size_t kContainerBytesMax = 100 * 1024 * 1024;

Error string_too_long();
Error container_too_large(std::string_view function);

// An array that grows up to kContainerBytesMax. A missing item becomes null.
class ArrayResult {
 public:
  explicit ArrayResult(std::string_view function) : function_(function) {}
  Result<void> append(const Value& item) {
    // The bytes of an item, its name and type: a little more than it takes.
    constexpr size_t kAround = 16;
    bytes_ += kAround + (item.has_bytes() ? item.bytes().size() : 0);
    if (bytes_ > kContainerBytesMax) return container_too_large(function_);
    builder_.append(item);
    return {};
  }
  size_t count() const { return builder_.count(); }
  Value finish(Arena& arena) { return Value::array(builder_.finish_in(arena)); }

 private:
  std::string_view function_;
  ArrayBuilder builder_;
  size_t bytes_ = 0;
};

std::vector<Value> elements_of(Document array);

// The number as a whole number of 32 bits; 2.0 is one. Empty for other numbers and other types.
std::optional<int32_t> whole_int(const Value& value);

// The start or end of a search: a whole number that is not negative. `code`: it is not whole; the next one: negative.
Result<size_t> index_bound(std::string_view function, int32_t code, std::string_view which, const Value& value);

// What $toUpper and the like read: strings, numbers and dates as text, nullish as "". Error 16007 for other types,
// 18537 for dates outside of the years 0 to 9999.
Result<std::string_view> text_of(const Value& value, Arena& arena);

// The number of the code points in well-formed UTF-8.
size_t count_code_points(std::string_view text);
// The bytes that the code point starting with `first` takes.
size_t code_point_bytes(char first);
inline bool is_continuation_byte(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// A special form with positional arguments that `call` evaluates itself: for operators that a null ends before what
// follows is looked at. The shape says name and arity.
template <const Function& shape, LazyCall call>
Result<ExpressionPtr> parse_lazily(const Value& argument, ParseContext& context) {
  PS_TRY(std::vector<ExpressionPtr> arguments, parse_arguments(shape, argument, context));
  return make_lazy(shape.name, call, std::move(arguments));
}

}  // namespace penstock
