// SPDX-License-Identifier: Apache-2.0
#include "connectors/embedded/embedded_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "docstore/documents_for_test.h"

namespace penstock {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kLineage = "vwap-1";

OwnedDocument array_of(std::string_view json) {
  const OwnedDocument wrapped = doc(fmt::format(R"({{"a": {}}})", json));
  return OwnedDocument(wrapped.view().get("a").as_array());
}

OutboxEntry entry_of(uint64_t seq, std::vector<OwnedDocument> documents, std::vector<OwnedDocument> letters = {}) {
  OutboxEntry entry;
  entry.seq = seq;
  entry.documents = std::move(documents);
  entry.dead_letters = std::move(letters);
  entry.cut = array_of(fmt::format(R"([{{"topic": "t", "partition": 0, "offset": {}}}])", seq * 10));
  return entry;
}

// One letter per refused document, with its code.
Result<std::vector<OwnedDocument>> letters_for(const std::vector<RefusedDocument>& refused) {
  std::vector<OwnedDocument> letters;
  for (const RefusedDocument& r : refused)
    letters.push_back(doc(fmt::format(R"({{"_id": "refused {}", "code": {}}})", r.index, r.code)));
  return letters;
}

std::string outcome(const Result<Delivery>& delivery) {
  if (!delivery.ok()) return "error " + error_code_name(delivery.error().code());
  std::string text = delivery->repeated ? "repeated" : "written";
  for (const RefusedDocument& r : delivery->refused)
    text += fmt::format(" {}:{}", r.index, r.code);
  return text;
}

class EmbeddedSinkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    open_store();
    spec_.db = "d";
    spec_.coll = "c";
    queue_->db = "d";
    queue_->coll = "dlq";
  }
  void open_store(const StoreOptions& options = {}) {
    auto store = DocStore::open(folder_.path(), StoreMode::kReadWrite, clock_, options);
    ASSERT_TRUE(store.ok()) << store.error().message();
    store_ = std::move(*store);
  }
  std::unique_ptr<Sink> make() {
    auto sink = make_embedded_sink(store_, spec_, queue_, clock_, log_);
    auto opened = sink->open();
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().message());
    return sink;
  }
  // The marker as "seq fence".
  static std::string claim(Sink& sink, std::optional<uint64_t> seq = {}) {
    auto marker = sink.claim({.lineage = std::string(kLineage), .processor = "vwap", .seq = seq});
    if (!marker.ok()) return marker.error().message();
    return fmt::format("{} {}", marker->seq, marker->fence);
  }
  std::unique_ptr<Sink> make_claimed() {
    auto sink = make();
    claim(*sink);
    return sink;
  }
  void make_additive() {
    spec_.when_matched = WhenMatched::kPipeline;
    spec_.pipeline = array_of(R"([{"$set": {"n": {"$add": ["$n", "$$new.n"]}}}])");
  }
  std::string stored(std::string_view coll = "c") const {
    auto documents = store_->find_all("d", coll, {});
    EXPECT_TRUE(documents.ok());
    return documents.ok() ? text_of(*documents) : "";
  }

  TemporaryFolder folder_;
  ManualClock clock_{{1'000'000}};
  MemoryLogger log_;
  std::shared_ptr<DocStore> store_;
  MergeSpec spec_;
  std::optional<MergeSpec> queue_ = MergeSpec();
};

TEST_F(EmbeddedSinkTest, WritesDocumentsLettersAndMarkerTogether) {
  auto sink = make_claimed();
  EXPECT_TRUE(sink->takes_dead_letters());
  clock_.set({2'000'000});
  auto delivery = sink->deliver(entry_of(1, docs({R"({"_id": 1, "z": 1, "a": 2})", R"({"_id": [2]})", R"({"_id": 3})"}),
                                         docs({R"({"_id": "late"})"})),
                                letters_for);
  EXPECT_EQ(outcome(delivery), "written 1:51185");
  EXPECT_EQ(stored(), R"({"_id":1,"a":2,"z":1} {"_id":3} )");
  EXPECT_EQ(stored("dlq"), R"({"_id":"late"} {"_id":"refused 1","code":51185} )");
  EXPECT_EQ(stored(kMarkerCollection),
            R"({"_id":"vwap-1","processor":"vwap","seq":1,"fence":1,"cut":[{"topic":"t","partition":0,"offset":10}],)"
            R"("at":{"$date":"1970-01-01T00:33:20.000Z"}} )");
}

