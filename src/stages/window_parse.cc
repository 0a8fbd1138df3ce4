// SPDX-License-Identifier: Apache-2.0
// $tumblingWindow: from the definition to a plan.
#include <fmt/format.h>

#include <algorithm>

#include "base/did_you_mean.h"
#include "bson/number.h"
#include "stages/catalog.h"
#include "stages/durations.h"
#include "stages/window_operator.h"
#include "stages/window_stage.h"

namespace penstock {
namespace {

constexpr std::string_view kOptions[] = {"interval", "pipeline",    "boundary",
                                         "offset",   "idleTimeout", "allowedLateness"};
constexpr Duration kDefaultLateness{3000};

Error invalid(std::string_view path, std::string message) {
  return Error::of(ErrorCode::kInvalidDefinition, std::move(message)).at(path);
}

// A duration, or the literal 0 (reference pipeline-language 3.1).
Result<Duration> parse_timeout(const Value& value) {
  if (value.is_number() && to_integral(value) == 0) return Duration{0};
  return parse_duration(value);
}

Result<Duration> parse_offset(const Value& value) {
  if (value.is_object()) {
    const Value unit = value.as_object().get("unit");
    if (unit.is_string() && unit.as_string() == "day") {
      return invalid("unit", "the unit of an offset is ms, second, minute or hour, not day");
    }
  }
  return parse_duration(value, "offsetFromUtc");
}

Result<WindowBoundary> parse_boundary(const Value& value) {
  if (value.is_string() && value.as_string() == "eventTime") return WindowBoundary::kEventTime;
  if (value.is_string() && value.as_string() == "processingTime") return WindowBoundary::kProcessingTime;
  constexpr std::string_view kNames[] = {"eventTime", "processingTime"};
  return Error(ErrorCode::kInvalidDefinition, "must be \"eventTime\" or \"processingTime\".{}",
               value.is_string() ? did_you_mean(value.as_string(), kNames) : "");
}

Result<void> check_options(Document spec) {
  for (const Element& option : spec) {
    if (std::find(std::begin(kOptions), std::end(kOptions), option.name) != std::end(kOptions)) continue;
    return invalid(option.name, fmt::format("$tumblingWindow has no option \"{}\".{}", option.name,
                                            did_you_mean(option.name, kOptions)));
  }
  for (const std::string_view required : {"interval", "pipeline"}) {
    if (!spec.has(required)) {
      return Error(ErrorCode::kInvalidDefinition, "$tumblingWindow needs \"{}\"", required);
    }
  }
  return {};
}

Result<void> parse_options(Document spec, WindowSettings& settings) {
  auto interval = parse_duration(spec.get("interval"));
  if (!interval.ok()) return interval.take_error().at("interval");
  settings.interval = *interval;
  if (const Value value = spec.get("boundary"); !value.is_missing()) {
    auto boundary = parse_boundary(value);
    if (!boundary.ok()) return boundary.take_error().at("boundary");
    settings.boundary = *boundary;
  }
  if (const Value value = spec.get("offset"); !value.is_missing()) {
    auto offset = parse_offset(value);
    if (!offset.ok()) return offset.take_error().at("offset");
    settings.offset = *offset;
  }
  const bool event_time = settings.boundary == WindowBoundary::kEventTime;
  settings.allowed_lateness = event_time ? kDefaultLateness : Duration{0};
  for (const std::string_view name : {"allowedLateness", "idleTimeout"}) {
    const Value value = spec.get(name);
    if (value.is_missing()) continue;
    if (!event_time) {
      return invalid(name, fmt::format("{} needs event time: it cannot stand with boundary \"processingTime\"", name));
    }
    auto duration = parse_timeout(value);
    if (!duration.ok()) return duration.take_error().at(name);
    if (name == "allowedLateness") settings.allowed_lateness = *duration;
    if (name == "idleTimeout" && duration->ms > 0) settings.idle_timeout = *duration;
  }
  return {};
}

Error refuse_inside(std::string_view name, const StageType* type) {
  if (type != nullptr) {
    return invalid(name, fmt::format("{} cannot stand inside a window", name));
  }
  if (is_known_unsupported_stage(name)) {
    return invalid(name, fmt::format("the stage {} is not supported by this version of Penstock yet", name));
  }
  std::vector<std::string_view> names;
  for (const StageType& stage : all_stages()) {
    if (stage.kind == StageKind::kTransform || stage.kind == StageKind::kMerging) names.push_back(stage.name);
  }
  return Error(ErrorCode{40324}, "Unrecognized pipeline stage name: '{}'.{}", name, did_you_mean(name, names)).at(name);
}

Result<void> parse_inner_stage(const Value& stage, WindowInner& inner) {
  if (!stage.is_object()) {
    return Error(ErrorCode::kTypeMismatch, "Each element of the 'pipeline' array must be an object");
  }
  if (stage.as_object().count() != 1) {
    return Error(ErrorCode{40323}, "A pipeline stage specification object must contain exactly one field.");
  }
  const Element element = *stage.as_object().begin();
  const StageType* type = find_stage(element.name);
  if (type != nullptr && type->kind == StageKind::kTransform) {
    auto parsed = type->parse(element.value);
    if (!parsed.ok()) return parsed.take_error().at(element.name);
    auto& stages = inner.group ? inner.after : inner.before;
    stages.push_back({std::string(element.name), std::move(*parsed)});
    return {};
  }
  if (type == nullptr || type->kind != StageKind::kMerging) return refuse_inside(element.name, type);
  if (inner.group) {
    return invalid(element.name, "a second $group in one window is not supported by this version of Penstock yet");
  }
  auto group = GroupSpec::parse(element.value);
  if (!group.ok()) return group.take_error().at(element.name);
  inner.group = std::move(*group);
  return {};
}

Result<WindowInner> parse_inner(const Value& pipeline) {
  if (!pipeline.is_array()) return Error(ErrorCode::kInvalidDefinition, "must be an array of stages");
  WindowInner inner;
  for (const Element& element : pipeline.as_array()) {
    auto parsed = parse_inner_stage(element.value, inner);
    if (!parsed.ok()) return parsed.take_error().at(fmt::format("[{}]", element.name));
  }
  if (!inner.group) {
    return Error(ErrorCode::kInvalidDefinition,
                 "a window pipeline without $group is not supported by this version of Penstock yet");
  }
  return inner;
}

}  // namespace

Result<std::unique_ptr<WindowPlan>> parse_tumbling_window(const Value& spec, std::string_view source_type) {
  if (!spec.is_object()) {
    return Error(ErrorCode::kInvalidDefinition, "$tumblingWindow takes an object, found {}", type_name(spec.type()));
  }
  PS_TRY(check_options(spec.as_object()));
  WindowSettings settings{.source_type = source_type};
  PS_TRY(parse_options(spec.as_object(), settings));
  auto inner = parse_inner(spec.as_object().get("pipeline"));
  if (!inner.ok()) return inner.take_error().at("pipeline");
  return make_window_plan(settings, std::move(*inner));
}

}  // namespace penstock
