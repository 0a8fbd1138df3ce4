// SPDX-License-Identifier: Apache-2.0
#include "connectors/kafka/trades.h"

#include <charconv>

namespace penstock {
namespace {

constexpr std::string_view kSides[] = {"BUY", "SELL"};
constexpr std::string_view kSymbols[] = {"ZBZX", "ZJZZT", "ZTEST", "ZVV", "ZVZZT", "ZWZZT", "ZXZZT"};
constexpr std::string_view kAccounts[] = {"ABC123", "LMN456", "XYZ789"};
constexpr uint64_t kQuantityMin = 1, kQuantityCount = 4999;
constexpr uint64_t kPriceMin = 5, kPriceCount = 995;
constexpr uint64_t kUserMin = 1, kUserCount = 9;
constexpr size_t kLettersMin = 4;
constexpr size_t kTradeBytesMax = 160;

// "ZAAAA", "ZAAAB", ...: a Z like the real test symbols, then the number in letters, as many as the count needs.
std::vector<std::string> make_symbols(size_t count) {
  size_t letters = 1;
  for (size_t reach = 26; reach < count; reach *= 26)
    ++letters;
  letters = letters < kLettersMin ? kLettersMin : letters;
  std::vector<std::string> symbols;
  symbols.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    std::string symbol(letters + 1, 'Z');
    size_t rest = i;
    for (size_t at = letters; at > 0; --at) {
      symbol[at] = static_cast<char>('A' + rest % 26);
      rest /= 26;
    }
    symbols.push_back(std::move(symbol));
  }
  return symbols;
}

// Writes text and numbers one after the other into a buffer that is large enough.
class Writer {
 public:
  explicit Writer(char* to) : at_(to) {}
  Writer& operator<<(std::string_view text) {
    std::char_traits<char>::copy(at_, text.data(), text.size());
    at_ += text.size();
    return *this;
  }
  Writer& operator<<(uint64_t number) {
    at_ = std::to_chars(at_, at_ + 20, number).ptr;
    return *this;
  }
  const char* at() const { return at_; }

 private:
  char* at_;
};

}  // namespace

TradeGenerator::TradeGenerator(uint64_t seed, size_t symbol_count)
    : random_(seed),
      symbols_(symbol_count == 0 ? std::vector<std::string>(std::begin(kSymbols), std::end(kSymbols))
                                 : make_symbols(symbol_count)) {}

void TradeGenerator::next(std::string& value, std::string_view& key) {
  // One roll per field, in this order, for ever: another order would be another data set for every seed.
  const std::string_view side = kSides[random_.below(std::size(kSides))];
  const uint64_t quantity = kQuantityMin + random_.below(kQuantityCount);
  symbol_index_ = random_.below(symbols_.size());
  const uint64_t price = kPriceMin + random_.below(kPriceCount);
  const std::string_view account = kAccounts[random_.below(std::size(kAccounts))];
  const uint64_t user = kUserMin + random_.below(kUserCount);

  key = symbols_[symbol_index_];
  char text[kTradeBytesMax];
  Writer out(text);
  out << R"({"side":")" << side << R"(","quantity":)" << quantity << R"(,"symbol":")" << key << R"(","price":)" << price
      << R"(,"account":")" << account << R"(","userid":"User_)" << user << R"("})";
  value.assign(text, static_cast<size_t>(out.at() - text));
}

}  // namespace penstock
