// SPDX-License-Identifier: Apache-2.0
// Every example and case; and what lanes, panes and checkpoints rest on: cutting the input anywhere, merging the parts
// in order, saving, restoring and moving a state change nothing.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "bson/any_value.h"
#include "expression/accumulators/accumulators.h"
#include "expression/case_notation.h"

namespace penstock {
namespace {

using case_notation::exact_text;

// A state in memory that is aligned to 8 and not to 16 bytes, as group tables give it.
class State {
 public:
  explicit State(const Accumulator& accumulator) : accumulator_(&accumulator), memory_(accumulator.state_size / 8 + 3) {
    accumulator.init(at());
  }
  ~State() {
    if (accumulator_->destroy != nullptr) accumulator_->destroy(at());
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void add(const Value& value) {
    const auto grown = accumulator_->add(at(), value);
    ASSERT_TRUE(grown.ok()) << grown.error().message();
    bytes_ += *grown;
    move();
  }
  void merge(const State& other) {
    const auto grown = accumulator_->merge(at(), other.at());
    ASSERT_TRUE(grown.ok()) << grown.error().message();
    bytes_ += *grown;
  }
  std::string saved() const {
    std::string to = "before";  // save appends.
    accumulator_->save(at(), to);
    EXPECT_TRUE(to.starts_with("before"));
    return to.substr(6);
  }
  Result<void> restore(std::string_view& from) { return accumulator_->restore(at(), from); }
  std::string result() const {
    Arena arena;
    const auto value = accumulator_->result(at(), arena);
    return value.ok() ? exact_text(*value) : "error " + value.error().message();
  }
  int64_t bytes() const { return bytes_; }

 private:
  void* at() { return memory_.data() + offset(); }
  const void* at() const { return memory_.data() + offset(); }
  size_t offset() const { return reinterpret_cast<uintptr_t>(memory_.data()) % 16 == 0 ? 1 : 0; }
  // As a growing table does: a plain copy of the bytes, the old place is forgotten.
  void move() {
    std::vector<uint64_t> other(memory_.size(), 0xDDDDDDDDDDDDDDDD);
    const size_t to = reinterpret_cast<uintptr_t>(other.data()) % 16 == 0 ? 1 : 0;
    std::memcpy(other.data() + to, at(), accumulator_->state_size);
    std::fill(memory_.begin(), memory_.end(), 0xDDDDDDDDDDDDDDDD);
    memory_ = std::move(other);
  }

  const Accumulator* accumulator_;
  std::vector<uint64_t> memory_;
  int64_t bytes_ = 0;
};

std::string accumulate(std::string_view spec_text, std::string_view documents) {
  const auto spec = case_notation::parse_value(spec_text);
  if (!spec.ok()) return "unreadable accumulator: " + spec.error().message();
  const Document object = spec->value().as_object();
  const Accumulator* accumulator = find_accumulator(object.begin()->name);
  if (accumulator == nullptr) return "unknown accumulator";
  ParseContext parsing;
  const auto argument = parse_expression(object.begin()->value, parsing);
  if (!argument.ok()) return "error " + argument.error().message();
  State state(*accumulator);
  Arena arena;
  const ManualClock clock;
  const RowMeta meta;
  for (const std::string_view text : case_notation::split_documents(documents)) {
    const auto document = case_notation::parse_value(text);
    if (!document.ok()) return "unreadable document: " + document.error().message();
    EvalContext context{.arena = arena, .clock = clock, .root = document->value(), .meta = &meta};
    const auto value = (*argument)->evaluate(context);
    if (!value.ok()) return "error " + value.error().message();
    state.add(*value);
  }
  return state.result();
}

std::string wanted(std::string_view result) {
  const auto value = case_notation::parse_value(result);
  return value.ok() ? exact_text(value->value()) : "unreadable result: " + value.error().message();
}

TEST(Accumulators, AllExamples) {
  for (const Accumulator* accumulator : all_accumulators()) {
    for (const Example& example : accumulator->examples) {
      EXPECT_EQ(accumulate(example.expression, example.document), wanted(example.result))
          << example.expression << " | " << example.document;
    }
  }
}

TEST(Accumulators, AllCases) {
  const auto cases = case_notation::read_cases(PENSTOCK_SOURCE_DIR "/src/expression/accumulators/accumulators.cases");
  EXPECT_GT(cases.size(), 30u);
  for (const auto& c : cases) {
    EXPECT_EQ(accumulate(c.expression, c.document), wanted(c.result))
        << "accumulators.cases:" << c.line << ": " << c.expression << " | " << c.document;
  }
}

TEST(Accumulators, CatalogIsComplete) {
  std::string_view last;
  for (const Accumulator* accumulator : all_accumulators()) {
    SCOPED_TRACE(accumulator->name);
    EXPECT_LT(last, accumulator->name);
    last = accumulator->name;
    EXPECT_FALSE(accumulator->summary.empty());
    EXPECT_FALSE(accumulator->examples.empty());
    EXPECT_EQ(accumulator->state_size % 8, 0u);
    EXPECT_EQ(find_accumulator(accumulator->name), accumulator);
    EXPECT_FALSE(is_known_unsupported_accumulator(accumulator->name));
  }
  EXPECT_TRUE(is_known_unsupported_accumulator("$stdDevPop"));
  EXPECT_TRUE(is_known_unsupported_accumulator("$firstN"));
  EXPECT_FALSE(is_known_unsupported_accumulator("$frist"));
}

// Values of all types. Numbers have few digits, so that every sum is exact; what rounding does to others is NumberSum's
// business.
Value any_addend(Arena& arena) {
  switch (*rc::gen::inRange(0, 8)) {
    case 0: return Value::missing();
    case 1: return Value::int32(*rc::gen::arbitrary<int32_t>());
    case 2: return Value::int64(*rc::gen::inRange<int64_t>(-(int64_t{1} << 36), int64_t{1} << 36));
    case 3: return Value::number(*rc::gen::inRange<int64_t>(-(1 << 30), 1 << 30) / 1024.0);
    case 4: {
      const Decimal d{static_cast<uint64_t>(*rc::gen::inRange(0, 1000000)), 0x303C000000000000};
      return Value::decimal(arena.make(d));
    }
    case 5:
      return Value::number(*rc::gen::element(std::numeric_limits<double>::infinity(),
                                             -std::numeric_limits<double>::infinity(),
                                             std::numeric_limits<double>::quiet_NaN()));
    default: break;
  }
  while (true) {
    const Value value = any_value::any_value(arena, 2);
    if (!value.is_number()) return value;
  }
}

std::vector<Value> any_addends(Arena& arena) {
  std::vector<Value> values(*rc::gen::inRange<size_t>(0, 12));
  for (Value& value : values)
    value = any_addend(arena);
  return values;
}

// Adds the values to `whole` piece by piece: each piece is added up alone, perhaps saved and restored, then merged.
void add_in_pieces(const Accumulator& accumulator, const std::vector<Value>& values, State& whole) {
  size_t begin = 0;
  while (begin < values.size()) {
    const size_t end = begin + *rc::gen::inRange<size_t>(1, values.size() - begin + 1);
    State part(accumulator);
    for (; begin < end; ++begin)
      part.add(values[begin]);
    if (*rc::gen::arbitrary<bool>()) {
      const std::string bytes = part.saved() + "rest";
      std::string_view from = bytes;
      State restored(accumulator);
      RC_ASSERT(restored.restore(from).ok());
      RC_ASSERT(from == "rest");
      whole.merge(restored);
    } else {
      whole.merge(part);
    }
  }
}

RC_GTEST_PROP(Accumulators, CutMergeSaveRestoreChangeNothing, ()) {
  Arena arena;
  const std::vector<Value> values = any_addends(arena);
  for (const Accumulator* accumulator : all_accumulators()) {
    State at_once(*accumulator);
    for (const Value& value : values)
      at_once.add(value);
    State in_pieces(*accumulator);
    add_in_pieces(*accumulator, values, in_pieces);
    RC_LOG() << accumulator->name << "\n";
    RC_ASSERT(in_pieces.result() == at_once.result());
  }
}

RC_GTEST_PROP(Accumulators, RestoringARestoredStateGivesTheSameBytes, ()) {
  Arena arena;
  const std::vector<Value> values = any_addends(arena);
  for (const Accumulator* accumulator : all_accumulators()) {
    State state(*accumulator);
    for (const Value& value : values)
      state.add(value);
    const std::string bytes = state.saved();
    std::string_view from = bytes;
    State restored(*accumulator);
    RC_ASSERT(restored.restore(from).ok());
    RC_ASSERT(from.empty());
    RC_ASSERT(restored.saved() == bytes);
    RC_ASSERT(restored.result() == state.result());
    RC_ASSERT(state.bytes() >= 0);
  }
}

RC_GTEST_PROP(Accumulators, EveryTruncationIsAnError, ()) {
  Arena arena;
  const std::vector<Value> values = any_addends(arena);
  for (const Accumulator* accumulator : all_accumulators()) {
    State state(*accumulator);
    for (const Value& value : values)
      state.add(value);
    const std::string bytes = state.saved();
    for (size_t size = 0; size < bytes.size(); ++size) {
      const std::string cut = bytes.substr(0, size);  // A copy, so that a sanitizer sees reads beyond it.
      std::string_view from = cut;
      State fresh(*accumulator);
      const auto restored = fresh.restore(from);
      RC_ASSERT(!restored.ok());
      RC_ASSERT(restored.error().code() == ErrorCode::kFailedToParse);
    }
  }
}

RC_GTEST_PROP(Accumulators, DamagedBytesAreAnErrorOrAnotherState, ()) {
  Arena arena;
  const std::vector<Value> values = any_addends(arena);
  for (const Accumulator* accumulator : all_accumulators()) {
    State state(*accumulator);
    for (const Value& value : values)
      state.add(value);
    std::string bytes = state.saved();
    if (bytes.empty()) continue;
    bytes[*rc::gen::inRange<size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
    std::string_view from = bytes;
    State fresh(*accumulator);
    if (fresh.restore(from).ok()) fresh.result();  // Must not crash.
  }
}

TEST(Accumulators, MemoryOutsideIsCounted) {
  const std::string text(1000, 'x');
  for (const std::string_view name : {"$push", "$addToSet", "$first", "$last", "$min", "$max"}) {
    State state(*find_accumulator(name));
    state.add(Value::string(text));
    EXPECT_GE(state.bytes(), 1000) << name;
    EXPECT_LT(state.bytes(), 3000) << name;
  }
  State last(*find_accumulator("$last"));
  last.add(Value::string(text));
  last.add(Value::int32(1));
  EXPECT_EQ(last.bytes(), 0);
}

}  // namespace
}  // namespace penstock
