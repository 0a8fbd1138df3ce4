// SPDX-License-Identifier: Apache-2.0
#include "planner/planner.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/did_you_mean.h"
#include "bson/ejson.h"
#include "stages/catalog.h"
#include "stages/window_stage.h"

namespace penstock {
namespace {

class Planner {
 public:
  Planner(const Definition& definition, const ConnectionRegistry* connections, std::span<const ConnectorType> catalog,
          SinkRule sink_rule)
      : definition_(definition),
        connections_(connections),
        catalog_(catalog),
        sink_rule_(sink_rule),
        plan_(std::make_unique<Plan>()) {}

  Planned run() {
    const Document pipeline = definition_.pipeline;
    count_ = pipeline.count();
    if (count_ == 0) {
      report(Error(ErrorCode::kInvalidDefinition, "the pipeline is empty: it begins with $source and ends with a sink"),
             "");
    }
    for (const Element& element : pipeline) {
      auto parsed = parse_stage(element.value);
      if (!parsed.ok()) report(parsed.take_error(), fmt::format("[{}]", element.name));
      ++index_;
    }
    check_ends();
    plan_dead_letters();
    Planned planned;
    if (problems_.empty()) {
      finish();
      planned.plan = std::move(plan_);
    }
    planned.problems = std::move(problems_);
    return planned;
  }

 private:
  void report(Error error, std::string_view where) {
    Error located = std::move(error);
    if (!where.empty()) located = std::move(located).at(where);
    if (!definition_.pipeline_path.empty()) located = std::move(located).at(definition_.pipeline_path);
    problems_.push_back(to_diagnostic(located, &definition_.text));
  }

  Result<void> parse_stage(const Value& stage) {
    if (!stage.is_object()) {
      return Error(ErrorCode::kTypeMismatch, "Each element of the 'pipeline' array must be an object");
    }
    if (stage.as_object().count() != 1) {
      return Error(ErrorCode{40323}, "A pipeline stage specification object must contain exactly one field.");
    }
    const Element element = *stage.as_object().begin();
    auto parsed = parse_named_stage(element);
    if (!parsed.ok()) return parsed.take_error().at(element.name);
    return {};
  }

  Result<void> parse_named_stage(const Element& stage) {
    const StageType* type = find_stage(stage.name);
    if (type == nullptr) return unknown_stage(stage.name);
    PS_TRY(check_place(*type));
    switch (type->kind) {
      case StageKind::kSource: return parse_source_stage(stage.value);
      case StageKind::kSink: return parse_sink_stage(stage.value);
      case StageKind::kWindow: return parse_window_stage(stage);
      case StageKind::kTransform: break;
      case StageKind::kMerging:
        return Error(ErrorCode::kInvalidDefinition, "{} can stand only inside a window's pipeline", stage.name);
    }
    PS_TRY(std::unique_ptr<StageSpec> spec, type->parse(stage.value));
    auto& stages = window_seen_ ? plan_->processor.after : plan_->processor.before;
    stages.push_back({std::string(stage.name), std::move(spec)});
    return {};
  }

  static Error unknown_stage(std::string_view name) {
    if (is_known_unsupported_stage(name)) {
      return Error(ErrorCode::kInvalidDefinition, "the stage {} is not supported by this version of Penstock yet",
                   name);
    }
    std::vector<std::string_view> names;
    for (const StageType& stage : all_stages())
      names.push_back(stage.name);
    return Error(ErrorCode{40324}, "Unrecognized pipeline stage name: '{}'.{}", name, did_you_mean(name, names));
  }

  Result<void> check_place(const StageType& type) {
    const bool source = type.kind == StageKind::kSource;
    const bool sink = type.kind == StageKind::kSink;
    if (source) source_seen_ = true;
    if (sink) sink_seen_ = true;
    if (source && index_ > 0) {
      return Error(ErrorCode::kInvalidDefinition, "$source must be the first stage, and there is only one");
    }
    if (sink && index_ + 1 < count_) {
      return Error(ErrorCode::kInvalidDefinition, "{} must be the last stage, and there is only one sink", type.name);
    }
    if (type.kind == StageKind::kWindow && std::exchange(window_seen_, true)) {
      return Error(ErrorCode::kInvalidDefinition, "a pipeline has at most one window");
    }
    return {};
  }

