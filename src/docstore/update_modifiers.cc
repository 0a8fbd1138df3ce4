// SPDX-License-Identifier: Apache-2.0
// $set $setOnInsert $unset $inc $mul $min $max $currentDate $bit $rename.
#include "docstore/update_modifiers.h"

#include <algorithm>
#include <optional>

#include "bson/compare.h"
#include "bson/ejson.h"
#include "bson/number.h"

namespace penstock {
namespace {

class Set final : public Modifier {
 public:
  explicit Set(const Value& value) : value_(value) {}
  Result<Value> apply(const Value&, const FieldPlace&, UpdateRun&) const override { return value_; }

 private:
  Value value_;
};

class SetOnInsert final : public Modifier {
 public:
  explicit SetOnInsert(const Value& value) : value_(value) {}
  Result<Value> apply(const Value& existing, const FieldPlace&, UpdateRun& run) const override {
    return run.inserting ? value_ : existing;
  }
  bool creates(const UpdateRun& run) const override { return run.inserting; }
  bool tolerates_no_path(const UpdateRun& run) const override { return !run.inserting; }

 private:
  Value value_;
};

class Unset final : public Modifier {
 public:
  Result<Value> apply(const Value&, const FieldPlace&, UpdateRun&) const override { return Value::missing(); }
  bool creates(const UpdateRun&) const override { return false; }
  bool tolerates_no_path(const UpdateRun&) const override { return true; }
};

enum class Arithmetic { kIncrement, kMultiply };

// A long that does not hold the result is an error here, not a double as in expressions.
std::optional<Value> combine(Arithmetic kind, const Value& a, const Value& b, Arena& arena) {
  const auto integer = [](const Value& v) { return v.type() == Type::kInt || v.type() == Type::kLong; };
  if (integer(a) && integer(b)) {
    int64_t result = 0;
    const bool overflow = kind == Arithmetic::kIncrement
                              ? __builtin_add_overflow(a.as_integer(), b.as_integer(), &result)
                              : __builtin_mul_overflow(a.as_integer(), b.as_integer(), &result);
    if (overflow) return std::nullopt;
    const bool both_int = a.type() == Type::kInt && b.type() == Type::kInt;
    return both_int ? int_or_long(result) : Value::int64(result);
  }
  return kind == Arithmetic::kIncrement ? add_numbers(a, b, arena) : multiply_numbers(a, b, arena);
}

class Calculate final : public Modifier {
 public:
  Calculate(Arithmetic kind, const Value& operand) : kind_(kind), operand_(operand) {}

  Result<Value> apply(const Value& existing, const FieldPlace& place, UpdateRun& run) const override {
    if (existing.is_missing()) {
      if (kind_ == Arithmetic::kIncrement) return operand_;
      return *combine(kind_, Value::int32(0), operand_, run.arena);
    }
    if (!existing.is_number()) {
      return Error(ErrorCode::kTypeMismatch,
                   "Cannot apply {} to a value of non-numeric type. {{{}}} has the field '{}' of non-numeric type {}",
                   name(), id_text(run.original), place.name, type_name(existing.type()));
    }
    const auto result = combine(kind_, existing, operand_, run.arena);
    if (result) return *result;
    return Error(ErrorCode::kBadValue, "Failed to apply {} operations to current value (({}){}) for document {{{}}}",
                 name(), existing.type() == Type::kInt ? "NumberInt" : "NumberLong", to_text(existing),
                 id_text(run.original));
  }

