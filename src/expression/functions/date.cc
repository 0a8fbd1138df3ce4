// SPDX-License-Identifier: Apache-2.0
// Date operators (reference mql-semantics 11).
#include "expression/functions/functions.h"

namespace penstock {

std::span<const Function> date_functions() { return {}; }

}  // namespace penstock
