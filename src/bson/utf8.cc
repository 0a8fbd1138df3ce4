// SPDX-License-Identifier: Apache-2.0
#include "bson/utf8.h"

#include <cstdint>
#include <cstring>

namespace penstock {
namespace {

// The length of the well-formed sequence at `at`, whose first byte is not ASCII; 0 if there is none.
size_t sequence_size(const unsigned char* at, size_t left) {
  unsigned char first = at[0];
  // The range of the second byte depends on the first: it shuts out overlong forms, surrogates and what is too large.
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  size_t size = 0;
  if (first >= 0xC2 && first <= 0xDF) {
    size = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    size = 3;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    size = 4;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  } else {
    return 0;
  }
  if (size > left || at[1] < low || at[1] > high) return 0;
  for (size_t i = 2; i < size; i++) {
    if ((at[i] & 0xC0) != 0x80) return 0;
  }
  return size;
}

}  // namespace

size_t valid_utf8_size(std::string_view text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  size_t at = 0;
  while (at < text.size()) {
    if (text.size() - at >= 8) {
      uint64_t word;
      std::memcpy(&word, bytes + at, sizeof word);
      if ((word & 0x8080808080808080) == 0) {
        at += 8;
        continue;
      }
    }
    if (bytes[at] < 0x80) {
      at++;
      continue;
    }
    size_t size = sequence_size(bytes + at, text.size() - at);
    if (size == 0) return at;
    at += size;
  }
  return at;
}

void append_utf8(char32_t code_point, std::string& to) {
  auto byte = [&](char32_t bits) { to.push_back(static_cast<char>(bits)); };
  if (code_point < 0x80) {
    byte(code_point);
  } else if (code_point < 0x800) {
    byte(0xC0 | code_point >> 6);
    byte(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    byte(0xE0 | code_point >> 12);
    byte(0x80 | (code_point >> 6 & 0x3F));
    byte(0x80 | (code_point & 0x3F));
  } else {
    byte(0xF0 | code_point >> 18);
    byte(0x80 | (code_point >> 12 & 0x3F));
    byte(0x80 | (code_point >> 6 & 0x3F));
    byte(0x80 | (code_point & 0x3F));
  }
}

}  // namespace penstock
