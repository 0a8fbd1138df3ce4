// SPDX-License-Identifier: Apache-2.0
#include "runtime/freezer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "bson/ejson.h"

namespace penstock {
namespace {

// A window stage that does nothing but show in which order parts reach it: one result a window, its parts' names.
struct NamedPart final : WindowPart {
  explicit NamedPart(std::string part_name) : name(std::move(part_name)) {}
  size_t bytes() const override { return name.size(); }
  void save(std::string& to) const override { to += name; }
  std::string name;
};

class NamesFinisher final : public WindowFinisher {
 public:
  Result<void> finish(std::vector<SealedPart> parts, RowBatch& out, EvalContext&,
                      DeadLetterCollector& letters) override {
    std::string names;
    for (const SealedPart& part : parts)
      names += static_cast<const NamedPart&>(*part.part).name + " ";
    if (names == "bad ") {
      letters.add({.operator_name = "GroupOperator", .reason = "no result"});
      return {};
    }
    DocumentBuilder builder;
    builder.append("parts", Value::string(names));
    out.rows.push_back({.root = Value::object(builder.finish_in(out.arena))});
    return {};
  }
};

class NamesPlan final : public WindowPlan {
 public:
  WindowBoundary boundary() const override { return WindowBoundary::kEventTime; }
  Duration allowed_lateness() const override { return {}; }
  std::optional<Duration> idle_timeout() const override { return {}; }
  Duration interval() const override { return {10}; }
  bool part_per_partition() const override { return true; }
  Window window_of(EventTime) const override { return {}; }
  bool reads_slots() const override { return true; }
  FieldNeeds needs() const override { return {}; }
  Result<std::unique_ptr<WindowOperator>> build_operator(const FieldNeeds*) const override {
    return Error(ErrorCode::kInternalError, "not in this test");
  }
  Result<std::unique_ptr<WindowFinisher>> build_finisher() const override {
    return std::unique_ptr<WindowFinisher>(std::make_unique<NamesFinisher>());
  }
  std::vector<std::string> describe() const override { return {}; }
};

SealedPart part(int64_t start_ms, uint32_t partition, std::string name) {
  return {{{start_ms}, {start_ms + 10}}, partition, std::make_unique<NamedPart>(std::move(name))};
}

LaneOutput output(std::string_view json, uint32_t partition, int64_t offset) {
  return {std::move(parse_filter(json).value()), {partition}, offset, {5000}};
}

class FreezerTest : public testing::Test {
 protected:
  FreezerTest() {
    plan_.name = "p";
    plan_.dead_letter_queue = true;
    plan_.definition_hash = 5;
  }
  std::unique_ptr<Freezer> make() { return std::move(Freezer::make(plan_, settings_, clock_, random_).value()); }
  static OutboxEntry freeze(Freezer& freezer, std::vector<SealedPart> sealed, std::vector<LaneOutput> outputs = {},
                            std::vector<DeadLetter> letters = {}) {
    auto frozen = freezer.freeze(std::move(sealed), std::move(outputs), std::move(letters), OwnedDocument());
    PS_CHECK(frozen.ok() && frozen->size() == 1);
    return *frozen->front();
  }
  static std::string texts(const std::vector<OwnedDocument>& documents, std::string_view field) {
    std::string text;
    for (const OwnedDocument& document : documents)
      text += to_json(document.view().get(field)) + " ";
    return text;
  }

