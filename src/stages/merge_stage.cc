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

constexpr std::string_view kOptions[] = {"into", "on", "whenMatched", "whenNotMatched", "parallelism"};
constexpr std::string_view kUnsupportedOptions[] = {"let"};
constexpr std::string_view kIntoOptions[] = {"connectionName", "db", "coll"};
constexpr size_t kDatabaseNameBytesMax = 63;

constexpr std::pair<std::string_view, WhenMatched> kWhenMatched[] = {
    {"merge", WhenMatched::kMerge},
    {"replace", WhenMatched::kReplace},
    {"keepExisting", WhenMatched::kKeepExisting},
};
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
  if (value.is_array()) return not_supported_yet(fmt::format("a pipeline for '{}'", name));
  if (!value.is_string()) return wrong_option_type(name, "a string", value);
  std::vector<std::string_view> known;
  for (const auto& [word, meaning] : words) {
    if (word == value.as_string()) return meaning;
    known.push_back(word);
  }
  return Error(ErrorCode::kInvalidDefinition, "'{}' must be one of \"{}\", found \"{}\".{}", name,
               fmt::join(known, "\", \""), value.as_string(), did_you_mean(value.as_string(), known));
}

Result<WhenMatched> parse_when_matched(const Value& value) {
  if (value.is_string() && value.as_string() == "delete") return not_supported_yet("whenMatched: \"delete\"");
  return parse_mode("whenMatched", value, kWhenMatched);
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
  if (option.name == "on") {
    PS_TRY(merge.on, parse_on(option.value));
  } else if (option.name == "whenMatched") {
    PS_TRY(merge.when_matched, parse_when_matched(option.value));
  } else if (option.name == "whenNotMatched") {
    PS_TRY(merge.when_not_matched, parse_mode("whenNotMatched", option.value, kWhenNotMatched));
  }
  return {};
}

}  // namespace

Result<MergeSpec> parse_merge(const Value& value) {
  PS_TRY(const Document spec, object_option("$merge", value));
  PS_TRY(check_option_names(spec, kOptions, kUnsupportedOptions));
  if (!spec.has("into")) return Error(ErrorCode::kInvalidDefinition, "the required option 'into' is missing");
  MergeSpec merge;
  for (const Element& option : spec) {
    auto read = read_option(option, merge);
    if (!read.ok()) return read.take_error().at(option.name);
  }
  if (merge.when_matched == WhenMatched::kKeepExisting && merge.when_not_matched == WhenNotMatched::kDiscard) {
    return Error(ErrorCode::kInvalidDefinition,
                 "whenMatched: \"keepExisting\" with whenNotMatched: \"discard\" would never write anything");
  }
  return merge;
}

std::string describe_merge(const MergeSpec& merge) {
  return fmt::format("{}.{} on {}, whenMatched {}, whenNotMatched {}", merge.db, merge.coll, fmt::join(merge.on, ", "),
                     word_of(merge.when_matched, kWhenMatched), word_of(merge.when_not_matched, kWhenNotMatched));
}

}  // namespace penstock
