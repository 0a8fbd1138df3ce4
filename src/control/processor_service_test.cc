// SPDX-License-Identifier: Apache-2.0
#include "control/catalog.h"
#include "control/control_for_test.h"
#include "control/processor_folder.h"
#include "control/processor_state.h"
#include "control/record_codec.h"

namespace penstock {
namespace {

class ProcessorServiceTest : public ControlTest {
 protected:
  // The newest entry of results that a checkpoint knows; 0 too while its files are just replaced.
  static uint64_t seq_on_disk(const std::string& folder, const std::string& id) {
    const auto state = load_state(folder, id);
    return state.ok() && state->has_value() ? (*state)->checkpoint.seq : 0;
  }
  // As a crash would leave it. The store stands still meanwhile, as it does between two writes of the disk: its files
  // cannot be read at one instant otherwise. Checkpoints go on, and their files come and go.
  void copy_of_the_disk(const std::string& to) {
    const auto writer = control_->store()->begin();
    ASSERT_TRUE(writer.ok());
    std::error_code error;
    do {
      std::filesystem::remove_all(to);
      std::filesystem::copy(folder_, to, std::filesystem::copy_options::recursive, error);
    } while (error);
  }
  // Lets time run for those who wait for a peer, until it ends.
  class FastTime {
   public:
    explicit FastTime(JumpingClock& clock)
        : thread_([this, &clock] {
            while (!stop_.load()) {
              clock.jump(Duration{100});
              std::this_thread::yield();
            }
          }) {}
    ~FastTime() {
      stop_ = true;
      thread_.join();
    }

