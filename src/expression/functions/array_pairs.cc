// SPDX-License-Identifier: Apache-2.0
// $zip, and arrays of keys and values to objects and back (reference mql-semantics 6).
#include "bson/ejson.h"
#include "expression/functions/field_list.h"
#include "expression/functions/functions.h"
#include "expression/functions/results.h"
#include "expression/nodes.h"

namespace penstock {
namespace {

// {$zip: {inputs: [...], useLongestLength: true, defaults: [...]}}
class ZipNode final : public Expression {
 public:
  // `defaults` is empty, or as long as `inputs`.
  ZipNode(std::vector<ExpressionPtr> inputs, std::vector<ExpressionPtr> defaults, bool longest)
      : inputs_(std::move(inputs)), defaults_(std::move(defaults)), longest_(longest) {}

  Result<Value> evaluate(EvalContext& context) const override {
    std::vector<Document> arrays;
    size_t length = 0;
    for (const ExpressionPtr& input : inputs_) {
      PS_TRY(const Value value, input->evaluate(context));
      if (value.is_nullish()) return Value::null();
      if (!value.is_array()) {
        return Error(ErrorCode{34468}, "$zip found a non-array expression in input: {}", penstock::to_text(value));
      }
      arrays.push_back(value.as_array());
      const size_t count = arrays.back().count();
      const bool decides = arrays.size() == 1 || (longest_ ? count > length : count < length);
      if (decides) length = count;
    }
    return rows(arrays, length, context);
  }
  void collect_needs(FieldNeeds& needs) const override {
    for (const auto* children : {&inputs_, &defaults_}) {
      for (const ExpressionPtr& child : *children)
        child->collect_needs(needs);
    }
  }
  void bind(const FieldNeeds* needs) override {
    for (auto* children : {&inputs_, &defaults_}) {
      for (const ExpressionPtr& child : *children)
        child->bind(needs);
    }
  }
  std::string to_text() const override {
    std::string text = longest_ ? "{$zip: [longest" : "{$zip: [shortest";
    for (const auto* children : {&inputs_, &defaults_}) {
      for (const ExpressionPtr& child : *children)
        text += ", " + child->to_text();
    }
    return text + "]}";
  }

 private:
  // Only looked at where an array has ended before the longest one.
  Result<Value> fill(size_t input, EvalContext& context) const {
    if (defaults_.empty()) return Value::null();
    return defaults_[input]->evaluate(context);
  }

  Result<Value> rows(const std::vector<Document>& arrays, size_t length, EvalContext& context) const {
    std::vector<Document::Iterator> at;
    for (const Document& array : arrays)
      at.push_back(array.begin());
    ArrayResult all("$zip");
    ArrayResult row("$zip");
    for (size_t i = 0; i < length; ++i) {
      for (size_t input = 0; input < arrays.size(); ++input) {
        if (at[input] == arrays[input].end()) {
          PS_TRY(const Value value, fill(input, context));
          PS_TRY(row.append(value));
        } else {
          PS_TRY(row.append(at[input]->value));
          ++at[input];
        }
      }
      PS_TRY(all.append(row.finish(context.arena)));
    }
    return all.finish(context.arena);
  }

