// SPDX-License-Identifier: Apache-2.0
#include "dataflow/dead_letter.h"

namespace penstock {

void describe_row(const Row& row, DeadLetter& letter, bool whole) {
  if (!whole) return;
  if (row.root.is_object()) {
    letter.document = OwnedDocument(row.root.as_object());
  } else if (row.meta.record != nullptr) {
    letter.raw = std::string(row.meta.record->value);
    letter.has_raw = true;
  }
  Arena arena(1024);
  letter.stream_meta = OwnedDocument(read_meta(row.meta, MetaField::kWhole, arena).as_object());
}

}  // namespace penstock
