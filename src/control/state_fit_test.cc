// SPDX-License-Identifier: Apache-2.0
#include "control/state_fit.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace penstock {
namespace {

struct Pipeline {
  std::string source = R"({"$source":{"connectionName":"k","topic":"t"}})";
  std::string before = R"({"$match":{"a":1}})";
  std::string window =
      R"({"$tumblingWindow":{"interval":{"size":5,"unit":"second"},"pipeline":[{"$group":{"_id":"$s"}}]}})";
  std::string after = R"({"$project":{"a":1}})";
  std::string sink = R"({"$merge":{"into":{"connectionName":"m","db":"d","coll":"c"}}})";
  std::string dlq;

  std::string text() const {
    std::string stages = source;
    for (const std::string& part : {before, window, after, sink}) {
      if (!part.empty()) stages += "," + part;
    }
    return fmt::format(R"({{"pipeline":[{}]{}}})", stages, dlq.empty() ? "" : R"(,"dlq":)" + dlq);
  }
};

Pipeline with(std::string Pipeline::* part, std::string_view text) {
  Pipeline pipeline;
  pipeline.*part = std::string(text);
  return pipeline;
}

constexpr std::string_view kSorts =
    R"({"$tumblingWindow":{"interval":{"size":5,"unit":"second"},"pipeline":[{"$sort":{"a":1}}]}})";
constexpr std::string_view kCollects =
    R"({"$tumblingWindow":{"interval":{"size":5,"unit":"second"},"pipeline":[{"$match":{"a":1}}]}})";
constexpr std::string_view kLonger =
    R"({"$tumblingWindow":{"interval":{"size":6,"unit":"second"},"pipeline":[{"$group":{"_id":"$s"}}]}})";
constexpr std::string_view kByClock =
    R"({"$tumblingWindow":{"interval":{"size":5,"unit":"second"},"boundary":"processingTime","pipeline":[{"$group":{"_id":"$s"}}]}})";
constexpr std::string_view kByOther =
    R"({"$tumblingWindow":{"interval":{"size":5,"unit":"second"},"pipeline":[{"$group":{"_id":"$z"}}]}})";
constexpr std::string_view kElsewhere = R"({"$merge":{"into":{"connectionName":"m","db":"d","coll":"other"}}})";
constexpr std::string_view kLetters = R"({"connectionName":"m","db":"d","coll":"dead"})";

// Which parts may change, with no window open, with one, with results that wait for the sink.
TEST(StateFit, Rules) {
  struct Case {
    std::string_view why;
    Pipeline before, after;
    // "": fits; "=": the same; "S": fits, and the sink is new; else how the refusal begins.
    std::string_view idle, open, waiting;
  };
  constexpr std::string_view kOpen = "cannot change what stands before or in the window while 1 window is open";
  const Pipeline base;
  for (const Case& c : {
           Case{"the same", base, base, "=", "=", "="},
           Case{"source", base, with(&Pipeline::source, R"({"$source":{"connectionName":"k","topic":"u"}})"),
                "cannot change $source", "cannot change $source", "cannot change $source"},
           Case{"before", base, with(&Pipeline::before, R"({"$match":{"a":2}})"), "", kOpen, ""},
           Case{"before gone", base, with(&Pipeline::before, ""), "", kOpen, ""},
           Case{"in the window", base, with(&Pipeline::window, kByOther), "", kOpen, ""},
           Case{"group to sort", base, with(&Pipeline::window, kSorts), "", kOpen, ""},
           Case{"after", base, with(&Pipeline::after, R"({"$project":{"b":1}})"), "", "", ""},
           Case{"sink", base, with(&Pipeline::sink, kElsewhere), "S", "S",
                "cannot change the sink while 1 batch of results waits"},
           Case{"dlq", base, with(&Pipeline::dlq, kLetters), "", "",
                "cannot change the dead letter queue while 1 batch of results waits"},
           Case{"dlq gone", with(&Pipeline::dlq, kLetters), base, "", "", "cannot change the dead letter queue"},
           Case{"interval", base, with(&Pipeline::window, kLonger), "cannot change the interval of the window",
                "cannot change the interval", "cannot change the interval"},
           Case{"boundary", base, with(&Pipeline::window, kByClock), "cannot change the boundary of the window",
                "cannot change the boundary", "cannot change the boundary"},
           Case{"window gone", base, with(&Pipeline::window, ""), "cannot remove the window",
                "cannot remove the window", "cannot remove the window"},
           Case{"window new", with(&Pipeline::window, ""), base, "", "cannot change what stands before", ""},
           Case{"neither group nor sort", with(&Pipeline::window, kCollects), base,
                "cannot change a pipeline whose window has neither",
                "cannot change a pipeline whose window has neither",
                "cannot change a pipeline whose window has neither"},
           Case{"no window before or after", with(&Pipeline::window, ""),
                [] {
                  Pipeline p = with(&Pipeline::window, "");
                  p.after = R"({"$project":{"b":1}})";
                  return p;
                }(),
                "", "cannot change what stands before", ""},
       }) {
    for (const std::string_view when : {"idle", "open", "waiting"}) {
      SavedState state;
      state.checkpoint.definition = c.before.text();
      if (when == "open") state.checkpoint.parts.push_back({.window = {{0}, {5000}}, .partition = 0, .state = "x"});
      if (when == "waiting") state.outbox.push_back(std::make_shared<OutboxEntry>());
      const std::string_view expected = when == "idle" ? c.idle : when == "open" ? c.open : c.waiting;
      const auto fit = fit_state(state, c.after.text());
      if (!fit.ok()) {
        EXPECT_EQ(fit.error().code(), ErrorCode::kInvalidDefinition);
        EXPECT_EQ(fit.error().message().substr(0, std::max<size_t>(expected.size(), 1)), expected)
            << c.why << ", " << when;
        EXPECT_NE(fit.error().message().find("resumeFromCheckpoint: false"), std::string::npos) << c.why;
        continue;
      }
      EXPECT_EQ(!fit->changed ? "=" : fit->sink_changed ? "S" : "", expected) << c.why << ", " << when;
    }
  }
}

}  // namespace
}  // namespace penstock
