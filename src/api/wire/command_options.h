// SPDX-License-Identifier: Apache-2.0
// The options of one command, wherever they stand: at its top level, or in its `options` document, which wins.
// Errors name the place as MongoDB does: "BSON field 'startStreamProcessor.options.tier' is the wrong type 'int',
// expected type 'string'".
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bson/document.h"

namespace penstock {

// A field of a command and its path from the command's name on.
struct FoundField {
  Value value;  // Missing: it was not given.
  std::string path;
  bool given() const { return !value.is_missing(); }
};

class CommandOptions {
 public:
  // `command` outlives it. Error: `options` is no document.
  static Result<CommandOptions> of(Document command);

  std::string_view command_name() const { return name_; }
  FoundField find(std::string_view option) const;
  Result<std::optional<std::string>> text(std::string_view option) const;
  Result<std::optional<bool>> flag(std::string_view option) const;  // Numbers too: 0 is false.
  Result<std::optional<Document>> document(std::string_view option) const;
  // Any number without a fraction. Out of [least, most]: kBadValue.
  Result<std::optional<int64_t>> whole(std::string_view option, int64_t least, int64_t most) const;
  // Every field is the command itself, `options`, one of these, or one that may ride on any command.
  Result<void> check_names(std::span<const std::string_view> known) const;

 private:
  CommandOptions(std::string_view name, Document command, Document nested)
      : name_(name), command_(command), nested_(nested) {}
  std::string_view name_;
  Document command_;
  Document nested_;
};

Error wrong_field_type(const FoundField& field, std::string_view expected);
Error missing_field(std::string_view path);
// `known`: for "did you mean".
Error unknown_field(std::string_view path, std::string_view name, std::span<const std::string_view> known);

}  // namespace penstock
