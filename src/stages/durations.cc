// SPDX-License-Identifier: Apache-2.0
#include "stages/durations.h"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "base/did_you_mean.h"
#include "bson/ejson.h"
#include "bson/number.h"
#include "stages/options.h"

namespace penstock {
namespace {

struct Unit {
  std::string_view name;
  std::string_view suffix;
  int64_t ms;
};

constexpr Unit kUnits[] = {
    {"ms", "ms", 1},          {"second", "s", 1'000},   {"minute", "m", 60'000},
    {"hour", "h", 3'600'000}, {"day", "d", 86'400'000},
};

Result<int64_t> parse_size(const Value& value, std::string_view name) {
  if (value.is_missing()) return Error(ErrorCode::kInvalidDefinition, "the required option '{}' is missing", name);
  if (!value.is_number()) return wrong_option_type(name, "a whole number", value).at(name);
  const std::optional<int64_t> size = to_integral(value);
  if (!size || *size <= 0) {
    return Error(ErrorCode::kInvalidDefinition, "'{}' must be a positive whole number, found {}", name, to_text(value))
        .at(name);
  }
  return *size;
}

Result<Unit> parse_unit(Document spec) {
  PS_TRY(const std::string name, required_text(spec, "unit"));
  std::vector<std::string_view> names;
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return unit;
    names.push_back(unit.name);
  }
  return Error(ErrorCode::kInvalidDefinition,
               "'unit' must be \"ms\", \"second\", \"minute\", \"hour\" or \"day\", found \"{}\".{}", name,
               did_you_mean(name, names))
      .at("unit");
}

}  // namespace

Result<Duration> parse_duration(const Value& spec) { return parse_duration(spec, "size"); }

Result<Duration> parse_duration(const Value& spec, std::string_view size_name) {
  if (!spec.is_object()) {
    return Error(ErrorCode::kInvalidDefinition, "expected {{{}: <number>, unit: <string>}}, found {}", size_name,
                 type_name(spec.type()));
  }
  const std::string_view known[] = {size_name, "unit"};
  PS_TRY(check_option_names(spec.as_object(), known));
  PS_TRY(const int64_t size, parse_size(spec.as_object().get(size_name), size_name));
  PS_TRY(const Unit unit, parse_unit(spec.as_object()));
  Duration duration;
  if (__builtin_mul_overflow(size, unit.ms, &duration.ms)) {
    return Error(ErrorCode::kInvalidDefinition, "{} {}s are more than fit into a duration", size, unit.name)
        .at(size_name);
  }
  return duration;
}

std::string duration_text(Duration duration) {
  const Unit* best = &kUnits[0];
  for (const Unit& unit : kUnits) {
    if (duration.ms != 0 && duration.ms % unit.ms == 0) best = &unit;
  }
  return fmt::format("{}{}", duration.ms / best->ms, best->suffix);
}

}  // namespace penstock
