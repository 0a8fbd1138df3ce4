// SPDX-License-Identifier: Apache-2.0
// Documents as golden files write them: names without quotes, and every type told apart, so that a text names exactly
// one document: {n: 2} is an int, {n: 2.0} a double, {n: {$numberLong: "2"}} a long.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bson/ejson.h"

namespace penstock {

std::string golden_text(const Value& value);
// Cuts `text` behind the bracket that closes its first one; brackets in strings do not count. Empty when it never
// closes.
std::string_view cut_bracketed(std::string_view text);
// Documents separated by blanks or lines.
Result<std::vector<OwnedDocument>> parse_golden_documents(std::string_view text);

}  // namespace penstock
