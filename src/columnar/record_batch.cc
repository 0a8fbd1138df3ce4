// SPDX-License-Identifier: Apache-2.0
#include "columnar/record_batch.h"

namespace penstock {

// Value and key side by side in one piece. The scanner may load whole vectors beyond the end of a value: the padding is
// part of each piece, shared with what follows.
void RecordBatch::append(Record record) {
  const size_t value_size = record.value_is_null ? 0 : record.value.size();
  const size_t key_size = record.key_is_null ? 0 : record.key.size();
  char* to = arena_.allocate(value_size + key_size + JsonDecoder::kPadding);
  if (value_size > 0) std::memcpy(to, record.value.data(), value_size);
  if (key_size > 0) std::memcpy(to + value_size, record.key.data(), key_size);
  arena_.shrink(to, value_size + key_size);
  record.value = {to, value_size};
  record.key = {to + value_size, key_size};
  value_bytes_ += value_size;
  record.header_end = static_cast<uint32_t>(headers_.size());
  record.header_begin = record.header_end - pending_headers_;
  pending_headers_ = 0;
  records_.push_back(record);
}

void RecordBatch::append_header(RecordHeader header) {
  header.name = arena_.copy(header.name);
  if (!header.value.empty()) header.value = arena_.copy(header.value);
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
