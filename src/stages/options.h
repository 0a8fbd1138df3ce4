// SPDX-License-Identifier: Apache-2.0
// Reading the options of streaming stages ($source, $merge, windows): unknown and unsupported names are refused before
// anything is read, types are checked with the path of the option. All errors are kInvalidDefinition.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bson/document.h"

namespace penstock {

// `value` as an object; `what` names it in the error: "$source".
Result<Document> object_option(std::string_view what, const Value& value);
// Every name in `spec` is in `known`. A name in `unsupported` is one of the language that this version does not have:
// refused as such. Any other is unknown, with "did you mean".
Result<void> check_option_names(Document spec, std::span<const std::string_view> known,
                                std::span<const std::string_view> unsupported = {});
// The text of a required option, not empty.
Result<std::string> required_text(Document spec, std::string_view name);
// "`what` is not supported by this version of Penstock yet"
Error not_supported_yet(std::string_view what);
// "'topic' must be a string, found int"; `expected` with its article.
Error wrong_option_type(std::string_view name, std::string_view expected, const Value& found);

}  // namespace penstock
