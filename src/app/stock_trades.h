// SPDX-License-Identifier: Apache-2.0
// The definition of the public demo, byte for byte as in examples/stock-trades (put into the binary by the build).
#pragma once

#include <string_view>

namespace penstock {

std::string_view stock_trade_definition();

}  // namespace penstock