   private:
    std::atomic<bool> stop_{false};
    std::thread thread_;
  };
  size_t markers() { return control_->store()->count("d", kMarkerCollection).value(); }
};

constexpr std::string_view kNoSink = R"([{"$source": {"connectionName": "k", "topic": "trades"}}])";

TEST_F(ProcessorServiceTest, CreateChecks) {
  open_with_broker();
  ASSERT_EQ(outcome_for_test(create("p", copying())), "");
  struct Case {
    std::string_view why, name;
    std::string pipeline;
    std::string_view options, outcome, path;
  };
  const std::string good = copying();
  for (const Case& c : {
           Case{"taken", "p", good, "{}", "416 stream processor \"p\" already exists", ""},
           Case{"blank", " ", good, "{}", "2 \" \" cannot name", ""},
           Case{"slash", "a/b", good, "{}", "2 \"a/b\" cannot name", ""},
           Case{"empty pipeline", "q", "[]", "{}", "420 the pipeline is empty", "pipeline"},
           Case{"no sink", "q", std::string(kNoSink), "{}", "420 the last stage must be a sink", "pipeline"},
           Case{"unknown connection", "q", counting(1, "c", "kk"), "{}", "420 there is no connection named \"kk\"",
                "pipeline[0].$source.connectionName"},
           Case{"unknown tier", "q", good, R"({"tier": "SP7"})", "2 Enumeration value 'SP7'", "options.tier"},
           Case{"high tier is a matter of the start", "high", good, R"({"tier": "SP50"})", "", ""},
           Case{"unknown option", "q", good, R"({"dql": {}})",
                "40415 BSON field 'options.dql' is an unknown field. Did you mean \"dlq\"?", "options.dql"},
           Case{"half a dlq", "q", good, R"({"dlq": {"connectionName": "m", "db": "d"}})",
                "420 the dead letter queue needs \"coll\"", "options.dlq"},
           Case{"failover", "q", good, R"({"failover": true})", "72 this workspace has no failover regions",
                "options.failover"},
           Case{"other meta field", "q", good, R"({"streamMetaFieldName": "m"})",
                "420 a streamMetaFieldName other than", "options.streamMetaFieldName"},
           Case{"defaults spelled out", "spelled", good,
                R"({"dlq": {}, "failover": false, "streamMetaFieldName": "_stream_meta"})", "", ""},
       }) {
    const auto made = create(c.name, c.pipeline, c.options);
    const std::string outcome = outcome_for_test(made);
    EXPECT_EQ(outcome.substr(0, std::max(c.outcome.size(), size_t{c.outcome.empty() ? outcome.size() : 0})), c.outcome)
        << c.why;
    if (!made.ok()) {
      EXPECT_EQ(made.error().path(), c.path) << c.why;
    }
  }
  EXPECT_FALSE(create(std::string(65, 'x'), good).ok());
  EXPECT_TRUE(create(std::string(64, 'x'), good).ok());
  EXPECT_EQ(static_cast<int>(processors().get("default", "q").error().code()), 415);
  EXPECT_EQ(static_cast<int>(processors().get("nowhere", "p").error().code()), 26);
  const ProcessorView made = view("p");
  EXPECT_EQ(made.state, ProcessorState::kCreated);
  EXPECT_EQ(made.tier, "SP10");
  EXPECT_EQ(made.record.id.size(), 24u);
  EXPECT_EQ(made.record.modified_by, "me");
  EXPECT_EQ(made.record.pipeline_version, 1);
  EXPECT_FALSE(made.run.has_value());
  EXPECT_EQ(processors().list(kWorkspace)->size(), 4u);
}

// State x command -> state and result.
TEST_F(ProcessorServiceTest, LifeCycle) {
  open_with_broker();
  struct Case {
    std::string_view from, command, outcome, to;
  };
  constexpr std::string_view kStarted = "420 stream processor \"p\" has already been started";
  constexpr std::string_view kNever = "420 stream processor \"p\" is not running: it was never started";
  constexpr std::string_view kRunning =
      "420 stream processor \"p\" is running: the processor must be stopped before it is modified";
  constexpr std::string_view kGone = "415 stream processor \"p\" does not exist in workspace \"default\"";
  for (const Case& c : {
           Case{"CREATED", "start", "", "STARTED"},
           Case{"CREATED", "stop", kNever, "CREATED"},
           Case{"CREATED", "modify", "", "CREATED"},
           Case{"CREATED", "drop", "", ""},
           Case{"STARTED", "start", kStarted, "STARTED"},
           Case{"STARTED", "stop", "", "STOPPED"},
           Case{"STARTED", "modify", kRunning, "STARTED"},
           Case{"STARTED", "drop", "", ""},
           Case{"STOPPED", "start", "", "STARTED"},
           Case{"STOPPED", "stop", "", "STOPPED"},
           Case{"STOPPED", "modify", "", "STOPPED"},
           Case{"STOPPED", "drop", "", ""},
           Case{"", "start", kGone, ""},
           Case{"", "stop", kGone, ""},
           Case{"", "modify", kGone, ""},
           Case{"", "drop", kGone, ""},
       }) {
    if (!c.from.empty()) {
      ASSERT_EQ(outcome_for_test(create("p", copying())), "");
    }
    if (c.from == "STARTED" || c.from == "STOPPED") {
      ASSERT_EQ(outcome_for_test(start("p")), "");
    }
    if (c.from == "STOPPED") {
      ASSERT_EQ(outcome_for_test(stop("p")), "");
    }
    Result<void> done;
    if (c.command == "start") done = start("p");
    if (c.command == "stop") done = stop("p");
    if (c.command == "modify") done = modify("p", {});
    if (c.command == "drop") done = drop("p");
    EXPECT_EQ(outcome_for_test(done), c.outcome) << c.from << " " << c.command;
    const bool there = processors().get(kWorkspace, "p").ok();
    EXPECT_EQ(there ? state("p") : "", c.to) << c.from << " " << c.command;
    const auto tap = processors().sample(kWorkspace, "p");
    EXPECT_EQ(tap.ok(), c.to == "STARTED") << c.from << " " << c.command;
    if (there) {
      ASSERT_EQ(outcome_for_test(drop("p")), "");
    }
  }
  EXPECT_TRUE(processors().list(kWorkspace)->empty());
  // Nothing is left of them: neither state nor markers.
  EXPECT_TRUE(std::filesystem::is_empty(folder_ + "/processors"));
  EXPECT_EQ(markers(), 0u);
}

TEST_F(ProcessorServiceTest, StartThatCannotReachItsEndsChangesNothing) {
  open_with_broker();
  add_kafka("away", "127.0.0.1:1");
  ASSERT_EQ(outcome_for_test(create("p", counting(1, "counts", "away"))), "");
  const FastTime fast(clock_);
  const auto started = start("p");
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(static_cast<int>(started.error().code()), 419) << started.error().message();
  EXPECT_EQ(state("p"), "CREATED");
  StartRequest unknown;
  unknown.tier = "SP7";
  EXPECT_EQ(static_cast<int>(start("p", unknown).error().code()), 2);
  EXPECT_TRUE(drop("p").ok());
}

TEST_F(ProcessorServiceTest, Tiers) {
  open_with_broker();
  ASSERT_EQ(outcome_for_test(create("p", copying(), R"({"tier": "SP2"})")), "");
  EXPECT_EQ(view("p").tier, "SP2");
  StartRequest request;
  request.autoscaling = json_for_test(R"({"enabled": true, "minTier": "SP5"})");
  EXPECT_EQ(outcome_for_test(start("p", request)),
            "420 autoscaling: tier SP2 is not between minTier SP5 and maxTier SP50");
  EXPECT_FALSE(view("p").record.autoscaling.has_value());
  request.tier = "SP30";
  ASSERT_EQ(outcome_for_test(start("p", request)), "");
  EXPECT_EQ(view("p").tier, "SP30");
  EXPECT_EQ(to_json(*view("p").record.autoscaling), R"({"enabled":true,"minTier":"SP5"})");
}

TEST_F(ProcessorServiceTest, GoesOnAfterAStopAndAfterACrash) {
  open_with_broker();
  const TradesForTest trades(*control_->connections().get(kWorkspace, "k"), 500);
  ASSERT_EQ(outcome_for_test(create("p", counting(1))), "");
  ASSERT_EQ(outcome_for_test(start("p")), "");
  until([&] { return documents("counts") > 0; });
  ASSERT_EQ(outcome_for_test(stop("p")), "");
  EXPECT_GT(view("p").run->in.records, 0u);
  EXPECT_TRUE(view("p").run->finished);
  const std::string id = view("p").record.id;
  const uint64_t seq = seq_on_disk(folder_, id);
  ASSERT_GT(seq, 0u);
  ASSERT_EQ(outcome_for_test(start("p")), "");
  until([&] { return seq_on_disk(folder_, id) > seq; });

  // A crash: what is on disk at this moment, opened somewhere else.
  const std::string crashed = folder_ + "-crashed";
  copy_of_the_disk(crashed);
  MemoryLogger log;
  {
    auto again = Control::open({.data_folder = crashed}, clock_, random_, log);
    ASSERT_TRUE(again.ok()) << again.error().message();
    EXPECT_FALSE((*again)->ready());
    EXPECT_EQ((*again)->processors().get(kWorkspace, "p")->state, ProcessorState::kProvisioning);
    (*again)->resume_processors();
    until([&] { return (*again)->ready(); });
    const ProcessorView resumed = *(*again)->processors().get(kWorkspace, "p");
    EXPECT_EQ(resumed.state, ProcessorState::kStarted) << resumed.record.trouble.message;
    const uint64_t before = seq_on_disk(crashed, id);
    until([&] { return seq_on_disk(crashed, id) > before; });
  }
  std::filesystem::remove_all(crashed);
}

TEST_F(ProcessorServiceTest, ManyComeBackTogether) {
  constexpr int kMany = 30;
  open_with_broker();
  for (int i = 0; i < kMany; ++i) {
    const std::string name = fmt::format("p{}", i);
    ASSERT_EQ(outcome_for_test(create(name, copying(name))), "");
    ASSERT_EQ(outcome_for_test(start(name)), "");
  }
  ASSERT_EQ(outcome_for_test(stop("p7")), "");
  open();
  control_->resume_processors();
  until([&] { return control_->ready(); });
  const auto views = processors().list(kWorkspace);
  ASSERT_EQ(views->size(), size_t{kMany});
  for (const ProcessorView& p : *views)
    EXPECT_EQ(p.state, p.record.name == "p7" ? ProcessorState::kStopped : ProcessorState::kStarted) << p.record.name;
}

// A broker that is away when the server comes back is waited for.
TEST_F(ProcessorServiceTest, WaitsForABrokerThatIsAway) {
  open_with_broker();
  ASSERT_EQ(outcome_for_test(create("p", copying())), "");
  ASSERT_EQ(outcome_for_test(start("p")), "");
  control_.reset();
  broker_.reset();
  open();
  const FastTime fast(clock_);
  control_->resume_processors();
  until([&] { return control_->ready(); });
  EXPECT_EQ(state("p"), "PROVISIONING");
  const ProcessorTrouble trouble = view("p").record.trouble;
  EXPECT_EQ(trouble.code, 419);
  EXPECT_TRUE(trouble.retryable);
  EXPECT_NE(trouble.message.find("cannot reach Kafka"), std::string::npos) << trouble.message;
  EXPECT_FALSE(processors().sample(kWorkspace, "p").ok());
  ASSERT_EQ(outcome_for_test(stop("p")), "");
  EXPECT_EQ(state("p"), "STOPPED");
  EXPECT_EQ(view("p").record.trouble.message, "");
  control_.reset();
}

TEST_F(ProcessorServiceTest, RunThatFailsIsKeptAsFailed) {
  open_with_broker();
  ASSERT_EQ(outcome_for_test(create("p", copying())), "");
  ASSERT_EQ(outcome_for_test(start("p")), "");
  // Without its marker nobody knows what is in the sink: waiting does not mend that.
  const std::string lineage = load_state(folder_, view("p").record.id)->value().checkpoint.lineage;
  auto writer = control_->store()->begin();
  ASSERT_TRUE(writer.ok() && *writer->erase("d", kMarkerCollection, Value::string(lineage)) && writer->commit().ok());
  const TradesForTest trades(*control_->connections().get(kWorkspace, "k"), 500);
  until([&] { return state("p") == "FAILED"; });
  const ProcessorView failed = view("p");
  EXPECT_EQ(failed.record.trouble.code, 425);
  EXPECT_FALSE(failed.record.trouble.retryable);
  EXPECT_NE(failed.record.trouble.message.find("the marker of processor"), std::string::npos);
  EXPECT_TRUE(failed.run.has_value());
  EXPECT_FALSE(processors().sample(kWorkspace, "p").ok());
  open();
  EXPECT_EQ(state("p"), "FAILED");
  EXPECT_EQ(static_cast<int>(start("p").error().code()), 425);
  EXPECT_EQ(state("p"), "FAILED");
  StartRequest anew;
  anew.resume = false;
  ASSERT_EQ(outcome_for_test(start("p", anew)), "");
  EXPECT_EQ(view("p").record.trouble.message, "");
  until([&] { return documents("copies") > 0; });
}

TEST_F(ProcessorServiceTest, StateThatDoesNotFitIsRefused) {
  open_with_broker();
  ASSERT_EQ(outcome_for_test(create("p", counting(3600))), "");
  ASSERT_EQ(outcome_for_test(start("p")), "");
  const std::string id = view("p").record.id;
  ASSERT_EQ(outcome_for_test(stop("p")), "");
  // State of another definition, as an old backup may bring it.
  ASSERT_TRUE(adopt_state(folder_, id, R"({"pipeline":[]})").ok());
  const auto started = start("p");
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(static_cast<int>(started.error().code()), 425);
  EXPECT_NE(started.error().message().find("resumeFromCheckpoint: false"), std::string::npos);
  EXPECT_EQ(state("p"), "STOPPED");
  StartRequest anew;
  anew.resume = false;
  ASSERT_EQ(outcome_for_test(start("p", anew)), "");
  EXPECT_EQ(state("p"), "STARTED");

  // The same at a start of the server: FAILED, and what to do. It can be stopped and started again.
  control_.reset();
  ASSERT_TRUE(adopt_state(folder_, id, R"({"pipeline":[]})").ok());
  open();
  control_->resume_processors();
  until([&] { return control_->ready() && state("p") == "FAILED"; });
  EXPECT_EQ(view("p").record.trouble.code, 425);
  EXPECT_FALSE(view("p").record.trouble.retryable);
  open();
  EXPECT_EQ(state("p"), "FAILED");
  EXPECT_EQ(view("p").record.trouble.code, 425);
  ASSERT_EQ(outcome_for_test(stop("p")), "");
  EXPECT_EQ(state("p"), "STOPPED");
  ASSERT_EQ(outcome_for_test(start("p", anew)), "");
  ASSERT_EQ(outcome_for_test(drop("p")), "");
}

TEST_F(ProcessorServiceTest, ModifyKeepsOrForgetsTheState) {
  open_with_broker();
  ASSERT_EQ(outcome_for_test(create("p", copying("one"))), "");
  const TradesForTest trades(*control_->connections().get(kWorkspace, "k"), 500);
  ASSERT_EQ(outcome_for_test(start("p")), "");
  until([&] { return documents("one") > 0; });
  ASSERT_EQ(outcome_for_test(stop("p")), "");
  const std::string id = view("p").record.id;
  const std::string lineage = load_state(folder_, id)->value().checkpoint.lineage;

  ModifyRequest source;
  source.pipeline = json_for_test(R"([{"$source": {"connectionName": "k", "topic": "other"}},
    {"$merge": {"into": {"connectionName": "m", "db": "d", "coll": "one"}}}])");
  const auto refused = modify("p", source);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().message().substr(0, 21), "cannot change $source");
  EXPECT_EQ(view("p").record.pipeline_version, 1);