  ProcessorPlan plan_;
  RunSettings settings_{.clock = ClockMode::kRecord};
  ManualClock clock_{EventTime{1000}};
  SeededRandom random_{1};
};

TEST_F(FreezerTest, NothingIsNoEntry) {
  const auto freezer = make();
  EXPECT_TRUE(freezer->freeze({}, {}, {}, OwnedDocument()).value().empty());
}

TEST_F(FreezerTest, EntriesAreNumberedWithoutGaps) {
  plan_.window = std::make_unique<NamesPlan>();
  const auto freezer = make();
  for (uint64_t seq = 1; seq <= 3; ++seq) {
    std::vector<SealedPart> sealed;
    sealed.push_back(part(0, 0, "a"));
    EXPECT_EQ(freeze(*freezer, std::move(sealed)).seq, seq);
    EXPECT_TRUE(freezer->freeze({}, {}, {}, OwnedDocument()).value().empty());
  }
  EXPECT_EQ(freezer->windows_closed(), 3U);
}

TEST_F(FreezerTest, WindowsByStartAndPartsByPartition) {
  plan_.window = std::make_unique<NamesPlan>();
  const auto freezer = make();
  std::vector<SealedPart> sealed;
  sealed.push_back(part(20, 1, "c1"));
  sealed.push_back(part(0, 2, "a2"));
  sealed.push_back(part(20, 0, "c0"));
  sealed.push_back(part(-10, 0, "z"));
  sealed.push_back(part(0, 0, "a0"));
  sealed.push_back(part(0, 0, "a0 again"));
  const OutboxEntry entry = freeze(*freezer, std::move(sealed), {}, {});
  EXPECT_EQ(texts(entry.documents, "parts"), R"("z " "a0 a0 again a2 " "c0 c1 " )");
  EXPECT_EQ(entry.documents[0].view().begin()->name, "_id");
  EXPECT_EQ(entry.documents[0].view().get("_id").type(), Type::kObjectId);
}

TEST_F(FreezerTest, IdsDoNotHangOnHowWindowsAreFrozen) {
  plan_.window = std::make_unique<NamesPlan>();
  const auto frozen = [this](bool together) {
    const auto freezer = make();
    std::string ids;
    std::vector<SealedPart> sealed;
    for (const int64_t start : {0, 10, 20}) {
      sealed.push_back(part(start, 0, "x"));
      if (together && start < 20) continue;
      const OutboxEntry entry = freeze(*freezer, std::move(sealed), {}, {});
      ids += texts(entry.documents, "_id");
      sealed.clear();
    }
    return ids;
  };
  EXPECT_EQ(frozen(true), frozen(false));
}

TEST_F(FreezerTest, OutputsByPartitionAndOffset) {
  const auto freezer = make();
  std::vector<LaneOutput> outputs;
  outputs.push_back(output("{v: 3}", 1, 5));
  outputs.push_back(output("{v: 1}", 0, 9));
  outputs.push_back(output("{v: 2, _id: \"own\"}", 1, 2));
  outputs.push_back(output("{v: 0}", 0, 8));
  const OutboxEntry entry = freeze(*freezer, {}, std::move(outputs), {});
  EXPECT_EQ(texts(entry.documents, "v"), "0 1 2 3 ");
  EXPECT_EQ(to_json(entry.documents[2].view().get("_id")), "\"own\"");
}

TEST_F(FreezerTest, DeadLettersAsTheReferenceShowsThem) {
  const auto freezer = make();
  std::vector<DeadLetter> letters;
  letters.push_back({.operator_name = "MatchOperator",
                     .reason = "no",
                     .code = ErrorCode{16020},
                     .document = parse_filter("{a: 1}").value(),
                     .stream_meta = parse_filter("{source: {type: \"kafka\"}}").value()});
  letters.push_back({.operator_name = "GroupOperator",
                     .reason = "late",
                     .raw = R"({"k":1})",
                     .has_raw = true,
                     .missed_window_starts = {EventTime{0}}});
  letters.push_back(
      {.operator_name = "KafkaConsumerOperator", .reason = "x", .raw = "{", .has_raw = true, .undecodable = true});
  letters.push_back({.operator_name = "GroupOperator", .reason = "tombstone", .has_raw = true});
  const OutboxEntry entry = freeze(*freezer, {}, {}, std::move(letters));
  EXPECT_TRUE(entry.documents.empty());
  ASSERT_EQ(entry.dead_letters.size(), 4U);
  const auto without_id = [&entry](size_t i) {
    const std::string text = to_json(entry.dead_letters[i].view());
    return text.substr(text.find("\"processorName\""));
  };
  EXPECT_EQ(without_id(0),
            R"("processorName":"p","instanceName":"default","dlqTime":{"$date":"1970-01-01T00:00:01.000Z"},)"
            R"("operatorName":"MatchOperator","errInfo":{"reason":"no","code":16020},"doc":{"a":1},)"
            R"("_stream_meta":{"source":{"type":"kafka"}}})");
  EXPECT_NE(without_id(1).find(R"("errInfo":{"reason":"late"},"doc":{"k":1},)"), std::string::npos) << without_id(1);
  EXPECT_NE(without_id(1).find(R"("missedWindowStartTimes":[{"$date":"1970-01-01T00:00:00.000Z"}]})"),
            std::string::npos);
  EXPECT_NE(without_id(2).find(R"("doc":{"raw":{"$binary":{"base64":"ew==","subType":"00"}}})"), std::string::npos);
  EXPECT_NE(without_id(3).find(R"("doc":{},)"), std::string::npos) << without_id(3);
}

TEST_F(FreezerTest, ALargeFreezeIsSeveralEntriesOfOneCut) {
  const auto freezer = make();
  std::vector<LaneOutput> outputs;
  for (int64_t i = 0; i < 2500; ++i)
    outputs.push_back(output("{a: 1}", 0, i));
  DocumentBuilder cut;
  cut.append("0", Value::int32(7));
  const OwnedDocument shown(cut.take());
  const auto frozen = freezer->freeze({}, std::move(outputs), {}, shown);
  ASSERT_TRUE(frozen.ok());
  ASSERT_EQ(frozen->size(), 3U);
  for (uint64_t i = 0; i < 3; ++i) {
    EXPECT_EQ((*frozen)[i]->seq, i + 1);
    EXPECT_EQ((*frozen)[i]->documents.size(), i < 2 ? 1000U : 500U);
    EXPECT_EQ((*frozen)[i]->cut.bytes(), shown.bytes());
  }
  EXPECT_EQ(freezer->last_seq(), 3U);
}

TEST_F(FreezerTest, LettersOfFinishingWindowsAreCounted) {
  plan_.window = std::make_unique<NamesPlan>();
  for (const bool queue : {true, false}) {
    plan_.dead_letter_queue = queue;
    const auto freezer = make();
    std::vector<SealedPart> sealed;
    sealed.push_back(part(0, 0, "bad"));
    EXPECT_EQ(freezer->freeze(std::move(sealed), {}, {}, OwnedDocument())->size(), queue ? 1U : 0U);
    EXPECT_EQ(freezer->dead_letters_made(), 1U);
    EXPECT_EQ(freezer->windows_closed(), 1U);
  }
}

}  // namespace
}  // namespace penstock
