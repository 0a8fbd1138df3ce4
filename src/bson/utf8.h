// SPDX-License-Identifier: Apache-2.0
// Well-formed UTF-8 (Unicode 15, table 3-7): no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace penstock {

// The length of the longest well-formed beginning: text.size() if all of it is.
size_t valid_utf8_size(std::string_view text);
inline bool is_valid_utf8(std::string_view text) { return valid_utf8_size(text) == text.size(); }

// Appends a code point, which must not be a surrogate and at most U+10FFFF.
void append_utf8(char32_t code_point, std::string& to);

}  // namespace penstock