  ModifyRequest same;
  same.pipeline = json_for_test(copying("one"));
  same.name = "p";
  EXPECT_EQ(outcome_for_test(modify("p", same)), "");
  EXPECT_EQ(view("p").record.pipeline_version, 2);

  // A new stage, another sink and another name: the same lineage goes on.
  ModifyRequest request;
  request.pipeline = json_for_test(R"([{"$source": {"connectionName": "k", "topic": "trades"}},
    {"$project": {"symbol": 1}}, {"$merge": {"into": {"connectionName": "m", "db": "d", "coll": "two"}}}])");
  request.name = "q";
  request.dlq = json_for_test(R"({"connectionName": "m", "db": "d", "coll": "dead"})");
  ASSERT_EQ(outcome_for_test(modify("p", request)), "");
  EXPECT_EQ(static_cast<int>(processors().get(kWorkspace, "p").error().code()), 415);
  EXPECT_EQ(view("q").record.id, id);
  open();
  const uint64_t records = load_state(folder_, id)->value().checkpoint.counters.records;
  ASSERT_EQ(outcome_for_test(start("q")), "");
  until([&] { return documents("two") > 0; });
  ASSERT_EQ(outcome_for_test(stop("q")), "");
  const auto state_now = load_state(folder_, id);
  EXPECT_EQ((*state_now)->checkpoint.lineage, lineage);
  EXPECT_GT((*state_now)->checkpoint.counters.records, records);

  ModifyRequest gone;
  gone.dlq = json_for_test("{}");
  gone.resume = false;
  ASSERT_EQ(outcome_for_test(modify("q", gone)), "");
  EXPECT_TRUE(view("q").record.options.view().empty());
  // Forgotten at the next start, and anything may change until then.
  ASSERT_EQ(outcome_for_test(create("p", copying("p"))), "");
  ModifyRequest taken;
  taken.name = "p";
  EXPECT_EQ(outcome_for_test(modify("q", taken)), "416 stream processor \"p\" already exists");
  ASSERT_EQ(outcome_for_test(start("q")), "");
  ASSERT_EQ(outcome_for_test(stop("q")), "");
  EXPECT_NE(load_state(folder_, id)->value().checkpoint.lineage, lineage);
}

