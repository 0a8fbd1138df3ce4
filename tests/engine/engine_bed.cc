// SPDX-License-Identifier: Apache-2.0
#include "tests/engine/engine_bed.h"

#include <fmt/format.h>

#include "base/files.h"
#include "bson/iso_date.h"

namespace penstock {
namespace {

std::unique_ptr<Plan> plan_text(std::string_view text, SinkRule sink_rule) {
  const auto definition = parse_definition(text, "bed");
  PS_CHECK(definition.ok(), definition.ok() ? "" : definition.error().message());
  Planned planned = plan_definition(*definition, nullptr, {}, sink_rule);
  for (const Diagnostic& problem : planned.problems)
    PS_CHECK(false, to_text(problem, "definition"));
  return std::move(planned.plan);
}

}  // namespace

EventTime at(std::string_view time) {
  const bool only_time = time.size() > 2 && time[2] == ':';
  const auto parsed = iso_date_from_text(only_time ? fmt::format("2026-01-01T{}Z", time) : std::string(time));
  PS_CHECK(parsed.has_value(), time);
  return *parsed;
}

EngineBed::EngineBed(std::string_view definition, BedSettings settings)
    : settings_(settings),
      clock_(at("12:00:00")),
      random_(settings.seed),
      source_(settings.partitions, settings.batch_max,
              settings.random_batches ? std::optional(settings.seed) : std::nullopt),
      sink_(clock_),
      dead_letters_(clock_),
      plan_(plan_text(definition, settings.sink_rule)),
      executor_(std::make_unique<SteppedExecutor>(clock_, settings.seed)) {}

void EngineBed::start() {
  const auto started = try_start();
  PS_CHECK(started.ok(), started.ok() ? "" : started.error().message());
}

Result<void> EngineBed::try_start(const RecoveryChoices& choices) {
  std::vector<SourcePartition> partitions;
  if (settings_.durable) {
    PS_TRY(Recovery recovery,
           recover({plan_->processor, settings_.run, store_, source_, sink_, clock_, random_, log_}, {}, choices));
    partitions = std::move(recovery.partitions);
    state_.emplace(
        DurableState{store_, settings_.checkpoint_period, std::move(recovery.start), std::move(recovery.undelivered)});
  } else {
    PS_TRY(partitions, source_.open({}));
  }
  PS_TRY(processor_, Processor::make(plan_->processor, settings_.run,
                                     {.source = source_,
                                      .partitions = std::move(partitions),
                                      .sink = *deliver_to_,
                                      .dead_letter_sink = plan_->dead_letters ? &dead_letters_ : nullptr,
                                      .executor = *executor_,
                                      .random = random_,
                                      .log = log_,
                                      .state = state_ ? &*state_ : nullptr}));
  if (tap_ != nullptr) processor_->add_tap(tap_);
  processor_->start();
  return {};
}

void EngineBed::crash() {
  processor_.reset();
  state_.reset();
  source_.reopen();
  disk_.crash(random_);
  executor_ = std::make_unique<SteppedExecutor>(clock_, random_.next());
}

Result<void> EngineBed::finish() {
  executor_->join();
  return processor_->outcome();
}

Result<void> EngineBed::stop() {
  processor_->request_stop();
  return finish();
}

std::string definition_of(std::string_view stages, std::string_view source_options) {
  return fmt::format(
      R"({{"name": "bed", "pipeline": [{{"$source": {{"connectionName": "k", "topic": "trades"{}}}}}, {}{})"
      R"({{"$merge": {{"into": {{"connectionName": "m", "db": "d", "coll": "c"}}}}}}],)"
      R"( "options": {{"dlq": {{"connectionName": "m", "db": "d", "coll": "dead"}}}}}})",
      source_options, stages, stages.empty() ? "" : ", ");
}

std::string source_file(const std::string& path) {
  return SystemFiles().read(std::string(PENSTOCK_SOURCE_DIR) + "/" + path, 16 << 20).value();
}

}  // namespace penstock
