// SPDX-License-Identifier: Apache-2.0
// Whether $merge may be given the same documents twice, in the same order, with the result of once (reliability
// 1.4.6). For a pipeline there are two traps: it may read what it has written (a counter), and a document that was
// inserted as it is the first time meets the pipeline the second time. So a pipeline is taken as safe only
//   - when all it does is copy: {$set: {a: "$$new.a"}}, {$replaceWith: "$$new"}: an inserted document stays as it is;
//   - or, with whenNotMatched "discard", when what it sets comes from the incoming document and constants alone, and no
//     match field is touched.
// What is not understood is not safe.
#include <fmt/format.h>

#include <algorithm>

#include "expression/expression.h"
#include "stages/merge_stage.h"

namespace penstock {
namespace {

using Reason = std::optional<std::string>;

// One is the other or lies inside it.
bool overlap(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  return b.starts_with(a) && (a.size() == b.size() || b[a.size()] == '.');
}

bool touches_match_field(std::string_view path, const MergeSpec& spec) {
  return std::any_of(spec.on.begin(), spec.on.end(), [&](const std::string& on) { return overlap(on, path); });
}

// True if the value follows from the incoming document alone.
bool reads_incoming_only(const Value& value, const MergeSpec& spec) {
  ParseContext context;
  context.push_variable("new");
  for (const Element& variable : spec.let.view())
    context.push_variable(variable.name);
  auto expression = parse_expression(value, context);
  if (!expression.ok() || (*expression)->volatile_result()) return false;
  FieldNeeds needs;
  (*expression)->collect_needs(needs);
  return !needs.whole() && needs.fields().empty() && !needs.window() && !needs.record_meta();
}

bool copies(std::string_view path, const Value& value) {
  return value.is_string() && value.as_string() == fmt::format("$$new.{}", path);
}

Reason unsafe_field(const Element& field, const MergeSpec& spec) {
  if (copies(field.name, field.value)) return std::nullopt;
  if (!reads_incoming_only(field.value, spec)) {
    return fmt::format("the whenMatched pipeline makes \"{}\" from more than the incoming document", field.name);
  }
  if (spec.when_not_matched == WhenNotMatched::kInsert) {
    return fmt::format(
        "the whenMatched pipeline sets \"{}\" to something else than an inserted document has (\"$$new.{}\")",
        field.name, field.name);
  }
  if (!touches_match_field(field.name, spec)) return std::nullopt;
  return fmt::format("the whenMatched pipeline changes \"{}\", by which documents are matched", field.name);
}

Reason unsafe_set(const Value& body, const MergeSpec& spec) {
  if (!body.is_object()) return "the whenMatched pipeline has a $set that is no object";
  for (const Element& field : body.as_object()) {
    if (Reason reason = unsafe_field(field, spec)) return reason;
  }
  return std::nullopt;
}

Reason unsafe_unset(const Value& body, const MergeSpec& spec) {
  if (spec.when_not_matched == WhenNotMatched::kInsert) {
    return "the whenMatched pipeline removes fields that an inserted document has";
  }
  const auto removes = [&](const Value& path) {
    return !path.is_string() || touches_match_field(path.as_string(), spec);
  };
  bool touched = !body.is_array() && removes(body);
  if (body.is_array()) {
    for (const Element& path : body.as_array())
      touched |= removes(path.value);
  }
  if (touched) return "the whenMatched pipeline removes a field by which documents are matched";
  return std::nullopt;
}

Reason unsafe_stage(std::string_view name, const Value& body, const MergeSpec& spec) {
  if (name == "$set" || name == "$addFields") return unsafe_set(body, spec);
  if (name == "$unset") return unsafe_unset(body, spec);
  Value root = body;
  if (name == "$replaceRoot" && body.is_object()) root = body.as_object().get("newRoot");
  if (root.is_string() && root.as_string() == "$$new") return std::nullopt;
  return fmt::format("the whenMatched pipeline has a {} whose result may change when it runs again", name);
}

}  // namespace

std::optional<std::string> unsafe_to_repeat(const MergeSpec& spec) {
  if (spec.when_matched == WhenMatched::kFail) {
    return "whenMatched \"fail\" cannot tell a document of its own from somebody else's";
  }
  if (spec.when_matched != WhenMatched::kPipeline) return std::nullopt;
  for (const Element& stage : spec.pipeline.view()) {
    if (!stage.value.is_object()) return "the whenMatched pipeline has a stage that is no object";
    for (const Element& body : stage.value.as_object()) {
      if (Reason reason = unsafe_stage(body.name, body.value, spec)) return reason;
    }
  }
  return std::nullopt;
}

}  // namespace penstock
