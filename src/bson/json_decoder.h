// SPDX-License-Identifier: Apache-2.0
// JSON text of records -> BSON, on the path of every record: one pass, no allocation in the steady state, whole text
// checked.
//
// Two forms of output, chosen by what the plan needs (dataflow/needs.h):
//   fields    the values of the wanted top-level fields, in slots; nothing else is built
//   document  the whole record as a BSON document in the arena
// The decoder remembers the key sequence of the last record: when the next one has the same, a key costs one compare.
//
// Accepts: JSON (RFC 8259), a leading byte order mark, Extended JSON v2 both forms ({"$date": ...}, {"$oid": ...},
// ...), a top-level array (becomes {"0": ..., "1": ...}), bytes 00 + 4 before '{' (schema registry framing). Numbers:
// int when it fits 32 bits, long when 64, else double; with '.', 'e' or 'E' double; a number that is not finite as
// double is an error; -0 is the int 0 as libbson reads it, -0.0 the double. Repeated names: both are kept, the first
// wins when reading. What only looks like Extended JSON stays an object (record_extended.h), and so does the top level.
// Errors (kFailedToParse; kBsonObjectTooLarge over kDocumentBytesMax) say what and at which byte, the same for the same
// text whatever was decoded before and lies behind it. Depth over kDepthMax is an error, never a crash.
// Thread: one owner.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bson/document.h"

namespace penstock {

class JsonDecoder {
 public:
  // `wanted`: names of the top-level fields for decode_fields, at most 64, no duplicates.
  explicit JsonDecoder(std::vector<std::string> wanted = {});
  ~JsonDecoder();
  JsonDecoder(JsonDecoder&&) noexcept;

  // Bytes a caller must leave readable (any content) after each text, so that the scanner may load whole vectors.
  static constexpr size_t kPadding = 32;

  // Writes slots[i] = value of wanted[i] (missing when absent) for i < wanted.size(). Strings without escapes point
  // into `text`, everything else into `arena`. On error the slots are unspecified.
  Result<void> decode_fields(std::string_view text, Arena& arena, Value* slots);
  // The whole record.
  Result<Document> decode_document(std::string_view text, Arena& arena);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace penstock
