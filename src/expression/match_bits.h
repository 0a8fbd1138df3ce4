// SPDX-License-Identifier: Apache-2.0
// $bitsAllSet, $bitsAnySet, $bitsAllClear, $bitsAnyClear (reference mql-semantics 16).
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "expression/match_predicates.h"

namespace penstock {

struct BitQuestion {
  std::string_view name;
  bool all;  // Else any.
  bool set;  // Else clear.
};
inline constexpr BitQuestion kBitsAllClear{"$bitsAllClear", true, false};
inline constexpr BitQuestion kBitsAllSet{"$bitsAllSet", true, true};
inline constexpr BitQuestion kBitsAnyClear{"$bitsAnyClear", false, false};
inline constexpr BitQuestion kBitsAnySet{"$bitsAnySet", false, true};

// `mask`: a whole number >= 0, a list of positions, or binary data. Whole numbers are looked at in two's complement and
// go on by their sign, binary data goes on with zeros; other values do not match.
// Errors: 2 a mask of another type, 9 a number that is negative or not whole.
Result<std::unique_ptr<Predicate>> make_bits(const BitQuestion& question, const Value& mask);

}  // namespace penstock
