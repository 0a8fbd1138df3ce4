// SPDX-License-Identifier: Apache-2.0
#include "runtime/freezer.h"

#include <algorithm>

#include "bson/json_decoder.h"

namespace penstock {
namespace {

// The document with its `_id` first; `id` is used when it has none.
OwnedDocument with_id(Document document, const ObjectId& id) {
  if (document.has("_id")) return OwnedDocument(document);
  DocumentBuilder builder;
  builder.append("_id", Value::object_id(&id));
  builder.append_all(document);
  return OwnedDocument(builder.take());
}

// The document of a letter; bytes that are none are shown as {raw: BinData}.
void append_subject(const DeadLetter& letter, DocumentBuilder& to) {
  if (!letter.has_raw) {
    to.append("doc", Value::object(letter.document));
    return;
  }
  if (!letter.undecodable && letter.raw.empty()) {  // A null value is an empty document.
    to.append("doc", Value::object(Document()));
    return;
  }
  if (!letter.undecodable) {
    Arena arena;
    JsonDecoder decoder;
    std::string padded = letter.raw + std::string(JsonDecoder::kPadding, ' ');
    auto document = decoder.decode_document(std::string_view(padded).substr(0, letter.raw.size()), arena);
    if (document.ok()) {
      to.append("doc", Value::object(*document));
      return;
    }
  }
  const size_t doc = to.begin_object("doc");
  to.append("raw", Value::bin_data(0, letter.raw));
  to.end(doc);
}

}  // namespace

Freezer::Freezer(const ProcessorPlan& plan, const RunSettings& settings, const Clock& clock, Random& random)
    : plan_(plan),
      clock_(clock),
      ids_(settings.clock == ClockMode::kRecord, plan.definition_hash, clock, random),
      context_{.arena = rows_.arena, .clock = clock} {}

Result<std::unique_ptr<Freezer>> Freezer::make(const ProcessorPlan& plan, const RunSettings& settings,
                                               const Clock& clock, Random& random) {
  std::unique_ptr<Freezer> freezer(new Freezer(plan, settings, clock, random));
  if (plan.window) {
    PS_TRY(freezer->finisher_, plan.window->build_finisher());
  }
  for (const PlannedStage& stage : plan.after) {
    PS_TRY(std::unique_ptr<Operator> op, stage.spec->build(nullptr));
    freezer->after_.push_back(std::move(op));
  }
  return freezer;
}

void Freezer::add(DeadLetter letter) {
  ++dead_letters_made_;
  if (plan_.dead_letter_queue) letters_.push_back(std::move(letter));
}

Result<std::optional<OutboxEntry>> Freezer::freeze(std::vector<SealedPart> sealed, std::vector<LaneOutput> outputs,
                                                   std::vector<DeadLetter> dead_letters) {
  OutboxEntry entry;
  letters_ = std::move(dead_letters);
  PS_TRY(finish_windows(std::move(sealed), entry));
  freeze_outputs(std::move(outputs), entry);
  for (const DeadLetter& letter : letters_)
    entry.dead_letters.push_back(to_document(letter));
  letters_.clear();
  if (entry.documents.empty() && entry.dead_letters.empty()) return std::optional<OutboxEntry>();
  entry.seq = ++seq_;
  return std::optional<OutboxEntry>(std::move(entry));
}

Result<void> Freezer::finish_windows(std::vector<SealedPart> sealed, OutboxEntry& entry) {
  // Lanes give their parts in any order; stable: parts of one partition stay as the lane gave them.
  std::stable_sort(sealed.begin(), sealed.end(), [](const SealedPart& a, const SealedPart& b) {
    return std::pair(a.window, a.partition) < std::pair(b.window, b.partition);
  });
  for (size_t begin = 0; begin < sealed.size();) {
    size_t end = begin + 1;
    while (end < sealed.size() && sealed[end].window == sealed[begin].window)
      ++end;
    std::vector<SealedPart> parts(std::make_move_iterator(sealed.begin() + static_cast<std::ptrdiff_t>(begin)),
                                  std::make_move_iterator(sealed.begin() + static_cast<std::ptrdiff_t>(end)));
    PS_TRY(finish_window(std::move(parts), entry));
    begin = end;
  }
  return {};
}

Result<void> Freezer::finish_window(std::vector<SealedPart> parts, OutboxEntry& entry) {
  const Window window = parts.front().window;
  rows_.clear();
  PS_TRY(finisher_->finish(std::move(parts), rows_, context_, *this));
  for (const auto& op : after_)
    PS_TRY(op->process(rows_, context_, *this));
  uint64_t ordinal = 0;
  for (const Row& row : rows_.rows) {
    entry.documents.push_back(with_id(row.root.as_object(), ids_.of_window(window, ordinal++)));
  }
  ++windows_closed_;
  return {};
}

void Freezer::freeze_outputs(std::vector<LaneOutput> outputs, OutboxEntry& entry) {
  std::stable_sort(outputs.begin(), outputs.end(), [](const LaneOutput& a, const LaneOutput& b) {
    return std::pair(a.partition, a.offset) < std::pair(b.partition, b.offset);
  });
  for (const LaneOutput& output : outputs) {
    entry.documents.push_back(with_id(output.document, ids_.of_record(output.partition, output.offset, output.time)));
  }
}

OwnedDocument Freezer::to_document(const DeadLetter& letter) {
  const ObjectId id = ids_.fresh();
  DocumentBuilder builder;
  builder.append("_id", Value::object_id(&id));
  builder.append("processorName", Value::string(plan_.name));
  builder.append("instanceName", Value::string("default"));
  builder.append("dlqTime", Value::date(clock_.now()));
  builder.append("operatorName", Value::string(letter.operator_name));
  const size_t info = builder.begin_object("errInfo");
  builder.append("reason", Value::string(letter.reason));
  const bool late = !letter.missed_window_starts.empty();  // Nothing went wrong: there is no code.
  if (!late) builder.append("code", Value::int32(static_cast<int32_t>(letter.code)));
  builder.end(info);
  append_subject(letter, builder);
  builder.append("_stream_meta", Value::object(letter.stream_meta));
  if (late) {
    Arena arena(256);
    ArrayBuilder starts;
    for (const EventTime start : letter.missed_window_starts)
      starts.append(Value::date(start));
    builder.append("missedWindowStartTimes", Value::array(starts.finish_in(arena)));
  }
  return OwnedDocument(builder.take());
}

}  // namespace penstock
