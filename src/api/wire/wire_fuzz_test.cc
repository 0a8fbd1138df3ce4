// SPDX-License-Identifier: Apache-2.0
// The fuzzer's function over its seeds, over every cut of them and over random damage: a fixed amount of fuzzing in
// every test run. Damaged messages get their length put right, or nothing behind it would be looked at.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "api/wire/wire_fuzz.cc"
#include "base/fuzz_for_test.h"
#include "bson/base64.h"

namespace penstock {
namespace {

constexpr uint64_t kSeed = 79;

std::vector<std::string> seeds() {
  std::vector<std::string> all;
  for (std::string& hex : read_corpus(PENSTOCK_SOURCE_DIR "/tests/corpora/wire")) {
    std::erase(hex, '\n');
    auto bytes = bytes_from_hex(hex);
    EXPECT_TRUE(bytes) << hex;
    all.push_back(bytes.value_or(""));
  }
  return all;
}

// In memory of exactly its size, so that AddressSanitizer sees one byte too many.
void fuzz(const std::string& text) {
  std::vector<uint8_t> exact(text.begin(), text.end());
  exact.shrink_to_fit();
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

void put_length_right(std::string& text) {
  auto length = static_cast<int32_t>(text.size());
  if (text.size() >= sizeof length) std::memcpy(text.data(), &length, sizeof length);
}

TEST(WireFuzz, SeedsAndTheirCuts) {
  const std::vector<std::string> all = seeds();
  ASSERT_GE(all.size(), 15u);
  for (const std::string& text : all) {
    for (size_t size = 0; size <= text.size(); size++) {
      std::string cut = text.substr(0, size);
      fuzz(cut);
      put_length_right(cut);
      fuzz(cut);
    }
  }
}

TEST(WireFuzz, DamagedAndSplicedSeeds) {
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  SeededRandom random(kSeed);
  const std::vector<std::string> all = seeds();
  for (int i = 0; i < 40'000; ++i) {
    std::string text = damaged(all, random);
    if (random.below(8) != 0) put_length_right(text);
    fuzz(text);
  }
}

}  // namespace
}  // namespace penstock
