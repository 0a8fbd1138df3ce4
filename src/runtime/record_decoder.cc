// SPDX-License-Identifier: Apache-2.0
#include "runtime/record_decoder.h"

namespace penstock {
namespace {

constexpr std::string_view kOperatorName = "KafkaConsumerOperator";

void add_dead_letter(const RecordBatch& batch, const RecordBatch::Record& record, const SourceMeta& source, Error error,
                     DeadLetterCollector& dead_letters) {
  DeadLetter letter{.operator_name = kOperatorName, .reason = error.message(), .code = error.code()};
  Row row;
  row.meta = {.source = &source, .record = &record, .batch = &batch, .time = record.timestamp};
  describe_row(row, letter, dead_letters.wanted());
  letter.undecodable = true;
  dead_letters.add(std::move(letter));
}

}  // namespace

RecordDecoder::RecordDecoder(const FieldNeeds& needs, bool slots)
    : decoder_(slots ? needs.fields() : std::vector<std::string>()),
      slot_count_(slots ? needs.fields().size() : 0),
      slots_(slots) {}

void RecordDecoder::decode(const RecordBatch& batch, size_t begin, size_t end, const SourceMeta& source, RowBatch& out,
                           LaneCounters& counters, DeadLetterCollector& dead_letters) {
  if (const size_t wanted = (end - begin) * slot_count_; out.slots.size() < wanted) out.slots.resize(wanted);
  out.rows.reserve(end - begin);
  Value* slots = out.slots.data();
  for (size_t i = begin; i < end; ++i) {
    const RecordBatch::Record& record = batch[i];
    Row row;
    auto decoded = decode_record(record, row, slots, out.arena);
    if (!decoded.ok()) {
      ++counters.bad_records;
      counters.bad_bytes += record.value.size();
      add_dead_letter(batch, record, source, decoded.take_error(), dead_letters);
      continue;
    }
    if (record.value_is_null) ++counters.tombstones;
    row.meta = {.source = &source, .record = &record, .batch = &batch, .time = record.timestamp};
    row.window_time = record.timestamp;
    out.rows.push_back(row);
    slots += slot_count_;
  }
}

Result<void> RecordDecoder::decode_record(const RecordBatch::Record& record, Row& row, Value* slots, Arena& arena) {
  if (!record.has_timestamp || record.timestamp.ms < 0) {
    return Error(ErrorCode::kBadValue, "the record has no timestamp, so it has no event time");
  }
  if (slots_) {
    row.slots = slots;
    if (!record.value_is_null) return decoder_.decode_fields(record.value, arena, slots);
    std::fill_n(slots, slot_count_, Value::missing());
    return {};
  }
  if (record.value_is_null) {
    row.root = Value::object(Document());
    return {};
  }
  PS_TRY(const Document document, decoder_.decode_document(record.value, arena));
  row.root = Value::object(document);
  return {};
}

}  // namespace penstock