TEST_F(EmbeddedSinkTest, ARepeatedEntryWritesNothing) {
  make_additive();
  auto sink = make_claimed();
  EXPECT_EQ(outcome(sink->deliver(entry_of(1, docs({R"({"_id": 1, "n": 1})"})), letters_for)), "written");
  const OutboxEntry second = entry_of(2, docs({R"({"_id": 1, "n": 5})"}));
  EXPECT_EQ(outcome(sink->deliver(second, letters_for)), "written");
  EXPECT_EQ(outcome(sink->deliver(second, letters_for)), "repeated");
  sink = make_claimed();
  EXPECT_EQ(outcome(sink->deliver(second, letters_for)), "repeated");
  EXPECT_EQ(stored(), R"({"_id":1,"n":6} )") << "a sum counts once";
  EXPECT_EQ(outcome(sink->deliver(entry_of(3, {}), letters_for)), "written") << "an empty entry moves the marker";
  EXPECT_EQ(claim(*sink), "3 3");
}

TEST_F(EmbeddedSinkTest, OnlyTheNextEntryIsTaken) {
  auto sink = make_claimed();
  EXPECT_EQ(outcome(sink->deliver(entry_of(1, docs({R"({"_id": 1})"})), letters_for)), "written");
  auto skipped = sink->deliver(entry_of(3, docs({R"({"_id": 3})"})), letters_for);
  ASSERT_FALSE(skipped.ok());
  EXPECT_EQ(skipped.error().code(), ErrorCode::kStateRefused);
  EXPECT_THAT(skipped.error().message(), HasSubstr("says that entry 1 is in, but entry 3 is to follow"));
  ASSERT_TRUE(sink->forget(kLineage).ok());
  auto gone = sink->deliver(entry_of(2, docs({R"({"_id": 2})"})), letters_for);
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error().code(), ErrorCode::kStateRefused);
  EXPECT_THAT(gone.error().message(), HasSubstr("the marker of processor vwap is gone"));
  EXPECT_EQ(stored(), R"({"_id":1} )");
}

TEST_F(EmbeddedSinkTest, WhoClaimedBeforeIsLockedOut) {
  auto zombie = make_claimed();
  EXPECT_EQ(outcome(zombie->deliver(entry_of(1, docs({R"({"_id": 1})"})), letters_for)), "written");
  auto sink = make();
  EXPECT_EQ(claim(*sink), "1 2");
  auto refused = zombie->deliver(entry_of(2, docs({R"({"_id": "zombie"})"})), letters_for);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::kStateRefused);
  EXPECT_THAT(refused.error().message(), HasSubstr("another instance of processor vwap"));
  EXPECT_EQ(outcome(sink->deliver(entry_of(2, docs({R"({"_id": 2})"})), letters_for)), "written");
  EXPECT_EQ(outcome(zombie->deliver(entry_of(2, docs({R"({"_id": "zombie"})"})), letters_for)), "error StateRefused")
      << "the other's entry 2 is not its own";
  EXPECT_EQ(stored(), R"({"_id":1} {"_id":2} )");
}

TEST_F(EmbeddedSinkTest, AClaimMayMoveTheMarker) {
  auto sink = make();
  EXPECT_EQ(claim(*sink), "0 1");
  EXPECT_EQ(outcome(sink->deliver(entry_of(1, {}), letters_for)), "written");
  EXPECT_EQ(claim(*sink), "1 2");
  EXPECT_NE(sink->markers("vwap")->front().cut.bytes(), OwnedDocument().bytes());
  EXPECT_EQ(claim(*sink, 7), "7 3");
  EXPECT_EQ(sink->markers("vwap")->front().cut.bytes(), OwnedDocument().bytes()) << "the cut was that of entry 1";
  EXPECT_EQ(outcome(sink->deliver(entry_of(8, {}), letters_for)), "written");
  EXPECT_EQ(claim(*sink, 0), "0 4");
}

