// SPDX-License-Identifier: Apache-2.0
// Where the state of a processor lies in the data folder: DIR/processors/<name>.
#pragma once

#include <string>
#include <string_view>

namespace penstock {

// Names are free text: what is no letter, digit, '-' or '_' is written as % and two hexadecimal digits.
std::string processor_folder(std::string_view data_folder, std::string_view processor);

}  // namespace penstock
