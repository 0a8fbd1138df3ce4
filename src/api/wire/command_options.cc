// SPDX-License-Identifier: Apache-2.0
#include "api/wire/command_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/did_you_mean.h"

namespace penstock {
namespace {

// Fields that may ride on any command (reference control-plane A1.2).
constexpr std::string_view kRiders[] = {"apiDeprecationErrors",
                                        "apiStrict",
                                        "apiVersion",
                                        "autocommit",
                                        "backpressure",
                                        "comment",
                                        "lsid",
                                        "maxTimeMS",
                                        "readConcern",
                                        "stmtId",
                                        "startTransaction",
                                        "txnNumber",
                                        "writeConcern"};

bool is_rider(std::string_view name) {
  return name.starts_with('$') || std::find(std::begin(kRiders), std::end(kRiders), name) != std::end(kRiders);
}

std::optional<int64_t> whole_number(const Value& value) {
  if (value.type() == Type::kInt || value.type() == Type::kLong) return value.as_integer();
  if (value.type() != Type::kDouble) return std::nullopt;
  const double number = value.as_double();
  constexpr double kBeyond = 9223372036854775808.0;
  if (!(number >= -kBeyond && number < kBeyond) || std::trunc(number) != number) return std::nullopt;
  return static_cast<int64_t>(number);
}

}  // namespace

Error wrong_field_type(const FoundField& field, std::string_view expected) {
  return Error(ErrorCode::kTypeMismatch, "BSON field '{}' is the wrong type '{}', expected type '{}'", field.path,
               type_name(field.value.type()), expected);
}

Error missing_field(std::string_view path) {
  return Error(ErrorCode{40414}, "BSON field '{}' is missing but a required field", path);
}

Error unknown_field(std::string_view path, std::string_view name, std::span<const std::string_view> known) {
  return Error(ErrorCode{40415}, "BSON field '{}' is an unknown field.{}", path, did_you_mean(name, known));
}

Result<CommandOptions> CommandOptions::of(Document command) {
  const std::string_view name = command.begin()->name;
  const Value nested = command.get("options");
  if (nested.is_nullish()) return CommandOptions(name, command, Document());
  if (!nested.is_object()) return wrong_field_type({nested, fmt::format("{}.options", name)}, "object");
  return CommandOptions(name, command, nested.as_object());
}

FoundField CommandOptions::find(std::string_view option) const {
  if (const Value nested = nested_.get(option); !nested.is_nullish()) {
    return {nested, fmt::format("{}.options.{}", name_, option)};
  }
  const Value top = command_.get(option);
  return {top.is_nullish() ? Value() : top, fmt::format("{}.{}", name_, option)};
}

Result<std::optional<std::string>> CommandOptions::text(std::string_view option) const {
  const FoundField field = find(option);
  if (!field.given()) return std::optional<std::string>();
  if (!field.value.is_string()) return wrong_field_type(field, "string");
  return std::optional(std::string(field.value.as_string()));
}

Result<std::optional<bool>> CommandOptions::flag(std::string_view option) const {
  const FoundField field = find(option);
  if (!field.given()) return std::optional<bool>();
  if (field.value.type() != Type::kBool && !field.value.is_number()) return wrong_field_type(field, "bool");
  return std::optional(is_true(field.value));
}

Result<std::optional<Document>> CommandOptions::document(std::string_view option) const {
  const FoundField field = find(option);
  if (!field.given()) return std::optional<Document>();
  if (!field.value.is_object()) return wrong_field_type(field, "object");
  return std::optional(field.value.as_object());
}

Result<std::optional<int64_t>> CommandOptions::whole(std::string_view option, int64_t least, int64_t most) const {
  const FoundField field = find(option);
  if (!field.given()) return std::optional<int64_t>();
  if (!field.value.is_number()) return wrong_field_type(field, "int");
  const std::optional<int64_t> number = whole_number(field.value);
  if (!number) return Error(ErrorCode::kBadValue, "BSON field '{}' must be a whole number", field.path);
  if (*number < least) {
    return Error(ErrorCode::kBadValue, "BSON field '{}' value must be >= {}, actual value '{}'", field.path, least,
                 *number);
  }
  if (*number > most) {
    return Error(ErrorCode::kBadValue, "BSON field '{}' value must be <= {}, actual value '{}'", field.path, most,
                 *number);
  }
  return number;
}

Result<void> CommandOptions::check_names(std::span<const std::string_view> known) const {
  const auto is_known = [known](std::string_view name) {
    return std::find(known.begin(), known.end(), name) != known.end();
  };
  for (const Element& field : command_) {
    if (field.name == name_ || field.name == "options" || is_known(field.name) || is_rider(field.name)) continue;
    return unknown_field(fmt::format("{}.{}", name_, field.name), field.name, known);
  }
  for (const Element& field : nested_) {
    if (!is_known(field.name)) return unknown_field(fmt::format("{}.options.{}", name_, field.name), field.name, known);
  }
  return {};
}

}  // namespace penstock
