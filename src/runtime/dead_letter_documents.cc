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

}  // namespace

OwnedDocument DeadLetterDocuments::make(const DeadLetter& letter, const ObjectId& id, EventTime at) const {
  DocumentBuilder builder;
  builder.append("_id", Value::object_id(&id));
  builder.append("processorName", Value::string(processor_));
  builder.append("instanceName", Value::string("default"));
  builder.append("dlqTime", Value::date(at));
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
