// SPDX-License-Identifier: Apache-2.0
#include "connectors/mongodb/merge_variables.h"

#include <algorithm>

#include "docstore/merge_documents.h"

namespace penstock {
namespace {

OwnedDocument without_id(Document document) {
  DocumentBuilder builder;
  for (const Element& field : document) {
    if (field.name != "_id") builder.append(field.name, field.value);
  }
  return OwnedDocument(builder.take());
}

}  // namespace

Result<MergeVariables> MergeVariables::make(const MergeSpec& spec, const Clock& clock) {
  MergeVariables made(clock);
  for (const Element& variable : spec.let.view()) {
    if (variable.name == "new") continue;  // Always the document.
    ParseContext context;
    auto expression = parse_expression(variable.value, context);
    if (!expression.ok()) return expression.take_error().at(variable.name);
    (*expression)->bind(nullptr);
    made.variables_.push_back({std::string(variable.name), std::move(*expression)});
    made.scratch_variables_ = std::max(made.scratch_variables_, context.variable_count());
  }
  return made;
}

Result<OwnedDocument> MergeVariables::evaluate(const MergeSpec& spec, Document incoming) const {
  OwnedDocument bare;
  if (id_is_for_insert_only(incoming, spec)) {
    bare = without_id(incoming);
    incoming = bare;
  }
  DocumentBuilder builder;
  builder.append("new", Value::object(incoming));
  if (variables_.empty()) return OwnedDocument(builder.take());
  Arena arena(1024);
  std::vector<Value> scratch(scratch_variables_);
  EvalContext context{.arena = arena, .clock = *clock_};
  context.root = Value::object(incoming);
  context.variables = scratch.data();
  for (const NamedExpression& variable : variables_) {
    PS_TRY(const Value value, variable.expression->evaluate(context));
    builder.append(variable.name, value);
  }
  return OwnedDocument(builder.take());
}

}  // namespace penstock
