// SPDX-License-Identifier: Apache-2.0
#include "tests/engine/golden_run.h"

#include <fmt/format.h>

#include <functional>

#include "tests/engine/engine_bed.h"
#include "tests/engine/golden_document.h"

namespace penstock {
namespace {

constexpr std::string_view kHeartbeat = R"({"@watermark":true})";
constexpr std::string_view kNoHeartbeats = R"({"$match": {"@watermark": {"$exists": false}}}, )";
constexpr Duration kSettle{1000};
constexpr Duration kIdle{3'600'000};

// The definition with a stage behind $source that keeps heartbeats from all others.
Result<std::string> without_heartbeats(const std::string& definition) {
  PS_TRY(const Definition parsed, parse_definition(definition, "golden"));
  const std::string pipeline = to_json(Value::array(parsed.pipeline.view()), JsonStyle::kCanonical);
  const std::string_view source = cut_bracketed(std::string_view(pipeline).substr(1));
  const std::string_view rest = std::string_view(pipeline).substr(1 + source.size() + 1);
  const Value options = parsed.text.document.view().get("options");
  return fmt::format(R"({{"name": "golden", "pipeline": [{}, {}{}{}}})", source, kNoHeartbeats, rest,
                     options.is_missing() ? "" : ", \"options\": " + to_json(options));
}

Result<std::unique_ptr<Plan>> plan_of(const std::string& text) {
  PS_TRY(const Definition definition, parse_definition(text, "golden"));
  Planned planned = plan_definition(definition, nullptr, {});
  if (!planned.problems.empty()) {
    return Error::of(planned.problems[0].code, to_text(planned.problems[0], "pipeline"));
  }
  return std::move(planned.plan);
}

std::string plan_text(const ProcessorPlan& plan) {
  std::string text;
  for (const PlannedStage& stage : plan.before)
    text += stage.name + " " + stage.spec->describe() + "\n";
  if (plan.window) {
    for (const std::string& line : plan.window->describe())
      text += line + "\n";
  }
  for (const PlannedStage& stage : plan.after)
    text += stage.name + " " + stage.spec->describe() + "\n";
  return text +
         fmt::format("needs {}, {}\n", plan.needs.to_text(), plan.slots ? "no document is built" : "as a document");
}

BedSettings settings_of(const GoldenFile& file, GoldenMode mode) {
  BedSettings settings;
  settings.run.clock = ClockMode::kRecord;
  settings.run.until_end = file.ends;
  settings.partitions = file.partitions;
  settings.random_batches = mode == GoldenMode::kOddBatches;
  if (mode == GoldenMode::kRecordByRecord) settings.batch_max = 1;
  if (mode == GoldenMode::kOddBatches) settings.batch_max = 5;
  settings.durable = mode == GoldenMode::kCrashes;
  settings.checkpoint_period = Duration{1};
  return settings;
}

void feed(EngineBed& bed, const GoldenFile& file, const GoldenStep& step) {
  if (step.kind == GoldenStep::Kind::kRecord) bed.source().append(step.partition, step.record);
  for (uint32_t i = 0; step.kind == GoldenStep::Kind::kWatermark && i < file.partitions; ++i)
    bed.source().append(i, kHeartbeat, step.time);
  if (step.kind != GoldenStep::Kind::kIdle) return;
  bed.run_for(kSettle);
  bed.run_for(kIdle);
}

// Kills the process after ever more steps of its tasks, until it has had time for all that is there.
void run_between_crashes(EngineBed& bed) {
  for (int steps_most = 4; steps_most <= 64; steps_most += 6) {
    int steps = 0;
    bed.executor().run_until([&] { return ++steps > steps_most; }, kSettle);
    bed.crash();
    bed.start();
  }
  bed.run_for(kSettle);
}

Result<void> run(EngineBed& bed, const GoldenFile& file, GoldenMode mode) {
  if (!file.ends) bed.start();
  for (const GoldenStep& step : file.steps) {
    if (mode == GoldenMode::kCrashes && step.kind == GoldenStep::Kind::kIdle) run_between_crashes(bed);
    feed(bed, file, step);
  }
  if (file.ends) {
    bed.start();
    if (mode == GoldenMode::kCrashes) run_between_crashes(bed);
    return bed.finish();
  }
  if (mode == GoldenMode::kCrashes) run_between_crashes(bed);
  bed.run_for(kSettle);
  return bed.stop();
}

OwnedDocument copy_fields(Document from, const std::function<bool(const Element&)>& wanted) {
  DocumentBuilder builder;
  for (const Element& element : from) {
    if (wanted(element)) builder.append(element.name, element.value);
  }
  return OwnedDocument(builder.take());
}

OwnedDocument without_generated_id(Document document) {
  return copy_fields(document, [](const Element& e) { return e.name != "_id" || e.value.type() != Type::kObjectId; });
}

OwnedDocument core_of_letter(Document letter) {
  return copy_fields(letter, [](const Element& e) {
    return e.name == "operatorName" || e.name == "errInfo" || e.name == "doc" || e.name == "missedWindowStartTimes";
  });
}

std::string lines_of(const std::vector<OwnedDocument>& documents) {
  std::string text;
  for (const OwnedDocument& document : documents)
    text += golden_text(Value::object(document)) + "\n";
  return text;
}

std::string compared(std::string_view section, const std::string& expected, const std::string& found) {
  if (expected == found) return {};
  return fmt::format("  {}: expected\n{}  {}: found\n{}", section, expected, section, found);
}

}  // namespace

std::string_view name_of(GoldenMode mode) {
  if (mode == GoldenMode::kRecordByRecord) return "record by record";
  if (mode == GoldenMode::kCrashes) return "killed again and again";
  return mode == GoldenMode::kOneBatch ? "one batch" : "odd batches";
}

Result<GoldenResult> run_golden(const GoldenFile& file, GoldenMode mode) {
  PS_TRY(const std::unique_ptr<Plan> plan, plan_of(file.definition));
  std::string definition = file.definition;
  if (file.heartbeats) {
    PS_TRY(definition, without_heartbeats(file.definition));
  }
  EngineBed bed(definition, settings_of(file, mode));
  PS_TRY(run(bed, file, mode));
  GoldenResult result;
  for (const OwnedDocument& document : bed.sink().documents())
    result.output.push_back(without_generated_id(document));
  for (const OwnedDocument& letter : bed.dead_letters().letters())
    result.dead_letters.push_back(core_of_letter(letter));
  result.plan = plan_text(plan->processor);
  return result;
}

std::string difference(const GoldenFile& file, const GoldenResult& result) {
  return compared("output", lines_of(file.output), lines_of(result.output)) +
         compared("deadLetters", lines_of(file.dead_letters), lines_of(result.dead_letters)) +
         (file.plan ? compared("plan", *file.plan, result.plan) : "");
}

std::string with_result(const GoldenFile& file, const GoldenResult& result) {
  std::string text = file.unchanged + "--- output\n" + lines_of(result.output);
  if (!result.dead_letters.empty()) text += "--- deadLetters\n" + lines_of(result.dead_letters);
  if (file.plan) text += "--- plan\n" + result.plan;
  return text;
}

}  // namespace penstock
