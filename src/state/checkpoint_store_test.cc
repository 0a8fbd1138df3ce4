// SPDX-License-Identifier: Apache-2.0
#include "state/checkpoint_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "bson/ejson.h"

namespace penstock {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

OwnedDocument doc(std::string_view json) { return std::move(parse_filter(json).value()); }

FrozenEntry entry(uint64_t seq, std::string_view document) {
  auto made = std::make_shared<OutboxEntry>();
  made->seq = seq;
  made->documents = {doc(document), doc("{_id: 2, price: 1.5}")};
  made->dead_letters = {doc("{_id: 9, errInfo: {reason: 'late'}}")};
  made->frozen_at = {1234};
  return made;
}

Checkpoint checkpoint_at(int64_t position, uint64_t seq) {
  Checkpoint checkpoint;
  checkpoint.processor = "trades";
  checkpoint.lineage = "0123";
  checkpoint.definition = R"({"pipeline":[]})";
  checkpoint.clock = "wall";
  checkpoint.cluster_id = "c";
  checkpoint.seq = seq;
  checkpoint.frontier = {77};
  checkpoint.partitions = {{.topic = "t",
                            .number = 3,
                            .position = position,
                            .max_time = EventTime{-5},
                            .idle = true,
                            .record_clock = EventTime{6},
                            .last_offset = 7,
                            .last_timestamp = {8},
                            .last_hash = ~uint64_t{0}},
                           {.topic = "t", .number = 4, .position = 0}};
  checkpoint.parts = {{{{0}, {30}}, 1, std::string("state\0of it", 11)}, {{{30}, {60}}, 0, ""}};
  checkpoint.counters = {1, 2, 3, 4, 5, 6};
  checkpoint.at = {99};
  return checkpoint;
}

class CheckpointStoreTest : public testing::Test {
 protected:
  CheckpointStoreTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "penstock-state-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~CheckpointStoreTest() override { std::filesystem::remove_all(folder_); }
  FileCheckpointStore store() { return FileCheckpointStore(files_, folder_); }
  std::vector<std::string> names() const { return files_.list(folder_).value(); }
  std::string path(std::string_view name) const { return folder_ + "/" + std::string(name); }

