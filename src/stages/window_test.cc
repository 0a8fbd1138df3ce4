// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/random.h"
#include "stages/rows_for_test.h"
#include "stages/window_stage.h"
#include "time/watermark.h"

namespace penstock {
namespace {

Result<std::unique_ptr<WindowPlan>> parse(std::string_view text) {
  const OwnedDocument spec = std::move(parse_filter(text).value());
  return parse_tumbling_window(Value::object(spec));
}

constexpr std::string_view kKeys = "pipeline: [{$group: {_id: {$meta: 'stream.window.start'}, all: {$push: '$k'}}}]";

// The frontier of one partition: its largest time, as with one lane.
class OnePartition final : public FrontierOfLane {
 public:
  EventTime observe(EventTime largest) override { return now = std::max(now, largest); }
  EventTime frontier() const override { return now; }
  EventTime now = EventTime::lowest();
};

class WindowRunner {
 public:
  // `options`: those of the stage but for the pipeline.
  explicit WindowRunner(std::string_view options, std::string_view pipeline = kKeys) {
    auto parsed = parse(fmt::format("{{{}, {}}}", options, pipeline));
    PS_CHECK(parsed.ok(), parsed.ok() ? "" : parsed.error().message());
    plan = std::move(*parsed);
    op = std::move(plan->build_operator(nullptr).value());
    finisher_ = std::move(plan->build_finisher().value());
  }

  void process(const TestRows& rows) {
    RowBatch batch;
    batch.rows = rows.rows;
    PS_CHECK(op->process(batch, rows.partition(), context_, frontier, letters).ok());
  }
  // "12:00:00 [a, b]" for each window sealed since the last call.
  std::string sealed() {
    std::map<Window, std::vector<SealedPart>> windows;
    for (SealedPart& part : op->take_sealed())
      windows[part.window].push_back(std::move(part));
    std::string text;
    for (auto& [window, parts] : windows) {
      RowBatch out;
      EvalContext context{.arena = out.arena, .clock = clock_};
      PS_CHECK(finisher_->finish(std::move(parts), out, context, letters).ok());
      for (const Row& row : out.rows)
        text += fmt::format("{} {}; ", window.start.ms, to_json(row.root.as_object().get("all")));
    }
    return text;
  }

  std::unique_ptr<WindowPlan> plan;
  std::unique_ptr<WindowOperator> op;
  OnePartition frontier;
  CollectedLetters letters;

