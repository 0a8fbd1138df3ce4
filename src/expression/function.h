// SPDX-License-Identifier: Apache-2.0
// The catalog of expression operators: one row each. From a row follow dispatch, arity errors, "did you mean", the
// reference page and a test that runs every example. Adding an operator = one row in one file of functions/.
#pragma once

#include <limits>
#include <span>
#include <string_view>

#include "columnar/column.h"
#include "expression/expression.h"

namespace penstock {

struct Arity {
  int least = 0;
  int most = std::numeric_limits<int>::max();
  static constexpr Arity exactly(int n) { return {n, n}; }
  static constexpr Arity at_least(int n) { return {n, std::numeric_limits<int>::max()}; }
  static constexpr Arity between(int least, int most) { return {least, most}; }
};

// `expression` evaluated on `document` gives `result` (all Extended JSON, relaxed as for people: unquoted names), or
// "missing", or "error 16020" / "error TypeMismatch".
struct Example {
  std::string_view expression;
  std::string_view document;
  std::string_view result;
};

struct Function {
  std::string_view name;  // With the '$'.
  Arity arity;
  std::string_view summary;  // One line for the reference page.
  // Strict form: all arguments are evaluated, in order, before the call. Null for special forms.
  Result<Value> (*evaluate)(std::span<const Value> arguments, EvalContext& context) = nullptr;
  // Comparisons, beside evaluate: the same answer, which cannot fail, without a Value around it.
  bool (*holds)(const Value& a, const Value& b) = nullptr;
  // Special form: named arguments, or arguments that are evaluated lazily. Gets what stands right of the operator.
  // Exactly one of evaluate and parse is set.
  Result<ExpressionPtr> (*parse)(const Value& argument, ParseContext& context) = nullptr;
  Kernel kernel = nullptr;  // Columnar form; see columnar/column.h.
  std::span<const Example> examples;
};

// All rows, sorted by name. Explicit list in catalog.cc.
std::span<const Function* const> all_functions();
const Function* find_function(std::string_view name);
// Operators of the language that this version does not have yet: refused by name as "not supported yet", which is
// another thing than unknown.
bool is_known_unsupported_function(std::string_view name);

// Positional arguments of a special form: {$op: x} equals {$op: [x]}. Checks the arity with MongoDB's code 16020 and
// texts.
Result<std::vector<ExpressionPtr>> parse_arguments(const Function& function, const Value& argument,
                                                   ParseContext& context);

// Named arguments of a special form ({$dateDiff: {startDate: ..., ...}}).
struct NamedArgument {
  std::string_view name;
  bool required = false;
};
struct NamedArgumentErrors {
  ErrorCode not_an_object;
  ErrorCode unknown;  // "Unrecognized argument to $dateDiff: x"
  ErrorCode missing;  // "Missing 'unit' parameter to $dateDiff"
};
// Result: one expression per row of `arguments`, null for an optional one that is absent.
Result<std::vector<ExpressionPtr>> parse_named_arguments(std::string_view function,
                                                         std::span<const NamedArgument> arguments,
                                                         const NamedArgumentErrors& errors, const Value& argument,
                                                         ParseContext& context);

// A special form with ordinary children: keeps them, forwards needs and binding, folds when all are constant.
// `call` gets the children and evaluates those it wants.
using LazyCall = Result<Value> (*)(std::span<const ExpressionPtr> arguments, EvalContext& context);
Result<ExpressionPtr> make_lazy(std::string_view name, LazyCall call, std::vector<ExpressionPtr> arguments);

}  // namespace penstock
