// SPDX-License-Identifier: Apache-2.0
#include "columnar/record_batch.h"

namespace penstock {

std::string_view RecordBatch::copy(std::string_view bytes) {
  // The scanner may load whole vectors beyond the end of a value: the padding is part of each copy, shared with what
  // follows.
  char* to = arena_.allocate(bytes.size() + JsonDecoder::kPadding);
  std::memcpy(to, bytes.data(), bytes.size());
  arena_.shrink(to, bytes.size());
  return {to, bytes.size()};
}

void RecordBatch::append(Record record) {
  value_bytes_ += record.value.size();
  if (!record.value_is_null) record.value = copy(record.value);
  if (!record.key_is_null) record.key = copy(record.key);
  record.header_end = static_cast<uint32_t>(headers_.size());
  record.header_begin = record.header_end - pending_headers_;
  pending_headers_ = 0;
  records_.push_back(record);
}

void RecordBatch::append_header(RecordHeader header) {
  header.name = arena_.copy(header.name);
  if (!header.value_is_null) header.value = arena_.copy(header.value);
  headers_.push_back(header);
  ++pending_headers_;
}

void RecordBatch::clear() {
  arena_.reset();
  records_.clear();
  headers_.clear();
  pending_headers_ = 0;
  value_bytes_ = 0;
}

}  // namespace penstock
