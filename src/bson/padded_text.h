// SPDX-License-Identifier: Apache-2.0
// For tests of the JSON decoder: a text in memory of exactly its size plus the promised padding, so that the address
// sanitizer sees a read behind it. What lies in the padding must not matter: every text is decoded with several.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bson/json_decoder.h"

namespace penstock {

class PaddedText {
 public:
  // `filler` is repeated behind the text.
  PaddedText(std::string_view text, std::string_view filler)
      : bytes_(new char[text.size() + JsonDecoder::kPadding]), size_(text.size()) {
    if (!text.empty()) std::memcpy(bytes_.get(), text.data(), text.size());
    for (size_t i = 0; i < JsonDecoder::kPadding; ++i)
      bytes_[size_ + i] = filler[i % filler.size()];
  }
  operator std::string_view() const { return {bytes_.get(), size_}; }  // NOLINT

 private:
  std::unique_ptr<char[]> bytes_;
  size_t size_;
};

// What may follow a record in a batch, chosen so that a text cut short goes on "well".
inline constexpr std::string_view kFillers[] = {
    std::string_view("\0", 1), "\"", "}", "0", " ", "\xff", "\\u00", "\",\"a\":1}", "}]", "e+1", "{\"a\":", "ull}",
};

// Every other text gets an arena whose every piece is an allocation of its own, so that the address sanitizer sees a
// write behind it too.
inline size_t block_bytes_for(std::string_view text) { return text.size() % 2 == 0 ? 16 : 64 * 1024; }

// The document's bytes, or the error's text.
struct Decoded {
  std::optional<std::string> document;
  std::string error;
};

inline Decoded decode_padded(JsonDecoder& decoder, std::string_view text, std::string_view filler) {
  const PaddedText padded(text, filler);
  Arena arena(block_bytes_for(text));
  Result<Document> result = decoder.decode_document(padded, arena);
  if (!result.ok()) return {{}, result.error().message()};
  return {std::string(result->bytes()), {}};
}

// One document with the wanted fields that are there; {} on error.
inline std::optional<std::string> decode_fields_padded(JsonDecoder& decoder, const std::vector<std::string>& wanted,
                                                       std::string_view text, std::string_view filler) {
  const PaddedText padded(text, filler);
  Arena arena(block_bytes_for(text));
  std::vector<Value> slots(wanted.size(), Value::boolean(true));
  if (!decoder.decode_fields(padded, arena, slots.data()).ok()) return {};
  DocumentBuilder builder;
  for (size_t i = 0; i < wanted.size(); ++i)
    builder.append(wanted[i], slots[i]);
  return builder.take();
}

inline std::string fields_of(const std::string& document, const std::vector<std::string>& wanted) {
  DocumentBuilder builder;
  for (const std::string& name : wanted)
    builder.append(name, Document(document.data()).get(name));
  return builder.take();
}

}  // namespace penstock
