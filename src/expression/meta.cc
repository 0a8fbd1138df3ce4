// SPDX-License-Identifier: Apache-2.0
#include "expression/meta.h"

namespace penstock {
namespace {

struct Row {
  std::string_view path;
  MetaField field;
};

constexpr Row kFields[] = {
    {"stream", MetaField::kWhole},
    {"stream.source", MetaField::kSource},
    {"stream.source.type", MetaField::kSourceType},
    {"stream.source.ts", MetaField::kSourceTs},
    {"stream.source.topic", MetaField::kSourceTopic},
    {"stream.source.partition", MetaField::kSourcePartition},
    {"stream.source.offset", MetaField::kSourceOffset},
    {"stream.source.key", MetaField::kSourceKey},
    {"stream.source.headers", MetaField::kSourceHeaders},
    {"stream.window", MetaField::kWindow},
    {"stream.window.start", MetaField::kWindowStart},
    {"stream.window.end", MetaField::kWindowEnd},
};

// The default key format: binary as it came; an absent key is an empty one.
Value key_of(const RecordBatch::Record& record) {
  return Value::bin_data(0, record.key_is_null ? std::string_view("") : record.key);
}

Value headers_of(const RowMeta& meta, Arena& arena) {
  ArrayBuilder array;
  DocumentBuilder item;
  const RecordBatch::Record& record = *meta.record;
  for (uint32_t i = record.header_begin; i < record.header_end; ++i) {
    const RecordHeader& header = meta.batch->headers()[i];
    item.append("k", Value::string(header.name));
    item.append("v", header.value_is_null ? Value::null() : Value::bin_data(0, header.value));
    array.append(Value::object(item.finish_in(arena)));
  }
  return Value::array(array.finish_in(arena));
}

// The record, if it is one of a topic: places, keys and headers mean something there only.
const RecordBatch::Record* topic_record(const RowMeta& meta) {
  return meta.record != nullptr && meta.source->type == "kafka" ? meta.record : nullptr;
}

Value source_of(const RowMeta& meta, Arena& arena) {
  DocumentBuilder builder;
  builder.append("type", read_meta(meta, MetaField::kSourceType, arena));
  if (meta.record != nullptr) builder.append("ts", Value::date(meta.time));
  if (topic_record(meta) != nullptr) {
    builder.append("topic", read_meta(meta, MetaField::kSourceTopic, arena));
    builder.append("partition", read_meta(meta, MetaField::kSourcePartition, arena));
    builder.append("offset", read_meta(meta, MetaField::kSourceOffset, arena));
    builder.append("key", key_of(*meta.record));
    builder.append("headers", headers_of(meta, arena));
  }
  return Value::object(builder.finish_in(arena));
}

Value window_of(const RowMeta& meta, Arena& arena) {
  if (meta.window == nullptr) return Value::missing();
  DocumentBuilder builder;
  builder.append("start", Value::date(meta.window->start));
  builder.append("end", Value::date(meta.window->end));
  return Value::object(builder.finish_in(arena));
}

Value whole(const RowMeta& meta, Arena& arena) {
  DocumentBuilder builder;
  builder.append("source", source_of(meta, arena));
  builder.append("window", window_of(meta, arena));
  return Value::object(builder.finish_in(arena));
}

}  // namespace

std::optional<MetaField> parse_meta_field(std::string_view path) {
  for (const Row& row : kFields) {
    if (row.path == path) return row.field;
  }
  return std::nullopt;
}

Value read_meta(const RowMeta& meta, MetaField field, Arena& arena) {
  const RecordBatch::Record* record = topic_record(meta);
  switch (field) {
    case MetaField::kWhole: return whole(meta, arena);
    case MetaField::kSource: return source_of(meta, arena);
    case MetaField::kSourceType: return meta.source ? Value::string(meta.source->type) : Value();
    case MetaField::kSourceTs: return meta.record ? Value::date(meta.time) : Value();
    case MetaField::kSourceTopic: return record ? Value::string(meta.source->topic) : Value();
    case MetaField::kSourcePartition: return record ? Value::int32(meta.source->partition) : Value();
    case MetaField::kSourceOffset: return record ? Value::int64(record->offset) : Value();
    case MetaField::kSourceKey: return record ? key_of(*record) : Value();
    case MetaField::kSourceHeaders: return record ? headers_of(meta, arena) : Value();
    case MetaField::kWindow: return window_of(meta, arena);
    case MetaField::kWindowStart: return meta.window ? Value::date(meta.window->start) : Value();
    case MetaField::kWindowEnd: return meta.window ? Value::date(meta.window->end) : Value();
  }
  return Value();
}

}  // namespace penstock
