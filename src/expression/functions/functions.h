// SPDX-License-Identifier: Apache-2.0
// The tables of the catalog, one per file of this folder; catalog.cc joins them.
#pragma once

#include <span>

#include "expression/function.h"

namespace penstock {

std::span<const Function> arithmetic_functions();
std::span<const Function> comparison_functions();
std::span<const Function> conditional_functions();
std::span<const Function> date_functions();
std::span<const Function> structural_functions();  // $literal, $const, $let, $meta

}  // namespace penstock
