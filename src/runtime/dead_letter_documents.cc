// SPDX-License-Identifier: Apache-2.0
#include "runtime/dead_letter_documents.h"

#include "bson/json_decoder.h"

namespace penstock {
namespace {

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

void append_reason(const DeadLetter& letter, DocumentBuilder& to) {
  const size_t info = to.begin_object("errInfo");
  to.append("reason", Value::string(letter.reason));
  const bool late = !letter.missed_window_starts.empty();  // Nothing went wrong: there is no code.
  if (!late) to.append("code", Value::int32(static_cast<int32_t>(letter.code)));
  to.end(info);
}

void append_missed_windows(const DeadLetter& letter, DocumentBuilder& to) {
  if (letter.missed_window_starts.empty()) return;
  Arena arena(256);
  ArrayBuilder starts;
  for (const EventTime start : letter.missed_window_starts)
    starts.append(Value::date(start));
  to.append("missedWindowStartTimes", Value::array(starts.finish_in(arena)));
}

}  // namespace

OwnedDocument DeadLetterDocuments::make(const DeadLetter& letter, const ObjectId& id, EventTime at) const {
  DocumentBuilder builder;
  builder.append("_id", Value::object_id(&id));
  builder.append("processorName", Value::string(processor_));
  builder.append("instanceName", Value::string(workspace_));
  builder.append("dlqTime", Value::date(at));
  builder.append("operatorName", Value::string(letter.operator_name));
  append_reason(letter, builder);
  append_subject(letter, builder);
  builder.append("_stream_meta", Value::object(letter.stream_meta));
  append_missed_windows(letter, builder);
  return OwnedDocument(builder.take());
}

OwnedDocument DeadLetterDocuments::make_sample(const DeadLetter& letter, EventTime at) const {
  DocumentBuilder builder;
  const size_t message = builder.begin_object("_dlqMessage");
  if (!letter.stream_meta.view().empty()) builder.append("_stream_meta", Value::object(letter.stream_meta));
  append_reason(letter, builder);
  append_subject(letter, builder);
  builder.append("processorName", Value::string(processor_));
  builder.append("workspaceName", Value::string(workspace_));
  builder.append("dlqTime", Value::date(at));
  append_missed_windows(letter, builder);
  builder.end(message);
  return OwnedDocument(builder.take());
}

}  // namespace penstock
