// SPDX-License-Identifier: Apache-2.0
// A parsed expression: an immutable tree that is evaluated once per row (reference mql-semantics 2).
//
// Where "$field" finds its value: bind() is told which needs the rows' slots follow. A path whose top-level field has a
// slot reads slots[n]; without slots it searches the row's document.
// Thread: a bound tree is read-only; each lane evaluates with its own EvalContext.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "expression/meta.h"
#include "expression/needs.h"

namespace penstock {

// Everything an evaluation may look at. One per lane, its row part set for each row.
struct EvalContext {
  Arena& arena;                   // What evaluation makes lives here, until the batch ends.
  const Clock& clock;             // $currentDate
  const Value* slots = nullptr;   // Wanted fields of the row, in the order of FieldNeeds::fields(); null when unused.
  Value root;                     // The row's document; missing when only slots were decoded.
  const RowMeta* meta = nullptr;  // Never null while evaluating rows; null while folding constants.
  Value* variables = nullptr;     // let and $map variables by number; sized by ParseContext::variable_count.
};

class Expression {
 public:
  virtual ~Expression() = default;
  // The value for the row in `context`; missing is a value. Bytes live in the row, the arena or the expression.
  virtual Result<Value> evaluate(EvalContext& context) const = 0;
  // Whether that value is true (reference mql-semantics 1.4). Comparisons of fields in slots answer without making it.
  virtual Result<bool> truth(EvalContext& context) const {
    PS_TRY(const Value value, evaluate(context));
    return is_true(value);
  }
  // Adds what this tree reads.
  virtual void collect_needs(FieldNeeds& needs) const = 0;
  // From now on field paths read slots in the order of needs.fields(); null: from the row's document.
  virtual void bind(const FieldNeeds* needs) = 0;
  // Set for constants: the value, valid as long as the expression.
  virtual const Value* constant() const { return nullptr; }
  // True if two evaluations on one row may differ ($rand, $currentDate): never folded, never shared.
  virtual bool volatile_result() const { return false; }
  // Constants and fields in slots: where the value stands, without a call. Null for all else, which must be evaluated.
  const Value* leaf(const EvalContext& context) const {
    if (leaf_slot_ >= 0) return &context.slots[leaf_slot_];
    return leaf_constant_;
  }
  // Canonical text, the same for expressions that mean the same: sharing of equal accumulators, explain.
  virtual std::string to_text() const = 0;

 protected:
  const Value* leaf_constant_ = nullptr;
  int leaf_slot_ = -1;
};

// Evaluates into `to`; the hot loops use it because most arguments are leaves.
inline Result<void> evaluate_into(const Expression& expression, EvalContext& context, Value& to) {
  if (const Value* leaf = expression.leaf(context)) {
    to = *leaf;
    return {};
  }
  PS_TRY(to, expression.evaluate(context));
  return {};
}

using ExpressionPtr = std::unique_ptr<Expression>;

// Names in scope while parsing, and how many variables evaluation needs.
class ParseContext {
 public:
  // Of a stream: $$NOW is refused there.
  ParseContext() = default;
  // Of a command: `now` is its $$NOW.
  explicit ParseContext(EventTime now) : now_(now) {}
  // Number of a visible user variable, or -1.
  int find_variable(std::string_view name) const;
  // Makes `name` visible until the returned number is popped; inner names hide outer ones.
  int push_variable(std::string_view name);
  void pop_variables(size_t count);
  size_t variable_count() const { return most_; }
  // How many are visible now: numbers 0 to visible_count() - 1.
  size_t visible_count() const { return names_.size(); }
  const std::optional<EventTime>& now() const { return now_; }

 private:
  std::optional<EventTime> now_;
  std::vector<std::string> names_;
  size_t most_ = 0;
};

// Any expression: "$path", "$$variable.path", {$op: ...}, object, array, constant. Errors have MongoDB's codes and
// texts; Error::path says where inside `spec`. Constant parts are evaluated here (reference mql-semantics 2.4): their
// errors are definition errors.
Result<ExpressionPtr> parse_expression(const Value& spec, ParseContext& context);

// Building blocks for stages and functions.
ExpressionPtr make_constant(const Value& value);  // Copies the bytes.
// "a.b.c" without the '$'; checks the path (reference mql-semantics 2.3).
Result<ExpressionPtr> make_field_path(std::string_view path);
// The fields of an object expression, for $group keys: null when `e` is not an object expression with only plain
// fields.
struct NamedExpression {
  std::string name;
  ExpressionPtr expression;
};
class ObjectExpression;
ObjectExpression* as_object_expression(Expression* e);
std::vector<NamedExpression>& fields_of(ObjectExpression& e);

// Reading "$a.b" on a document by reference mql-semantics 3.1: arrays on the way are mapped.
Value read_path(const Value& start, std::span<const std::string> parts, Arena& arena);
// Checks a field path's text and splits it (errors of reference mql-semantics 2.3).
Result<std::vector<std::string>> split_path(std::string_view path);

}  // namespace penstock
