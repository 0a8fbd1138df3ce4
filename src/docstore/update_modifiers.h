// SPDX-License-Identifier: Apache-2.0
// What an update operator does to one field: {$inc: {path: 5}} is the modifier "$inc 5" at a path. Results, errors and
// their texts are those of mongod 6.0.5 (write.cases). The paths are update_operators.h's matter.
// Thread: immutable once parsed.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bson/document.h"

namespace penstock {

// One application of an update to one document.
struct UpdateRun {
  Arena& arena;  // What modifiers make lives here.
  const Clock& clock;
  Document original;
  bool inserting = false;
  // Set by a modifier that counts as a change even when the bytes stay as they were.
  bool touched = false;
};

// Where a modifier stands, for error texts.
struct FieldPlace {
  std::string_view name;
  std::string_view path;  // With the places of array elements filled in.
};

class Modifier {
 public:
  virtual ~Modifier() = default;
  // The new value of a field; `existing` is missing when there is none. A missing result: the field goes.
  virtual Result<Value> apply(const Value& existing, const FieldPlace& place, UpdateRun& run) const = 0;
  // Whether the field is made where there is none.
  virtual bool creates(const UpdateRun&) const { return true; }
  // Whether a path that cannot exist (through a scalar) is just nothing to do.
  virtual bool tolerates_no_path(const UpdateRun&) const { return false; }
};

// The names of operators. Parses what stands right of the path; `argument`: the element {path: argument}, which
// outlives the modifier. Not for $rename.
using ModifierParser = Result<std::unique_ptr<Modifier>> (*)(const Element& argument);
ModifierParser find_modifier(std::string_view name);

// The two sides of {$rename: {from: to}}.
std::unique_ptr<Modifier> make_rename_source();
std::unique_ptr<Modifier> make_rename_target(std::vector<std::string> source);
// Its value in the original document, through objects only; missing where there is none.
Value value_through_objects(Document document, const std::vector<std::string>& path);

// Of array_modifiers.cc.
Result<std::unique_ptr<Modifier>> parse_push(const Element& argument);
Result<std::unique_ptr<Modifier>> parse_add_to_set(const Element& argument);
Result<std::unique_ptr<Modifier>> parse_pop(const Element& argument);
Result<std::unique_ptr<Modifier>> parse_pull(const Element& argument);
Result<std::unique_ptr<Modifier>> parse_pull_all(const Element& argument);

// "_id: 1", as error texts name a document.
std::string id_text(Document document);

}  // namespace penstock