 private:
  std::unique_ptr<WindowFinisher> finisher_;
  ManualClock clock_;
  Arena arena_;
  EvalContext context_{.arena = arena_, .clock = clock_};
};

TestRows rows_at(std::initializer_list<int64_t> times) {
  TestRows rows;
  for (const int64_t time : times)
    rows.add(fmt::format("{{k: {}}}", time), {time});
  return rows;
}

TEST(TumblingWindow, SealsAtTheExactRow) {
  WindowRunner run("interval: {size: 10, unit: 'ms'}, allowedLateness: 0");
  run.process(rows_at({1, 9}));
  EXPECT_FALSE(run.op->has_sealed());
  EXPECT_EQ(run.op->open_windows(), 1U);
  EXPECT_EQ(run.op->next_end(), EventTime{10});
  // The row at 10 closes the window; the one at 5 comes behind it and is late, in the same batch.
  run.process(rows_at({8, 10, 5, 11}));
  EXPECT_EQ(run.sealed(), "0 [1,9,8]; ");
  ASSERT_EQ(run.letters.letters.size(), 1U);
  EXPECT_EQ(run.letters.letters[0].reason, "Input document arrived late.");
  EXPECT_EQ(to_json(run.letters.letters[0].document.view()), "{\"k\":5}");
  EXPECT_EQ(run.letters.letters[0].missed_window_starts, std::vector<EventTime>{{0}});
  run.op->seal_through({20});
  EXPECT_EQ(run.sealed(), "10 [10,11]; ");
  EXPECT_EQ(run.op->open_windows(), 0U);
  EXPECT_EQ(run.op->next_end(), std::nullopt);
  EXPECT_EQ(run.op->bytes(), 0U);
}

TEST(TumblingWindow, LatenessIsThreeSecondsUnlessSaid) {
  struct Case {
    std::string_view why, options;
    int64_t last_open, closed;
  };
  for (const Case& c : {
           Case{"default", "interval: {size: 10, unit: 'second'}", 12'999, 13'000},
           Case{"none", "interval: {size: 10, unit: 'second'}, allowedLateness: 0", 9999, 10'000},
           Case{"two minutes", "interval: {size: 10, unit: 'second'}, allowedLateness: {size: 2, unit: 'minute'}",
                129'999, 130'000},
       }) {
    WindowRunner run(c.options);
    run.process(rows_at({5, c.last_open, 6}));
    EXPECT_TRUE(run.letters.letters.empty()) << c.why;
    run.process(rows_at({c.closed, 7}));
    EXPECT_EQ(run.letters.letters.size(), 1U) << c.why;
    EXPECT_EQ(run.sealed().find("0 [5,"), 0U) << c.why;
    EXPECT_EQ(to_json(run.letters.letters.back().document.view()), "{\"k\":7}") << c.why;
  }
}

TEST(TumblingWindow, OffsetAndBefore1970) {
  WindowRunner run("interval: {size: 10, unit: 'ms'}, offset: {offsetFromUtc: 3, unit: 'ms'}, allowedLateness: 0");
  run.process(rows_at({-21, -8, -7, 2, 3}));
  EXPECT_EQ(run.sealed(), "-27 [-21]; -17 [-8]; -7 [-7,2]; ");
  EXPECT_EQ(run.plan->window_of({-8}), (Window{{-17}, {-7}}));
}

TEST(TumblingWindow, SeveralWindowsAreOpenAtOnce) {
  WindowRunner run("interval: {size: 10, unit: 'ms'}, allowedLateness: {size: 100, unit: 'ms'}");
  run.process(rows_at({1, 15, 25, 2, 16, 95}));
  EXPECT_EQ(run.op->open_windows(), 4U);
  EXPECT_EQ(run.op->next_end(), EventTime{10});
  EXPECT_FALSE(run.op->has_sealed());
  run.op->seal_through({129});
  EXPECT_EQ(run.sealed(), "0 [1,2]; 10 [15,16]; ");
  run.op->seal_through(EventTime::highest());
  EXPECT_EQ(run.sealed(), "20 [25]; 90 [95]; ");
}

TEST(TumblingWindow, RowsLeftOutBeforeTheWindowMoveTheWatermark) {
  WindowRunner run("interval: {size: 10, unit: 'ms'}, allowedLateness: 0");
  TestRows rows = rows_at({1, 12, 2, 13});
  rows.rows.erase(rows.rows.begin() + 1);  // A stage before has left it out; its time was seen.
  run.process(rows);
  EXPECT_EQ(run.sealed(), "0 [1]; ");
  EXPECT_EQ(run.letters.letters.size(), 1U);
}

TEST(TumblingWindow, StagesBeforeTheGroupDoNotHideRecordsFromTheWatermark) {
  WindowRunner run("interval: {size: 10, unit: 'ms'}, allowedLateness: 0",
                   "pipeline: [{$match: {k: {$ne: 12}}}, {$group: {_id: null, all: {$push: '$k'}}}]");
  run.process(rows_at({1, 12, 2, 13}));
  EXPECT_EQ(run.sealed(), "0 [1]; ");
  EXPECT_EQ(run.letters.letters.size(), 1U);
}

TEST(TumblingWindow, PartsArePerPartitionWhereTheOrderShows) {
  for (const bool sensitive : {true, false}) {
    WindowRunner run("interval: {size: 10, unit: 'ms'}", sensitive
                                                             ? "pipeline: [{$group: {_id: null, all: {$push: '$k'}}}]"
                                                             : "pipeline: [{$group: {_id: null, all: {$sum: 1}}}]");
    TestRows second(1);
    second.add("{k: 'second'}", {1});
    TestRows first(0);
    first.add("{k: 'first'}", {1});
    run.process(second);
    run.process(first);
    EXPECT_EQ(run.op->open_windows(), 1U);
    run.op->seal_through(EventTime::highest());
    EXPECT_EQ(run.sealed(), sensitive ? "0 [\"first\",\"second\"]; " : "0 2; ");
  }
}

// However the rows of a partition are cut into batches, the same rows are late and the same windows come out.
TEST(TumblingWindow, CuttingBatchesChangesNothing) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    TestRows all;
    int64_t now = 0;
    // The rule itself, row by row.
    std::set<int> late;
    std::map<int64_t, std::string> windows;
    EventTime largest = EventTime::lowest();
    for (int i = 0; i < 200; ++i) {
      now += static_cast<int64_t>(random.below(8));
      const int64_t time = now - static_cast<int64_t>(random.below(4) == 0 ? random.below(40) : 0);
      all.add(fmt::format("{{k: {}}}", i), {time});
      largest = std::max(largest, EventTime{time});
      const int64_t start = window_start({time}, {10}, {0}).ms;
      if (largest.ms - 5 >= start + 10) {
        late.insert(i);
      } else {
        windows[start] += (windows[start].empty() ? "" : ",") + std::to_string(i);
      }
    }
    std::string expected;
    for (const auto& [start, keys] : windows)
      expected += fmt::format("{} [{}]; ", start, keys);

    WindowRunner run("interval: {size: 10, unit: 'ms'}, allowedLateness: {size: 5, unit: 'ms'}");
    std::string found;
    for (size_t begin = 0; begin < all.rows.size();) {
      const size_t end = std::min(all.rows.size(), begin + 1 + random.below(30));
      TestRows batch;
      batch.rows.assign(all.rows.begin() + static_cast<std::ptrdiff_t>(begin),
                        all.rows.begin() + static_cast<std::ptrdiff_t>(end));
      run.process(batch);
      found += run.sealed();
      begin = end;
    }
    run.op->seal_through(EventTime::highest());
    found += run.sealed();
    EXPECT_EQ(found, expected);
    std::set<int> found_late;
    for (const DeadLetter& letter : run.letters.letters)
      found_late.insert(letter.document.view().get("k").as_int());
    EXPECT_EQ(found_late, late);
  }
}

TEST(TumblingWindow, ByProcessingTimeNothingIsLateAndNothingWaits) {
  WindowRunner run("interval: {size: 10, unit: 'second'}, boundary: 'processingTime'");
  EXPECT_EQ(run.plan->boundary(), WindowBoundary::kProcessingTime);
  EXPECT_EQ(run.plan->allowed_lateness(), Duration{0});
  run.process(rows_at({5, 9999}));
  run.op->seal_through({9999});
  EXPECT_FALSE(run.op->has_sealed());
  run.op->seal_through({10'000});
  EXPECT_EQ(run.sealed(), "0 [5,9999]; ");
}

TEST(TumblingWindow, AtTheEndsOfTheRange) {
  WindowRunner run("interval: {size: 10, unit: 'day'}, allowedLateness: {size: 10, unit: 'day'}");
  TestRows rows;
  rows.add("{k: 1}", EventTime::lowest());
  rows.add("{k: 2}", EventTime::highest() - Duration{1});
  rows.add("{k: 3}", EventTime::highest());
  run.process(rows);
  run.op->seal_through(EventTime::highest());
  EXPECT_EQ(run.op->open_windows(), 0U);
}

TEST(TumblingWindowDefinition, Settings) {
  const auto plan = parse(
      "{interval: {size: 5, unit: 'minute'}, boundary: 'eventTime', offset: {offsetFromUtc: 8, unit: 'hour'}, "
      "idleTimeout: {size: 1, unit: 'minute'}, allowedLateness: {size: 2, unit: 'minute'}, "
      "pipeline: [{$match: {a: 1}}, {$group: {_id: '$k', n: {$sum: 1}}}, {$project: {_id: 0, n: 1}}]}");
  ASSERT_TRUE(plan.ok()) << plan.error().message();
  EXPECT_EQ((*plan)->interval(), Duration{300'000});
  EXPECT_EQ((*plan)->idle_timeout(), Duration{60'000});
  EXPECT_EQ((*plan)->needs().to_text(), "{a, k}");
  const std::vector<std::string> lines = {
      "$tumblingWindow 5m by event time, offset 8h, allowedLateness 2m, idleTimeout 1m", "  $match { a: 1 }",
      "  $group _id: \"$k\"; n: $sum", "  $project _id: 0, n"};
  EXPECT_EQ((*plan)->describe(), lines);
  EXPECT_EQ((*parse(fmt::format("{{interval: {{size: 1, unit: 'ms'}}, idleTimeout: 0, {}}}", kKeys)))->idle_timeout(),
            std::nullopt);
}

TEST(TumblingWindowDefinition, Refused) {
  struct Case {
    std::string_view options, path, message;
  };
  for (const Case& c : {
           Case{"intervall: 5", "intervall", "$tumblingWindow has no option \"intervall\". Did you mean \"interval\"?"},
           Case{"", "", "$tumblingWindow needs \"interval\""},
           Case{"interval: {size: 0, unit: 'ms'}", "interval.size", "'size' must be a positive whole number, found 0"},
           Case{"interval: {size: 1, unit: 'ms'}, boundary: 'processTime'", "boundary",
                "must be \"eventTime\" or \"processingTime\". Did you mean \"processingTime\"?"},
           Case{"interval: {size: 1, unit: 'ms'}, boundary: 5", "boundary",
                "must be \"eventTime\" or \"processingTime\"."},
           Case{"interval: {size: 1, unit: 'ms'}, offset: {offsetFromUtc: 1, unit: 'day'}", "offset.unit",
                "the unit of an offset is ms, second, minute or hour, not day"},
           Case{"interval: {size: 1, unit: 'ms'}, offset: {offsetFromUtc: -1, unit: 'hour'}", "offset.offsetFromUtc",
                "'offsetFromUtc' must be a positive whole number, found -1"},
           Case{"interval: {size: 1, unit: 'ms'}, boundary: 'processingTime', allowedLateness: 0", "allowedLateness",
                "allowedLateness needs event time: it cannot stand with boundary \"processingTime\""},
           Case{"interval: {size: 1, unit: 'ms'}, boundary: 'processingTime', idleTimeout: {size: 1, unit: 'ms'}",
                "idleTimeout", "idleTimeout needs event time: it cannot stand with boundary \"processingTime\""},
           Case{"interval: {size: 1, unit: 'ms'}, allowedLateness: 5", "allowedLateness",
                "expected {size: <number>, unit: <string>}, found int"},
       }) {
    const auto plan = parse(fmt::format("{{{}{}{}}}", c.options, c.options.empty() ? "" : ", ", kKeys));
    ASSERT_FALSE(plan.ok()) << c.options;
    EXPECT_EQ(plan.error().message(), c.message);
    EXPECT_EQ(plan.error().path(), c.path) << c.options;
    EXPECT_EQ(plan.error().code(), ErrorCode::kInvalidDefinition) << c.options;
  }
}

TEST(TumblingWindowDefinition, InnerPipelinesRefused) {
  struct Case {
    std::string_view pipeline, path, message;
  };
  for (const Case& c : {
           Case{"[]", "pipeline", "a window pipeline without $group is not supported by this version of Penstock yet"},
           Case{"5", "pipeline", "must be an array of stages"},
           Case{"[5]", "pipeline[0]", "Each element of the 'pipeline' array must be an object"},
           Case{"[{$group: {_id: 1}, $match: {}}]", "pipeline[0]",
                "A pipeline stage specification object must contain exactly one field."},
           Case{"[{$sort: {a: 1}}]", "pipeline[0].$sort",
                "the stage $sort is not supported by this version of Penstock yet"},
           Case{"[{$gruop: {}}]", "pipeline[0].$gruop",
                "Unrecognized pipeline stage name: '$gruop'. Did you mean \"$group\"?"},
           Case{"[{$group: {_id: 1}}, {$merge: {}}]", "pipeline[1].$merge", "$merge cannot stand inside a window"},
           Case{"[{$group: {_id: 1}}, {$group: {_id: 1}}]", "pipeline[1].$group",
                "a second $group in one window is not supported by this version of Penstock yet"},
           Case{"[{$group: {_id: 1, n: {$smu: 1}}}]", "pipeline[0].$group.n.$smu",
                "unknown group operator '$smu'. Did you mean \"$sum\"?"},
       }) {
    const auto plan = parse(fmt::format("{{interval: {{size: 1, unit: 'ms'}}, pipeline: {}}}", c.pipeline));
    ASSERT_FALSE(plan.ok()) << c.pipeline;
    EXPECT_EQ(plan.error().message(), c.message);
    EXPECT_EQ(plan.error().path(), c.path) << c.pipeline;
  }
}

}  // namespace
}  // namespace penstock
