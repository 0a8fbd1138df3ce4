// SPDX-License-Identifier: Apache-2.0
// For tests: one stage, written as a user writes it, applied to documents.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "bson/ejson.h"
#include "stages/catalog.h"

namespace penstock {

class CollectedLetters final : public DeadLetterCollector {
 public:
  explicit CollectedLetters(bool is_wanted = true) : wanted_(is_wanted) {}
  bool wanted() const override { return wanted_; }
  void add(DeadLetter letter) override { letters.push_back(std::move(letter)); }
  std::vector<DeadLetter> letters;

 private:
  bool wanted_;
};

// `text`: {$stage: spec}, relaxed as for people.
inline Result<std::unique_ptr<StageSpec>> parse_stage_text(std::string_view text) {
  PS_TRY(const OwnedDocument stage, parse_filter(text));
  const Element element = *stage.view().begin();
  const StageType* type = find_stage(element.name);
  PS_CHECK(type != nullptr && type->parse != nullptr);
  return type->parse(element.value);
}

// The operator of a stage and all that processing needs around it.
class StageRunner {
 public:
  explicit StageRunner(const StageSpec& spec) : operator_(std::move(spec.build(nullptr).value())) {}

  // Adds a row; its document lives as long as the runner.
  void add(const OwnedDocument& document) {
    kept_.push_back(std::make_unique<OwnedDocument>(document));
    batch.rows.push_back({.root = Value::object(kept_.back()->view())});
  }
  Result<void> process() { return operator_->process(batch, context_, letters); }

  RowBatch batch;
  CollectedLetters letters;

 private:
  std::unique_ptr<Operator> operator_;
  std::vector<std::unique_ptr<OwnedDocument>> kept_;
  ManualClock clock_;
  EvalContext context_{.arena = batch.arena, .clock = clock_};
};

inline std::string error_text(ErrorCode code) { return fmt::format("error {}", static_cast<int32_t>(code)); }

// Canonical JSON of the document that comes out, "missing" when none does, "error 31254" when the definition is refused
// or the row became a dead letter.
inline std::string outcome_of(std::string_view stage, std::string_view document) {
  const auto spec = parse_stage_text(stage);
  if (!spec.ok()) return error_text(spec.error().code());
  StageRunner runner(**spec);
  runner.add(parse_filter(document).value());
  if (const auto processed = runner.process(); !processed.ok()) return "stopped: " + processed.error().message();
  if (!runner.letters.letters.empty()) return error_text(runner.letters.letters[0].code);
  if (runner.batch.rows.empty()) return "missing";
  return to_json(runner.batch.rows[0].root, JsonStyle::kCanonical);
}

// The expected side of outcome_of: JSON becomes canonical, so that types and the order of fields count.
inline std::string canonical(std::string_view expected) {
  if (!expected.starts_with("{")) return std::string(expected);
  return to_json(parse_filter(expected).value().view(), JsonStyle::kCanonical);
}

}  // namespace penstock
