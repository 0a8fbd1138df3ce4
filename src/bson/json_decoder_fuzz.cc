// SPDX-License-Identifier: Apache-2.0
// For libFuzzer: clang++ -fsanitize=fuzzer,address,undefined. Seeds: tests/corpora/json. json_decoder_fuzz_test.cc runs
// the same function over the seeds and over random damage to them.
//
// What is accepted is valid BSON of bounded depth; fields and document agree; what was learnt before, what lies behind
// the text and who asks for which fields makes no difference.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "bson/json_decoder.h"
#include "bson/padded_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace penstock;
  static const std::vector<std::string> wanted = {"a", "b", "price", "symbol", "side", "0", "$date"};
  static JsonDecoder used(wanted);
  JsonDecoder fresh(wanted);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Decoded first = decode_padded(fresh, text, std::string_view("\0", 1));
  const Decoded second = decode_padded(used, text, "\"}");
  PS_CHECK(first.document == second.document && first.error == second.error);
  for (std::string_view filler : {"0", "\",\"a\":1}"}) {
    const auto fields = decode_fields_padded(used, wanted, text, filler);
    PS_CHECK(fields.has_value() == first.document.has_value());
    if (fields) PS_CHECK(*fields == fields_of(*first.document, wanted));
  }
  if (first.document) PS_CHECK(validate_bson(*first.document).ok());
  return 0;
}