  void check_ends() {
    if (count_ == 0) return;
    if (!source_seen_) {
      report(Error(ErrorCode::kInvalidDefinition, "the first stage must be $source: it says where records come from"),
             "");
    }
    const bool problem_is_the_sink = !problems_.empty() && !sink_seen_;
    if (!sink_seen_ && !problem_is_the_sink && sink_rule_ == SinkRule::kRequired) {
      report(Error(ErrorCode::kInvalidDefinition,
                   "the last stage must be a sink such as $merge: it says where results go"),
             "");
    }
  }

  Result<const Connection*> find_connection(std::string_view name, bool as_source) {
    if (connections_ == nullptr) return static_cast<const Connection*>(nullptr);
    const Connection* connection = connections_->find(name);
    if (connection == nullptr) {
      std::vector<std::string_view> names;
      for (const Connection& known : connections_->all())
        names.push_back(known.name);
      return Error(ErrorCode::kInvalidDefinition, "there is no connection named \"{}\".{}", name,
                   did_you_mean(name, names))
          .at("connectionName");
    }
    const ConnectorType* type = find_connector(catalog_, connection->type);
    const bool supported = type != nullptr && type->check != nullptr;
    if (!supported) {
      return Error(ErrorCode::kInvalidDefinition,
                   "connection \"{}\" has the type {}, which this version of Penstock does not support", name,
                   connection->type)
          .at("connectionName");
    }
    if (as_source ? !type->source : !type->sink) {
      return Error(ErrorCode::kInvalidDefinition, "connection \"{}\" has the type {}, which cannot be {} here", name,
                   connection->type, as_source ? "a source" : "a sink")
          .at("connectionName");
    }
    auto checked = type->check(*connection);
    if (!checked.ok()) {
      const Error error = checked.take_error();
      return Error(ErrorCode::kInvalidDefinition, "connection \"{}\"{}{}: {}", name, error.path().empty() ? "" : ", ",
                   error.path(), error.message())
          .at("connectionName");
    }
    return connection;
  }

  Result<void> parse_source_stage(const Value& spec) {
    PS_TRY(plan_->source, parse_source(spec, connection_type(spec)));
    const auto* kafka = std::get_if<KafkaSourceSpec>(&plan_->source);
    if (kafka != nullptr && kafka->key_format != KeyFormat::kBinData) {
      return Error(ErrorCode::kInvalidDefinition,
                   "a keyFormat other than binData is not supported by this version of Penstock yet")
          .at("keyFormat")
          .at("config");
    }
    PS_TRY(plan_->source_connection, find_connection(connection_name(plan_->source), true));
    return {};
  }

  // Of the connection that a stage names, "" when there is none of that name.
  std::string_view connection_type(const Value& spec) const {
    if (connections_ == nullptr || !spec.is_object()) return "";
    const Value name = spec.as_object().get("connectionName");
    const Connection* connection = name.is_string() ? connections_->find(name.as_string()) : nullptr;
    return connection == nullptr ? std::string_view() : connection->type;
  }

  Result<void> parse_sink_stage(const Value& spec) {
    PS_TRY(plan_->sink, parse_merge(spec));
    auto connection = find_connection(plan_->sink.connection_name, false);
    if (!connection.ok()) return connection.take_error().at("into");
    plan_->sink_connection = *connection;
    return {};
  }

  Result<void> parse_window_stage(const Element& stage) {
    PS_TRY(plan_->processor.window, parse_tumbling_window(stage.value, source_type(plan_->source)));
    plan_->processor.window_operator = operator_name_of(stage.name);
    return {};
  }

