// SPDX-License-Identifier: Apache-2.0
// For libFuzzer: clang++ -fsanitize=fuzzer,address,undefined. Seeds: tests/corpora/scram; scram_fuzz_test.cc runs the
// same function over the seeds and over random damage to them.
//
// Input: a first message, a line feed, a last message. Nothing but the proof of the right password logs in, and what is
// read of a first message says the same as its bytes.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "api/auth/scram.h"
#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace penstock;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t line = text.find('\n');
  Result<ClientFirst> first = read_client_first(text.substr(0, line));
  if (!first.ok()) return 0;
  PS_CHECK(first->channel_binding + first->bare == text.substr(0, line));
  PS_CHECK(!first->user.empty() && !first->nonce.empty());
  const ScramCredential nobody{4096, std::string(28, 's'), std::string(32, 'k'), std::string(32, 'v')};
  ScramConversation conversation(std::move(*first), nobody, true, "server");
  PS_CHECK(conversation.server_first().find("server,s=") != std::string::npos);
  if (line != std::string_view::npos) PS_CHECK(!conversation.finish(text.substr(line + 1)).ok());
  return 0;
}
