// SPDX-License-Identifier: Apache-2.0
// The operators of one field in a query: {$gt: 1, $lt: 5}, {$elemMatch: {...}}, /regex/ (reference mql-semantics 16).
#include <algorithm>
#include <cmath>

#include "base/did_you_mean.h"
#include "bson/ejson.h"
#include "bson/number.h"
#include "expression/match_bits.h"
#include "expression/match_query.h"

namespace penstock {
namespace {

constexpr ErrorCode kBad = ErrorCode::kBadValue;

using Terms = std::vector<Term>;

void push(Terms& to, std::unique_ptr<Predicate> predicate, bool negated = false) {
  to.push_back({.predicate = std::move(predicate), .negated = negated});
}

// $elemMatch with a query: one element, object or array, that matches it.
class ElementQuery final : public Predicate {
 public:
  explicit ElementQuery(std::unique_ptr<Query> query) : query_(std::move(query)) {}
  bool test(const Value& v) const override {
    if (!v.is_array()) return false;
    for (const Element& element : v.as_array()) {
      if (!element.value.is_object() && !element.value.is_array()) continue;
      if (query_->matches_document(element.value.as_container())) return true;
    }
    return false;
  }
  bool expands() const override { return false; }

 private:
  std::unique_ptr<Query> query_;
};

// {$ref: ..., $id: ...} is a value, not operators.
bool is_reference(Document object) { return object.has("$ref") && object.has("$id"); }

struct RegexParts {
  std::string_view pattern;
  std::string_view flags;
};

RegexParts split_regex(const Value& regex) {
  const std::string_view bytes = regex.bytes();
  const std::string_view pattern = bytes.substr(0, bytes.find('\0'));
  std::string_view flags = bytes.substr(pattern.size() + 1);
  return {pattern, flags.substr(0, flags.find('\0'))};
}

Result<std::unique_ptr<Predicate>> regex_predicate(RegexParts parts) {
  PS_TRY(Regex regex, Regex::compile(parts.pattern, parts.flags));
  return make_regex(std::move(regex), parts.pattern, parts.flags);
}

// What each operator sees: its argument, the object it stands in, the field the object belongs to.
struct Site {
  std::string_view field;
  Document operators;
  const Value& argument;
};

Result<void> compare_with(Comparison comparison, const Site& site, Terms& to) {
  if (site.argument.type() == Type::kUndefined) return Error(kBad, "cannot compare to undefined");
  if (site.argument.type() == Type::kRegex && comparison != Comparison::kEqual) {
    return Error(kBad, "Can't have RegEx as arg to predicate over field '{}'.", site.field);
  }
  push(to, make_comparison(comparison, site.argument));
  return {};
}

Result<void> parse_eq(const Site& site, Terms& to) { return compare_with(Comparison::kEqual, site, to); }
Result<void> parse_gt(const Site& site, Terms& to) { return compare_with(Comparison::kGreater, site, to); }
Result<void> parse_gte(const Site& site, Terms& to) { return compare_with(Comparison::kGreaterOrEqual, site, to); }
Result<void> parse_lt(const Site& site, Terms& to) { return compare_with(Comparison::kLess, site, to); }
Result<void> parse_lte(const Site& site, Terms& to) { return compare_with(Comparison::kLessOrEqual, site, to); }

Result<void> parse_ne(const Site& site, Terms& to) {
  if (site.argument.type() == Type::kRegex) return Error(kBad, "Can't have regex as arg to $ne.");
  PS_TRY(compare_with(Comparison::kEqual, site, to));
  to.back().negated = true;
  return {};
}

Result<std::unique_ptr<Predicate>> in_predicate(std::string_view name, const Value& argument) {
  if (!argument.is_array()) return Error(kBad, "{} needs an array", name);
  std::vector<Value> values;
  std::vector<std::unique_ptr<Predicate>> regexes;
  for (const Element& element : argument.as_array()) {
    const Value& value = element.value;
    if (value.type() == Type::kUndefined) return Error(kBad, "{} cannot contain undefined", name);
    if (is_operator_object(value)) return Error(kBad, "cannot nest $ under {}", name);
    if (value.type() == Type::kRegex) {
      PS_TRY(auto regex, regex_predicate(split_regex(value)));
      regexes.push_back(std::move(regex));
    }
    values.push_back(value);
  }
  return make_in(std::move(values), std::move(regexes));
}

Result<void> parse_in(const Site& site, Terms& to) {
  PS_TRY(auto predicate, in_predicate("$in", site.argument));
  push(to, std::move(predicate));
  return {};
}

Result<void> parse_nin(const Site& site, Terms& to) {
  PS_TRY(auto predicate, in_predicate("$nin", site.argument));
  push(to, std::move(predicate), true);
  return {};
}

Result<void> parse_exists(const Site& site, Terms& to) {
  push(to, make_exists(), !is_true(site.argument));
  return {};
}

Result<void> add_type_name(std::string_view name, std::bitset<256>& types) {
  if (name == "number") {
    for (Type type : {Type::kInt, Type::kLong, Type::kDouble, Type::kDecimal})
      types.set(static_cast<uint8_t>(type));
    return {};
  }
  if (name == "missing") {
    return Error(kBad,
                 "'missing' is not a legal type name. To query for non-existence of a field, use {{$exists:false}}.");
  }
  for (size_t n = 1; n < types.size(); ++n) {
    const bool known = n <= static_cast<size_t>(Type::kDecimal) || n == static_cast<size_t>(Type::kMaxKey) ||
                       n == static_cast<size_t>(Type::kMinKey);
    if (!known || type_name(static_cast<Type>(n)) != name) continue;
    types.set(n);
    return {};
  }
  return Error(kBad, "Unknown type name alias: {}", name);
}

Result<void> add_type(const Value& type, std::bitset<256>& types) {
  if (type.is_string()) return add_type_name(type.as_string(), types);
  if (!type.is_number()) {
    return Error(ErrorCode::kTypeMismatch, "type must be represented as a number or a string");
  }
  const int64_t n = to_integral(type).value_or(INT64_MAX);
  if (n == 0) return Error(kBad, "Invalid numerical type code: 0. Instead use {{$exists:false}}.");
  const bool known = (n >= 1 && n <= static_cast<int64_t>(Type::kDecimal)) || n == 127 || n == -1;
  if (!known) return Error(kBad, "Invalid numerical type code: {}", to_text(type));
  types.set(static_cast<uint8_t>(n));  // -1 is stored as 255.
  return {};
}

Result<void> parse_type(const Site& site, Terms& to) {
  std::bitset<256> types;
  if (!site.argument.is_array()) {
    PS_TRY(add_type(site.argument, types));
  } else if (site.argument.as_array().empty()) {
    return Error(ErrorCode::kFailedToParse, "{} must match at least one type", site.field);
  } else {
    for (const Element& element : site.argument.as_array())
      PS_TRY(add_type(element.value, types));
  }
  push(to, make_type(types));
  return {};
}

Result<void> parse_size(const Site& site, Terms& to) {
  const Value& size = site.argument;
  if (!size.is_number()) {
    return Error(kBad, "Failed to parse $size. Expected a number in: $size: {}", to_text(size));
  }
  const auto n = to_integral(size);
  if (!n) return Error(kBad, "Failed to parse $size. Expected an integer: $size: {}", to_text(size));
  if (*n < 0) {
    return Error(kBad, "Failed to parse $size. Expected a non-negative number in: $size: {}", to_text(size));
  }
  if (*n != static_cast<int32_t>(*n)) {
    return Error(kBad, "Failed to parse $size. Cannot represent $size: {} in an int", *n);
  }
  push(to, make_size(*n));
  return {};
}

Result<int64_t> mod_number(std::string_view what, const Value& number) {
  if (!number.is_number()) return Error(kBad, "malformed mod, {} not a number", what);
  const auto n = whole_part(number);
  if (!n) return Error(kBad, "malformed mod, {} value is invalid: {}", what, to_text(number));
  return *n;
}

Result<void> parse_mod(const Site& site, Terms& to) {
  if (!site.argument.is_array()) return Error(kBad, "malformed mod, needs to be an array");
  const Document pair = site.argument.as_array();
  const size_t count = pair.count();
  if (count < 2) return Error(kBad, "malformed mod, not enough elements");
  if (count > 2) return Error(kBad, "malformed mod, too many elements");
  PS_TRY(const int64_t divisor, mod_number("divisor", pair.get("0")));
  if (divisor == 0) return Error(kBad, "divisor cannot be 0");
  PS_TRY(const int64_t remainder, mod_number("remainder", pair.get("1")));
  push(to, make_mod(divisor, remainder));
  return {};
}

// What stands in an $elemMatch that is a query, not operators on the element itself.
bool is_element_query(Document spec) {
  if (spec.empty()) return true;
  constexpr std::string_view kOfQueries[] = {"$and",  "$or",         "$nor",   "$expr", "$comment", "$jsonSchema",
                                             "$text", "$sampleRate", "$where", "$ref",  "$id",      "$db"};
  const std::string_view first = spec.begin()->name;
  return !first.starts_with('$') ||
         std::find(std::begin(kOfQueries), std::end(kOfQueries), first) != std::end(kOfQueries);
}

Result<Terms> parse_operators(std::string_view field, Document operators);

Result<std::unique_ptr<Predicate>> element_predicate(std::string_view field, const Value& argument) {
  if (!argument.is_object()) return Error(kBad, "$elemMatch needs an Object");
  if (is_element_query(argument.as_object())) {
    PS_TRY(auto query, parse_query(argument.as_object(), nullptr));
    return std::unique_ptr<Predicate>(std::make_unique<ElementQuery>(std::move(query)));
  }
  PS_TRY(Terms terms, parse_operators(field, argument.as_object()));
  return make_element_terms(std::move(terms));
}

Result<void> parse_elem_match(const Site& site, Terms& to) {
  PS_TRY(auto predicate, element_predicate(site.field, site.argument));
  push(to, std::move(predicate));
  return {};
}

bool is_elem_match(const Value& value) {
  return value.is_object() && !value.as_object().empty() && value.as_object().begin()->name == "$elemMatch";
}

Result<void> parse_all(const Site& site, Terms& to) {
  if (!site.argument.is_array()) return Error(kBad, "$all needs an array");
  const Document wanted = site.argument.as_array();
  if (wanted.empty()) {
    push(to, make_never());
    return {};
  }
  const bool elements = is_elem_match(wanted.begin()->value);
  for (const Element& element : wanted) {
    const Value& value = element.value;
    if (elements) {
      if (!is_elem_match(value)) return Error(kBad, "$all/$elemMatch has to be consistent");
      PS_TRY(auto predicate, element_predicate(site.field, value.as_object().begin()->value));
      push(to, std::move(predicate));
    } else if (value.type() == Type::kRegex) {
      PS_TRY(auto predicate, regex_predicate(split_regex(value)));
      push(to, std::move(predicate));
    } else {
      if (is_operator_object(value)) return Error(kBad, "no $ expressions in $all");
      PS_TRY(compare_with(Comparison::kEqual, {site.field, site.operators, value}, to));
    }
  }
  return {};
}

// The flags from $options, wherever it stands beside $regex; `own`: those of a regex value.
Result<std::string_view> flags_of(Document operators, std::string_view own) {
  std::string_view flags = own;
  bool regex_seen = false;
  for (const Element& element : operators) {
    if (element.name == "$regex") regex_seen = true;
    if (element.name != "$options") continue;
    if (!element.value.is_string()) return Error(kBad, "$options has to be a string");
    const std::string_view options = element.value.as_string();
    if (!own.empty() && (regex_seen || !options.empty())) {
      return Error(ErrorCode{regex_seen ? 51075 : 51074}, "options set in both $regex and $options");
    }
    if (own.empty()) flags = options;
  }
  return flags;
}

Result<void> parse_regex(const Site& site, Terms& to) {
  RegexParts parts;
  if (site.argument.is_string()) {
    parts.pattern = site.argument.as_string();
  } else if (site.argument.type() == Type::kRegex) {
    parts = split_regex(site.argument);
  } else {
    return Error(kBad, "$regex has to be a string");
  }
  if (parts.pattern.find('\0') != std::string_view::npos) {
    return Error(kBad, "Regular expression cannot contain an embedded null byte");
  }
  PS_TRY(parts.flags, flags_of(site.operators, parts.flags));
  PS_TRY(auto predicate, regex_predicate(parts));
  push(to, std::move(predicate));
  return {};
}

template <const BitQuestion& kQuestion>
Result<void> parse_bits(const Site& site, Terms& to) {
  PS_TRY(auto predicate, make_bits(kQuestion, site.argument));
  push(to, std::move(predicate));
  return {};
}

Result<void> parse_options(const Site& site, Terms&) {
  if (!site.operators.has("$regex")) return Error(kBad, "$options needs a $regex");
  return {};
}

Result<void> parse_not(const Site& site, Terms& to) {
  Term term{.negated = true};
  if (site.argument.type() == Type::kRegex) {
    PS_TRY(term.predicate, regex_predicate(split_regex(site.argument)));
  } else if (!site.argument.is_object()) {
    return Error(kBad, "$not needs a regex or a document");
  } else if (site.argument.as_object().empty()) {
    return Error(kBad, "$not cannot be empty");
  } else {
    PS_TRY(term.group, parse_operators(site.field, site.argument.as_object()));
  }
  to.push_back(std::move(term));
  return {};
}

struct Operator {
  std::string_view name;
  Result<void> (*parse)(const Site& site, Terms& to);
};

constexpr Operator kOperators[] = {
    {"$all", parse_all},
    {"$bitsAllClear", parse_bits<kBitsAllClear>},
    {"$bitsAllSet", parse_bits<kBitsAllSet>},
    {"$bitsAnyClear", parse_bits<kBitsAnyClear>},
    {"$bitsAnySet", parse_bits<kBitsAnySet>},
    {"$elemMatch", parse_elem_match},
    {"$eq", parse_eq},
    {"$exists", parse_exists},
    {"$gt", parse_gt},
    {"$gte", parse_gte},
    {"$in", parse_in},
    {"$lt", parse_lt},
    {"$lte", parse_lte},
    {"$mod", parse_mod},
    {"$ne", parse_ne},
    {"$nin", parse_nin},
    {"$not", parse_not},
    {"$options", parse_options},
    {"$regex", parse_regex},
    {"$size", parse_size},
    {"$type", parse_type},
};

Error unknown_operator(std::string_view name) {
  constexpr std::string_view kNotYet[] = {"$geoIntersects", "$geoWithin", "$near", "$nearSphere"};
  if (std::find(std::begin(kNotYet), std::end(kNotYet), name) != std::end(kNotYet)) {
    return Error(kBad, "{} is not supported in $match by this version of Penstock yet", name);
  }
  std::vector<std::string_view> names;
  for (const Operator& known : kOperators)
    names.push_back(known.name);
  const std::string hint = did_you_mean(name, names);
  return Error(kBad, "unknown operator: {}{}{}", name, hint.empty() ? "" : ".", hint);
}

Result<Terms> parse_operators(std::string_view field, Document operators) {
  Terms terms;
  for (const Element& element : operators) {
    const auto* row = std::find_if(std::begin(kOperators), std::end(kOperators),
                                   [&](const Operator& known) { return known.name == element.name; });
    if (row == std::end(kOperators)) return unknown_operator(element.name);
    auto parsed = row->parse({field, operators, element.value}, terms);
    if (!parsed.ok()) return parsed.take_error().at(element.name);
  }
  return terms;
}

}  // namespace

bool is_operator_object(const Value& value) {
  if (!value.is_object() || value.as_object().empty()) return false;
  return value.as_object().begin()->name.starts_with('$') && !is_reference(value.as_object());
}

Result<std::vector<Term>> parse_condition(std::string_view field, const Value& value) {
  if (is_operator_object(value)) return parse_operators(field, value.as_object());
  Terms terms;
  if (value.type() == Type::kRegex) {
    PS_TRY(auto predicate, regex_predicate(split_regex(value)));
    push(terms, std::move(predicate));
    return terms;
  }
  PS_TRY(compare_with(Comparison::kEqual, {field, Document(), value}, terms));
  return terms;
}

}  // namespace penstock
