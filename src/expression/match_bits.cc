// SPDX-License-Identifier: Apache-2.0
#include "expression/match_bits.h"

#include <algorithm>

#include "bson/ejson.h"
#include "bson/number.h"

namespace penstock {
namespace {

// The bits that are asked for in one byte of the value; bytes count from the lowest.
struct MaskByte {
  uint32_t at;
  uint8_t bits;
};

// A value as bytes without end.
class Bytes {
 public:
  Bytes(std::string_view bytes, uint8_t beyond) : bytes_(bytes), beyond_(beyond) {}
  uint8_t at(uint32_t index) const { return index < bytes_.size() ? static_cast<uint8_t>(bytes_[index]) : beyond_; }

 private:
  std::string_view bytes_;
  uint8_t beyond_;
};

class BitTest final : public Predicate {
 public:
  BitTest(const BitQuestion& question, std::vector<MaskByte> mask) : question_(question), mask_(std::move(mask)) {}

  bool test(const Value& value) const override {
    if (value.type() == Type::kBinData) return holds(Bytes(value.bytes(), 0));
    const auto number = value.is_number() ? to_integral(value) : std::nullopt;
    if (!number) return false;
    return holds(Bytes({reinterpret_cast<const char*>(&*number), sizeof *number}, *number < 0 ? 0xFF : 0));
  }

 private:
  bool holds(const Bytes& bytes) const {
    const auto byte_holds = [&](const MaskByte& mask) {
      const uint8_t found = static_cast<uint8_t>(question_.set ? bytes.at(mask.at) : ~bytes.at(mask.at)) & mask.bits;
      return question_.all ? found == mask.bits : found != 0;
    };
    return question_.all ? std::all_of(mask_.begin(), mask_.end(), byte_holds)
                         : std::any_of(mask_.begin(), mask_.end(), byte_holds);
  }

  BitQuestion question_;
  std::vector<MaskByte> mask_;
};

std::vector<MaskByte> mask_of_bytes(std::string_view bytes) {
  std::vector<MaskByte> mask;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != 0) mask.push_back({static_cast<uint32_t>(i), static_cast<uint8_t>(bytes[i])});
  }
  return mask;
}

Result<std::vector<MaskByte>> mask_of_number(std::string_view name, const Value& number) {
  const auto mask = to_integral(number);
  if (!mask || *mask < 0) {
    return Error(ErrorCode::kFailedToParse, "{} takes a whole number that is not negative, found {}", name,
                 to_text(number));
  }
  return mask_of_bytes({reinterpret_cast<const char*>(&*mask), sizeof *mask});
}

Result<std::vector<MaskByte>> mask_of_positions(std::string_view name, Document positions) {
  std::vector<MaskByte> mask;
  for (const Element& element : positions) {
    if (!element.value.is_number()) {
      return Error(ErrorCode::kBadValue, "bit positions of {} must be whole numbers, found {}", name,
                   to_text(element.value));
    }
    const auto position = to_integral(element.value);
    if (!position || *position != static_cast<int32_t>(*position)) {
      return Error(ErrorCode::kBadValue, "bit positions of {} must be whole numbers of 32 bits, found {}", name,
                   to_text(element.value));
    }
    if (*position < 0) {
      return Error(ErrorCode::kBadValue, "bit positions of {} must not be negative, found {}", name, *position);
    }
    mask.push_back({static_cast<uint32_t>(*position / 8), static_cast<uint8_t>(1 << (*position % 8))});
  }
  return mask;
}

Result<std::vector<MaskByte>> mask_of(std::string_view name, const Value& mask) {
  if (mask.is_array()) return mask_of_positions(name, mask.as_array());
  if (mask.type() == Type::kBinData) return mask_of_bytes(mask.bytes());
  if (mask.is_number()) return mask_of_number(name, mask);
  return Error(ErrorCode::kBadValue, "{} takes a whole number, a list of bit positions or binary data, found {}", name,
               type_name(mask.type()));
}

}  // namespace

Result<std::unique_ptr<Predicate>> make_bits(const BitQuestion& question, const Value& mask) {
  PS_TRY(std::vector<MaskByte> bytes, mask_of(question.name, mask));
  return std::unique_ptr<Predicate>(std::make_unique<BitTest>(question, std::move(bytes)));
}

}  // namespace penstock