TEST_F(ProcessorServiceTest, OpenWindowsAreNotRecomputed) {
  open_with_broker();
  ASSERT_EQ(outcome_for_test(create("p", counting(3600))), "");
  const TradesForTest trades(*control_->connections().get(kWorkspace, "k"), 500);
  ASSERT_EQ(outcome_for_test(start("p")), "");
  until([&] { return view("p").run && view("p").run->open_windows > 0; });
  ASSERT_EQ(outcome_for_test(stop("p")), "");
  ModifyRequest request;
  request.pipeline = json_for_test(R"([{"$source": {"connectionName": "k", "topic": "trades"}}, {"$match": {"a": 1}},
    {"$tumblingWindow": {"interval": {"size": 3600, "unit": "second"}, "boundary": "processingTime",
      "pipeline": [{"$group": {"_id": "$symbol", "n": {"$count": {}}}}]}},
    {"$merge": {"into": {"connectionName": "m", "db": "d", "coll": "counts"}}}])");
  const auto refused = modify("p", request);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message().find("1 window is open"), std::string::npos) << refused.error().message();
  request.resume = false;
  EXPECT_EQ(outcome_for_test(modify("p", request)), "");
  EXPECT_EQ(outcome_for_test(start("p")), "");
}

TEST_F(ProcessorServiceTest, CommandsOfOneAreSerialisedOfOthersNot) {
  open_with_broker();
  for (const std::string_view name : {"a", "b", "c"})
    ASSERT_EQ(outcome_for_test(create(name, copying(name))), "");
  std::vector<std::thread> people;
  std::atomic<int> wrong{0};
  for (int i = 0; i < 9; ++i) {
    people.emplace_back([this, &wrong, name = std::string(1, static_cast<char>('a' + i % 3))] {
      for (int round = 0; round < 5; ++round) {
        const auto started = start(name);
        const auto stopped = stop(name);
        if (!started.ok() && static_cast<int>(started.error().code()) != 420) ++wrong;
        if (!stopped.ok()) ++wrong;
      }
    });
  }
  for (std::thread& person : people)
    person.join();
  EXPECT_EQ(wrong.load(), 0);
  for (const std::string_view name : {"a", "b", "c"})
    EXPECT_EQ(state(name), "STOPPED");
}

