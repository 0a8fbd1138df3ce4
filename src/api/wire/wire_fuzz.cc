// SPDX-License-Identifier: Apache-2.0
// For libFuzzer: clang++ -fsanitize=fuzzer,address,undefined. Seeds: tests/corpora/wire (hexadecimal digits);
// wire_fuzz_test.cc runs the same function over the seeds and over random damage to them.
//
// Whatever bytes come: they are a message with valid BSON within the limits, or refused; what is read points into the
// message; everything can be answered; what was compressed comes out the same every time.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "api/wire/message.h"
#include "base/check.h"

namespace penstock {
namespace {

constexpr Compressor kFuzzed[] = {Compressor::kNoop, Compressor::kSnappy, Compressor::kZlib, Compressor::kZstd};

void check_document(const Request& request, Document document, const MessageLimits& limits) {
  const std::string& all = *request.bytes;
  PS_CHECK(document.data() >= all.data() && document.data() + document.size() <= all.data() + all.size());
  PS_CHECK(validate_bson(document.bytes(), limits.document_max, limits.depth_max).ok());
}

void fuzz_message(std::string_view bytes, const MessageLimits& limits) {
  auto size = message_size(bytes, limits.bytes_max);
  if (!size.ok() || !*size || bytes.size() < **size) return;
  const std::string_view message = bytes.substr(0, **size);
  auto request = read_request(std::string(message), limits, kFuzzed);
  if (!request.ok()) {
    write_answer(message, 1, OwnedDocument());
    return;
  }
  PS_CHECK(request->bytes->size() <= limits.bytes_max);
  check_document(*request, request->body, limits);
  for (const DocumentSequence& sequence : request->sequences) {
    for (Document document : sequence.documents)
      check_document(*request, document, limits);
  }
  const std::string answer = write_answer(*request, 1, request->body);
  PS_CHECK(answer.empty() == request->more_to_come);
  if (request->compressor) {
    auto again = read_request(std::string(message), limits, kFuzzed);
    PS_CHECK(again.ok() && *again->bytes == *request->bytes);
  }
}

}  // namespace
}  // namespace penstock

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace penstock;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  fuzz_message(bytes, kLimitsBeforeLogin);
  fuzz_message(bytes, {size_t{1} << 20, kDocumentBytesMax, kLimitsAfterLogin.depth_max});
  return 0;
}
