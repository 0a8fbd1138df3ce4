// SPDX-License-Identifier: Apache-2.0
// Runs every example of every row of the catalog, and every line of the .cases files beside the functions. Each runs
// twice: on the document, and on slots as when only the wanted fields were decoded.
#include <gtest/gtest.h>

#include <filesystem>

#include "expression/case_notation.h"
#include "expression/functions/functions.h"

namespace penstock {
namespace {

using case_notation::Case;
using case_notation::exact_text;
using case_notation::names_error;
using case_notation::ParsedValue;

struct Outcome {
  std::string text;                // The value, or the error for people.
  std::optional<ErrorCode> error;  // Set for errors.
};

Outcome outcome_of(const Error& error) {
  return {"error " + std::to_string(static_cast<int32_t>(error.code())) + " " + error.message(), error.code()};
}

Outcome evaluate(Expression& expression, const ParseContext& parsing, Document document, bool in_slots) {
  Arena arena;
  const ManualClock clock;
  const RowMeta meta;
  std::vector<Value> variables(parsing.variable_count());
  EvalContext context{.arena = arena, .clock = clock, .meta = &meta, .variables = variables.data()};
  FieldNeeds needs;
  std::vector<Value> slots;
  if (in_slots) {
    expression.collect_needs(needs);
    for (const std::string& field : needs.fields())
      slots.push_back(document.get(field));
    context.slots = slots.data();
  }
  if (!in_slots || needs.whole()) context.root = Value::object(document);
  expression.bind(in_slots ? &needs : nullptr);
  const auto value = expression.evaluate(context);
  if (!value.ok()) return outcome_of(value.error());
  return {exact_text(*value), std::nullopt};
}

Outcome run(std::string_view expression_text, std::string_view document_text, bool in_slots) {
  const auto spec = case_notation::parse_value(expression_text);
  if (!spec.ok()) return {"unreadable expression: " + spec.error().message(), {}};
  const auto document = case_notation::parse_value(document_text);
  if (!document.ok()) return {"unreadable document: " + document.error().message(), {}};
  ParseContext parsing;
  auto expression = parse_expression(spec->value(), parsing);
  if (!expression.ok()) return outcome_of(expression.error());
  return evaluate(**expression, parsing, document->value().as_object(), in_slots);
}

// The wanted result as exact text.
std::string wanted(std::string_view result) {
  if (result == "missing") return "missing";
  const auto value = case_notation::parse_value(result);
  return value.ok() ? exact_text(value->value()) : "unreadable result: " + value.error().message();
}

void check(std::string_view expression, std::string_view document, std::string_view result) {
  for (const bool in_slots : {false, true}) {
    SCOPED_TRACE(in_slots ? "on slots" : "on the document");
    const Outcome outcome = run(expression, document, in_slots);
    if (result.starts_with("error ")) {
      EXPECT_TRUE(outcome.error && names_error(result, *outcome.error))
          << "wanted " << result << "\ngot " << outcome.text;
    } else {
      EXPECT_EQ(outcome.text, wanted(result));
    }
  }
}

TEST(FunctionExamples, AllRows) {
  for (const Function* function : all_functions()) {
    for (const Example& example : function->examples) {
      SCOPED_TRACE(std::string(example.expression) + " | " + std::string(example.document));
      check(example.expression, example.document, example.result);
    }
  }
}

TEST(FunctionExamples, AllCases) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(PENSTOCK_SOURCE_DIR "/src/expression/functions")) {
    if (entry.path().extension() != ".cases") continue;
    ++files;
    for (const Case& c : case_notation::read_cases(entry.path().string())) {
      SCOPED_TRACE(entry.path().filename().string() + ":" + std::to_string(c.line) + ": " + c.expression + " | " +
                   c.document);
      check(c.expression, c.document, c.result);
    }
  }
  EXPECT_GT(files, 0);
}

TEST(FunctionCatalog, RowsAreComplete) {
  std::string_view last;
  for (const Function* function : all_functions()) {
    SCOPED_TRACE(function->name);
    EXPECT_LT(last, function->name);
    last = function->name;
    EXPECT_TRUE(function->name.starts_with("$"));
    EXPECT_FALSE(function->summary.empty());
    EXPECT_NE(function->evaluate == nullptr, function->parse == nullptr);
    EXPECT_EQ(find_function(function->name), function);
    EXPECT_FALSE(is_known_unsupported_function(function->name));
  }
}

TEST(FunctionCatalog, UnknownIsAnotherThingThanUnsupported) {
  EXPECT_EQ(find_function("$function"), nullptr);
  EXPECT_TRUE(is_known_unsupported_function("$function"));
  EXPECT_FALSE(is_known_unsupported_function("$conkat"));
  EXPECT_FALSE(is_known_unsupported_function(""));
}

}  // namespace
}  // namespace penstock
