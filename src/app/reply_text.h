// SPDX-License-Identifier: Apache-2.0
// What commands print of documents that a server sent: tables for people, JSON for programs. Texts of a table come from
// outside: control characters are shown escaped, so that a name cannot steer the terminal.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "bson/document.h"

namespace penstock {

enum class OutputFormat { kTable, kJson };
// "table" or "json"; error kUsage.
Result<OutputFormat> parse_output_format(std::string_view text);

struct TableColumn {
  std::string_view title;
  std::string_view field;  // Of the row; dots lead into objects. Missing and null: an empty cell.
};

// A head line and a line per row, columns as wide as their widest cell, numbers to the right. `rows`: an array of
// objects; what is no object is passed over.
std::string table_text(Document rows, std::span<const TableColumn> columns);
// "state   STARTED", a line each for the scalars of `document`, in its order; objects and arrays as JSON if
// `with_nested`, else left out.
std::string fields_text(Document document, bool with_nested);
// An array, a row a line.
std::string json_rows(Document rows);

// One cell: strings as they are, dates as ISO 8601, all else as JSON.
std::string cell_text(const Value& value);

}  // namespace penstock
