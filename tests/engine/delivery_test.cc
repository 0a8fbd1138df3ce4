// SPDX-License-Identifier: Apache-2.0
// Sinks that are down, slow, broken or picky, and stopping while they are.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bson/ejson.h"
#include "tests/engine/engine_bed.h"

namespace penstock {
namespace {

using testing::HasSubstr;

const std::string kCount = definition_of(
    R"({"$tumblingWindow": {"interval": {"size": 1, "unit": "second"}, "allowedLateness": 0, "pipeline": [
         {"$group": {"_id": {"$meta": "stream.window.start"}, "n": {"$count": {}}}}]}})");

BedSettings settings(uint64_t seed) { return {.run = {}, .seed = seed, .batch_max = 2}; }

// One record a second of event time: each closes the window of the one before.
void feed(EngineBed& bed, int from, int to) {
  for (int i = from; i < to; ++i)
    bed.source().append(0, R"({"k":1})", at("12:00:00") + Duration{i * 1000});
}

TEST(Delivery, TransientTroubleIsRepeatedWithGrowingPausesAndNothingIsLost) {
  for (const uint64_t seed : {1, 2, 3, 4, 5}) {
    SCOPED_TRACE(seed);
    EngineBed bed(kCount, settings(seed));
    bed.start();
    bed.sink().set_down(true);
    feed(bed, 0, 100);
    bed.run_for({300'000});
    EXPECT_EQ(bed.processor().snapshot().trouble, "nobody answers at memory:1");
    EXPECT_TRUE(bed.sink().documents().empty());
    const std::vector<int64_t> attempts = bed.sink().attempts_ns();
    EXPECT_LT(attempts.size(), 40U);  // 100 ms, doubled up to 30 s.
    EXPECT_GT(attempts.size(), 10U);
    for (size_t i = 1; i < attempts.size(); ++i) {
      EXPECT_LE(attempts[i] - attempts[i - 1], 30'000'000'000 + 1'000'000) << i;
      EXPECT_GE(attempts[i] - attempts[i - 1], 50'000'000) << i;  // New entries do not end a pause.
    }
    EXPECT_GE(attempts.back() - attempts[attempts.size() - 2], 15'000'000'000);
    bed.sink().set_down(false);
    bed.run_for({60'000});
    EXPECT_EQ(bed.sink().documents().size(), 99U);
    for (size_t i = 0; i < bed.sink().sequence().size(); ++i)
      EXPECT_EQ(bed.sink().sequence()[i], i + 1);
    EXPECT_EQ(bed.processor().snapshot().trouble, "");
    EXPECT_THAT(bed.log().text(), HasSubstr("cannot deliver, will try again: nobody answers"));
    EXPECT_THAT(bed.log().text(), HasSubstr("memory answers again"));
    EXPECT_TRUE(bed.stop().ok());
    EXPECT_EQ(bed.processor().snapshot().documents_out, 99U);
  }
}

TEST(Delivery, LanesStopReadingWhileTheSinkIsDown) {
  EngineBed bed(kCount, settings(1));
  bed.start();
  bed.sink().set_down(true);
  for (int i = 0; i < 500; ++i) {
    feed(bed, i * 10, i * 10 + 10);
    bed.run_for({100});
  }
  EXPECT_LT(bed.source().read_to(0), 1000);
  const int64_t read = bed.source().read_to(0);
  const size_t polls = bed.source().polls_with_records();
  bed.run_for({60'000});
  EXPECT_EQ(bed.source().read_to(0), read);
  EXPECT_EQ(bed.source().polls_with_records(), polls);
  bed.sink().set_down(false);
  bed.run_for({120'000});
  EXPECT_EQ(bed.source().read_to(0), 5000);
  EXPECT_EQ(bed.sink().documents().size(), 4999U);
  EXPECT_TRUE(bed.stop().ok());
}

TEST(Delivery, AHardFailureEndsTheProcessorWithThatError) {
  EngineBed bed(kCount, settings(1));
  bed.start();
  feed(bed, 0, 5);
  bed.run_for({1000});
  EXPECT_EQ(bed.sink().documents().size(), 4U);
  bed.sink().fail_next(Error(ErrorCode::kStateRefused, "another instance has claimed it"));
  feed(bed, 5, 9);
  const auto ended = bed.finish();
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().code(), ErrorCode::kStateRefused);
  EXPECT_EQ(ended.error().message(), "another instance has claimed it");
}

// Reliability 1.4.12: a rotated password heals within five minutes, or it is a failure.
TEST(Delivery, RefusedCredentialsAreTriedForFiveMinutes) {
  for (const bool heals : {true, false}) {
    EngineBed bed(kCount, settings(1));
    bed.start();
    for (int i = 0; i < (heals ? 5 : 100); ++i)
      bed.sink().fail_next(Error(ErrorCode::kCredentialsRefused, "memory refuses user \"u\""));
    feed(bed, 0, 5);
    bed.run_for({60'000});
    EXPECT_EQ(bed.sink().documents().size(), heals ? 4U : 0U);
    EXPECT_EQ(bed.processor().snapshot().trouble, heals ? "" : "memory refuses user \"u\"");
    if (heals) continue;
    const auto ended = bed.finish();
    ASSERT_FALSE(ended.ok());
    EXPECT_EQ(ended.error().code(), ErrorCode::kCredentialsRefused);
    EXPECT_GE(bed.clock().monotonic_ns(), 300'000'000'000);
  }
}

TEST(Delivery, RefusedDocumentsBecomeDeadLetters) {
  EngineBed bed(kCount, settings(1));
  bed.sink().refuse([](Document document) {
    const bool wrong = document.get("n").as_int() == 2;
    return std::string(wrong ? "Document failed validation" : "");
  });
  bed.start();
  feed(bed, 0, 3);
  feed(bed, 2, 6);  // Twice the third one.
  bed.run_for({1000});
  EXPECT_EQ(bed.sink().documents().size(), 4U);
  EXPECT_TRUE(bed.stop().ok());
  ASSERT_EQ(bed.dead_letters().letters().size(), 1U);
  const Document letter = bed.dead_letters().letters()[0];
  EXPECT_EQ(letter.get("operatorName").as_string(), "MergeOperator");
  EXPECT_EQ(letter.get("errInfo").as_object().get("reason").as_string(),
            "Failed to process an input document in the current batch in MergeOperator with error: Document failed "
            "validation");
  EXPECT_EQ(letter.get("errInfo").as_object().get("code").as_int(), 121);
  EXPECT_EQ(letter.get("doc").as_object().get("n").as_int(), 2);
  const ProcessorSnapshot snapshot = bed.processor().snapshot();
  EXPECT_EQ(snapshot.documents_out, 4U);
  EXPECT_EQ(snapshot.in.dead_letters, 1U);
}

TEST(Delivery, RefusedAtTheVeryEndOfABoundedRun) {
  BedSettings bounded = settings(3);
  bounded.run.until_end = true;
  EngineBed bed(kCount, bounded);
  bed.sink().refuse([](Document) { return std::string("no"); });
  feed(bed, 0, 3);
  bed.start();
  ASSERT_TRUE(bed.finish().ok());
  EXPECT_TRUE(bed.sink().documents().empty());
  EXPECT_EQ(bed.dead_letters().letters().size(), 3U);
}

TEST(Delivery, TroubleOfTheDeadLetterQueueRepeatsTheSameEntry) {
  EngineBed bed(kCount, settings(1));
  bed.start();
  bed.dead_letters().fail_next(Error(ErrorCode::kHostUnreachable, "nobody there"));
  feed(bed, 0, 3);
  bed.source().append(0, "broken", at("12:00:02"));
  bed.run_for({2000});
  EXPECT_EQ(bed.dead_letters().letters().size(), 1U);
  EXPECT_TRUE(bed.stop().ok());
}

TEST(Delivery, StopDeliversWhatIsFrozen) {
  for (const uint64_t seed : {1, 2, 3, 4, 5, 6, 7, 8}) {
    SCOPED_TRACE(seed);
    EngineBed bed(kCount, settings(seed));
    bed.start();
    bed.sink().set_down(true);
    feed(bed, 0, 20);
    bed.run_for({500});
    bed.processor().request_stop();
    bed.run_for({1000});
    EXPECT_FALSE(bed.executor().all_done());
    bed.sink().set_down(false);
    ASSERT_TRUE(bed.finish().ok());
    EXPECT_FALSE(bed.sink().documents().empty());
    for (size_t i = 0; i < bed.sink().sequence().size(); ++i)
      EXPECT_EQ(bed.sink().sequence()[i], i + 1);
  }
}

TEST(Delivery, StopWhileTheSinkIsDownEndsWithinTheDeadline) {
  for (const bool full : {false, true}) {
    SCOPED_TRACE(full ? "the outbox is full" : "one entry waits");
    EngineBed bed(kCount, settings(1));
    bed.start();
    bed.sink().set_down(true);
    for (int i = 0; i < (full ? 100 : 2); ++i) {
      feed(bed, i, i + 1);
      bed.run_for({200});
    }
    const int64_t stopped_ns = bed.clock().monotonic_ns();
    const auto ended = bed.stop();
    ASSERT_FALSE(ended.ok());
    EXPECT_EQ(ended.error().code(), ErrorCode::kPeerUnreachable);
    EXPECT_THAT(ended.error().message(), HasSubstr("could not be delivered: nobody answers at memory:1"));
    EXPECT_LE(bed.clock().monotonic_ns() - stopped_ns, 31'000'000'000);
  }
}

}  // namespace
}  // namespace penstock
