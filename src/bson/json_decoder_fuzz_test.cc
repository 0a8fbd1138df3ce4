// SPDX-License-Identifier: Apache-2.0
// The fuzzer's function over its seeds, over every cut of them and over random damage: a fixed amount of fuzzing in
// every test run. A text that once broke the decoder joins the seeds.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/random.h"
#include "bson/json_decoder_fuzz.cc"

namespace penstock {
namespace {

constexpr uint64_t kSeed = 77;

std::vector<std::string> seeds() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(PENSTOCK_SOURCE_DIR "/tests/corpora/json"))
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> texts;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return texts;
}

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
    std::string text = texts[random.below(texts.size())];
    for (uint64_t n = random.below(4); n > 0; --n) {
      const std::string& other = texts[random.below(texts.size())];
      const size_t at = random.below(text.size() + 1);
      switch (random.below(3)) {
        case 0: text.insert(at, other, random.below(other.size()), random.below(12)); break;
        case 1: text.erase(at, random.below(6)); break;
        default:
          if (at < text.size()) text[at] = static_cast<char>(random.below(256));
      }
    }
    fuzz(text);
  }
}

}  // namespace
}  // namespace penstock
