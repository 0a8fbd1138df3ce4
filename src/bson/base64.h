// SPDX-License-Identifier: Apache-2.0
// Base64 of RFC 4648, and hexadecimal digits: the text forms of binary values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace penstock {

void append_base64(std::string_view bytes, std::string& to);
// Empty unless `text` is whole groups of four with right padding. Both alphabets (+/ and -_) are read.
std::optional<std::string> bytes_from_base64(std::string_view text);

void append_hex(std::string_view bytes, std::string& to);  // Small letters.
// Empty unless `text` is an even number of hexadecimal digits.
std::optional<std::string> bytes_from_hex(std::string_view text);

}  // namespace penstock