  SystemFiles files_;
  std::string folder_;
};

TEST_F(CheckpointStoreTest, EverythingComesBack) {
  FileCheckpointStore first = store();
  EXPECT_FALSE(first.load()->newest.has_value());
  Checkpoint written = checkpoint_at(42, 2);
  const std::vector<FrozenEntry> undelivered{entry(1, "{_id: 1}"), entry(2, "{_id: 3}")};
  ASSERT_TRUE(first.write(written, undelivered).ok());
  FileCheckpointStore second = store();
  auto loaded = second.load();
  ASSERT_TRUE(loaded.ok());
  EXPECT_TRUE(loaded->damaged.empty());
  EXPECT_EQ(encode(loaded->newest->checkpoint), encode(written));
  EXPECT_EQ(loaded->newest->checkpoint.partitions[0].last_hash, ~uint64_t{0});
  EXPECT_EQ(loaded->newest->checkpoint.partitions[1].max_time, std::nullopt);
  EXPECT_EQ(loaded->newest->checkpoint.parts[0].state, std::string("state\0of it", 11));
  ASSERT_EQ(loaded->newest->outbox.size(), 2U);
  EXPECT_EQ(encode_outbox(loaded->newest->outbox), encode_outbox(undelivered));
}

TEST_F(CheckpointStoreTest, KeepsTwoAndWhatTheyName) {
  FileCheckpointStore files = store();
  std::vector<FrozenEntry> undelivered;
  for (uint64_t seq = 1; seq <= 3; ++seq) {
    undelivered.push_back(entry(seq, "{_id: 1}"));
    Checkpoint checkpoint = checkpoint_at(static_cast<int64_t>(seq), seq);
    ASSERT_TRUE(files.write(checkpoint, undelivered).ok());
  }
  EXPECT_THAT(names(), ElementsAre("checkpoint-2", "checkpoint-3", "outbox-1", "outbox-2", "outbox-3"));
  undelivered.erase(undelivered.begin(), undelivered.begin() + 2);
  Checkpoint fourth = checkpoint_at(4, 3);
  ASSERT_TRUE(files.write(fourth, undelivered).ok());
  EXPECT_THAT(names(), ElementsAre("checkpoint-3", "checkpoint-4", "outbox-1", "outbox-2", "outbox-3"));
  Checkpoint fifth = checkpoint_at(5, 3);
  ASSERT_TRUE(files.write(fifth, {}).ok());
  EXPECT_THAT(names(), ElementsAre("checkpoint-4", "checkpoint-5", "outbox-3"));
  // A later start counts on.
  FileCheckpointStore later = store();
  ASSERT_TRUE(later.load()->newest.has_value());
  Checkpoint sixth = checkpoint_at(6, 3);
  ASSERT_TRUE(later.write(sixth, {}).ok());
  EXPECT_THAT(names(), ElementsAre("checkpoint-5", "checkpoint-6"));
  ASSERT_TRUE(later.clear().ok());
  EXPECT_TRUE(names().empty());
}

// Reliability F25: whatever happens to the bytes of the newest one, it is whole, or the one before it is used.
TEST_F(CheckpointStoreTest, EveryFlippedByteAndEveryLengthIsNoticed) {
  FileCheckpointStore files = store();
  Checkpoint old = checkpoint_at(1, 1);
  const std::vector<FrozenEntry> first{entry(1, "{_id: 1}")};
  ASSERT_TRUE(files.write(old, first).ok());
  Checkpoint fresh = checkpoint_at(2, 2);
  const std::vector<FrozenEntry> second{entry(2, "{_id: 2}")};
  ASSERT_TRUE(files.write(fresh, second).ok());
  for (const std::string name : {"checkpoint-2", "outbox-2"}) {
    const std::string whole = files_.read(path(name), 1 << 20).value();
    const auto expect_old = [&](std::string bytes, size_t at, std::string_view what) {
      ASSERT_TRUE(files_.write_file(path(name), bytes).ok());
      FileCheckpointStore damaged = store();
      const auto loaded = damaged.load();
      ASSERT_TRUE(loaded.ok()) << what << at;
      ASSERT_EQ(loaded->newest->checkpoint.number, 1U) << name << what << at;
      ASSERT_EQ(encode(loaded->newest->checkpoint), encode(old)) << name << what << at;
      ASSERT_EQ(loaded->damaged.size(), 1U);
    };
    for (size_t i = 0; i < whole.size(); ++i) {
      for (const int bit : {0, 3, 7}) {
        std::string flipped = whole;
        flipped[i] = static_cast<char>(flipped[i] ^ 1 << bit);
        expect_old(std::move(flipped), i, " flipped at ");
      }
      expect_old(whole.substr(0, i), i, " cut at ");
    }
    expect_old(whole + "x", whole.size(), " longer than ");
    ASSERT_TRUE(files_.write_file(path(name), whole).ok());
  }
  FileCheckpointStore healed = store();
  EXPECT_EQ(healed.load()->newest->checkpoint.number, 2U);
}

TEST_F(CheckpointStoreTest, FilesThatChangedPlacesAreNoticed) {
  FileCheckpointStore files = store();
  for (uint64_t seq = 1; seq <= 2; ++seq) {
    Checkpoint checkpoint = checkpoint_at(static_cast<int64_t>(seq), seq);
    ASSERT_TRUE(files.write(checkpoint, std::vector<FrozenEntry>{entry(seq, "{_id: 1}")}).ok());
  }
  const std::string one = files_.read(path("checkpoint-1"), 1 << 20).value();
  ASSERT_TRUE(files_.write_file(path("checkpoint-2"), one).ok());
  FileCheckpointStore swapped = store();
  auto loaded = swapped.load();
  EXPECT_EQ(loaded->newest->checkpoint.number, 1U);
  EXPECT_THAT(loaded->damaged.at(0), HasSubstr("it is checkpoint 1 under another name"));
}

TEST_F(CheckpointStoreTest, NothingWholeIsRefusedNotForgotten) {
  FileCheckpointStore files = store();
  Checkpoint checkpoint = checkpoint_at(1, 0);
  ASSERT_TRUE(files.write(checkpoint, {}).ok());
  ASSERT_TRUE(files_.write_file(path("checkpoint-1"), "PNSTKCKP").ok());
  FileCheckpointStore damaged = store();
  const auto loaded = damaged.load();
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code(), ErrorCode::kStateRefused);
  EXPECT_THAT(loaded.error().message(), HasSubstr("--fresh"));
}

TEST_F(CheckpointStoreTest, AnotherFormatVersionSaysSo) {
  FileCheckpointStore files = store();
  Checkpoint checkpoint = checkpoint_at(1, 0);
  ASSERT_TRUE(files.write(checkpoint, {}).ok());
  std::string bytes = files_.read(path("checkpoint-1"), 1 << 20).value();
  bytes[8] = 2;
  ASSERT_TRUE(files_.write_file(path("checkpoint-1"), bytes).ok());
  FileCheckpointStore newer = store();
  EXPECT_THAT(newer.load().error().message(), HasSubstr("a newer Penstock wrote it"));
}

}  // namespace
}  // namespace penstock
