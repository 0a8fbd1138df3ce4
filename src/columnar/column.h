// SPDX-License-Identifier: Apache-2.0
// The contract of the columnar path (architecture 3): typed columns of wanted fields, and kernels over them.
// It has no meaning of its own: the row path is the truth, and a row whose type does not fit its column leaves the
// columns (its bit in `surprising` is set) and takes the row path alone. No kernel exists yet; Function::kernel is
// where one goes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "bson/value.h"

namespace penstock {

// A column's values for the rows of one batch. Exactly one of the arrays is used, by `type`.
struct Column {
  Type type = Type::kMissing;           // kInt, kLong, kDouble, kString, kDate or kBool.
  std::span<int64_t> integers;          // kInt, kLong, kDate, kBool.
  std::span<double> doubles;            // kDouble.
  std::span<std::string_view> strings;  // kString: views into the batch.
  std::span<uint64_t> present;          // A bit a row: 0 = missing.
  std::span<uint64_t> surprising;       // A bit a row: 1 = other type, the row path takes it.
};

// Computes a column from columns for the rows [0, rows). Must agree with the function's `evaluate` on every row it does
// not mark as surprising.
using Kernel = void (*)(std::span<const Column> arguments, Column& result, size_t rows);

}  // namespace penstock