TEST_F(ProcessorServiceTest, DropThatACrashInterruptedIsFinished) {
  open_with_broker();
  ASSERT_EQ(outcome_for_test(create("p", copying())), "");
  ASSERT_EQ(outcome_for_test(start("p")), "");
  const std::string id = view("p").record.id;
  control_.reset();
  {
    const auto catalog = Catalog::open(folder_, random_);
    ProcessorRecord record = **(*catalog)->find_processor(kWorkspace, "p");
    record.dropping = true;
    ASSERT_TRUE((*catalog)->apply({{CatalogTable::kProcessors, catalog_key(kWorkspace, "p"), encode(record)}}).ok());
  }
  open();
  EXPECT_TRUE(processors().list(kWorkspace)->empty());
  EXPECT_FALSE(std::filesystem::exists(processor_folder(folder_, id)));
  EXPECT_EQ(markers(), 0u);
  EXPECT_EQ(outcome_for_test(create("p", copying())), "");
}

TEST_F(ProcessorServiceTest, SamplesShowWhatLeavesTheLastStage) {
  open_with_broker();
  ASSERT_EQ(outcome_for_test(create("p", copying())), "");
  ASSERT_EQ(outcome_for_test(start("p")), "");
  const auto tap = processors().sample(kWorkspace, "p");
  ASSERT_TRUE(tap.ok());
  const auto temporary = processors().process(kWorkspace, {"", json_for_test(kNoSink), OwnedDocument()}, "me");
  ASSERT_TRUE(temporary.ok()) << temporary.error().message();
  const TradesForTest trades(*control_->connections().get(kWorkspace, "k"), 500);
  for (const auto& shown : {*tap, temporary->tap}) {
    std::vector<OwnedDocument> documents;
    until([&] {
      for (OwnedDocument& document : shown->take(5))
        documents.push_back(std::move(document));
      return !documents.empty();
    });
    EXPECT_TRUE(documents.front().view().has("symbol")) << to_json(documents.front());
  }
  ASSERT_EQ(outcome_for_test(stop("p")), "");
  EXPECT_TRUE((*tap)->closed());
  EXPECT_FALSE(temporary->tap->closed());
}

