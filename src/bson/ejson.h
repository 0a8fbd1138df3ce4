// SPDX-License-Identifier: Apache-2.0
// Extended JSON v2 for people and files: definitions, connections, output of find and report. Not the path of records
// (json_decoder.h). Specification: https://github.com/mongodb/specifications extended-json.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bson/document.h"

namespace penstock {

struct TextPosition {
  uint32_t line = 0;    // From 1; 0 = unknown.
  uint32_t column = 0;  // From 1, in bytes.
};

// A parsed text with the place of each value: path "pipeline[1].$merge.into" -> line and column of that value's key (or
// of the value itself for array elements). The empty path is the text's start.
struct ParsedJson {
  Type type = Type::kObject;  // kObject or kArray at top level.
  OwnedDocument document;
  std::map<std::string, TextPosition, std::less<>> positions;
  // The place of `path`, or of its nearest enclosing path that is known.
  TextPosition position_of(std::string_view path) const;
};

// Levels of objects and arrays in a text. More than the 200 that MongoDB allows a command, so that one of that depth
// can stand inside of a test case; whoever runs a definition or stores a document checks its own bound.
constexpr size_t kTextDepthMax = 220;

// The place that a syntax error of parse_ejson names, and its sentence without the place.
struct SyntaxError {
  TextPosition position;
  std::string sentence;
};
SyntaxError syntax_error(const Error& error);

// Key order kept. Comments (//, /* */) are refused with a hint. Duplicate keys are refused. Syntax errors
// (kFailedToParse) name line, column, what was found and what was expected.
// An object is a value of another type ($date, $oid, ...) only if it has exactly that shape (ejson_wrapper.h):
// {"$type": "string"} and {"$regex": "^a"} stay objects.
Result<ParsedJson> parse_ejson(std::string_view text);
// One value, relaxed rules for people at the command line (`find --filter`): unquoted names and single quotes are
// allowed.
Result<OwnedDocument> parse_filter(std::string_view text);

enum class JsonStyle { kRelaxed, kCanonical };
// One line, no blanks after commas inside as mongosh's EJSON.stringify: {"a":1}. Dates in relaxed style as ISO 8601
// with ms, for years 1970 to 9999. A missing value gives the word missing, which is not JSON.
std::string to_json(Document document, JsonStyle style = JsonStyle::kRelaxed);
std::string to_json(const Value& value, JsonStyle style = JsonStyle::kRelaxed);
// For people and error texts, as MongoDB shows values: { a: 1, b: "x" }. Cut at `chars_max`.
std::string to_text(const Value& value, size_t chars_max = 200);

}  // namespace penstock
