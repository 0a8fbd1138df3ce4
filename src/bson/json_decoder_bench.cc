// SPDX-License-Identifier: Apache-2.0
// ns per record. The texts lie one behind the other in one buffer, as records of a Kafka batch do.
#include <benchmark/benchmark.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "bson/json_decoder.h"

namespace penstock {
namespace {

constexpr size_t kRecords = 4096;
constexpr size_t kBatch = 512;  // Records between two resets of the arena.

class Texts {
 public:
  void add(const std::string& text) {
    offsets_.push_back(bytes_.size());
    bytes_ += text;
    sizes_.push_back(text.size());
  }
  void finish() { bytes_.append(JsonDecoder::kPadding, ' '); }
  std::string_view operator[](size_t i) const { return {bytes_.data() + offsets_[i], sizes_[i]}; }
  size_t size() const { return sizes_.size(); }

 private:
  std::string bytes_;
  std::vector<size_t> offsets_, sizes_;
};

std::string trade(Random& random) {
  static constexpr std::string_view kSymbols[] = {"ZVZZT", "ZBZX", "ZTEST", "ZJZZT", "ZXZZT", "ZWZZT", "ZTST"};
  static constexpr std::string_view kAccounts[] = {"ABC123", "LMN456", "XYZ789"};
  return fmt::format(R"({{"side":"{}","quantity":{},"symbol":"{}","price":{},"account":"{}","userid":"User_{}"}})",
                     random.below(2) != 0 ? "SELL" : "BUY", 1 + random.below(5000), kSymbols[random.below(7)],
                     5 + random.below(995), kAccounts[random.below(3)], 1 + random.below(9));
}

// The record the targets of the design name: 97 bytes.
std::string target_trade(Random&) {
  return R"({"side":"SELL","quantity":3021,"symbol":"ZVZZT","price":417,"account":"XYZ789","userid":"User_4"})";
}

// As Python's json.dumps and PowerShell write it.
std::string spaced_trade(Random& random) {
  std::string text;
  for (char c : trade(random)) {
    text += c;
    if (c == ':' || c == ',') text += ' ';
  }
  return text;
}

std::string reading(Random& random) {
  return fmt::format(
      R"({{"device_id":"device_{}","group_id":{},"timestamp":"2024-08-12T21:41:{:02}.{:03}+00:00","max_watts":450,)"
      R"("event_type":0,"obs":{{"watts":{},"temp":{}}},"price":{}.{:02},"ratio":-{}.{:06}}})",
      random.below(12), random.below(10), random.below(60), random.below(1000), random.below(450), random.below(30),
      random.below(1000), random.below(100), random.below(10), random.below(1000000));
}

// Fields that are there or not: no two neighbours need have the same shape.
std::string sparse(Random& random) {
  std::string text = "{";
  for (int i = 0; i < 8; ++i) {
    if (random.below(2) == 0) continue;
    if (text.size() > 1) text += ',';
    text += fmt::format(R"("field_{}":{})", i, random.below(1000));
  }
  return text + "}";
}

std::string unicode(Random& random) {
  return fmt::format("{{\"id\":{},\"city\":\"Zürich\",\"note\":\"Grüße aus Köln, 東京 & \\\"Paris\\\"\\n\"}}",
                     random.below(1000000));
}

template <typename Make>
Texts make_texts(Make make) {
  SeededRandom random(7);
  Texts texts;
  for (size_t i = 0; i < kRecords; ++i)
    texts.add(make(random));
  texts.finish();
  return texts;
}

template <typename Decode>
void run(benchmark::State& state, const Texts& texts, Decode decode) {
  Arena arena;
  size_t i = 0;
  bool good = true;
  for (auto _ : state) {
    if (i % kBatch == 0) arena.reset();
    good &= decode(texts[i], arena);
    i = i + 1 == texts.size() ? 0 : i + 1;
  }
  if (!good) state.SkipWithError("a record was refused");
  state.SetItemsProcessed(state.iterations());
}

void fields(benchmark::State& state, std::string (*make)(Random&), std::vector<std::string> wanted) {
  const Texts texts = make_texts(make);
  std::vector<Value> slots(wanted.size());
  JsonDecoder decoder(std::move(wanted));
  run(state, texts, [&](std::string_view text, Arena& arena) {
    const bool good = decoder.decode_fields(text, arena, slots.data()).ok();
    benchmark::DoNotOptimize(slots.data());
    benchmark::ClobberMemory();
    return good;
  });
}

void document(benchmark::State& state, std::string (*make)(Random&)) {
  const Texts texts = make_texts(make);
  JsonDecoder decoder;
  run(state, texts, [&](std::string_view text, Arena& arena) {
    const Result<Document> result = decoder.decode_document(text, arena);
    if (result.ok()) benchmark::DoNotOptimize(result->data());
    return result.ok();
  });
}

const std::vector<std::string> kTradeFields = {"symbol", "quantity", "price", "side"};

BENCHMARK_CAPTURE(fields, target_trade, target_trade, kTradeFields);
BENCHMARK_CAPTURE(fields, trade, trade, kTradeFields);
BENCHMARK_CAPTURE(fields, trade_none_wanted, trade, {});
BENCHMARK_CAPTURE(fields, trade_with_blanks, spaced_trade, kTradeFields);
BENCHMARK_CAPTURE(fields, solar_reading, reading, {"device_id", "obs", "price", "ratio"});
BENCHMARK_CAPTURE(fields, solar_reading_flat, reading, {"device_id", "group_id"});
BENCHMARK_CAPTURE(fields, sparse, sparse, {"field_1", "field_6"});
BENCHMARK_CAPTURE(fields, unicode, unicode, {"id", "city"});
BENCHMARK_CAPTURE(document, target_trade, target_trade);
BENCHMARK_CAPTURE(document, trade, trade);
BENCHMARK_CAPTURE(document, trade_with_blanks, spaced_trade);
BENCHMARK_CAPTURE(document, solar_reading, reading);
BENCHMARK_CAPTURE(document, sparse, sparse);
BENCHMARK_CAPTURE(document, unicode, unicode);

}  // namespace
}  // namespace penstock