 private:
  std::string_view name() const { return kind_ == Arithmetic::kIncrement ? "$inc" : "$mul"; }
  Arithmetic kind_;
  Value operand_;
};

template <Arithmetic kKind>
Result<std::unique_ptr<Modifier>> parse_arithmetic(const Element& argument) {
  if (!argument.value.is_number()) {
    return Error(ErrorCode::kTypeMismatch, "Cannot {} with non-numeric argument: {{{}: {}}}",
                 kKind == Arithmetic::kIncrement ? "increment" : "multiply", argument.name, to_text(argument.value));
  }
  return std::unique_ptr<Modifier>(std::make_unique<Calculate>(kKind, argument.value));
}

class Extreme final : public Modifier {
 public:
  Extreme(const Value& value, int wanted) : value_(value), wanted_(wanted) {}
  Result<Value> apply(const Value& existing, const FieldPlace&, UpdateRun&) const override {
    return existing.is_missing() || compare(value_, existing) * wanted_ > 0 ? value_ : existing;
  }

 private:
  Value value_;
  int wanted_;  // 1: the greater one.
};

class CurrentDate final : public Modifier {
 public:
  explicit CurrentDate(bool timestamp) : timestamp_(timestamp) {}
  Result<Value> apply(const Value&, const FieldPlace&, UpdateRun& run) const override {
    const EventTime now = run.clock.now();
    if (!timestamp_) return Value::date(now);
    return Value::timestamp(static_cast<uint64_t>(now.ms / 1000) << 32 | 1);
  }

 private:
  bool timestamp_;
};

Result<std::unique_ptr<Modifier>> parse_current_date(const Element& argument) {
  const auto made = [](bool timestamp) { return std::unique_ptr<Modifier>(std::make_unique<CurrentDate>(timestamp)); };
  if (argument.value.type() == Type::kBool) return made(false);
  if (!argument.value.is_object()) {
    return Error(ErrorCode::kBadValue,
                 "{} is not valid type for $currentDate. Please use a boolean ('true') or a $type expression "
                 "({{$type: 'timestamp/date'}}).",
                 type_name(argument.value.type()));
  }
  std::optional<bool> timestamp;
  for (const Element& option : argument.value.as_object()) {
    if (option.name != "$type") {
      return Error(ErrorCode::kBadValue, "Unrecognized $currentDate option: {}", option.name);
    }
    if (option.value.is_string() && option.value.as_string() == "date") timestamp = false;
    if (option.value.is_string() && option.value.as_string() == "timestamp") timestamp = true;
  }
  if (timestamp) return made(*timestamp);
  return Error(ErrorCode::kBadValue,
               "The '$type' string field is required to be 'date' or 'timestamp': {{$currentDate: {{field : {{$type: "
               "'date'}}}}}}");
}

class Bits final : public Modifier {
 public:
  struct Step {
    char operation;  // 'a'nd, 'o'r, 'x'or
    Value operand;
  };
  explicit Bits(std::vector<Step> steps) : steps_(std::move(steps)) {}

  Result<Value> apply(const Value& existing, const FieldPlace& place, UpdateRun& run) const override {
    const Value start = existing.is_missing() ? Value::int32(0) : existing;
    if (start.type() != Type::kInt && start.type() != Type::kLong) {
      return Error(ErrorCode::kBadValue,
                   "Cannot apply $bit to a value of non-integral type.{} has the field {} of non-integer type {}",
                   id_text(run.original), place.name, type_name(start.type()));
    }
    int64_t bits = start.as_integer();
    bool is_long = start.type() == Type::kLong;
    for (const Step& step : steps_) {
      const int64_t operand = step.operand.as_integer();
      bits = step.operation == 'a' ? bits & operand : step.operation == 'o' ? bits | operand : bits ^ operand;
      is_long |= step.operand.type() == Type::kLong;
    }
    return is_long ? Value::int64(bits) : Value::int32(static_cast<int32_t>(bits));
  }

