// SPDX-License-Identifier: Apache-2.0
#include "state/outbox.h"

#include "base/check.h"
#include "state/block_file.h"
#include "state/byte_codec.h"

namespace penstock {
namespace {

constexpr std::string_view kMagic = "PNSTKOUT";
constexpr uint32_t kVersion = 1;
constexpr uint32_t kEntry = 1;

void put_documents(const std::vector<OwnedDocument>& documents, std::string& to) {
  put_number(static_cast<uint64_t>(documents.size()), to);
  for (const OwnedDocument& document : documents)
    put_bytes(document.bytes(), to);
}

// BSON from a file is foreign bytes, checksum or not.
Result<OwnedDocument> read_document(ByteReader& from) {
  PS_TRY(const std::string_view bytes, from.string());
  PS_TRY(validate_bson(bytes, kDocumentBytesMax + kDocumentBytesMax / 4));
  return OwnedDocument(std::string(bytes));
}

Result<std::vector<OwnedDocument>> read_documents(ByteReader& from) {
  PS_TRY(const uint64_t count, from.number<uint64_t>());
  std::vector<OwnedDocument> documents;
  for (uint64_t i = 0; i < count; ++i) {
    PS_TRY(OwnedDocument document, read_document(from));
    documents.push_back(std::move(document));
  }
  return documents;
}

Result<FrozenEntry> read_entry(std::string_view payload) {
  auto entry = std::make_shared<OutboxEntry>();
  ByteReader from(payload);
  PS_TRY(entry->seq, from.number<uint64_t>());
  PS_TRY(entry->frozen_at.ms, from.number<int64_t>());
  PS_TRY(entry->cut, read_document(from));
  PS_TRY(entry->documents, read_documents(from));
  PS_TRY(entry->dead_letters, read_documents(from));
  if (!from.rest().empty()) return Error(ErrorCode::kFailedToParse, "entry {} has bytes too many", entry->seq);
  return FrozenEntry(std::move(entry));
}

}  // namespace

size_t OutboxEntry::bytes() const {
  size_t sum = 0;
  for (const OwnedDocument& document : documents)
    sum += document.bytes().size();
  for (const OwnedDocument& letter : dead_letters)
    sum += letter.bytes().size();
  return sum;
}

std::string encode_outbox(std::span<const FrozenEntry> entries) {
  PS_CHECK(!entries.empty());
  BlockFileWriter file(kMagic, kVersion);
  std::string payload;
  for (const FrozenEntry& entry : entries) {
    payload.clear();
    put_number(entry->seq, payload);
    put_number(entry->frozen_at.ms, payload);
    put_bytes(entry->cut.bytes(), payload);
    put_documents(entry->documents, payload);
    put_documents(entry->dead_letters, payload);
    file.add(kEntry, payload);
  }
  return file.finish();
}

Result<std::vector<FrozenEntry>> decode_outbox(std::string_view bytes) {
  PS_TRY(const std::vector<Block> blocks, read_block_file(bytes, kMagic, kVersion));
  std::vector<FrozenEntry> entries;
  for (const Block& block : blocks) {
    if (block.kind != kEntry)
      return Error(ErrorCode::kFailedToParse, "it has a block of the unknown kind {}", block.kind);
    PS_TRY(FrozenEntry entry, read_entry(block.payload));
    if (!entries.empty() && entry->seq != entries.back()->seq + 1) {
      return Error(ErrorCode::kFailedToParse, "entry {} stands behind entry {}", entry->seq, entries.back()->seq);
    }
    entries.push_back(std::move(entry));
  }
  if (entries.empty()) return Error(ErrorCode::kFailedToParse, "it has no entries");
  return entries;
}

}  // namespace penstock
