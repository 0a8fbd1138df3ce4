// SPDX-License-Identifier: Apache-2.0
#include "app/inputs.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <filesystem>

#include "app/exit_codes.h"
#include "base/files.h"
#include "bson/iso_date.h"
#include "control/connectors.h"

namespace penstock {
namespace {

constexpr size_t kInputBytesMax = 32 * 1024 * 1024;

std::string where(const std::string& file, const Diagnostic& diagnostic) { return to_text(diagnostic, file); }

// A connections file's own problems, with line and column.
Error locate(Error error, const std::string& path, const ParsedJson* text) {
  return Error::of(error.code(), where(path, to_diagnostic(error, text)));
}

std::string syntax_text(const std::string& file, const Error& error) {
  const SyntaxError syntax = syntax_error(error);
  return where(file, {error.code(), syntax.sentence, "", syntax.position});
}

std::optional<uint64_t> parse_number(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

struct Amount {
  std::optional<uint64_t> number;
  std::string unit;
};

// "512MiB" -> 512, "MiB"
Amount split_amount(const std::string& text) {
  const size_t digits = text.find_first_not_of("0123456789");
  return {parse_number(std::string_view(text).substr(0, digits)),
          digits == std::string::npos ? "" : text.substr(digits)};
}

}  // namespace

Result<OwnedDocument> load_connection_objects(const std::string& path) {
  const SystemFiles files;
  PS_TRY(const std::string text, files.read(path, kInputBytesMax));
  auto parsed = parse_ejson(text);
  if (!parsed.ok()) return Error::of(ErrorCode::kInvalidDefinition, syntax_text(path, parsed.error()));
  const Document document = parsed->document;
  const Value value = parsed->type == Type::kArray ? Value::array(document) : Value::object(document);
  auto registry = ConnectionRegistry::parse(value);
  if (!registry.ok()) return locate(registry.take_error(), path, &*parsed);
  return std::move(parsed->document);
}

Result<ConnectionRegistry> load_connections(const std::string& path) {
  PS_TRY(const OwnedDocument objects, load_connection_objects(path));
  return ConnectionRegistry::parse(Value::array(objects));
}

std::unique_ptr<LoadedJob> load_job(const std::string& definition, const std::string& connections, int& exit_code) {
  auto job = std::make_unique<LoadedJob>();
  const SystemFiles files;
  auto text = files.read(definition, kInputBytesMax);
  if (!text.ok()) {
    exit_code = report_error(text.error());
    return nullptr;
  }
  if (!connections.empty()) {
    auto registry = load_connections(connections);
    if (!registry.ok()) {
      exit_code = report_error(registry.error());
      return nullptr;
    }
    job->connections = std::move(*registry);
  }
  auto parsed = parse_definition(*text, std::filesystem::path(definition).stem().string());
  if (!parsed.ok()) {
    const auto for_positions = parse_ejson(*text);
    fmt::print(stderr, "{}\n",
               for_positions.ok() ? where(definition, to_diagnostic(parsed.error(), &*for_positions))
                                  : syntax_text(definition, parsed.error()));
    exit_code = kExitConfiguration;
    return nullptr;
  }
  job->definition = std::move(*parsed);
  Planned planned =
      plan_definition(job->definition, connections.empty() ? nullptr : &job->connections, connector_catalog());
  for (const Diagnostic& problem : planned.problems)
    fmt::print(stderr, "{}\n", where(definition, problem));
  if (!planned.plan) {
    exit_code = kExitConfiguration;
    return nullptr;
  }
  job->plan = std::move(planned.plan);
  return job;
}

Result<EventTime> parse_time(const std::string& text) {
  if (const auto number = parse_number(text)) return EventTime{static_cast<int64_t>(*number)};
  if (const auto time = iso_date_from_text(text)) return *time;
  return Error(ErrorCode::kUsage, "\"{}\" is no time: write 2026-01-01T00:00:00Z or milliseconds since 1970", text);
}

Result<StartPosition> parse_start(const std::string& text) {
  StartPosition start;
  if (text.empty()) return start;
  if (text == "beginning" || text == "end") {
    start.kind = text == "end" ? StartPosition::Kind::kEnd : StartPosition::Kind::kBeginning;
    return start;
  }
  start.kind = StartPosition::Kind::kTime;
  auto time = parse_time(text);
  if (!time.ok()) {
    return Error(ErrorCode::kUsage, "--from takes beginning, end or a time such as 2026-01-01T00:00:00Z, not \"{}\"",
                 text);
  }
  start.time = *time;
  return start;
}

Result<size_t> parse_size(const std::string& text) {
  const auto [number, unit] = split_amount(text);
  struct Unit {
    std::string_view name;
    size_t factor;
  };
  constexpr Unit kUnits[] = {{"", 1},         {"B", 1},         {"K", 1 << 10},   {"KB", 1000},   {"KiB", 1 << 10},
                             {"M", 1 << 20},  {"MB", 1000'000}, {"MiB", 1 << 20}, {"G", 1 << 30}, {"GB", 1000'000'000},
                             {"GiB", 1 << 30}};
  for (const Unit& row : kUnits) {
    if (number && row.name == unit && *number < (size_t{1} << 40)) return *number * row.factor;
  }
  return Error(ErrorCode::kUsage, "\"{}\" is no size: write 512MiB or 1GiB", text);
}

Result<Duration> parse_span(const std::string& text) {
  const auto [number, unit] = split_amount(text);
  struct Unit {
    std::string_view name;
    int64_t ms;
  };
  constexpr Unit kUnits[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}};
  for (const Unit& row : kUnits) {
    if (number && row.name == unit && *number > 0 && *number < 1'000'000) {
      return Duration{static_cast<int64_t>(*number) * row.ms};
    }
  }
  return Error(ErrorCode::kUsage, "\"{}\" is no time span: write 200ms, 5s or 2m", text);
}

int report_error(const Error& error) {
  fmt::print(stderr, "penstock: {}\n", error.message());
  return exit_code_of(error.code());
}

}  // namespace penstock
