// SPDX-License-Identifier: Apache-2.0
#include "docstore/drops.h"

#include <algorithm>
#include <string>

#include "docstore/docstore.h"

namespace penstock {
namespace {

constexpr std::string_view kNote = "drop ";
// Of one transaction: some milliseconds for whoever waits to write.
constexpr size_t kEntriesMax = 5000;
constexpr size_t kBytesMax = size_t{16} << 20;

struct Budget {
  size_t entries = kEntriesMax;
  size_t bytes = kBytesMax;
};

// True when no entry that begins with `prefix` is left.
Result<bool> erase_some(WriteTransaction& txn, Table table, std::string_view prefix, Budget& budget) {
  while (budget.entries > 0 && budget.bytes > 0) {
    std::string key;
    {
      PS_TRY(Cursor cursor, txn.scan(table, prefix));
      if (!cursor.valid() || !cursor.key().starts_with(prefix)) return true;
      key = cursor.key();
      budget.bytes -= std::min(budget.bytes, cursor.value().size());
    }
    PS_TRY(txn.erase(table, key));
    --budget.entries;
  }
  return false;
}

// True when nothing is noted any more.
Result<bool> erase_step(DocStore& store) {
  PS_TRY(WriteTransaction txn, store.write());
  std::string note;
  {
    PS_TRY(Cursor cursor, txn.scan(store::kMeta, kNote));
    if (!cursor.valid() || !cursor.key().starts_with(kNote)) return true;
    note = cursor.key();
  }
  // Behind the word: the beginning of the keys to erase. A collection's is shorter than an index's.
  const std::string_view prefix = std::string_view(note).substr(kNote.size());
  Budget budget;
  bool done = true;
  if (prefix.size() == store::keys_prefix(0, std::nullopt).size()) {
    PS_TRY(done, erase_some(txn, store::kDocuments, prefix, budget));
  }
  if (done) {
    PS_TRY(done, erase_some(txn, store::kKeys, prefix, budget));
  }
  if (done) PS_TRY(txn.erase(store::kMeta, note));
  PS_TRY(txn.commit());
  return false;
}

}  // namespace

Result<void> note_dropped(WriteTransaction& txn, uint32_t collection, std::optional<uint32_t> index) {
  return txn.put(store::kMeta, std::string(kNote) + store::keys_prefix(collection, index), "");
}

Result<void> erase_dropped(DocStore& store) {
  bool done = false;
  while (!done) {
    PS_TRY(done, erase_step(store));
  }
  return {};
}

}  // namespace penstock
