// SPDX-License-Identifier: Apache-2.0
#include "control/local_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "connectors/sample/sample_source.h"
#include "control/processor_folder.h"
#include "control/promise.h"
#include "dataflow/discarding_sink.h"

namespace penstock {
namespace {

constexpr size_t kClientQueueBytesMax = 64 * 1024 * 1024;

size_t lanes_for(size_t wanted, size_t partitions) {
  const size_t cores = std::max<size_t>(1, std::thread::hardware_concurrency());
  const size_t lanes = wanted > 0 ? wanted : std::min(cores, partitions);
  return std::clamp<size_t>(lanes, 1, std::max<size_t>(1, partitions));
}

// A sink's own errors know the address; people know the connection by its name.
Result<void> open_sink(Sink& sink, const Connection& connection) {
  auto opened = sink.open();
  if (opened.ok()) return opened;
  return opened.take_error().within(fmt::format("connection \"{}\": ", connection.name));
}

}  // namespace

LocalRun::LocalRun(const Plan& plan, LocalRunOptions options, const Clock& clock, Random& random, Logger& log)
    : plan_(plan),
      options_(std::move(options)),
      clock_(clock),
      random_(random),
      log_(log),
      sinks_(options_.data_folder, options_.store, clock, log) {}

Result<std::unique_ptr<LocalRun>> LocalRun::open(const Plan& plan, LocalRunOptions options, const Clock& clock,
                                                 Random& random, Logger& log) {
  std::unique_ptr<LocalRun> run(new LocalRun(plan, std::move(options), clock, random, log));
  PS_TRY(run->open_all());
  return run;
}

// The threads end before what they use.
LocalRun::~LocalRun() {
  if (executor_) executor_->join();
}

const std::string& LocalRun::state_id() const {
  return options_.state_id.empty() ? plan_.processor.name : options_.state_id;
}

// Dead letters that go where the results go are part of the same commit.
Result<void> LocalRun::open_sinks() {
  const bool together = plan_.dead_letters && plan_.dead_letter_connection == plan_.sink_connection;
  if (plan_.sinkless) {
    sink_ = make_discarding_sink();
  } else {
    PS_TRY(sink_, sinks_.make(*plan_.sink_connection, plan_.sink, together ? plan_.dead_letters : std::nullopt));
    if (options_.wrap_sink) sink_ = options_.wrap_sink(std::move(sink_));
    PS_TRY(open_sink(*sink_, *plan_.sink_connection));
  }
  if (!plan_.dead_letters || together) return {};
  PS_TRY(dead_letter_sink_, sinks_.make(*plan_.dead_letter_connection, *plan_.dead_letters, std::nullopt));
  return open_sink(*dead_letter_sink_, *plan_.dead_letter_connection);
}

Result<void> LocalRun::open_source() {
  if (const auto* kafka = std::get_if<KafkaSourceSpec>(&plan_.source)) return open_kafka(*kafka);
  const SampleSourceOptions options{.bounded = options_.until_end};
  PS_TRY(source_, make_sample_source(*plan_.source_connection, options, clock_, log_));
  return {};
}

Result<void> LocalRun::open_kafka(const KafkaSourceSpec& spec) {
  KafkaSourceOptions options;
  options.client_id = "penstock";
  options.group_id = fmt::format("asp-{}-consumer", state_id());
  options.publish_positions = options_.keep_state;
  options.queue_bytes_max = std::min(kClientQueueBytesMax, options_.memory_bytes / 4);
  options.bounded = options_.until_end;
  options.read_headers = plan_.processor.needs.record_meta() || plan_.processor.dead_letter_queue;
  PS_TRY(source_, make_kafka_source(*plan_.source_connection, spec, options, clock_, log_));
  return {};
}

Result<void> LocalRun::open_state() {
  if (!options_.keep_state) return {};
  const std::string folder = processor_folder(options_.data_folder, state_id());
  PS_TRY(files_.make_folders(folder));
  PS_TRY(WriteLock lock, WriteLock::acquire(folder, fmt::format("the state of processor \"{}\" in {}",
                                                                plan_.processor.name, options_.data_folder)));
  lock_.emplace(std::move(lock));
  store_ = std::make_unique<FileCheckpointStore>(files_, folder);
  return {};
}

// The partitions with the places where reading begins; with state: what goes on there.
Result<std::vector<SourcePartition>> LocalRun::find_start() {
  if (!options_.keep_state) return source_->open({.position = options_.start});
  PS_TRY(Recovery recovery,
         recover({plan_.processor, settings_, *store_, *source_, *sink_, clock_, random_, log_, state_id()},
                 options_.start, options_.recovery));
  resumed_ = recovery.resumed;
  state_.emplace(
      DurableState{*store_, options_.checkpoint_period, std::move(recovery.start), std::move(recovery.undelivered)});
  return std::move(recovery.partitions);
}

Result<void> LocalRun::open_all() {
  settings_.clock = options_.clock;
  settings_.until_end = options_.until_end;
  settings_.memory_bytes = options_.memory_bytes;
  PS_TRY(open_state());
  PS_TRY(open_source());
  PS_TRY(open_sinks());
  PS_TRY(std::vector<SourcePartition> partitions, find_start());
  partition_count_ = partitions.size();
  settings_.lanes = lanes_for(options_.lanes, partition_count_);
  executor_ = options_.pool != nullptr ? options_.pool->make_executor() : make_thread_executor(clock_);
  const std::string lineage = state_ ? state_->start.lineage : "";
  PS_TRY(processor_, Processor::make(plan_.processor, settings_,
                                     {.source = *source_,
                                      .partitions = std::move(partitions),
                                      .sink = *sink_,
                                      .dead_letter_sink = dead_letter_sink_.get(),
                                      .executor = *executor_,
                                      .random = random_,
                                      .log = log_,
                                      .state = state_ ? &*state_ : nullptr,
                                      .lineage = lineage}));
  return {};
}

void LocalRun::start() { processor_->start(); }

Result<void> LocalRun::join() {
  executor_->join();
  return processor_->outcome();
}

Guarantee LocalRun::guarantee() const {
  if (!options_.keep_state) return without_state();
  return sink_->guarantee();
}

std::string LocalRun::describe() const {
  const Guarantee promise = guarantee();
  return fmt::format("{}: {} partition{} of {} -> {}, {} lane{}, {}: {}", plan_.processor.name, partition_count_,
                     partition_count_ == 1 ? "" : "s", penstock::describe(plan_.source), sink_->describe(),
                     settings_.lanes, settings_.lanes == 1 ? "" : "s", name_of(promise.level), promise.reason);
}

}  // namespace penstock
