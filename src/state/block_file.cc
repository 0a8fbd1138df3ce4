// SPDX-License-Identifier: Apache-2.0
#include "state/block_file.h"

#include "state/byte_codec.h"
#include "state/crc32c.h"

namespace penstock {
namespace {

constexpr uint32_t kEnd = 0;
constexpr size_t kMagicBytes = 8;

Error damaged(std::string_view what, size_t at) { return Error(ErrorCode::kFailedToParse, "{} at byte {}", what, at); }

}  // namespace

BlockFileWriter::BlockFileWriter(std::string_view magic, uint32_t version) : bytes_(magic) {
  PS_CHECK(magic.size() == kMagicBytes);
  put_number(version, bytes_);
}

void BlockFileWriter::add(uint32_t kind, std::string_view payload) {
  const size_t begin = bytes_.size();
  put_number(kind, bytes_);
  put_number(static_cast<uint64_t>(payload.size()), bytes_);
  bytes_.append(payload);
  put_number(crc32c(std::string_view(bytes_).substr(begin)), bytes_);
  ++blocks_;
}

std::string BlockFileWriter::finish() {
  std::string end;
  put_number(blocks_, end);
  put_number(static_cast<uint64_t>(bytes_.size()), end);
  add(kEnd, end);
  return std::move(bytes_);
}

Result<std::vector<Block>> read_block_file(std::string_view bytes, std::string_view magic, uint32_t version) {
  if (!bytes.starts_with(magic)) return damaged("this is no such file: other first bytes", 0);
  ByteReader reader(bytes.substr(magic.size()));
  PS_TRY(const uint32_t written, reader.number<uint32_t>());
  if (written > version) {
    return Error(ErrorCode::kFailedToParse,
                 "it has the format version {}, this program reads up to {}: a newer Penstock wrote it", written,
                 version);
  }
  if (written == 0) return damaged("there is no format version 0", kMagicBytes);
  std::vector<Block> blocks;
  while (true) {
    const size_t at = bytes.size() - reader.rest().size();
    const std::string_view begin = reader.rest();
    PS_TRY(const uint32_t kind, reader.number<uint32_t>());
    PS_TRY(const uint64_t size, reader.number<uint64_t>());
    PS_TRY(const std::string_view payload, reader.bytes(size));
    const uint32_t sum = crc32c(begin.substr(0, begin.size() - reader.rest().size()));
    PS_TRY(const uint32_t stored, reader.number<uint32_t>());
    if (sum != stored) return damaged("the checksum of a block is wrong", at);
    if (kind != kEnd) {
      blocks.push_back({kind, payload});
      continue;
    }
    ByteReader end(payload);
    PS_TRY(const uint64_t count, end.number<uint64_t>());
    PS_TRY(const uint64_t before, end.number<uint64_t>());
    if (count != blocks.size() || before != at || !end.rest().empty()) return damaged("the end block is wrong", at);
    if (!reader.rest().empty()) return damaged("something stands behind the end", at);
    return blocks;
  }
}

}  // namespace penstock
