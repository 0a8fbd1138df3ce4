// SPDX-License-Identifier: Apache-2.0
// $sortArray, and the n first, last, least or greatest elements (reference mql-semantics 6).
#include <algorithm>

#include "bson/compare.h"
#include "bson/ejson.h"
#include "bson/number.h"
#include "expression/functions/functions.h"
#include "expression/functions/results.h"
#include "expression/nodes.h"

namespace penstock {
namespace {

Value array_of(std::span<const Value> elements, Arena& arena) {
  ArrayBuilder array;
  for (const Value& element : elements)
    array.append(element);
  return Value::array(array.finish_in(arena));
}

// $firstN, $lastN, $minN, $maxN

constexpr NamedArgument kNArguments[] = {{.name = "n"}, {.name = "input"}};
constexpr NamedArgumentErrors kNErrors = {
    .not_an_object = ErrorCode{5787801}, .unknown = ErrorCode{5787901}, .missing = ErrorCode{5787906}};

Result<size_t> positive_n(const Value& n) {
  if (!n.is_number()) {
    return Error(ErrorCode{5787902}, "Value for 'n' must be of integral type, but found {}", to_text(n));
  }
  const auto whole = to_integral(n);
  if (!whole) return Error(ErrorCode{5787903}, "Value for 'n' must be of integral type, but found {}", to_text(n));
  if (*whole <= 0) return Error(ErrorCode{5787908}, "'n' must be greater than 0, found {}", *whole);
  return static_cast<size_t>(*whole);
}

// The elements of the input, and how many are wanted, at most all.
struct Selection {
  std::vector<Value> elements;
  size_t n;
};

Result<Selection> selection(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  PS_TRY(const Value number, arguments[0]->evaluate(context));
  PS_TRY(const size_t n, positive_n(number));
  PS_TRY(const Value input, arguments[1]->evaluate(context));
  if (!input.is_array()) return Error(ErrorCode{5788200}, "Input must be an array");
  Selection selection{.elements = elements_of(input.as_array()), .n = 0};
  selection.n = std::min(n, selection.elements.size());
  return selection;
}

Result<Value> evaluate_first_n(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  PS_TRY(const Selection wanted, selection(arguments, context));
  return array_of(std::span(wanted.elements).first(wanted.n), context.arena);
}

Result<Value> evaluate_last_n(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  PS_TRY(const Selection wanted, selection(arguments, context));
  return array_of(std::span(wanted.elements).last(wanted.n), context.arena);
}

// Of equal values the first ones are taken.
Result<Value> evaluate_min_n(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  PS_TRY(Selection wanted, selection(arguments, context));
  auto& elements = wanted.elements;
  std::erase_if(elements, [](const Value& v) { return v.is_nullish(); });
  std::stable_sort(elements.begin(), elements.end(), [](const Value& a, const Value& b) { return compare(a, b) < 0; });
  return array_of(std::span(elements).first(std::min(wanted.n, elements.size())), context.arena);
}

// Of equal values the first ones are taken, and stand in reverse: so it was measured.
Result<Value> evaluate_max_n(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  PS_TRY(Selection wanted, selection(arguments, context));
  auto& elements = wanted.elements;
  std::erase_if(elements, [](const Value& v) { return v.is_nullish(); });
  std::stable_sort(elements.begin(), elements.end(), [](const Value& a, const Value& b) { return compare(a, b) > 0; });
  elements.resize(std::min(wanted.n, elements.size()));
  for (auto from = elements.begin(); from != elements.end();) {
    const auto to = std::find_if(from, elements.end(), [&](const Value& v) { return compare(v, *from) != 0; });
    std::reverse(from, to);
    from = to;
  }
  return array_of(elements, context.arena);
}

template <LazyCall call>
Result<ExpressionPtr> parse_n(std::string_view function, const Value& argument, ParseContext& context) {
  if (!argument.is_object()) {
    return Error(kNErrors.not_an_object, "specification must be an object; found {}: {}", function, to_text(argument));
  }
  PS_TRY(std::vector<ExpressionPtr> arguments,
         parse_named_arguments(function, kNArguments, kNErrors, argument, context));
  if (arguments[0] == nullptr) return Error(ErrorCode{5787906}, "Missing value for 'n'");
  if (arguments[1] == nullptr) return Error(ErrorCode{5787907}, "Missing value for 'input'");
  return make_lazy(function, call, std::move(arguments));
}

Result<ExpressionPtr> parse_first_n(const Value& argument, ParseContext& context) {
  return parse_n<evaluate_first_n>("$firstN", argument, context);
}
Result<ExpressionPtr> parse_last_n(const Value& argument, ParseContext& context) {
  return parse_n<evaluate_last_n>("$lastN", argument, context);
}
Result<ExpressionPtr> parse_max_n(const Value& argument, ParseContext& context) {
  return parse_n<evaluate_max_n>("$maxN", argument, context);
}
Result<ExpressionPtr> parse_min_n(const Value& argument, ParseContext& context) {
  return parse_n<evaluate_min_n>("$minN", argument, context);
}

// $sortArray

struct SortKey {
  std::vector<std::string> path;  // Empty: the element itself.
  bool descending = false;
};

// "0", "12", not "00".
bool is_index(std::string_view part) {
  const bool digits = std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits && (part.size() == 1 || part.front() != '0');
}

// Unlike in $sort an array on the way is not entered, only a position in it can be named; an array at the end counts as
// a whole (measured). Missing counts as null.
Value key_of(const Value& element, const SortKey& key) {
  Value value = element;
  for (size_t i = 0; i < key.path.size(); ++i) {
    if (value.is_object()) {
      value = value.as_object().get(key.path[i]);
    } else if (i > 0 && value.is_array() && is_index(key.path[i])) {
      value = value.as_array().get(key.path[i]);
    } else {
      return Value::null();
    }
  }
  return value.is_missing() ? Value::null() : value;
}

class SortArrayNode final : public Expression {
 public:
  SortArrayNode(ExpressionPtr input, std::vector<SortKey> keys) : input_(std::move(input)), keys_(std::move(keys)) {}

