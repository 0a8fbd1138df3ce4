// SPDX-License-Identifier: Apache-2.0
#include "app/reply_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "bson/ejson.h"
#include "bson/iso_date.h"

namespace penstock {
namespace {

// Characters shown on a terminal: continuation bytes of UTF-8 take no place of their own.
size_t width_of(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string escaped(std::string_view text) {
  std::string shown;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    // U+0080 to U+009F are control characters, too: C2 80 to C2 9F.
    const bool c1 = c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (c1) {
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[++i]));
    } else if (c < 0x20 || c == 0x7f) {
      shown += fmt::format("\\x{:02x}", c);
    } else {
      shown += text[i];
    }
  }
  return shown;
}

Value value_at(Document row, std::string_view path) {
  const size_t dot = path.find('.');
  const Value value = row.get(path.substr(0, dot));
  if (dot == std::string_view::npos) return value;
  return value.is_object() ? value_at(value.as_object(), path.substr(dot + 1)) : Value::missing();
}

struct Cell {
  std::string text;
  bool number = false;
};

std::string padded(const Cell& cell, size_t width, bool last) {
  const std::string blanks(width - std::min(width, width_of(cell.text)), ' ');
  if (cell.number) return blanks + cell.text;
  return last ? cell.text : cell.text + blanks;
}

}  // namespace

Result<OutputFormat> parse_output_format(std::string_view text) {
  if (text == "table") return OutputFormat::kTable;
  if (text == "json") return OutputFormat::kJson;
  return Error(ErrorCode::kUsage, "-o takes table or json, not \"{}\"", text);
}

std::string cell_text(const Value& value) {
  if (value.is_nullish()) return "";
  if (value.is_string()) return escaped(value.as_string());
  if (value.type() == Type::kDate) return iso_text(value.as_date());
  return to_json(value);
}

std::string table_text(Document rows, std::span<const TableColumn> columns) {
  std::vector<std::vector<Cell>> lines(1);
  for (const TableColumn& column : columns)
    lines[0].push_back({std::string(column.title)});
  for (const Element& row : rows) {
    if (!row.value.is_object()) continue;
    std::vector<Cell>& line = lines.emplace_back();
    for (const TableColumn& column : columns) {
      const Value value = value_at(row.value.as_object(), column.field);
      line.push_back({cell_text(value), value.is_number()});
    }
  }
  // The title of a column of numbers stands above them.
  for (size_t i = 0; i < columns.size() && lines.size() > 1; ++i)
    lines[0][i].number = lines[1][i].number;
  std::string text;
  for (const auto& line : lines) {
    std::string shown;
    for (size_t i = 0; i < columns.size(); ++i) {
      size_t width = 0;
      for (const auto& other : lines)
        width = std::max(width, width_of(other[i].text));
      shown += (i > 0 ? "  " : "") + padded(line[i], width, i + 1 == columns.size());
    }
    shown.erase(shown.find_last_not_of(' ') + 1);
    text += shown + "\n";
  }
  return text;
}

std::string fields_text(Document document, bool with_nested) {
  size_t width = 0;
  const auto shown = [with_nested](const Element& element) {
    return with_nested || !(element.value.is_object() || element.value.is_array());
  };
  for (const Element& element : document) {
    if (shown(element)) width = std::max(width, width_of(element.name));
  }
  std::string text;
  for (const Element& element : document) {
    if (!shown(element)) continue;
    std::string line = padded({escaped(element.name)}, width + 2, false) + cell_text(element.value);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string json_rows(Document rows) {
  std::string text;
  for (const Element& row : rows)
    text += fmt::format("{}{}", text.empty() ? "" : ",\n ", to_json(row.value));
  return fmt::format("[{}]\n", text);
}

}  // namespace penstock
