// SPDX-License-Identifier: Apache-2.0
// What the fuzz tests share: seeds from a folder of tests/corpora, and random damage to them.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace penstock {

// The files of a folder, in the order of their names.
inline std::vector<std::string> read_corpus(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> texts;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return texts;
}

// One of the seeds with up to three places spliced, cut out or overwritten. No seed is empty.
inline std::string damaged(const std::vector<std::string>& seeds, SeededRandom& random) {
  constexpr std::string_view kOdd("\0\1\4\x7F\x80\xFF", 6);
  std::string text = seeds[random.below(seeds.size())];
  for (uint64_t n = random.below(4); n > 0; --n) {
    const std::string& other = seeds[random.below(seeds.size())];
    const size_t at = random.below(text.size() + 1);
    switch (random.below(4)) {
      case 0: text.insert(at, other, random.below(other.size()), random.below(24)); break;
      case 1: text.erase(at, random.below(8)); break;
      case 2:
        if (at < text.size()) text[at] = kOdd[random.below(kOdd.size())];
        break;
      default:
        if (at < text.size()) text[at] = static_cast<char>(random.below(256));
    }
  }
  return text;
}

}  // namespace penstock