 private:
  std::vector<Step> steps_;
};

Result<std::unique_ptr<Modifier>> parse_bit(const Element& argument) {
  if (!argument.value.is_object()) {
    return Error(ErrorCode::kBadValue,
                 "The $bit modifier is not compatible with a {}. You must pass in an embedded document: {{$bit: "
                 "{{field: {{and/or/xor: #}}}}",
                 type_name(argument.value.type()));
  }
  std::vector<Bits::Step> steps;
  for (const Element& step : argument.value.as_object()) {
    if (step.name != "and" && step.name != "or" && step.name != "xor") {
      return Error(ErrorCode::kBadValue,
                   "The $bit modifier only supports 'and', 'or', and 'xor', not '{0}' which is an unknown operator: "
                   "{{{0}: {1}}}",
                   step.name, to_text(step.value));
    }
    if (step.value.type() != Type::kInt && step.value.type() != Type::kLong) {
      return Error(ErrorCode::kBadValue,
                   "The $bit modifier field must be an Integer(32/64 bit); a '{}' is not supported here: {{{}: {}}}",
                   type_name(step.value.type()), step.name, to_text(step.value));
    }
    steps.push_back({step.name[0], step.value});
  }
  if (steps.empty()) {
    return Error(ErrorCode::kBadValue,
                 "You must pass in at least one bitwise operation. The format is: {{$bit: {{field: {{and/or/xor: "
                 "#}}}}");
  }
  return std::unique_ptr<Modifier>(std::make_unique<Bits>(std::move(steps)));
}

class RenameTarget final : public Modifier {
 public:
  explicit RenameTarget(std::vector<std::string> source) : source_(std::move(source)) {}
  Result<Value> apply(const Value& existing, const FieldPlace&, UpdateRun& run) const override {
    const Value moved = value_through_objects(run.original, source_);
    return moved.is_missing() ? existing : moved;
  }
  bool creates(const UpdateRun& run) const override {
    return !value_through_objects(run.original, source_).is_missing();
  }
  bool tolerates_no_path(const UpdateRun& run) const override { return !creates(run); }

 private:
  std::vector<std::string> source_;
};

template <typename T>
Result<std::unique_ptr<Modifier>> parse_value(const Element& argument) {
  return std::unique_ptr<Modifier>(std::make_unique<T>(argument.value));
}
template <int kWanted>
Result<std::unique_ptr<Modifier>> parse_extreme(const Element& argument) {
  return std::unique_ptr<Modifier>(std::make_unique<Extreme>(argument.value, kWanted));
}
Result<std::unique_ptr<Modifier>> parse_unset(const Element&) {
  return std::unique_ptr<Modifier>(std::make_unique<Unset>());
}

struct Row {
  std::string_view name;
  ModifierParser parse;
};
constexpr Row kModifiers[] = {
    {"$addToSet", parse_add_to_set},
    {"$bit", parse_bit},
    {"$currentDate", parse_current_date},
    {"$inc", parse_arithmetic<Arithmetic::kIncrement>},
    {"$max", parse_extreme<1>},
    {"$min", parse_extreme<-1>},
    {"$mul", parse_arithmetic<Arithmetic::kMultiply>},
    {"$pop", parse_pop},
    {"$pull", parse_pull},
    {"$pullAll", parse_pull_all},
    {"$push", parse_push},
    {"$set", parse_value<Set>},
    {"$setOnInsert", parse_value<SetOnInsert>},
    {"$unset", parse_unset},
};

}  // namespace

ModifierParser find_modifier(std::string_view name) {
  const auto row =
      std::find_if(std::begin(kModifiers), std::end(kModifiers), [&](const Row& r) { return r.name == name; });
  return row == std::end(kModifiers) ? nullptr : row->parse;
}

std::unique_ptr<Modifier> make_rename_source() { return std::make_unique<Unset>(); }

std::unique_ptr<Modifier> make_rename_target(std::vector<std::string> source) {
  return std::make_unique<RenameTarget>(std::move(source));
}

Value value_through_objects(Document document, const std::vector<std::string>& path) {
  Value value = Value::object(document);
  for (const std::string& part : path) {
    if (!value.is_object()) return Value::missing();
    value = value.as_object().get(part);
  }
  return value;
}

std::string id_text(Document document) {
  const Value id = document.get("_id");
  return id.is_missing() ? "no _id" : "_id: " + to_text(id);
}

}  // namespace penstock
