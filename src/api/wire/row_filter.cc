// SPDX-License-Identifier: Apache-2.0
#include "api/wire/row_filter.h"

#include <algorithm>

#include "expression/match.h"

namespace penstock {
namespace {

std::string state_name(std::string_view written) {
  std::string name(written);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return name == "RUNNING" ? "STARTED" : name;
}

void append_state(std::string_view name, const Value& value, DocumentBuilder& to);

// {$in: ["running"]}, {$ne: "running"}, {$not: {...}}; patterns stay as they are.
void append_states(std::string_view name, Document values, bool array, DocumentBuilder& to) {
  const size_t mark = array ? to.begin_array(name) : to.begin_object(name);
  for (const Element& element : values) {
    const bool pattern = element.name == "$regex" || element.name == "$options";
    if (pattern) {
      to.append(element.name, element.value);
    } else {
      append_state(element.name, element.value, to);
    }
  }
  to.end(mark);
}

void append_state(std::string_view name, const Value& value, DocumentBuilder& to) {
  if (value.is_string()) {
    const std::string state = state_name(value.as_string());
    to.append(name, Value::string(state));
  } else if (value.is_object() || value.is_array()) {
    append_states(name, value.as_container(), value.is_array(), to);
  } else {
    to.append(name, value);
  }
}

void append_conditions(Document filter, DocumentBuilder& to);

// $and, $or, $nor: conditions inside of an array.
void append_branches(std::string_view name, Document branches, DocumentBuilder& to) {
  const size_t mark = to.begin_array(name);
  for (const Element& branch : branches) {
    if (!branch.value.is_object()) {
      to.append(branch.name, branch.value);
      continue;
    }
    const size_t inner = to.begin_object(branch.name);
    append_conditions(branch.value.as_object(), to);
    to.end(inner);
  }
  to.end(mark);
}

void append_conditions(Document filter, DocumentBuilder& to) {
  for (const Element& condition : filter) {
    const bool branches = condition.name == "$and" || condition.name == "$or" || condition.name == "$nor";
    if (condition.name == "state") {
      append_state(condition.name, condition.value, to);
    } else if (branches && condition.value.is_array()) {
      append_branches(condition.name, condition.value.as_array(), to);
    } else {
      to.append(condition.name, condition.value);
    }
  }
}

}  // namespace

OwnedDocument with_state_names(Document filter) {
  DocumentBuilder builder;
  append_conditions(filter, builder);
  return OwnedDocument(builder.take());
}

Result<std::vector<OwnedDocument>> filter_rows(std::vector<OwnedDocument> rows, Document filter, const Clock& clock) {
  if (filter.empty()) return rows;
  ParseContext names;
  PS_TRY(const std::unique_ptr<Filter> test, parse_filter_document(filter, names));
  test->bind(nullptr);
  std::vector<Value> variables(names.variable_count());
  std::vector<OwnedDocument> kept;
  Arena arena;
  RowMeta meta;
  EvalContext context{.arena = arena, .clock = clock};
  context.meta = &meta;
  context.variables = variables.data();
  for (OwnedDocument& row : rows) {
    arena.reset();
    context.root = Value::object(row);
    PS_TRY(const bool matches, test->matches(context));
    if (matches) kept.push_back(std::move(row));
  }
  return kept;
}

}  // namespace penstock
