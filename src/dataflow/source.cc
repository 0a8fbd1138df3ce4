// SPDX-License-Identifier: Apache-2.0
#include "dataflow/source.h"

#include "state/stable_hash.h"

namespace penstock {

uint64_t hash_record(const RecordBatch::Record& record) {
  const std::string_view key = record.key_is_null ? std::string_view() : record.key;
  const std::string_view value = record.value_is_null ? std::string_view() : record.value;
  const uint64_t nulls = (record.key_is_null ? 1 : 0) | (record.value_is_null ? 2 : 0);
  // The key's hash seeds the value's, so that bytes cannot move from one to the other unseen.
  return stable_hash(value, stable_hash(key, nulls));
}

}  // namespace penstock
