// SPDX-License-Identifier: Apache-2.0
// The fuzzer's function over its seeds, over every cut of them and over random damage: a fixed amount of fuzzing in
// every test run.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "api/auth/scram_fuzz.cc"
#include "base/random.h"

namespace penstock {
namespace {

constexpr uint64_t kSeed = 78;

std::vector<std::string> seeds() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(PENSTOCK_SOURCE_DIR "/tests/corpora/scram"))
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
