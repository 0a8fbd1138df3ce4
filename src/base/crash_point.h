// SPDX-License-Identifier: Apache-2.0
// Named places where a test kills the process (reliability 1.4.9). In every program but `penstock_crash` (tests/crash)
// they do nothing; they stand between steps that reach a disk or a peer, never in the path of a record.
#pragma once

#include <string_view>

namespace penstock {

void crash_point(std::string_view name);

}  // namespace penstock