TEST_F(EmbeddedSinkTest, MarkersOfAProcessorNewestFirst) {
  auto sink = make();
  EXPECT_TRUE(sink->markers("vwap")->empty());
  const auto claim_at = [&](std::string_view lineage, std::string_view processor, int64_t at) {
    clock_.set({at});
    ASSERT_TRUE(sink->claim({std::string(lineage), std::string(processor), {}}).ok());
  };
  claim_at("a", "vwap", 3000);
  claim_at("b", "vwap", 5000);
  claim_at("x", "other", 9000);
  claim_at("c", "vwap", 3000);
  std::string lineages;
  const auto markers = sink->markers("vwap");
  ASSERT_TRUE(markers.ok());
  for (const Marker& marker : *markers)
    lineages += fmt::format("{}@{} ", marker.lineage, marker.at.ms);
  EXPECT_EQ(lineages, "b@5000 c@3000 a@3000 ");
  EXPECT_TRUE(sink->forget("b").ok());
  EXPECT_TRUE(sink->forget("b").ok()) << "missing is fine";
  EXPECT_EQ(sink->markers("vwap")->size(), 2u);
  ASSERT_TRUE(store_->insert("d", kMarkerCollection, docs({R"({"_id": "y", "processor": "vwap", "seq": 1})"})).ok());
  auto foreign = sink->markers("vwap");
  ASSERT_FALSE(foreign.ok());
  EXPECT_EQ(foreign.error().code(), ErrorCode::kStateRefused);
}

TEST_F(EmbeddedSinkTest, WithoutAClaimThereIsNoMarker) {
  auto sink = make();
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(outcome(sink->deliver(entry_of(5, docs({R"({"_id": 1})"}), docs({R"({"_id": "l"})"})), letters_for)),
              "written");
  }
  EXPECT_EQ(stored(), R"({"_id":1} )");
  EXPECT_EQ(stored("dlq"), R"({"_id":"l"} )");
  EXPECT_EQ(stored(kMarkerCollection), "");
}

TEST_F(EmbeddedSinkTest, LettersThatAreThereStay) {
  auto sink = make_claimed();
  EXPECT_TRUE(sink->write_dead_letters(docs({R"({"_id": "l", "try": 1})"})).ok());
  EXPECT_EQ(
      outcome(sink->deliver(entry_of(1, {}, docs({R"({"_id": "l", "try": 2})", R"({"_id": [1]})"})), letters_for)),
      "written");
  EXPECT_EQ(stored("dlq"), R"({"_id":"l","try":1} )");
  EXPECT_THAT(log_.text(), HasSubstr("refused 1 of 2 dead letters for d.dlq"));
}

TEST_F(EmbeddedSinkTest, AQueueElsewhere) {
  queue_.reset();
  auto sink = make_claimed();
  EXPECT_FALSE(sink->takes_dead_letters());
  int asked = 0;
  const auto elsewhere = [&](const std::vector<RefusedDocument>&) -> Result<std::vector<OwnedDocument>> {
    EXPECT_EQ(stored(), "") << "asked before the commit";
    ++asked;
    return std::vector<OwnedDocument>();
  };
  EXPECT_EQ(outcome(sink->deliver(entry_of(1, docs({R"({"_id": 1})", R"({"_id": [2]})"})), elsewhere)),
            "written 1:51185");
  EXPECT_EQ(asked, 1);
  const auto broken = [](const std::vector<RefusedDocument>&) -> Result<std::vector<OwnedDocument>> {
    return Error(ErrorCode::kPeerUnreachable, "the queue is away");
  };
  EXPECT_FALSE(sink->deliver(entry_of(2, docs({R"({"_id": 2})", R"({"_id": [2]})"})), broken).ok());
  EXPECT_EQ(stored(), R"({"_id":1} )");
  EXPECT_EQ(claim(*sink), "1 2") << "an error of the letters leaves nothing of the entry";
  ASSERT_TRUE(sink->write_dead_letters(docs({R"({"_id": "l"})"})).ok());
  EXPECT_EQ(stored(), R"({"_id":1} {"_id":"l"} )") << "as a queue of its own it writes to its target";
}

// Dies when it is asked for the time, once armed: the instant of the marker is asked for last.
class DeadlyClock final : public Clock {
 public:
  EventTime now() const override {
    if (armed) ::raise(SIGKILL);
    return {0};
  }
  int64_t monotonic_ns() const override { return 0; }
  bool armed = false;
};

Result<std::vector<OwnedDocument>> die(const std::vector<RefusedDocument>& /*refused*/) {
  ::raise(SIGKILL);
  return std::vector<OwnedDocument>();
}

