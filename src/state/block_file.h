// SPDX-License-Identifier: Apache-2.0
// Files of checksummed blocks (docs/formats/checkpoint.md), as bytes in memory: what is written is whole or not valid.
//
//   magic 8 | version u32 | block* | end block
//   block: kind u32 | size u64 | payload | CRC-32C of kind, size, payload        numbers are little endian
//
// The end block holds the number of blocks and bytes before it: a file cut anywhere, or with anything behind it, is
// refused, as is one with a flipped bit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace penstock {

struct Block {
  uint32_t kind = 0;  // Not 0: that is the end block.
  std::string_view payload;
};

class BlockFileWriter {
 public:
  // `magic`: eight characters.
  BlockFileWriter(std::string_view magic, uint32_t version);
  void add(uint32_t kind, std::string_view payload);
  // The whole file.
  std::string finish();

 private:
  std::string bytes_;
  uint64_t blocks_ = 0;
};

// The blocks, views into `bytes`. kFailedToParse with what is wrong where; a version above `version` says that a newer
// Penstock wrote it.
Result<std::vector<Block>> read_block_file(std::string_view bytes, std::string_view magic, uint32_t version);

}  // namespace penstock
