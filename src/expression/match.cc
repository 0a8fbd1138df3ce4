// SPDX-License-Identifier: Apache-2.0
// Queries: conditions on paths, joined by $and, $or, $nor, and $expr (reference mql-semantics 16).
#include "expression/match.h"

#include <algorithm>

#include "base/did_you_mean.h"
#include "expression/match_path.h"
#include "expression/match_query.h"

namespace penstock {
namespace {

class PathQuery final : public Query {
 public:
  PathQuery(std::string_view path, std::vector<Term> terms) : path_(path), terms_(std::move(terms)) {}

  Result<bool> matches(EvalContext& context) const override { return test(path_.first_of(context)); }
  bool matches_document(Document document) const override { return test(path_.first_of(document)); }
  void collect_needs(FieldNeeds& needs) const override { path_.collect_needs(needs); }
  void bind(const FieldNeeds* needs) override { path_.bind(needs); }

 private:
  bool test(const Value& first) const {
    return all_hold(terms_, [&](const Predicate& predicate) {
      return path_.any(first, predicate.expands(), [&](const Value& candidate) { return predicate.test(candidate); });
    });
  }

  MatchPath path_;
  std::vector<Term> terms_;
};

class Junction final : public Query {
 public:
  enum class Kind { kAnd, kOr, kNor };
  Junction(Kind kind, std::vector<std::unique_ptr<Query>> parts) : kind_(kind), parts_(std::move(parts)) {}

  Result<bool> matches(EvalContext& context) const override {
    for (const auto& part : parts_) {
      PS_TRY(const bool matched, part->matches(context));
      if (matched != (kind_ == Kind::kAnd)) return kind_ == Kind::kOr;
    }
    return kind_ != Kind::kOr;
  }

  bool matches_document(Document document) const override {
    for (const auto& part : parts_) {
      if (part->matches_document(document) != (kind_ == Kind::kAnd)) return kind_ == Kind::kOr;
    }
    return kind_ != Kind::kOr;
  }

  void collect_needs(FieldNeeds& needs) const override {
    for (const auto& part : parts_)
      part->collect_needs(needs);
  }

  void bind(const FieldNeeds* needs) override {
    for (const auto& part : parts_)
      part->bind(needs);
  }

 private:
  Kind kind_;
  std::vector<std::unique_ptr<Query>> parts_;
};

class ExpressionQuery final : public Query {
 public:
  explicit ExpressionQuery(ExpressionPtr expression) : expression_(std::move(expression)) {}

  Result<bool> matches(EvalContext& context) const override { return expression_->truth(context); }
  bool matches_document(Document) const override {
    PS_CHECK(false, "$expr inside $elemMatch is refused while parsing");
    return false;
  }
  void collect_needs(FieldNeeds& needs) const override { expression_->collect_needs(needs); }
  void bind(const FieldNeeds* needs) override { expression_->bind(needs); }

 private:
  ExpressionPtr expression_;
};

// The whole filter: keeps the definition, into which all operands point.
class RootFilter final : public Filter {
 public:
  explicit RootFilter(Document spec) : spec_(spec) {}

  Result<void> parse(ParseContext& context) {
    PS_TRY(query_, parse_query(spec_.view(), &context));
    return {};
  }
  Result<bool> matches(EvalContext& context) const override { return query_->matches(context); }
  void collect_needs(FieldNeeds& needs) const override { query_->collect_needs(needs); }
  void bind(const FieldNeeds* needs) override { query_->bind(needs); }

 private:
  OwnedDocument spec_;
  std::unique_ptr<Query> query_;
};

Result<std::unique_ptr<Query>> parse_junction(std::string_view name, Junction::Kind kind, const Value& argument,
                                              ParseContext* context) {
  if (!argument.is_array()) return Error(ErrorCode::kBadValue, "{} must be an array", name);
  if (argument.as_array().empty()) {
    return Error(ErrorCode::kBadValue, "$and/$or/$nor must be a nonempty array");
  }
  std::vector<std::unique_ptr<Query>> parts;
  for (const Element& element : argument.as_array()) {
    if (!element.value.is_object()) {
      return Error(ErrorCode::kBadValue, "$or/$and/$nor entries need to be full objects");
    }
    auto part = parse_query(element.value.as_object(), context);
    if (!part.ok()) return part.take_error().at("[" + std::string(element.name) + "]");
    parts.push_back(std::move(*part));
  }
  return std::unique_ptr<Query>(std::make_unique<Junction>(kind, std::move(parts)));
}

Result<std::unique_ptr<Query>> parse_expr(const Value& argument, ParseContext* context) {
  if (context == nullptr) {
    return Error(ErrorCode::kBadValue, "$expr can only be applied to the top-level document");
  }
  PS_TRY(ExpressionPtr expression, parse_expression(argument, *context));
  return std::unique_ptr<Query>(std::make_unique<ExpressionQuery>(std::move(expression)));
}

Error unknown_top_level(std::string_view name) {
  constexpr std::string_view kNotYet[] = {"$jsonSchema", "$sampleRate", "$text", "$where"};
  if (std::find(std::begin(kNotYet), std::end(kNotYet), name) != std::end(kNotYet)) {
    return Error(ErrorCode::kBadValue, "{} is not supported in $match by this version of Penstock yet", name);
  }
  if (name == "$not") {
    return Error(ErrorCode::kBadValue,
                 "unknown top level operator: $not. If you are trying to negate an entire expression, use $nor.");
  }
  constexpr std::string_view kKnown[] = {"$and", "$or", "$nor", "$expr", "$comment"};
  return Error(ErrorCode::kBadValue,
               "unknown top level operator: {}. If you have a field name that starts with a '$' symbol, consider using "
               "$getField or $setField.{}",
               name, did_you_mean(name, kKnown));
}

// The names of a DBRef are fields like any other.
bool is_field(std::string_view name) {
  return !name.starts_with('$') || name == "$ref" || name == "$id" || name == "$db";
}

Result<std::unique_ptr<Query>> parse_part(const Element& element, ParseContext* context) {
  const std::string_view name = element.name;
  if (is_field(name)) {
    PS_TRY(std::vector<Term> terms, parse_condition(name, element.value));
    return std::unique_ptr<Query>(std::make_unique<PathQuery>(name, std::move(terms)));
  }
  if (name == "$and") return parse_junction(name, Junction::Kind::kAnd, element.value, context);
  if (name == "$or") return parse_junction(name, Junction::Kind::kOr, element.value, context);
  if (name == "$nor") return parse_junction(name, Junction::Kind::kNor, element.value, context);
  if (name == "$expr") return parse_expr(element.value, context);
  return unknown_top_level(name);
}

}  // namespace

Result<std::unique_ptr<Query>> parse_query(Document spec, ParseContext* context) {
  std::vector<std::unique_ptr<Query>> parts;
  for (const Element& element : spec) {
    if (element.name == "$comment") continue;
    auto part = parse_part(element, context);
    if (!part.ok()) return part.take_error().at(element.name);
    parts.push_back(std::move(*part));
  }
  if (parts.size() == 1) return std::move(parts[0]);
  return std::unique_ptr<Query>(std::make_unique<Junction>(Junction::Kind::kAnd, std::move(parts)));
}

Result<std::unique_ptr<Filter>> parse_filter_document(Document spec, ParseContext& context) {
  auto filter = std::make_unique<RootFilter>(spec);
  PS_TRY(filter->parse(context));
  return std::unique_ptr<Filter>(std::move(filter));
}

}  // namespace penstock
