// SPDX-License-Identifier: Apache-2.0
// The fuzzer's function over its seeds, over every cut of them and over random damage: a fixed amount of fuzzing in
// every test run. A text that once broke the decoder joins the seeds.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/fuzz_for_test.h"
#include "bson/json_decoder_fuzz.cc"

namespace penstock {
namespace {

constexpr uint64_t kSeed = 77;

std::vector<std::string> seeds() { return read_corpus(PENSTOCK_SOURCE_DIR "/tests/corpora/json"); }

void fuzz(const std::string& text) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}

TEST(JsonDecoderFuzz, SeedsAndTheirCuts) {
  const std::vector<std::string> texts = seeds();
  ASSERT_GE(texts.size(), 20u);
  for (const std::string& text : texts) {
    fuzz(text);
    const size_t step = text.size() / 300 + 1;
    for (size_t size = 0; size < text.size(); size += step)
      fuzz(text.substr(0, size));
  }
}

TEST(JsonDecoderFuzz, DamagedAndSplicedSeeds) {
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  SeededRandom random(kSeed);
  std::vector<std::string> texts = seeds();
  std::erase_if(texts, [](const std::string& text) { return text.size() > 2000 || text.empty(); });
  for (int i = 0; i < 30'000; ++i) {
    fuzz(damaged(texts, random));
  }
}

}  // namespace
}  // namespace penstock
