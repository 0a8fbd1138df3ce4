// SPDX-License-Identifier: Apache-2.0
#include "api/wire/cursor_registry.h"

#include <gtest/gtest.h>

#include <set>

namespace penstock {
namespace {

// Says when it is gone.
class Nothing final : public ResultStream {
 public:
  explicit Nothing(int& alive) : alive_(alive) { alive_++; }
  ~Nothing() override { alive_--; }
  Result<std::optional<Document>> next() override { return std::optional<Document>(); }

 private:
  int& alive_;
};

class Cursors : public testing::Test {
 protected:
  OpenCursor query(std::string user = "alice@admin", int32_t connection = 1) {
    OpenCursor cursor;
    cursor.ns = "db.c";
    cursor.user = std::move(user);
    cursor.connection_id = connection;
    cursor.results = std::make_unique<Nothing>(alive_);
    return cursor;
  }

  int64_t keep(OpenCursor cursor) {
    auto id = cursors_.keep(std::move(cursor));
    EXPECT_TRUE(id.ok());
    return id.ok() ? *id : 0;
  }

  int code_of_take(int64_t id, std::string_view user) {
    auto taken = cursors_.take(id, user);
    return taken.ok() ? 0 : static_cast<int>(taken.error().code());
  }

  int alive_ = 0;
  ManualClock clock_;
  SeededRandom random_{1};
  CursorRegistry cursors_{clock_, random_};
};

TEST_F(Cursors, KeptTakenAndPutBack) {
  int64_t id = keep(query());
  EXPECT_GT(id, 0);
  auto taken = cursors_.take(id, "alice@admin");
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(taken->ns, "db.c");
  EXPECT_EQ(code_of_take(id, "alice@admin"), 43) << "nobody else has it meanwhile";
  cursors_.put_back(std::move(*taken));
  EXPECT_EQ(code_of_take(id, "alice@admin"), 0);
  EXPECT_EQ(alive_, 0) << "what is taken and not put back ends";
}

TEST_F(Cursors, BelongToTheirUser) {
  int64_t id = keep(query());
  EXPECT_EQ(code_of_take(id, "bob@admin"), 13);
  EXPECT_FALSE(cursors_.kill(id, "bob@admin"));
  EXPECT_TRUE(cursors_.kill(id, "alice@admin"));
  EXPECT_FALSE(cursors_.kill(id, "alice@admin"));
  EXPECT_EQ(code_of_take(id, "alice@admin"), 43);
  EXPECT_EQ(alive_, 0);
}

TEST_F(Cursors, IdleOnesEnd) {
  int64_t idle = keep(query());
  int64_t used = keep(query());
  clock_.advance({599'000});
  auto taken = cursors_.take(used, "alice@admin");
  ASSERT_TRUE(taken.ok());
  cursors_.put_back(std::move(*taken));
  clock_.advance({2'000});
  cursors_.end_idle();
  EXPECT_EQ(code_of_take(idle, "alice@admin"), 43);
  EXPECT_EQ(code_of_take(used, "alice@admin"), 0);
}

TEST_F(Cursors, QueriesOutliveTheirConnection) {
  int64_t id = keep(query("alice@admin", 7));
  cursors_.connection_closed(7);
  EXPECT_EQ(code_of_take(id, "alice@admin"), 0);
}

// Reference control-plane A6.
TEST_F(Cursors, SamplesEndWithTheirConnectionOrAfterAMinute) {
  auto sample = [&](int32_t connection) {
    OpenCursor cursor;
    cursor.connection_id = connection;
    cursor.tap = std::make_shared<SampleTap>();
    return cursor;
  };
  OpenCursor gone = sample(7), idle = sample(8), killed = sample(8);
  auto tap_gone = gone.tap, tap_idle = idle.tap, tap_killed = killed.tap;
  keep(std::move(gone));
  keep(std::move(idle));
  int64_t id = keep(std::move(killed));
  cursors_.connection_closed(7);
  EXPECT_TRUE(tap_gone->ended());
  EXPECT_FALSE(tap_idle->ended());
  EXPECT_TRUE(cursors_.kill(id, ""));
  EXPECT_TRUE(tap_killed->ended());
  clock_.advance({60'001});
  cursors_.end_idle();
  EXPECT_TRUE(tap_idle->ended());
  EXPECT_EQ(cursors_.size(), 0u);
}

TEST_F(Cursors, AreBoundedAndIdleOnesMakeRoom) {
  std::set<int64_t> ids;
  for (int i = 0; i < 10'000; i++)
    ids.insert(keep(query()));
  EXPECT_EQ(ids.size(), 10'000u);
  auto refused = cursors_.keep(query());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::kExceededMemoryLimit);
  clock_.advance({600'001});
  EXPECT_GT(keep(query()), 0);
  EXPECT_EQ(cursors_.size(), 1u);
  EXPECT_EQ(alive_, 1);
}

TEST(CursorRegistry, EndsWhatIsLeft) {
  int alive = 0;
  {
    ManualClock clock;
    SeededRandom random(1);
    CursorRegistry cursors(clock, random);
    OpenCursor cursor;
    cursor.results = std::make_unique<Nothing>(alive);
    ASSERT_TRUE(cursors.keep(std::move(cursor)).ok());
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace penstock
