// SPDX-License-Identifier: Apache-2.0
#include "api/wire/compression.h"

#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

#include <iterator>

namespace penstock {
namespace {

constexpr int kZstdLevel = 3;

struct Row {
  Compressor compressor;
  std::string_view name;
};
constexpr Row kRows[] = {
    {Compressor::kNoop, "noop"},
    {Compressor::kSnappy, "snappy"},
    {Compressor::kZlib, "zlib"},
    {Compressor::kZstd, "zstd"},
};

// The amount that comes out, written to `to`, which has `size` bytes; empty: it does not fit or is damaged.
std::optional<size_t> unpack(Compressor compressor, std::string_view bytes, char* to, size_t size) {
  switch (compressor) {
    case Compressor::kNoop: {
      if (bytes.size() != size) return std::nullopt;
      bytes.copy(to, size);
      return size;
    }
    case Compressor::kSnappy: {
      size_t says = 0;
      if (snappy_uncompressed_length(bytes.data(), bytes.size(), &says) != SNAPPY_OK || says != size) {
        return std::nullopt;
      }
      return snappy_uncompress(bytes.data(), bytes.size(), to, &says) == SNAPPY_OK ? std::optional(says) : std::nullopt;
    }
    case Compressor::kZlib: {
      uLongf out = size;
      uLong in = bytes.size();
      int done = uncompress2(reinterpret_cast<Bytef*>(to), &out, reinterpret_cast<const Bytef*>(bytes.data()), &in);
      return done == Z_OK && in == bytes.size() ? std::optional<size_t>(out) : std::nullopt;
    }
    case Compressor::kZstd: {
      size_t out = ZSTD_decompress(to, size, bytes.data(), bytes.size());
      return ZSTD_isError(out) == 0 ? std::optional(out) : std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Compressor compressor) { return kRows[static_cast<size_t>(compressor)].name; }

std::optional<Compressor> compressor_of(std::string_view name) {
  for (const Row& row : kRows) {
    if (row.name == name) return row.compressor;
  }
  return std::nullopt;
}

std::optional<Compressor> compressor_of(uint8_t number) {
  if (number >= std::size(kRows)) return std::nullopt;
  return kRows[number].compressor;
}

Result<void> decompress(Compressor compressor, std::string_view bytes, size_t size, std::string& to) {
  size_t before = to.size();
  to.resize(before + size);  // Filled with NUL.
  std::optional<size_t> actual = unpack(compressor, bytes, to.data() + before, size);
  if (actual == size) return {};
  to.resize(before);
  return Error(ErrorCode::kProtocolError, "OP_COMPRESSED: {} bytes of {} are not the {} bytes that the message names",
               bytes.size(), name_of(compressor), size);
}

std::string compress(Compressor compressor, std::string_view bytes) {
  std::string packed;
  switch (compressor) {
    case Compressor::kNoop: packed = bytes; break;
    case Compressor::kSnappy: {
      size_t size = snappy_max_compressed_length(bytes.size());
      packed.resize(size);
      PS_CHECK(snappy_compress(bytes.data(), bytes.size(), packed.data(), &size) == SNAPPY_OK);
      packed.resize(size);
      break;
    }
    case Compressor::kZlib: {
      uLongf size = compressBound(bytes.size());
      packed.resize(size);
      PS_CHECK(compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                         bytes.size(), Z_DEFAULT_COMPRESSION) == Z_OK);
      packed.resize(size);
      break;
    }
    case Compressor::kZstd: {
      packed.resize(ZSTD_compressBound(bytes.size()));
      size_t size = ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), kZstdLevel);
      PS_CHECK(ZSTD_isError(size) == 0);
      packed.resize(size);
      break;
    }
  }
  return packed;
}

}  // namespace penstock
