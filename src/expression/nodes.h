// SPDX-License-Identifier: Apache-2.0
// The kinds of tree nodes, for the parser; everybody else sees Expression.
#pragma once

#include "expression/expression.h"
#include "expression/function.h"

namespace penstock {

class ConstantNode final : public Expression {
 public:
  explicit ConstantNode(const Value& value) : value_(value.copied_to(arena_)) { leaf_constant_ = &value_; }
  Result<Value> evaluate(EvalContext&) const override { return value_; }
  void collect_needs(FieldNeeds&) const override {}
  void bind(const FieldNeeds*) override {}
  const Value* constant() const override { return &value_; }
  std::string to_text() const override;

 private:
  Arena arena_{64};
  Value value_;
};

// "$a.b"
class FieldPathNode final : public Expression {
 public:
  explicit FieldPathNode(std::vector<std::string> parts) : parts_(std::move(parts)) {}
  Result<Value> evaluate(EvalContext& context) const override {
    if (slot_ >= 0) return read_path(context.slots[slot_], std::span(parts_).subspan(1), context.arena);
    return read_path(context.root, parts_, context.arena);
  }
  void collect_needs(FieldNeeds& needs) const override { needs.add(parts_.front()); }
  void bind(const FieldNeeds* needs) override {
    slot_ = needs == nullptr ? -1 : needs->slot_of(parts_.front());
    leaf_slot_ = parts_.size() == 1 ? slot_ : -1;
  }
  std::string to_text() const override;

 private:
  std::vector<std::string> parts_;
  int slot_ = -1;
};

// "$$ROOT.a", "$$CURRENT", "$$REMOVE"
class RootNode final : public Expression {
 public:
  explicit RootNode(std::vector<std::string> parts) : parts_(std::move(parts)) {}
  Result<Value> evaluate(EvalContext& context) const override { return read_path(context.root, parts_, context.arena); }
  void collect_needs(FieldNeeds& needs) const override { needs.need_whole(); }
  void bind(const FieldNeeds*) override {}
  std::string to_text() const override;

 private:
  std::vector<std::string> parts_;
};

// "$$name.a"
class VariableNode final : public Expression {
 public:
  VariableNode(std::string name, int index, std::vector<std::string> parts)
      : name_(std::move(name)), index_(index), parts_(std::move(parts)) {}
  Result<Value> evaluate(EvalContext& context) const override {
    return read_path(context.variables[index_], parts_, context.arena);
  }
  void collect_needs(FieldNeeds&) const override {}
  void bind(const FieldNeeds*) override {}
  std::string to_text() const override;

 private:
  std::string name_;
  int index_;
  std::vector<std::string> parts_;
};

// {a: e1, b: e2}: fields whose value is missing are left out.
class ObjectExpression final : public Expression {
 public:
  explicit ObjectExpression(std::vector<NamedExpression> fields) : fields_(std::move(fields)) {}
  Result<Value> evaluate(EvalContext& context) const override;
  void collect_needs(FieldNeeds& needs) const override;
  void bind(const FieldNeeds* needs) override;
  std::string to_text() const override;
  std::vector<NamedExpression>& fields() { return fields_; }

 private:
  std::vector<NamedExpression> fields_;
};

// [e1, e2]: a missing element becomes null.
class ArrayExpression final : public Expression {
 public:
  explicit ArrayExpression(std::vector<ExpressionPtr> items) : items_(std::move(items)) {}
  Result<Value> evaluate(EvalContext& context) const override;
  void collect_needs(FieldNeeds& needs) const override;
  void bind(const FieldNeeds* needs) override;
  std::string to_text() const override;

 private:
  std::vector<ExpressionPtr> items_;
};

// {$op: [...]} with all arguments evaluated before the call.
class FunctionNode final : public Expression {
 public:
  FunctionNode(const Function& function, std::vector<ExpressionPtr> arguments)
      : function_(function), arguments_(std::move(arguments)) {}
  Result<Value> evaluate(EvalContext& context) const override;
  Result<bool> truth(EvalContext& context) const override;
  void collect_needs(FieldNeeds& needs) const override;
  void bind(const FieldNeeds* needs) override;
  std::string to_text() const override;

 private:
  const Function& function_;
  std::vector<ExpressionPtr> arguments_;
};

// A special form with ordinary children; absent optional children are null pointers.
class LazyNode final : public Expression {
 public:
  LazyNode(std::string_view name, LazyCall call, std::vector<ExpressionPtr> arguments)
      : name_(name), call_(call), arguments_(std::move(arguments)) {}
  Result<Value> evaluate(EvalContext& context) const override { return call_(arguments_, context); }
  void collect_needs(FieldNeeds& needs) const override;
  void bind(const FieldNeeds* needs) override;
  std::string to_text() const override;

 private:
  std::string name_;
  LazyCall call_;
  std::vector<ExpressionPtr> arguments_;
};

// The constant an expression without row access evaluates to (reference mql-semantics 2.4).
Result<ExpressionPtr> fold(ExpressionPtr expression);
bool all_constant(std::span<const ExpressionPtr> expressions);

}  // namespace penstock