  std::vector<ExpressionPtr> inputs_;
  std::vector<ExpressionPtr> defaults_;
  bool longest_;
};

struct ZipParts {
  std::vector<ExpressionPtr> inputs;
  std::vector<ExpressionPtr> defaults;
  bool longest = false;
};

Result<std::vector<ExpressionPtr>> parse_list(std::string_view name, const Value& spec, ErrorCode not_a_list,
                                              ParseContext& context) {
  if (!spec.is_array()) {
    return Error(not_a_list, "{} must be an array of expressions, found {}", name, type_name(spec.type()));
  }
  std::vector<ExpressionPtr> list;
  for (const Element& element : spec.as_array()) {
    auto parsed = parse_expression(element.value, context);
    if (!parsed.ok()) return parsed.take_error().at("[" + std::string(element.name) + "]").at(name);
    list.push_back(std::move(*parsed));
  }
  return list;
}

Result<ZipParts> parse_zip_parts(Document spec, ParseContext& context) {
  ZipParts parts;
  for (const Element& element : spec) {
    if (element.name == "inputs") {
      PS_TRY(parts.inputs, parse_list("inputs", element.value, ErrorCode{34461}, context));
    } else if (element.name == "defaults") {
      PS_TRY(parts.defaults, parse_list("defaults", element.value, ErrorCode{34462}, context));
    } else if (element.name == "useLongestLength") {
      if (element.value.type() != Type::kBool) {
        return Error(ErrorCode{34463}, "useLongestLength must be a bool, found {}", type_name(element.value.type()));
      }
      parts.longest = element.value.as_bool();
    } else {
      return Error(ErrorCode{34464}, "$zip found an unknown argument: {}", element.name);
    }
  }
  return parts;
}

Result<ExpressionPtr> parse_zip(const Value& argument, ParseContext& context) {
  if (!argument.is_object()) {
    return Error(ErrorCode{34460}, "$zip only supports an object as an argument, found {}", type_name(argument.type()));
  }
  PS_TRY(ZipParts parts, parse_zip_parts(argument.as_object(), context));
  if (parts.inputs.empty()) return Error(ErrorCode{34465}, "$zip requires at least one input array");
  if (!parts.defaults.empty() && !parts.longest) {
    return Error(ErrorCode{34466}, "cannot specify defaults unless useLongestLength is true");
  }
  if (!parts.defaults.empty() && parts.defaults.size() != parts.inputs.size()) {
    return Error(ErrorCode{34467}, "defaults and inputs must have the same length");
  }
  return ExpressionPtr(std::make_unique<ZipNode>(std::move(parts.inputs), std::move(parts.defaults), parts.longest));
}

// $arrayToObject

struct Pair {
  std::string_view key;
  Value value;
};

Result<Pair> pair_of_array(Document array) {
  const std::vector<Value> parts = elements_of(array);
  if (parts.size() != 2) {
    return Error(ErrorCode{40397}, "$arrayToObject requires an array of size 2 arrays, found array of size: {}",
                 parts.size());
  }
  if (!parts[0].is_string()) {
    return Error(ErrorCode{40395},
                 "$arrayToObject requires an array of key-value pairs, where the key must be of type string. Found key "
                 "type: {}",
                 type_name(parts[0].type()));
  }
  if (parts[0].as_string().find('\0') != std::string_view::npos) {
    return Error(ErrorCode{4940400}, "Key field cannot contain an embedded null byte");
  }
  return Pair{parts[0].as_string(), parts[1]};
}

Result<Pair> pair_of_object(Document object) {
  if (const size_t count = object.count(); count != 2) {
    return Error(ErrorCode{40392},
                 "$arrayToObject requires an object keys of 'k' and 'v'. Found incorrect number of "
                 "keys: {}",
                 count);
  }
  const Value key = object.get("k");
  const Value value = object.get("v");
  if (key.is_missing() || value.is_missing()) {
    return Error(ErrorCode{40393},
                 "$arrayToObject requires an object with keys 'k' and 'v'. Missing either or both keys from: {}",
                 to_text(Value::object(object)));
  }
  if (!key.is_string()) {
    return Error(ErrorCode{40394},
                 "$arrayToObject requires an object with keys 'k' and 'v', where the value of 'k' must be of type "
                 "string. Found type: {}",
                 type_name(key.type()));
  }
  if (key.as_string().find('\0') != std::string_view::npos) {
    return Error(ErrorCode{4940401}, "Key field cannot contain an embedded null byte");
  }
  return Pair{key.as_string(), value};
}

Result<Pair> pair_of(const Value& element, Type expected) {
  if (expected != Type::kArray && expected != Type::kObject) {
    return Error(ErrorCode{40398}, "Unrecognised input type format for $arrayToObject: {}", type_name(expected));
  }
  if (element.type() != expected) {
    return Error(expected == Type::kArray ? ErrorCode{40396} : ErrorCode{40391},
                 "$arrayToObject requires a consistent input format. Elements must all be arrays or all be objects. {} "
                 "was detected, now found: {}",
                 expected == Type::kArray ? "Array" : "Object", type_name(element.type()));
  }
  return expected == Type::kArray ? pair_of_array(element.as_array()) : pair_of_object(element.as_object());
}

Result<Value> array_to_object(std::span<const Value> arguments, EvalContext& context) {
  if (arguments[0].is_nullish()) return Value::null();
  if (!arguments[0].is_array()) {
    return Error(ErrorCode{40386}, "$arrayToObject requires an array input, found: {}", type_name(arguments[0].type()));
  }
  FieldList fields("$arrayToObject");
  Type expected = Type::kMissing;
  for (const Element& element : arguments[0].as_array()) {
    if (expected == Type::kMissing) expected = element.value.type();
    PS_TRY(const Pair pair, pair_of(element.value, expected));
    PS_TRY(fields.set(pair.key, pair.value));
  }
  return fields.finish(context.arena);
}

// $objectToArray

Result<Value> object_to_array(std::span<const Value> arguments, EvalContext& context) {
  if (arguments[0].is_nullish()) return Value::null();
  if (!arguments[0].is_object()) {
    return Error(ErrorCode{40390}, "$objectToArray requires a document input, found: {}",
                 type_name(arguments[0].type()));
  }
  ArrayResult pairs("$objectToArray");
  DocumentBuilder pair;
  for (const Element& element : arguments[0].as_object()) {
    pair.append("k", Value::string(element.name));
    pair.append("v", element.value);
    PS_TRY(pairs.append(Value::object(pair.finish())));
  }
  return pairs.finish(context.arena);
}

constexpr Example kArrayToObjectExamples[] = {
    {R"({$arrayToObject: "$a"})", R"({a: [{k: "q", v: 1}, {k: "r", v: 2}]})", "{q: 1, r: 2}"},
    {R"({$arrayToObject: "$a"})", R"({a: [["k", 1], ["j", 2], ["k", 3]]})", "{k: 3, j: 2}"},
    {R"({$arrayToObject: "$a"})", R"({a: [1]})", "error 40398"},
};
constexpr Example kObjectToArrayExamples[] = {
    {R"({$objectToArray: "$a"})", R"({a: {q: 1}})", R"([{k: "q", v: 1}])"},
    {R"({$objectToArray: "$a"})", R"({a: 5})", "error 40390"},
};
constexpr Example kZipExamples[] = {
    {R"({$zip: {inputs: ["$a", "$b"]}})", R"({a: ["x", "y"], b: [1]})", R"([["x", 1]])"},
    {R"({$zip: {inputs: ["$a", "$b"], useLongestLength: true, defaults: ["-", 0]}})", R"({a: ["x", "y"], b: [1]})",
     R"([["x", 1], ["y", 0]])"},
    {R"({$zip: {inputs: ["$a"]}})", R"({a: 5})", "error 34468"},
};

constexpr Function kArrayPairsFunctions[] = {
    {.name = "$arrayToObject",
     .arity = Arity::exactly(1),
     .summary = "The object of [key, value] or {k, v} pairs; a repeated key keeps the last value.",
     .evaluate = array_to_object,
     .examples = kArrayToObjectExamples},
    {.name = "$objectToArray",
     .arity = Arity::exactly(1),
     .summary = "The fields of an object as {k, v} pairs.",
     .evaluate = object_to_array,
     .examples = kObjectToArrayExamples},
    {.name = "$zip",
     .arity = Arity::exactly(1),
     .summary = "{inputs, useLongestLength, defaults}: the first elements of all arrays as an array, then the second "
                "ones, ...",
     .parse = parse_zip,
     .examples = kZipExamples},
};

}  // namespace

std::span<const Function> array_pairs_functions() { return kArrayPairsFunctions; }

}  // namespace penstock
