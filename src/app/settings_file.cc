// SPDX-License-Identifier: Apache-2.0
// penstock.toml. The only home of toml++, which throws on syntax errors.
#include <fmt/format.h>
#include <toml++/toml.h>

#include "app/settings.h"

namespace penstock {
namespace {

std::string place(std::string_view file_name, const toml::source_region& source) {
  return fmt::format("{}:{}:{}", file_name, source.begin.line, source.begin.column);
}

std::string_view kind_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "an array";
    case toml::node_type::floating_point: return "a number with a fraction";
    default: return "a date or time";
  }
}

Result<std::string> text_of(const toml::node& node, std::string_view at, std::string_view key) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return fmt::format("{}", number->get());
  if (const auto* truth = node.as_boolean()) return std::string(truth->get() ? "true" : "false");
  return Error(ErrorCode::kInvalidDefinition, "{}: {} takes a text, a whole number, true or false, found {}", at, key,
               kind_of(node));
}

Result<std::vector<GivenSetting>> values_of(const toml::table& file, std::string_view file_name) {
  std::vector<GivenSetting> given;
  for (const auto& [section, node] : file) {
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      return Error(ErrorCode::kInvalidDefinition, "{}: \"{}\" stands outside of a section, such as [net]",
                   place(file_name, section.source()), section.str());
    }
    for (const auto& [name, value] : *table) {
      const std::string key = fmt::format("{}.{}", section.str(), name.str());
      const std::string at = place(file_name, name.source());
      PS_TRY(std::string text, text_of(value, at, key));
      given.push_back({.key = key, .text = std::move(text), .origin = at});
    }
    if (table->empty()) {
      // An unknown section is a mistake also when nothing is in it; make_settings() only sees keys.
      bool known = false;
      for (const Setting& row : setting_catalog())
        known = known || row.section == section.str();
      if (!known) given.push_back({.key = std::string(section.str()), .origin = place(file_name, section.source())});
    }
  }
  return given;
}

}  // namespace

Result<std::vector<GivenSetting>> settings_of_file(std::string_view text, std::string_view file_name) {
  try {
    return values_of(toml::parse(text, file_name), file_name);
  } catch (const toml::parse_error& error) {
    return Error(ErrorCode::kInvalidDefinition, "{}: {}", place(file_name, error.source()), error.description());
  }
}

}  // namespace penstock
