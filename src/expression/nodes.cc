// SPDX-License-Identifier: Apache-2.0
#include "expression/nodes.h"

#include <algorithm>
#include <memory>

#include "bson/ejson.h"
#include "expression/functions/results.h"

namespace penstock {
namespace {

std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts)
    text.append(text.empty() ? "" : ".").append(part);
  return text;
}

std::string list_text(std::span<const ExpressionPtr> items) {
  std::string text = "[";
  for (const ExpressionPtr& item : items) {
    if (text.size() > 1) text += ", ";
    text += item ? item->to_text() : "-";
  }
  return text + "]";
}

}  // namespace

std::string ConstantNode::to_text() const { return to_json(value_, JsonStyle::kCanonical); }
std::string FieldPathNode::to_text() const { return "\"$" + join(parts_) + "\""; }
std::string RootNode::to_text() const { return "\"$$ROOT" + (parts_.empty() ? "" : "." + join(parts_)) + "\""; }
std::string VariableNode::to_text() const { return "\"$$" + name_ + (parts_.empty() ? "" : "." + join(parts_)) + "\""; }

Result<Value> ObjectExpression::evaluate(EvalContext& context) const {
  DocumentBuilder builder;
  for (const NamedExpression& field : fields_) {
    PS_TRY(const Value value, field.expression->evaluate(context));
    builder.append(field.name, value);
    if (builder.size() > kContainerBytesMax) return container_too_large("an object expression");
  }
  return Value::object(builder.finish_in(context.arena));
}

void ObjectExpression::collect_needs(FieldNeeds& needs) const {
  for (const NamedExpression& field : fields_)
    field.expression->collect_needs(needs);
}

void ObjectExpression::bind(const FieldNeeds* needs) {
  for (NamedExpression& field : fields_)
    field.expression->bind(needs);
}

std::string ObjectExpression::to_text() const {
  std::string text = "{";
  for (const NamedExpression& field : fields_) {
    if (text.size() > 1) text += ", ";
    text += field.name + ": " + field.expression->to_text();
  }
  return text + "}";
}

Result<Value> ArrayExpression::evaluate(EvalContext& context) const {
  ArrayResult array("an array expression");
  for (const ExpressionPtr& item : items_) {
    PS_TRY(const Value value, item->evaluate(context));
    PS_TRY(array.append(value));
  }
  return array.finish(context.arena);
}

void ArrayExpression::collect_needs(FieldNeeds& needs) const {
  for (const ExpressionPtr& item : items_)
    item->collect_needs(needs);
}

void ArrayExpression::bind(const FieldNeeds* needs) {
  for (const ExpressionPtr& item : items_)
    item->bind(needs);
}

std::string ArrayExpression::to_text() const { return list_text(items_); }

Result<Value> FunctionNode::evaluate(EvalContext& context) const {
  constexpr size_t kOnStack = 6;
  alignas(
      Value) char few[kOnStack * sizeof(Value)];  // Not set before it is needed: that would cost more than most calls.
  const size_t count = arguments_.size();
  auto* values = reinterpret_cast<Value*>(count > kOnStack ? context.arena.allocate(count * sizeof(Value)) : few);
  for (size_t i = 0; i < count; ++i) {
    PS_TRY(evaluate_into(*arguments_[i], context, *std::construct_at(values + i)));
  }
  return function_.evaluate({values, count}, context);
}

Result<bool> FunctionNode::truth(EvalContext& context) const {
  if (function_.holds != nullptr) {
    const Value* a = arguments_[0]->leaf(context);
    const Value* b = arguments_[1]->leaf(context);
    if (a != nullptr && b != nullptr) return function_.holds(*a, *b);
  }
  return Expression::truth(context);
}

void FunctionNode::collect_needs(FieldNeeds& needs) const {
  for (const ExpressionPtr& argument : arguments_)
    argument->collect_needs(needs);
}

void FunctionNode::bind(const FieldNeeds* needs) {
  for (const ExpressionPtr& argument : arguments_)
    argument->bind(needs);
}

std::string FunctionNode::to_text() const {
  return "{" + std::string(function_.name) + ": " + list_text(arguments_) + "}";
}

void LazyNode::collect_needs(FieldNeeds& needs) const {
  for (const ExpressionPtr& argument : arguments_) {
    if (argument) argument->collect_needs(needs);
  }
}

void LazyNode::bind(const FieldNeeds* needs) {
  for (const ExpressionPtr& argument : arguments_) {
    if (argument) argument->bind(needs);
  }
}

std::string LazyNode::to_text() const { return "{" + name_ + ": " + list_text(arguments_) + "}"; }

bool all_constant(std::span<const ExpressionPtr> expressions) {
  return std::all_of(expressions.begin(), expressions.end(),
                     [](const ExpressionPtr& e) { return e == nullptr || e->constant() != nullptr; });
}

Result<ExpressionPtr> fold(ExpressionPtr expression) {
  Arena arena(1024);
  const ManualClock clock;
  EvalContext context{.arena = arena, .clock = clock};
  PS_TRY(const Value value, expression->evaluate(context));
  return make_constant(value);
}

ExpressionPtr make_constant(const Value& value) { return std::make_unique<ConstantNode>(value); }

Result<ExpressionPtr> make_field_path(std::string_view path) {
  PS_TRY(std::vector<std::string> parts, split_path(path));
  return ExpressionPtr(std::make_unique<FieldPathNode>(std::move(parts)));
}

ObjectExpression* as_object_expression(Expression* e) { return dynamic_cast<ObjectExpression*>(e); }
std::vector<NamedExpression>& fields_of(ObjectExpression& e) { return e.fields(); }

}  // namespace penstock
