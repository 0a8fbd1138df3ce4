// SPDX-License-Identifier: Apache-2.0
// The tables of the catalog, one per file of this folder; catalog.cc joins them.
#pragma once

#include <span>

#include "expression/function.h"

namespace penstock {

std::span<const Function> algebra_functions();
std::span<const Function> arithmetic_functions();
std::span<const Function> array_each_functions();
std::span<const Function> array_functions();
std::span<const Function> array_order_functions();
std::span<const Function> array_pairs_functions();
std::span<const Function> array_parts_functions();
std::span<const Function> bit_functions();
std::span<const Function> comparison_functions();
std::span<const Function> conditional_functions();
std::span<const Function> conversion_functions();
std::span<const Function> date_arithmetic_functions();
std::span<const Function> date_diff_functions();
std::span<const Function> date_field_functions();
std::span<const Function> date_part_functions();
std::span<const Function> date_text_functions();
std::span<const Function> object_functions();
std::span<const Function> reduce_functions();
std::span<const Function> regex_functions();
std::span<const Function> set_functions();
std::span<const Function> statistics_functions();  // $sum, $avg, ... outside of $group
std::span<const Function> string_functions();
std::span<const Function> string_search_functions();
std::span<const Function> structural_functions();  // $literal, $const, $let, $meta
std::span<const Function> trigonometry_functions();
std::span<const Function> trim_functions();
std::span<const Function> type_functions();

// Names that users give to variables ($let, `as`). Error 9.
Result<void> check_variable_name(std::string_view name);

}  // namespace penstock
