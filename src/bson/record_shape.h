// SPDX-License-Identifier: Apache-2.0
// What the decoder remembers of the top level of earlier records: the bytes between two values, and which bytes
// followed which.
//
//   {"side":"SELL","price":417}      start --> [{"side":] --> [,"price":] --> [}]
//
// A step holds one such piece of text with all its punctuation and white space. Where the next step was foreseen
// rightly, a name costs one compare of vectors; its slot and its text come with it. Each step foresees the two steps
// that followed it last, so optional fields and a few mixed shapes stay cheap; other known steps are found by hash.
// Invariant: a step holds checked text only (name valid UTF-8, no escapes), so equal bytes need no check again.
// Bounded: kSteps; when they are used up, all is forgotten at the start of the next record. Thread: one owner.
#pragma once

#include <array>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bson/record_scanner.h"

namespace penstock::record {

struct Step {
  static constexpr uint32_t kTextMax = 64;
  static constexpr ptrdiff_t kNever = std::numeric_limits<ptrdiff_t>::max();

  // Whether the text goes on with this step; it is then whole inside the text.
  bool matches(const char* p, const char* end) const {
    if (length > end - p) return false;
    if ((equal_mask32(p, text) & compare) != compare) return false;
    return length <= 32 || std::memcmp(p + 32, text + 32, static_cast<size_t>(length) - 32) == 0;
  }

  ptrdiff_t length = kNever;  // kNever: matches nothing.
  uint32_t compare = 0;       // A bit for each of the first 32 bytes that count.
  uint32_t name_size = 0;
  const char* name = nullptr;  // Without NUL; 32 bytes are readable.
  bool closes = false;         // The closing '}'.
  int32_t slot = -1;           // Index in the wanted names.
  uint64_t slot_bit = 0;       // 1 << slot, 0 if not wanted.
  Step* next = nullptr;
  Step* next_but_one = nullptr;
  char text[kTextMax + 32] = {};
};

// Where the next value starts, and the step before it; no text on error.
struct Found {
  const char* text = nullptr;
  Step* step = nullptr;
};

class Shapes {
 public:
  explicit Shapes(std::vector<std::string> wanted);

  // Before the first name of a record: only what it foresees counts.
  Step* start() {
    if (used_ > kSteps * 3 / 4) [[unlikely]]
      forget();
    return &start_;
  }
  // Reads the text between two values, or before the first, at `p`, when before->next did not match. The step may be
  // one that is valid until the next call only.
  Found read_step(RecordScanner& scanner, const char* p, Step* before);

  const std::vector<std::string>& wanted() const { return wanted_; }
  // A bit per wanted name.
  uint64_t wanted_bits() const { return wanted_bits_; }

 private:
  static constexpr uint32_t kSteps = 256;
  static constexpr uint32_t kBuckets = 512;

  void forget();
  const char* read_text(RecordScanner& scanner, const char* p, bool first, StringSpan& name, bool& closes);
  Step* find_or_learn(std::string_view text, const StringSpan* name);
  Step* passing(std::string_view name);
  void name_step(Step& step, const char* name, size_t size) const;

  std::vector<std::string> wanted_;
  uint64_t wanted_bits_ = 0;
  std::unique_ptr<Step[]> steps_;
  uint32_t used_ = 0;
  std::array<uint16_t, kBuckets> buckets_ = {};  // index in steps_ + 1
  Step start_, never_, passing_;
  std::string passing_name_;
};

}  // namespace penstock::record
