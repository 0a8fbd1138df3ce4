// SPDX-License-Identifier: Apache-2.0
// The fuzzer's function over its seeds, over every cut of them and over random damage: a fixed amount of fuzzing in
// every test run.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "api/auth/scram_fuzz.cc"
#include "base/fuzz_for_test.h"

namespace penstock {
namespace {

constexpr uint64_t kSeed = 78;

std::vector<std::string> seeds() { return read_corpus(PENSTOCK_SOURCE_DIR "/tests/corpora/scram"); }

void fuzz(const std::string& text) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}

TEST(ScramFuzz, SeedsAndTheirCuts) {
  const std::vector<std::string> texts = seeds();
  ASSERT_GE(texts.size(), 8u);
  for (const std::string& text : texts) {
    for (size_t size = 0; size <= text.size(); size++)
      fuzz(text.substr(0, size));
  }
}

TEST(ScramFuzz, DamagedAndSplicedSeeds) {
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  SeededRandom random(kSeed);
  const std::vector<std::string> texts = seeds();
  for (int i = 0; i < 20'000; ++i) {
    fuzz(damaged(texts, random));
  }
}

}  // namespace
}  // namespace penstock