  void plan_dead_letters() {
    if (!definition_.dead_letter_queue) return;
    const DeadLetterQueueSpec& queue = *definition_.dead_letter_queue;
    auto connection = find_connection(queue.connection_name, false);
    if (!connection.ok()) {
      problems_.push_back(to_diagnostic(connection.take_error().at("dlq").at("options"), &definition_.text));
      return;
    }
    plan_->dead_letters = MergeSpec{.connection_name = queue.connection_name,
                                    .db = queue.db,
                                    .coll = queue.coll,
                                    .when_matched = WhenMatched::kReplace};
    plan_->dead_letter_connection = *connection;
  }

  void finish() {
    ProcessorPlan& processor = plan_->processor;
    processor.name = definition_.name;
    if (const auto* kafka = std::get_if<KafkaSourceSpec>(&plan_->source)) {
      processor.partition_idle_timeout = kafka->partition_idle_timeout;
    }
    processor.dead_letter_queue = plan_->dead_letters.has_value();
    processor.definition_hash = definition_.hash;
    processor.definition = canonical_text();
    plan_->sinkless = !sink_seen_;
    if (plan_->sinkless) processor.sink_operator.clear();
    compute_needs();
  }

  // What state belongs to: the same text means the same state. `tier` and the name have no part in it.
  std::string canonical_text() const {
    DocumentBuilder builder;
    builder.append("pipeline", Value::array(definition_.pipeline));
    if (definition_.dead_letter_queue) {
      const DeadLetterQueueSpec& queue = *definition_.dead_letter_queue;
      const size_t dlq = builder.begin_object("dlq");
      builder.append("connectionName", Value::string(queue.connection_name));
      builder.append("db", Value::string(queue.db));
      builder.append("coll", Value::string(queue.coll));
      builder.end(dlq);
    }
    return to_json(builder.finish(), JsonStyle::kCanonical);
  }

  // From the sink upwards: what each stage needs of its input is what the one before must provide.
  void compute_needs() {
    ProcessorPlan& processor = plan_->processor;
    FieldNeeds needs;
    if (processor.window) {
      needs = processor.window->needs();
    } else {
      needs.need_whole();
    }
    bool slots = !needs.whole() && (processor.window == nullptr || processor.window->reads_slots());
    for (auto stage = processor.before.rbegin(); stage != processor.before.rend(); ++stage) {
      needs = stage->spec->needs(needs);
      slots = slots && stage->spec->reads_slots();
    }
    constexpr size_t kSlotsMax = 64;  // JsonDecoder
    processor.slots = slots && !needs.whole() && needs.fields().size() <= kSlotsMax;
    processor.needs = std::move(needs);
  }

  const Definition& definition_;
  const ConnectionRegistry* connections_;
  std::span<const ConnectorType> catalog_;
  SinkRule sink_rule_;
  std::unique_ptr<Plan> plan_;
  std::vector<Diagnostic> problems_;
  size_t index_ = 0;
  size_t count_ = 0;
  bool source_seen_ = false;
  bool sink_seen_ = false;
  bool window_seen_ = false;
};

}  // namespace

Planned plan_definition(const Definition& definition, const ConnectionRegistry* connections,
                        std::span<const ConnectorType> catalog, SinkRule sink_rule) {
  return Planner(definition, connections, catalog, sink_rule).run();
}

Diagnostic to_diagnostic(const Error& error, const ParsedJson* text) {
  Diagnostic diagnostic{error.code(), error.message(), error.path(), {}};
  if (text != nullptr) diagnostic.position = text->position_of(error.path());
  return diagnostic;
}

std::string to_text(const Diagnostic& diagnostic, std::string_view file) {
  std::string text(file);
  if (diagnostic.position.line > 0) text += fmt::format(":{}:{}", diagnostic.position.line, diagnostic.position.column);
  if (!diagnostic.path.empty()) text += ": " + diagnostic.path;
  return text + ": " + diagnostic.message;
}

}  // namespace penstock
