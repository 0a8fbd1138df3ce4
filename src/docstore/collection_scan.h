// SPDX-License-Identifier: Apache-2.0
// The documents of a collection that pass a filter, in natural order or against it.
//
//   transaction: sequence 1 .. 4096, those that pass copied --> given out one by one --> next transaction from 4097 on
//
// Each transaction is short, whatever the reader does between two documents; what is written meanwhile behind the place
// where the scan stands is seen. A filter that names `_id`s reads those alone.
// Errors: those of the filter, after the documents before it; 175 when the collection was dropped meanwhile.
#pragma once

#include <string>
#include <vector>

#include "docstore/query_filter.h"
#include "docstore/store_layout.h"

namespace penstock {

enum class ScanDirection { kForward, kBackward };

class CollectionScan final : public ResultStream {
 public:
  // `ns`: "db.coll", checked. A collection that does not exist is empty. `filter` outlives the scan.
  CollectionScan(QueryRun& run, std::string ns, const QueryFilter& filter,
                 ScanDirection direction = ScanDirection::kForward)
      : run_(run), ns_(std::move(ns)), filter_(filter), direction_(direction) {}
  Result<std::optional<Document>> next() override;

 private:
  Result<void> refill();
  Result<void> read_forward(const ReadTransaction& txn);
  Result<void> read_backward(const ReadTransaction& txn);
  Result<void> read_ids(const ReadTransaction& txn);
  // The documents of [from, to) that pass; `to` shrinks to where the chunk was full.
  Result<void> read_range(const ReadTransaction& txn, uint64_t from, uint64_t& to);
  Result<void> consider(Document document);
  bool chunk_is_full() const { return chunk_.size() >= chunk_documents_ || chunk_bytes_ >= kChunkBytes; }

  static constexpr size_t kChunkBytes = size_t{1} << 20;
  static constexpr size_t kChunkDocumentsMax = 4096;
  static constexpr uint64_t kRangeMax = uint64_t{1} << 16;  // Sequences looked at in one transaction.

  QueryRun& run_;
  std::string ns_;
  const QueryFilter& filter_;
  ScanDirection direction_;
  std::optional<uint32_t> collection_;  // Empty: not begun.
  uint64_t place_ = 0;                  // Forward: the next sequence. Backward: the one behind the next.
  uint64_t width_ = 64;                 // Backward: sequences of the next range.
  bool at_end_ = false;
  std::optional<Error> failed_;
  size_t chunk_documents_ = 32;  // Grows: who wants the first few does not pay for many.
  std::vector<Document> chunk_;
  size_t chunk_bytes_ = 0;
  size_t given_ = 0;
  Arena arena_;
  Arena scratch_{4096};
};

}  // namespace penstock