TEST_F(ProcessorServiceTest, ProcessIsTemporary) {
  open_with_broker();
  const auto process = [&](std::string_view pipeline) {
    return processors().process(kWorkspace, {"", json_for_test(pipeline), OwnedDocument()}, "me");
  };
  EXPECT_EQ(static_cast<int>(process("[]").error().code()), 420);
  {
    const auto dropped = process(kNoSink);
    ASSERT_TRUE(dropped.ok()) << dropped.error().message();
    EXPECT_TRUE(processors().list(kWorkspace)->empty());
    EXPECT_EQ(static_cast<int>(processors().get(kWorkspace, dropped->name).error().code()), 415);
    EXPECT_FALSE(dropped->tap->ended());
    EXPECT_TRUE(drop(dropped->name).ok());
    EXPECT_TRUE(dropped->tap->ended());
    EXPECT_EQ(static_cast<int>(drop(dropped->name).error().code()), 415);
  }
  struct Case {
    std::string_view why;
    int seconds;
    bool read, ends;
  };
  for (const Case& c : {Case{"read", 59, true, false}, Case{"not read for a minute", 61, false, true},
                        Case{"read for ten minutes", 601, true, true}}) {
    const auto temporary = process(kNoSink);
    ASSERT_TRUE(temporary.ok()) << temporary.error().message();
    for (int second = 0; second < c.seconds; ++second) {
      clock_.jump(Duration{1000});
      if (c.read) temporary->tap->touch(clock_.monotonic_ns());
    }
    if (c.ends) until([&] { return temporary->tap->ended(); });
    EXPECT_EQ(temporary->tap->ended(), c.ends) << c.why;
    EXPECT_EQ(drop(temporary->name).ok(), !c.ends) << c.why;
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/processors"));
}

}  // namespace
}  // namespace penstock
