// SPDX-License-Identifier: Apache-2.0
#include "stages/merge_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/did_you_mean.h"
#include "bson/ejson.h"
#include "bson/number.h"
#include "expression/expression.h"
#include "stages/options.h"

namespace penstock {
namespace {

constexpr std::string_view kOptions[] = {"into", "on", "let", "whenMatched", "whenNotMatched", "parallelism"};
constexpr std::string_view kIntoOptions[] = {"connectionName", "db", "coll"};
constexpr size_t kDatabaseNameBytesMax = 63;

constexpr std::pair<std::string_view, WhenMatched> kWhenMatched[] = {
    {"merge", WhenMatched::kMerge},
    {"replace", WhenMatched::kReplace},
    {"keepExisting", WhenMatched::kKeepExisting},
    {"fail", WhenMatched::kFail},
};
constexpr std::string_view kUpdateStages[] = {"$addFields", "$set",         "$project",
                                              "$unset",     "$replaceRoot", "$replaceWith"};
constexpr std::pair<std::string_view, WhenNotMatched> kWhenNotMatched[] = {
    {"insert", WhenNotMatched::kInsert},
    {"discard", WhenNotMatched::kDiscard},
};

template <typename Enum, size_t N>
std::string_view word_of(Enum value, const std::pair<std::string_view, Enum> (&words)[N]) {
  for (const auto& [word, meaning] : words) {
    if (meaning == value) return word;
  }
  PS_CHECK(false);
  return {};
}

// An object or a "$path": evaluated per document.
bool is_expression(const Value& value) {
  return value.is_object() || (value.is_string() && value.as_string().starts_with("$"));
}

template <typename Enum, size_t N>
Result<Enum> parse_mode(std::string_view name, const Value& value,
                        const std::pair<std::string_view, Enum> (&words)[N]) {
  if (is_expression(value)) return not_supported_yet(fmt::format("an expression for '{}'", name));
  if (!value.is_string()) return wrong_option_type(name, "a string", value);
  std::vector<std::string_view> known;
  for (const auto& [word, meaning] : words) {
    if (word == value.as_string()) return meaning;
    known.push_back(word);
  }
  return Error(ErrorCode::kInvalidDefinition, "'{}' must be one of \"{}\", found \"{}\".{}", name,
               fmt::join(known, "\", \""), value.as_string(), did_you_mean(value.as_string(), known));
}

Result<void> check_update_stage(const Value& stage) {
  if (!stage.is_object() || stage.as_object().count() != 1) {
    return Error(ErrorCode::kInvalidDefinition,
                 "a stage of the 'whenMatched' pipeline must be an object with exactly one field, found {}",
                 to_text(stage));
  }
  const std::string_view name = stage.as_object().begin()->name;
  if (std::find(std::begin(kUpdateStages), std::end(kUpdateStages), name) != std::end(kUpdateStages)) return {};
  return Error(ErrorCode::kInvalidDefinition, "{} is not allowed in the 'whenMatched' pipeline; allowed are {}.{}",
               name, fmt::join(kUpdateStages, ", "), did_you_mean(name, kUpdateStages));
}

Result<void> read_when_matched(const Value& value, MergeSpec& merge) {
  if (value.is_string() && value.as_string() == "delete") return not_supported_yet("whenMatched: \"delete\"");
  if (!value.is_array()) {
    PS_TRY(merge.when_matched, parse_mode("whenMatched", value, kWhenMatched));
    return {};
  }
  for (const Element& stage : value.as_array()) {
    auto checked = check_update_stage(stage.value);
    if (!checked.ok()) return checked.take_error().at(fmt::format("[{}]", stage.name));
  }
  merge.when_matched = WhenMatched::kPipeline;
  merge.pipeline = OwnedDocument(value.as_array());
  return {};
}

Result<void> check_variable_name(std::string_view name) {
  const auto is_small = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto is_word = [&](char c) {
    return is_small(c) || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (c & 0x80) != 0;
  };
  const bool starts = !name.empty() && (is_small(name.front()) || (name.front() & 0x80) != 0);
  if (starts && std::all_of(name.begin(), name.end(), is_word)) return {};
  return Error(ErrorCode::kInvalidDefinition,
               "\"{}\" is no name of a variable: it begins with a small letter and holds letters, digits and _", name);
}

// An expression of the incoming document, evaluated by us.
Result<void> check_variable(const Element& variable) {
  PS_TRY(check_variable_name(variable.name));
  if (variable.name == "new") {
    if (variable.value.is_string() && variable.value.as_string() == "$$ROOT") return {};
    return Error(ErrorCode::kInvalidDefinition, "'let' may not define the variable 'new' other than as \"$$ROOT\"");
  }
  ParseContext context;
  PS_TRY(const ExpressionPtr expression, parse_expression(variable.value, context));
  FieldNeeds needs;
  expression->collect_needs(needs);
  if (needs.record_meta() || needs.window()) return not_supported_yet("$meta in 'let'");
  if (expression->volatile_result()) return not_supported_yet("an expression without a fixed value in 'let'");
  return {};
}

Result<void> read_let(const Value& value, MergeSpec& merge) {
  PS_TRY(const Document let, object_option("let", value));
  for (const Element& variable : let) {
    auto checked = check_variable(variable);
    if (!checked.ok()) return checked.take_error().at(variable.name);
  }
  merge.let = OwnedDocument(let);
  return {};
}

// The literal name of a database or collection.
Result<std::string> parse_name(Document into, std::string_view name) {
  if (is_expression(into.get(name))) {
    return not_supported_yet(fmt::format("an expression for '{}'", name)).at(name);
  }
  return required_text(into, name);
}

Result<void> check_database_name(std::string_view name) {
  constexpr std::string_view kForbidden = "/\\. \"$";
  const bool forbidden = name.find_first_of(kForbidden) != std::string_view::npos;
  if (!forbidden && name.find('\0') == std::string_view::npos && name.size() <= kDatabaseNameBytesMax) return {};
  return Error(ErrorCode::kInvalidDefinition,
               "\"{}\" is no name of a database: at most {} bytes, without blank or any of / \\ . \" $", name,
               kDatabaseNameBytesMax);
}

Result<void> check_collection_name(std::string_view name) {
  if (name.find('\0') == std::string_view::npos && name.find('$') == std::string_view::npos && name.front() != '.' &&
      name.back() != '.') {
    return {};
  }
  return Error(ErrorCode::kInvalidDefinition,
               "\"{}\" is no name of a collection: it must not hold $ nor begin or end with a dot", name);
}

Result<void> read_into(const Value& value, MergeSpec& merge) {
  PS_TRY(const Document into, object_option("into", value));
  PS_TRY(check_option_names(into, kIntoOptions));
  PS_TRY(merge.connection_name, required_text(into, "connectionName"));
  PS_TRY(merge.db, parse_name(into, "db"));
  PS_TRY(merge.coll, parse_name(into, "coll"));
  if (auto checked = check_database_name(merge.db); !checked.ok()) return checked.take_error().at("db");
  if (auto checked = check_collection_name(merge.coll); !checked.ok()) return checked.take_error().at("coll");
  return {};
}

Result<void> add_match_field(const Value& value, std::vector<std::string>& on) {
  if (!value.is_string()) return wrong_option_type("on", "a string or an array of strings", value);
  PS_TRY(split_path(value.as_string()));
  if (std::find(on.begin(), on.end(), value.as_string()) != on.end()) {
    return Error(ErrorCode::kInvalidDefinition, "the match field \"{}\" is given twice", value.as_string());
  }
  on.emplace_back(value.as_string());
  return {};
}

Result<std::vector<std::string>> parse_on(const Value& value) {
  std::vector<std::string> on;
  if (!value.is_array()) {
    PS_TRY(add_match_field(value, on));
    return on;
  }
  for (const Element& element : value.as_array()) {
    auto added = add_match_field(element.value, on);
    if (!added.ok()) return added.take_error().at(fmt::format("[{}]", element.name));
  }
  if (on.empty()) return Error(ErrorCode::kInvalidDefinition, "'on' must name at least one field");
  return on;
}

Result<void> check_parallelism(const Value& value) {
  if (!value.is_number()) return wrong_option_type("parallelism", "a whole number", value);
  const std::optional<int64_t> writers = to_integral(value);
  if (!writers || *writers < 1) {
    return Error(ErrorCode::kInvalidDefinition, "'parallelism' must be a positive whole number, found {}",
                 to_text(value));
  }
  if (*writers > 1) return not_supported_yet("'parallelism' above 1");
  return {};
}

Result<void> read_option(const Element& option, MergeSpec& merge) {
  if (option.name == "into") return read_into(option.value, merge);
  if (option.name == "parallelism") return check_parallelism(option.value);
  if (option.name == "let") return read_let(option.value, merge);
  if (option.name == "whenMatched") return read_when_matched(option.value, merge);
  if (option.name == "on") {
    PS_TRY(merge.on, parse_on(option.value));
  } else if (option.name == "whenNotMatched") {
    PS_TRY(merge.when_not_matched, parse_mode("whenNotMatched", option.value, kWhenNotMatched));
  }
  return {};
}

Result<void> check_modes(const MergeSpec& merge, Document spec) {
  const bool discards = merge.when_not_matched == WhenNotMatched::kDiscard;
  if (merge.when_matched == WhenMatched::kKeepExisting && discards) {
    return Error(ErrorCode::kInvalidDefinition,
                 "whenMatched: \"keepExisting\" with whenNotMatched: \"discard\" would never write anything");
  }
  if (merge.when_matched == WhenMatched::kFail && discards) {
    return Error(ErrorCode::kInvalidDefinition,
                 "whenMatched: \"fail\" with whenNotMatched: \"discard\" would never write anything");
  }
  if (spec.has("let") && merge.when_matched != WhenMatched::kPipeline) {
    return Error(ErrorCode::kInvalidDefinition, "'let' defines variables for a pipeline, and 'whenMatched' is none")
        .at("let");
  }
  return {};
}

std::string describe_when_matched(const MergeSpec& merge) {
  if (merge.when_matched != WhenMatched::kPipeline) return std::string(word_of(merge.when_matched, kWhenMatched));
  std::string text = "pipeline " + to_text(Value::array(merge.pipeline));
  if (!merge.let.view().empty()) text += " with " + to_text(Value::object(merge.let));
  return text;
}

}  // namespace

Result<MergeSpec> parse_merge(const Value& value) {
  PS_TRY(const Document spec, object_option("$merge", value));
  PS_TRY(check_option_names(spec, kOptions));
  if (!spec.has("into")) return Error(ErrorCode::kInvalidDefinition, "the required option 'into' is missing");
  MergeSpec merge;
  for (const Element& option : spec) {
    auto read = read_option(option, merge);
    if (!read.ok()) return read.take_error().at(option.name);
  }
  PS_TRY(check_modes(merge, spec));
  return merge;
}

std::string describe_merge(const MergeSpec& merge) {
  return fmt::format("{}.{} on {}, whenMatched {}, whenNotMatched {}", merge.db, merge.coll, fmt::join(merge.on, ", "),
                     describe_when_matched(merge), word_of(merge.when_not_matched, kWhenNotMatched));
}

}  // namespace penstock
