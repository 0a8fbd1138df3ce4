// SPDX-License-Identifier: Apache-2.0
// Dropping without a transaction as large as what is dropped:
//
//   one transaction: the name goes, "drop <number>" is noted in the table meta
//   then, in transactions of bounded size: documents and keys of that number; at last the note
//
// Numbers of collections and indexes are never given twice, so what is still there is in nobody's way. A crash between
// leaves the note: the next open for writing goes on.
#pragma once

#include <optional>

#include "kv/lmdb.h"

namespace penstock {

class DocStore;

// `index`: only the keys of that index. Within the transaction that takes the name away.
Result<void> note_dropped(WriteTransaction& txn, uint32_t collection, std::optional<uint32_t> index);
// Erases all that is noted; returns when it is gone. Other writers come between.
Result<void> erase_dropped(DocStore& store);

}  // namespace penstock
