// SPDX-License-Identifier: Apache-2.0
#include "stages/options.h"

#include <algorithm>

#include "base/did_you_mean.h"

namespace penstock {
namespace {

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Error not_supported_yet(std::string_view what) {
  return Error(ErrorCode::kInvalidDefinition, "{} is not supported by this version of Penstock yet", what);
}

Error wrong_option_type(std::string_view name, std::string_view expected, const Value& found) {
  return Error(ErrorCode::kInvalidDefinition, "'{}' must be {}, found {}", name, expected, type_name(found.type()));
}

Result<Document> object_option(std::string_view what, const Value& value) {
  if (!value.is_object()) return wrong_option_type(what, "an object", value);
  return value.as_object();
}

Result<void> check_option_names(Document spec, std::span<const std::string_view> known,
                                std::span<const std::string_view> unsupported) {
  for (auto it = spec.begin(); it != spec.end(); ++it) {
    const std::string_view name = it->name;
    if (contains(unsupported, name)) return not_supported_yet("'" + std::string(name) + "'").at(name);
    if (!contains(known, name)) {
      return Error(ErrorCode::kInvalidDefinition, "unknown option '{}'.{}", name, did_you_mean(name, known)).at(name);
    }
    for (auto earlier = spec.begin(); earlier != it; ++earlier) {
      if (earlier->name == name) {
        return Error(ErrorCode::kInvalidDefinition, "the option '{}' is given twice", name).at(name);
      }
    }
  }
  return {};
}

Result<std::string> required_text(Document spec, std::string_view name) {
  const Value value = spec.get(name);
  if (value.is_missing()) return Error(ErrorCode::kInvalidDefinition, "the required option '{}' is missing", name);
  if (!value.is_string()) return wrong_option_type(name, "a string", value).at(name);
  if (value.as_string().empty()) {
    return Error(ErrorCode::kInvalidDefinition, "'{}' must not be empty", name).at(name);
  }
  return std::string(value.as_string());
}

}  // namespace penstock