TEST_F(EmbeddedSinkTest, AKillBeforeTheCommitLeavesNothing) {
  make_additive();
  EXPECT_EQ(outcome(make_claimed()->deliver(entry_of(1, docs({R"({"_id": 1, "n": 1})"})), letters_for)), "written");
  const OutboxEntry entry = entry_of(2, docs({R"({"_id": 1, "n": 5})", R"({"_id": 2, "n": 5})", R"({"_id": [2]})"}),
                                     docs({R"({"_id": "l"})"}));
  // When documents and dead letters are written, and when all but the marker is.
  for (const bool at_the_marker : {false, true}) {
    store_ = nullptr;
    const pid_t child = ::fork();
    if (child == 0) {
      open_store();
      DeadlyClock deadly;
      auto sink = make_embedded_sink(store_, spec_, queue_, deadly, log_);
      if (!sink->open().ok() || claim(*sink).empty()) ::_exit(1);
      deadly.armed = at_the_marker;
      static_cast<void>(sink->deliver(entry, at_the_marker ? letters_for : die));
      ::_exit(2);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    open_store();
    EXPECT_EQ(stored(), R"({"_id":1,"n":1} )");
    EXPECT_EQ(stored("dlq"), "");
  }
  auto sink = make();
  EXPECT_EQ(claim(*sink), "1 4") << "the claims of the killed ones are there, their entry is not";
  for (std::string_view wanted : {"written 2:51185", "repeated"})
    EXPECT_EQ(outcome(sink->deliver(entry, letters_for)), wanted);
  EXPECT_EQ(stored(), R"({"_id":1,"n":6} {"_id":2,"n":5} )");
  EXPECT_EQ(stored("dlq"), R"({"_id":"l"} {"_id":"refused 2","code":51185} )");
}

TEST_F(EmbeddedSinkTest, AFullDiskIsWaitedFor) {
  make_additive();
  store_ = nullptr;
  open_store({.bytes_max = 256 * 1024});
  auto sink = make_claimed();
  EXPECT_EQ(outcome(sink->deliver(entry_of(1, docs({R"({"_id": 1, "n": 1})"})), letters_for)), "written");
  const std::string large = fmt::format(R"({{"_id": 2, "s": "{}"}})", std::string(300 * 1024, 'x'));
  const OutboxEntry entry = entry_of(2, docs({R"({"_id": 1, "n": 5})", large}));
  for (int round = 0; round < 2; ++round) {
    auto full = sink->deliver(entry, letters_for);
    ASSERT_FALSE(full.ok());
    EXPECT_TRUE(is_transient(full.error())) << full.error().message();
  }
  EXPECT_EQ(stored(), R"({"_id":1,"n":1} )");
  sink = nullptr;
  store_ = nullptr;
  open_store();
  sink = make();
  EXPECT_EQ(claim(*sink), "1 2");
  EXPECT_EQ(outcome(sink->deliver(entry, letters_for)), "written");
  EXPECT_EQ(store_->find_all("d", "c", {})->front().view().get("n").as_int(), 6);
}

TEST_F(EmbeddedSinkTest, SaysWhatItIsWorthAndWhereItWrites) {
  auto sink = make();
  EXPECT_EQ(sink->describe(), "embedded store " + folder_.path() + "/store d.c");
  EXPECT_EQ(sink->guarantee().level, GuaranteeLevel::kExactlyOnce);
  EXPECT_EQ(sink->guarantee().reason,
            "documents and their marker are written in one transaction of the embedded store");
  queue_.reset();
  EXPECT_EQ(make()->guarantee().reason,
            "documents and their marker are written in one transaction of the embedded store");
}

TEST_F(EmbeddedSinkTest, RefusesAWrongTargetAtTheStart) {
  const auto opened = [&] {
    auto result = make_embedded_sink(store_, spec_, queue_, clock_, log_)->open();
    return result.ok() ? "" : error_code_name(result.error().code());
  };
  EXPECT_EQ(opened(), "");
  queue_->coll = "a$b";
  EXPECT_EQ(opened(), "InvalidNamespace");
  queue_.reset();
  spec_.when_matched = WhenMatched::kPipeline;
  spec_.pipeline = array_of(R"([{"$set": {"n": "$$nobody"}}])");
  EXPECT_EQ(opened(), "Location17276");
  spec_ = MergeSpec();
  spec_.db = "a.b";
  spec_.coll = "c";
  EXPECT_EQ(opened(), "InvalidNamespace");
}

}  // namespace
}  // namespace penstock
