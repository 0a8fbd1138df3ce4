// SPDX-License-Identifier: Apache-2.0
#include "stages/source_stage.h"

#include <algorithm>
#include <utility>

#include "base/did_you_mean.h"
#include "stages/durations.h"
#include "stages/options.h"

namespace penstock {
namespace {

constexpr std::string_view kKafkaOptions[] = {"connectionName", "topic", "partitionIdleTimeout", "config",
                                              "partitionCount"};
constexpr std::string_view kSampleOptions[] = {"connectionName"};
// Of these sources and of the other kinds.
constexpr std::string_view kUnsupportedOptions[] = {"timeField",   "tsFieldName",     "schemaRegistry",
                                                    "initialSync", "readPreference",  "readPreferenceTags",
                                                    "region",      "shardIdleTimeout"};
constexpr std::string_view kConfigOptions[] = {"auto_offset_reset", "group_id", "enable_auto_commit", "keyFormat",
                                               "keyFormatError"};

// One of a few words.
template <typename Enum, size_t N>
Result<Enum> parse_word(std::string_view name, const Value& value,
                        const std::pair<std::string_view, Enum> (&words)[N]) {
  if (!value.is_string()) return wrong_option_type(name, "a string", value);
  std::vector<std::string_view> known;
  std::string list;
  for (const auto& [word, meaning] : words) {
    if (word == value.as_string()) return meaning;
    known.push_back(word);
    list.append(list.empty() ? "\"" : ", \"").append(word).append("\"");
  }
  return Error(ErrorCode::kInvalidDefinition, "'{}' must be one of {}, found \"{}\".{}", name, list, value.as_string(),
               did_you_mean(value.as_string(), known));
}

constexpr std::pair<std::string_view, OffsetReset> kOffsetResets[] = {
    {"latest", OffsetReset::kLatest},     {"end", OffsetReset::kLatest},         {"largest", OffsetReset::kLatest},
    {"earliest", OffsetReset::kEarliest}, {"beginning", OffsetReset::kEarliest}, {"smallest", OffsetReset::kEarliest},
};
constexpr std::pair<std::string_view, KeyFormat> kKeyFormats[] = {
    {"binData", KeyFormat::kBinData}, {"string", KeyFormat::kString}, {"json", KeyFormat::kJson},
    {"int", KeyFormat::kInt},         {"long", KeyFormat::kLong},
};
constexpr std::pair<std::string_view, KeyFormatError> kKeyFormatErrors[] = {
    {"dlq", KeyFormatError::kDlq},
    {"passThrough", KeyFormatError::kPassThrough},
};

Result<void> add_topic(const Value& value, std::vector<std::string>& topics) {
  if (!value.is_string()) return wrong_option_type("topic", "a string or an array of strings", value);
  if (value.as_string().empty()) return Error(ErrorCode::kInvalidDefinition, "a topic must not be empty");
  if (std::find(topics.begin(), topics.end(), value.as_string()) != topics.end()) {
    return Error(ErrorCode::kInvalidDefinition, "the topic \"{}\" is given twice", value.as_string());
  }
  topics.emplace_back(value.as_string());
  return {};
}

Result<std::vector<std::string>> parse_topics(const Value& value) {
  std::vector<std::string> topics;
  if (!value.is_array()) {
    PS_TRY(add_topic(value, topics));
    return topics;
  }
  for (const Element& element : value.as_array()) {
    auto added = add_topic(element.value, topics);
    if (!added.ok()) return added.take_error().at("[" + std::string(element.name) + "]");
  }
  if (topics.empty()) return Error(ErrorCode::kInvalidDefinition, "'topic' must name at least one topic");
  return topics;
}

Result<void> read_config_option(const Element& option, KafkaSourceSpec& spec) {
  const Value& value = option.value;
  if (option.name == "auto_offset_reset") {
    PS_TRY(spec.offset_reset, parse_word(option.name, value, kOffsetResets));
  } else if (option.name == "keyFormat") {
    PS_TRY(spec.key_format, parse_word(option.name, value, kKeyFormats));
  } else if (option.name == "keyFormatError") {
    PS_TRY(spec.key_format_error, parse_word(option.name, value, kKeyFormatErrors));
  } else if (option.name == "group_id") {
    if (!value.is_string()) return wrong_option_type(option.name, "a string", value);
    if (value.as_string().empty()) return Error(ErrorCode::kInvalidDefinition, "'group_id' must not be empty");
    spec.group_id = std::string(value.as_string());
  } else if (option.name == "enable_auto_commit") {
    if (value.type() != Type::kBool) return wrong_option_type(option.name, "true or false", value);
    spec.enable_auto_commit = value.as_bool();
  }
  return {};
}

Result<void> read_config(const Value& value, KafkaSourceSpec& spec) {
  PS_TRY(const Document config, object_option("config", value));
  PS_TRY(check_option_names(config, kConfigOptions));
  for (const Element& option : config) {
    auto read = read_config_option(option, spec);
    if (!read.ok()) return read.take_error().at(option.name);
  }
  return {};
}

// Which kind of source the fields say it is (reference pipeline-language 2), for one clear sentence.
Result<void> refuse_other_kinds(Document spec) {
  struct Kind {
    std::string_view field, what;
  };
  constexpr Kind kKinds[] = {
      {"documents", "a $source of inline documents"}, {"schedule", "a $source with a schedule"},
      {"db", "a $source that reads a change stream"}, {"coll", "a $source that reads a change stream"},
      {"stream", "a $source that reads Kinesis"},
  };
  for (const Kind& kind : kKinds) {
    if (spec.has(kind.field)) return not_supported_yet(kind.what).at(kind.field);
  }
  return {};
}

// Options of Kafka are no typing mistakes here, they are at the wrong place.
Result<SampleSourceSpec> parse_sample(Document spec) {
  for (const std::string_view name : kKafkaOptions) {
    if (name == "connectionName" || !spec.has(name)) continue;
    return Error(ErrorCode::kInvalidDefinition,
                 "'{}' is an option of Kafka sources; the connection here has the type Sample, whose name alone says "
                 "what is read",
                 name)
        .at(name);
  }
  PS_TRY(check_option_names(spec, kSampleOptions, kUnsupportedOptions));
  SampleSourceSpec source;
  PS_TRY(source.connection_name, required_text(spec, "connectionName"));
  return source;
}

Result<KafkaSourceSpec> parse_kafka(Document spec) {
  PS_TRY(check_option_names(spec, kKafkaOptions, kUnsupportedOptions));
  KafkaSourceSpec source;
  PS_TRY(source.connection_name, required_text(spec, "connectionName"));
  const Value topic = spec.get("topic");
  if (topic.is_missing()) return Error(ErrorCode::kInvalidDefinition, "the required option 'topic' is missing");
  auto topics = parse_topics(topic);
  if (!topics.ok()) return topics.take_error().at("topic");
  source.topics = std::move(*topics);
  if (const Value timeout = spec.get("partitionIdleTimeout"); !timeout.is_missing()) {
    auto duration = parse_duration(timeout);
    if (!duration.ok()) return duration.take_error().at("partitionIdleTimeout");
    source.partition_idle_timeout = *duration;
  }
  if (const Value config = spec.get("config"); !config.is_missing()) {
    auto read = read_config(config, source);
    if (!read.ok()) return read.take_error().at("config");
  }
  return source;
}

}  // namespace

Result<SourceSpec> parse_source(const Value& value, std::string_view connection_type) {
  PS_TRY(const Document spec, object_option("$source", value));
  PS_TRY(refuse_other_kinds(spec));
  if (connection_type == "Cluster" && !spec.has("topic")) {
    return not_supported_yet("a $source that reads the change stream of a cluster").at("connectionName");
  }
  const bool only_connection = spec.has("connectionName") && spec.count() == 1;
  if (connection_type == "Sample" || (connection_type.empty() && only_connection)) {
    PS_TRY(SampleSourceSpec source, parse_sample(spec));
    return SourceSpec(std::move(source));
  }
  PS_TRY(KafkaSourceSpec source, parse_kafka(spec));
  return SourceSpec(std::move(source));
}

const std::string& connection_name(const SourceSpec& source) {
  return std::visit([](const auto& kind) -> const std::string& { return kind.connection_name; }, source);
}

std::string_view source_type(const SourceSpec& source) {
  return std::holds_alternative<KafkaSourceSpec>(source) ? "kafka" : "generated";
}

std::string describe(const SourceSpec& source) {
  const auto* kafka = std::get_if<KafkaSourceSpec>(&source);
  if (kafka == nullptr) return connection_name(source);
  std::string topics;
  for (const std::string& topic : kafka->topics)
    topics.append(topics.empty() ? "" : ", ").append(topic);
  return topics;
}

}  // namespace penstock