  Result<Value> evaluate(EvalContext& context) const override {
    PS_TRY(const Value input, input_->evaluate(context));
    if (input.is_nullish()) return Value::null();
    if (!input.is_array()) {
      return Error(ErrorCode{2942504}, "The input argument to $sortArray must be an array, but was of type: {}",
                   type_name(input.type()));
    }
    const std::vector<Value> elements = elements_of(input.as_array());
    std::vector<Value> keys;
    keys.reserve(elements.size() * keys_.size());
    for (const Value& element : elements) {
      for (const SortKey& key : keys_)
        keys.push_back(key_of(element, key));
    }
    std::vector<size_t> order(elements.size());
    for (size_t i = 0; i < order.size(); ++i)
      order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return before(&keys[a * keys_.size()], &keys[b * keys_.size()]); });
    ArrayBuilder sorted;
    for (const size_t i : order)
      sorted.append(elements[i]);
    return Value::array(sorted.finish_in(context.arena));
  }
  void collect_needs(FieldNeeds& needs) const override { input_->collect_needs(needs); }
  void bind(const FieldNeeds* needs) override { input_->bind(needs); }
  std::string to_text() const override {
    std::string text = "{$sortArray: [" + input_->to_text();
    for (const SortKey& key : keys_) {
      text += key.descending ? ", -" : ", +";
      for (const std::string& part : key.path)
        text += "." + part;
    }
    return text + "]}";
  }

 private:
  bool before(const Value* a, const Value* b) const {
    for (size_t i = 0; i < keys_.size(); ++i) {
      const int order = compare(a[i], b[i]);
      if (order != 0) return keys_[i].descending ? order > 0 : order < 0;
    }
    return false;
  }

  ExpressionPtr input_;
  std::vector<SortKey> keys_;
};

// 1 or -1 of any numeric type.
std::optional<bool> is_descending(const Value& direction) {
  const auto n = whole_int(direction);
  if (!n || (*n != 1 && *n != -1)) return std::nullopt;
  return *n == -1;
}

Result<SortKey> parse_sort_key(const Element& element) {
  constexpr ErrorCode kBadPattern{2942505};
  SortKey key;
  const auto descending = is_descending(element.value);
  if (!descending) return Error(kBadPattern, "The sort element value must be either 1 or -1").at(element.name);
  key.descending = *descending;
  if (element.name.empty()) return Error(kBadPattern, "The sort field cannot be empty");
  std::string_view rest = element.name;
  while (true) {
    const size_t dot = rest.find('.');
    key.path.emplace_back(rest.substr(0, dot));
    if (key.path.back().empty()) {
      return Error(kBadPattern, "The sort field is a dotted field but has an empty part: {}", element.name);
    }
    if (dot == std::string_view::npos) return key;
    rest.remove_prefix(dot + 1);
  }
}

