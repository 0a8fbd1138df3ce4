// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/random.h"
#include "stages/rows_for_test.h"

namespace penstock {
namespace {

std::string grouped(std::string_view spec, std::initializer_list<std::string_view> documents) {
  TestRows rows;
  for (const std::string_view document : documents)
    rows.add(document);
  return GroupRunner(spec).results_of(rows);
}

TEST(GroupKey, MissingAndNull) {
  // A plain key and a key of one field: missing is null.
  EXPECT_EQ(grouped("{_id: '$k', n: {$sum: 1}}", {"{}", "{k: null}", "{k: 1}"}),
            "{\"_id\":null,\"n\":2}\n{\"_id\":1,\"n\":1}\n");
  EXPECT_EQ(grouped("{_id: {k: '$k'}, n: {$sum: 1}}", {"{}", "{k: null}"}), "{\"_id\":{\"k\":null},\"n\":2}\n");
  // A key of several fields: missing stays missing.
  EXPECT_EQ(grouped("{_id: {k: '$k', l: '$l'}, n: {$sum: 1}}", {"{}", "{k: null}", "{l: 1}", "{}"}),
            "{\"_id\":{},\"n\":2}\n{\"_id\":{\"k\":null},\"n\":1}\n{\"_id\":{\"l\":1},\"n\":1}\n");
}

TEST(GroupKey, ConstantsGiveOneGroup) {
  EXPECT_EQ(grouped("{_id: null, n: {$sum: 1}}", {"{}", "{k: 1}"}), "{\"_id\":null,\"n\":2}\n");
  EXPECT_EQ(grouped("{_id: {}, n: {$sum: 1}}", {"{}", "{k: 1}"}), "{\"_id\":{},\"n\":2}\n");
  EXPECT_EQ(grouped("{_id: {$literal: '$k'}, n: {$sum: 1}}", {"{}", "{k: 1}"}), "{\"_id\":\"$k\",\"n\":2}\n");
}

TEST(GroupKey, NumbersAreEqualOverTheirTypesAndTheFirstOneIsKept) {
  EXPECT_EQ(grouped("{_id: '$k', n: {$sum: 1}}", {"{k: 1.0}", "{k: 1}", "{k: {$numberLong: '1'}}",
                                                  "{k: {$numberDecimal: '1.00'}}", "{k: '1'}", "{k: true}"}),
            "{\"_id\":1.0,\"n\":4}\n{\"_id\":\"1\",\"n\":1}\n{\"_id\":true,\"n\":1}\n");
  EXPECT_EQ(grouped("{_id: '$k', n: {$sum: 1}}", {"{k: {$numberDouble: 'NaN'}}", "{k: {$numberDecimal: 'NaN'}}"}),
            "{\"_id\":{\"$numberDouble\":\"NaN\"},\"n\":2}\n");
}

TEST(GroupKey, PartsOfACompoundKeyDoNotRunIntoEachOther) {
  EXPECT_EQ(grouped("{_id: {a: '$a', b: '$b'}, n: {$sum: 1}}", {"{a: 'x', b: 'yz'}", "{a: 'xy', b: 'z'}"}),
            "{\"_id\":{\"a\":\"x\",\"b\":\"yz\"},\"n\":1}\n{\"_id\":{\"a\":\"xy\",\"b\":\"z\"},\"n\":1}\n");
}

TEST(GroupKey, PartsOfTheWindowAreFilledInAtTheEnd) {
  GroupRunner group(
      "{_id: {from: {$meta: 'stream.window.start'}, k: '$k', to: {$meta: 'stream.window.end'}}, n: {$sum: 1}}");
  TestRows rows;
  rows.add("{k: 1}");
  rows.add("{k: 1}");
  const auto part = group.make_part();
  group.add(rows, *part);
  // One part serves several windows.
  for (const int64_t start : {0, 5000}) {
    EXPECT_EQ(group.results(*part, {{start}, {start + 5000}}),
              fmt::format("{{\"_id\":{{\"from\":{},\"k\":1,\"to\":{}}},\"n\":2}}\n", to_json(Value::date({start})),
                          to_json(Value::date({start + 5000}))));
  }
}

TEST(GroupKey, VariablesInPartsOfTheWindow) {
  GroupRunner group(
      "{_id: {$let: {vars: {w: {$meta: 'stream.window.start'}}, in: {$cond: [true, '$$w', 1]}}}, n: {$sum: 1}}");
  TestRows rows;
  rows.add("{}");
  EXPECT_EQ(group.results_of(rows), "{\"_id\":{\"$date\":\"1970-01-01T00:00:00.000Z\"},\"n\":1}\n");
}

TEST(Group, EqualAccumulatorsAreKeptOnce) {
  struct Case {
    std::string_view fields;
    size_t states;
  };
  for (const Case& c : {
           Case{"a: {$sum: '$q'}, b: {$sum: '$q'}", 1},
           Case{"a: {$sum: '$q'}, b: {$avg: '$q'}", 2},
           Case{"a: {$sum: 1}, b: {$sum: 1}, c: {$sum: 1.0}", 2},
           Case{"a: {$sum: '$q'}, b: {$sum: '$p'}", 2},
           Case{"a: {$sum: {$multiply: ['$q', 2]}}, b: {$sum: {$multiply: ['$q', 2]}}", 1},
       }) {
    const GroupRunner group(fmt::format("{{_id: null, {}}}", c.fields));
    EXPECT_EQ(group.spec->layout()->states.size(), c.states) << c.fields;
  }
  EXPECT_EQ(grouped("{_id: null, a: {$sum: '$q'}, n: {$sum: 1}, b: {$sum: '$q'}}", {"{q: 3}", "{q: 4}"}),
            "{\"_id\":null,\"a\":7,\"n\":2,\"b\":7}\n");
}

TEST(Group, AFailingRowIsADeadLetterAndChangesNothing) {
  GroupRunner group(
      "{_id: {$add: ['$k', 0]}, n: {$count: {}}, sum: {$sum: '$v'}, share: {$sum: {$divide: [1, '$v']}}}");
  TestRows rows;
  rows.add("{k: 1, v: 2}");
  rows.add("{k: 'x', v: 2}");  // The key fails.
  rows.add("{k: 2, v: 0}");    // The last argument fails, on what would be a new group.
  rows.add("{k: 1, v: 0}");    // On a group that is there.
  rows.add("{k: 1, v: 4}");
  EXPECT_EQ(group.results_of(rows), "{\"_id\":1,\"n\":2,\"sum\":6,\"share\":0.75}\n");
  ASSERT_EQ(group.letters.letters.size(), 3U);
  const DeadLetter& letter = group.letters.letters[0];
  EXPECT_EQ(letter.operator_name, "GroupOperator");
  EXPECT_EQ(to_json(letter.document.view()), "{\"k\":\"x\",\"v\":2}");
  EXPECT_EQ(letter.code, ErrorCode::kTypeMismatch);
}

// Rows go through in blocks: what fails in one block does not touch its neighbours.
TEST(Group, ManyRowsWithFailuresBetween) {
  GroupRunner group("{_id: '$k', n: {$count: {}}, sum: {$sum: {$add: ['$v', 0]}}}");
  TestRows rows;
  int64_t sums[5] = {};
  int counts[5] = {};
  for (int i = 0; i < 1000; ++i) {
    const bool bad = i % 7 == 0;
    rows.add(fmt::format("{{k: {}, v: {}}}", i % 5, bad ? "'x'" : std::to_string(i)));
    if (bad) continue;
    sums[i % 5] += i;
    ++counts[i % 5];
  }
  std::string expected;
  for (const int k : {1, 2, 3, 4, 0})  // The row of k 0 at offset 0 failed.
    expected += fmt::format("{{\"_id\":{},\"n\":{},\"sum\":{}}}\n", k, counts[k], sums[k]);
  EXPECT_EQ(group.results_of(rows), expected);
  EXPECT_EQ(group.letters.letters.size(), 143U);
}

TEST(Group, ResultsComeInTheOrderOfFirstOccurrence) {
  GroupRunner group("{_id: '$k', n: {$count: {}}}");
  TestRows first(0, 100);
  TestRows second(1, 0);
  first.add("{k: 'c'}");
  first.add("{k: 'a'}");
  second.add("{k: 'd'}");
  second.add("{k: 'a'}");
  second.add("{k: 'b'}");
  const std::string expected =
      "{\"_id\":\"c\",\"n\":1}\n{\"_id\":\"a\",\"n\":2}\n{\"_id\":\"d\",\"n\":1}\n{\"_id\":\"b\",\"n\":1}\n";
  for (const bool partition_0_first : {true, false}) {
    const auto part = group.make_part();
    group.add(partition_0_first ? first : second, *part);
    group.add(partition_0_first ? second : first, *part);
    EXPECT_EQ(group.results(*part), expected);
  }
}

TEST(Group, TheKeptKeyIsThatOfTheFirstPartitionHoweverPartsAreMade) {
  GroupRunner group("{_id: '$k', n: {$count: {}}}");
  TestRows first(0);
  TestRows second(1);
  first.add("{k: 1}");
  second.add("{k: 1.0}");
  const std::string expected = "{\"_id\":1,\"n\":2}\n";
  const auto shared = group.make_part();
  group.add(second, *shared);
  group.add(first, *shared);
  EXPECT_EQ(group.results(*shared), expected);
  const auto late = group.make_part();
  const auto early = group.make_part();
  group.add(second, *late);
  group.add(first, *early);
  ASSERT_TRUE(late->merge(*early).ok());
  EXPECT_EQ(group.results(*late), expected);
}

TEST(Group, OrderSensitiveIsWhatShowsTheOrder) {
  struct Case {
    std::string_view fields;
    bool sensitive;
  };
  for (const Case& c : {
           Case{"n: {$sum: 1}", false},
           Case{"n: {$count: {}}", false},
           Case{"n: {$sum: '$v'}", true},
           Case{"n: {$avg: '$v'}", true},
           Case{"n: {$max: '$v'}", true},
           Case{"n: {$push: '$v'}", true},
           Case{"n: {$first: '$v'}", true},
           Case{"n: {$sum: 1}, m: {$last: '$v'}", true},
       }) {
    EXPECT_EQ(GroupRunner(fmt::format("{{_id: null, {}}}", c.fields)).spec->order_sensitive(), c.sensitive) << c.fields;
  }
}

TEST(Group, MemoryCountsTableAndLists) {
  GroupRunner group("{_id: '$k', all: {$push: '$v'}}");
  const auto part = group.make_part();
  const size_t empty = part->bytes();
  TestRows rows;
  for (int i = 0; i < 1000; ++i)
    rows.add(fmt::format("{{k: 1, v: '{}'}}", std::string(1000, 'x')));
  group.add(rows, *part);
  EXPECT_GT(part->bytes(), empty + 1000 * 1000);
  const auto other = group.make_part();
  ASSERT_TRUE(other->merge(*part).ok());
  EXPECT_GT(other->bytes(), empty + 1000 * 1000);
}

constexpr std::string_view kEverything =
    "{_id: {k: '$k', l: '$l'}, n: {$count: {}}, s: {$sum: '$v'}, a: {$avg: '$v'}, lo: {$min: '$v'}, hi: {$max: '$v'}, "
    "p: {$push: '$v'}, f: {$first: '$v'}, z: {$last: '$v'}}";

// Lanes, panes and checkpoints rest on this: however the rows are cut into parts, in order, the merged parts are the
// whole. (Sums of doubles: exactly, as long as they fit a double, which these do.)
RC_GTEST_PROP(GroupParts, MergedInOrderEqualTheWhole, ()) {
  const auto seed = *rc::gen::arbitrary<uint64_t>();
  const auto count = *rc::gen::inRange<size_t>(0, 200);
  SeededRandom random(seed);
  constexpr std::string_view kValues[] = {"1",    "2",   "2.0",   "-7.25",  "{$numberLong: '3000000000'}", "'t'",
                                          "null", "1e6", "0.125", "[1, 2]", "{$numberDecimal: '0.3'}"};
  TestRows rows;
  for (size_t i = 0; i < count; ++i) {
    const std::string l = random.below(3) == 0 ? "" : fmt::format(", l: {}", kValues[random.below(3)]);
    const std::string v = random.below(5) == 0 ? "" : fmt::format(", v: {}", kValues[random.below(std::size(kValues))]);
    rows.add(fmt::format("{{k: {}{}{}}}", random.below(4), l, v));
  }
  GroupRunner group(kEverything);
  const std::string whole = group.results_of(rows);
  const auto all = group.make_part();
  for (size_t begin = 0; begin < count;) {
    const size_t end = std::min(count, begin + 1 + random.below(60));
    const auto part = group.make_part();
    group.add(std::span(rows.rows).subspan(begin, end - begin), rows.partition(), *part);
    RC_ASSERT(all->merge(*part).ok());
    begin = end;
  }
  RC_ASSERT(group.results(*all) == whole);
}

TEST(GroupDefinition, Refused) {
  struct Case {
    std::string_view spec;
    int code;
    std::string_view path, message;
  };
  for (const Case& c : {
           Case{"{n: {$sum: 1}}", 15955, "", "a group specification must include an _id"},
           Case{"{_id: null, n: 5}", 40234, "n", "The field 'n' must be an accumulator object"},
           Case{"{_id: null, n: {}}", 40234, "n", "The field 'n' must be an accumulator object"},
           Case{"{_id: null, n: {$sum: 1, $avg: 1}}", 40238, "n", "The field 'n' must specify one accumulator"},
           Case{"{_id: null, 'a.b': {$sum: 1}}", 40235, "a.b", "The field name 'a.b' cannot contain '.'"},
           Case{"{_id: null, $n: {$sum: 1}}", 40236, "$n", "The field name '$n' cannot be an operator name"},
           Case{"{_id: null, n: {$smu: 1}}", 15952, "n.$smu", "unknown group operator '$smu'. Did you mean \"$sum\"?"},
           Case{"{_id: null, n: {$sum: [1, 2]}}", 40237, "n.$sum", "The $sum accumulator is a unary operator"},
           Case{"{_id: null, n: {$count: 1}}", 14, "n.$count", "$count takes no arguments, i.e. $count: {}"},
           Case{"{_id: {a: {$nope: 1}}, n: {$sum: 1}}", 168, "_id.a.$nope", ""},
           Case{"{_id: '$a.', n: {$sum: 1}}", 40353, "_id", "FieldPath must not end with a '.'."},
           Case{"{_id: null, n: {$median: {input: '$v', method: 'approximate'}}}", 420, "n.$median",
                "the accumulator $median is not supported by this version of Penstock yet"},
       }) {
    const OwnedDocument spec = std::move(parse_filter(c.spec).value());
    const auto parsed = GroupSpec::parse(Value::object(spec));
    ASSERT_FALSE(parsed.ok()) << c.spec;
    EXPECT_EQ(static_cast<int>(parsed.error().code()), c.code) << c.spec << ": " << parsed.error().message();
    if (!c.message.empty()) {
      EXPECT_EQ(parsed.error().message(), c.message) << c.spec;
      EXPECT_EQ(parsed.error().path(), c.path) << c.spec;
    }
  }
  EXPECT_EQ(static_cast<int>(GroupSpec::parse(Value::int32(5)).error().code()), 15947);
}

TEST(GroupDefinition, NeedsAndText) {
  const GroupRunner group("{_id: {s: '$symbol', w: {$meta: 'stream.window.start'}}, q: {$sum: '$a.b'}, n: {$sum: 1}}");
  EXPECT_EQ(group.spec->needs().to_text(), "{a, symbol}");
  EXPECT_TRUE(group.spec->needs().window());
  EXPECT_EQ(group.spec->describe(), "_id: {s: \"$symbol\", w: {$meta: \"stream.window.start\"}}; q: $sum; n: $sum");
}

}  // namespace
}  // namespace penstock