Result<std::vector<SortKey>> parse_sort_by(const Value& spec) {
  std::vector<SortKey> keys;
  if (spec.is_number()) {
    const auto descending = is_descending(spec);
    if (!descending) return Error(ErrorCode{2942506}, "The $sort element value must be either 1 or -1");
    keys.push_back({.path = {}, .descending = *descending});
    return keys;
  }
  if (!spec.is_object()) {
    return Error(ErrorCode{2942507},
                 "The $sort is invalid: use 1/-1 to sort the whole element, or {{field:1/-1}} to sort embedded fields");
  }
  for (const Element& element : spec.as_object()) {
    PS_TRY(SortKey key, parse_sort_key(element));
    keys.push_back(std::move(key));
  }
  if (keys.empty()) {
    return Error(ErrorCode{2942505}, "The sort pattern is empty when it should be a set of fields.");
  }
  return keys;
}

Result<ExpressionPtr> parse_sort_array(const Value& argument, ParseContext& context) {
  if (!argument.is_object()) {
    return Error(ErrorCode{2942500}, "$sortArray requires an object as an argument, found: {}",
                 type_name(argument.type()));
  }
  const Document spec = argument.as_object();
  for (const Element& element : spec) {
    if (element.name == "input" || element.name == "sortBy") continue;
    return Error(ErrorCode{2942501}, "$sortArray found an unknown argument: {}", element.name);
  }
  const Value input = spec.get("input");
  const Value sort_by = spec.get("sortBy");
  if (input.is_missing()) return Error(ErrorCode{2942502}, "$sortArray requires 'input' to be specified");
  if (sort_by.is_missing()) return Error(ErrorCode{2942503}, "$sortArray requires 'sortBy' to be specified");
  auto parsed = parse_expression(input, context);
  if (!parsed.ok()) return parsed.take_error().at("input");
  auto keys = parse_sort_by(sort_by);
  if (!keys.ok()) return keys.take_error().at("sortBy");
  const bool constant = (*parsed)->constant() != nullptr;
  ExpressionPtr node = std::make_unique<SortArrayNode>(std::move(*parsed), std::move(*keys));
  return constant ? fold(std::move(node)) : Result<ExpressionPtr>(std::move(node));
}

constexpr Example kFirstNExamples[] = {
    {R"({$firstN: {input: "$a", n: 2}})", R"({a: [3, 1, 2]})", "[3, 1]"},
    {R"({$firstN: {input: "$a", n: 0}})", R"({a: [3]})", "error 5787908"},
};
constexpr Example kLastNExamples[] = {
    {R"({$lastN: {input: "$a", n: 2}})", R"({a: [3, 1, 2]})", "[1, 2]"},
    {R"({$lastN: {input: "$a", n: 2}})", R"({})", "error 5788200"},
};
constexpr Example kMaxNExamples[] = {
    {R"({$maxN: {input: "$a", n: 2}})", R"({a: [3, null, 1, 2]})", "[3, 2]"},
};
constexpr Example kMinNExamples[] = {
    {R"({$minN: {input: "$a", n: 2}})", R"({a: [3, null, 1, 2]})", "[1, 2]"},
    {R"({$minN: {input: "$a", n: "2"}})", R"({a: [3]})", "error 5787902"},
};
constexpr Example kSortArrayExamples[] = {
    {R"({$sortArray: {input: "$a", sortBy: -1}})", R"({a: [3, "x", null, 2.5]})", R"(["x", 3, 2.5, null])"},
    {R"({$sortArray: {input: "$a", sortBy: {p: 1}}})", R"({a: [{p: 2}, {p: 1}, {}]})", "[{}, {p: 1}, {p: 2}]"},
    {R"({$sortArray: {input: "$a", sortBy: 2}})", R"({a: [1]})", "error 2942506"},
};

constexpr Function kArrayOrderFunctions[] = {
    {.name = "$firstN",
     .arity = Arity::exactly(1),
     .summary = "{input, n}: the first n elements of an array.",
     .parse = parse_first_n,
     .examples = kFirstNExamples},
    {.name = "$lastN",
     .arity = Arity::exactly(1),
     .summary = "{input, n}: the last n elements of an array.",
     .parse = parse_last_n,
     .examples = kLastNExamples},
    {.name = "$maxN",
     .arity = Arity::exactly(1),
     .summary = "{input, n}: the n greatest elements that are not null, the greatest first.",
     .parse = parse_max_n,
     .examples = kMaxNExamples},
    {.name = "$minN",
     .arity = Arity::exactly(1),
     .summary = "{input, n}: the n least elements that are not null, the least first.",
     .parse = parse_min_n,
     .examples = kMinNExamples},
    {.name = "$sortArray",
     .arity = Arity::exactly(1),
     .summary = "{input, sortBy}: the elements in order, by themselves or by fields; equal ones stay as they were.",
     .parse = parse_sort_array,
     .examples = kSortArrayExamples},
};

}  // namespace

std::span<const Function> array_order_functions() { return kArrayOrderFunctions; }

}  // namespace penstock
