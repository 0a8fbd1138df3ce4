// SPDX-License-Identifier: Apache-2.0
#include "expression/match_predicates.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "bson/compare.h"
#include "bson/decimal.h"
#include "bson/number.h"

namespace penstock {
namespace {

class Never final : public Predicate {
 public:
  bool test(const Value&) const override { return false; }
};

class Null final : public Predicate {
 public:
  bool test(const Value& v) const override { return v.is_missing() || v.type() == Type::kNull; }
};

class NotANumber final : public Predicate {
 public:
  bool test(const Value& v) const override { return v.is_number() && is_nan(v); }
};

class Equal final : public Predicate {
 public:
  explicit Equal(const Value& operand) : operand_(operand) {}
  bool test(const Value& v) const override {
    if (v.type() == Type::kString && operand_.type() == Type::kString) return v.as_string() == operand_.as_string();
    return equal(v, operand_);
  }

 private:
  Value operand_;
};

class Ordered final : public Predicate {
 public:
  Ordered(Comparison comparison, const Value& operand)
      : comparison_(comparison),
        any_class_(operand.type() == Type::kMinKey || operand.type() == Type::kMaxKey),
        class_(type_class(operand.type())),
        operand_(operand) {}

  bool test(const Value& v) const override {
    if (!any_class_) {
      if (type_class(v.type()) != class_) return false;
      if (v.is_number() && is_nan(v)) return false;
    }
    const int order = compare(v, operand_);
    switch (comparison_) {
      case Comparison::kGreater: return order > 0;
      case Comparison::kGreaterOrEqual: return order >= 0;
      case Comparison::kLess: return order < 0;
      default: return order <= 0;
    }
  }

 private:
  Comparison comparison_;
  bool any_class_;
  int class_;
  Value operand_;
};

class In final : public Predicate {
 public:
  In(std::vector<Value> values, std::vector<std::unique_ptr<Predicate>> regexes)
      : values_(std::move(values)), regexes_(std::move(regexes)) {
    const auto is_null = [](const Value& v) { return v.type() == Type::kNull; };
    null_ = std::erase_if(values_, is_null) > 0;
    std::sort(values_.begin(), values_.end(), less);
  }

  bool test(const Value& v) const override {
    if (v.is_missing() || v.type() == Type::kNull) return null_;
    if (std::binary_search(values_.begin(), values_.end(), v, less)) return true;
    return std::any_of(regexes_.begin(), regexes_.end(), [&](const auto& regex) { return regex->test(v); });
  }

 private:
  static bool less(const Value& a, const Value& b) { return compare(a, b) < 0; }

  std::vector<Value> values_;
  std::vector<std::unique_ptr<Predicate>> regexes_;
  bool null_ = false;
};

class Exists final : public Predicate {
 public:
  bool test(const Value& v) const override { return !v.is_missing(); }
};

class OfType final : public Predicate {
 public:
  explicit OfType(const std::bitset<256>& types) : types_(types) {}
  bool test(const Value& v) const override { return types_[static_cast<uint8_t>(v.type())]; }

 private:
  std::bitset<256> types_;
};

class Size final : public Predicate {
 public:
  explicit Size(int64_t size) : size_(static_cast<size_t>(size)) {}
  bool test(const Value& v) const override { return v.is_array() && v.as_array().count() == size_; }
  bool expands() const override { return false; }

 private:
  size_t size_;
};

class Mod final : public Predicate {
 public:
  Mod(int64_t divisor, int64_t remainder) : divisor_(divisor), remainder_(remainder) {}
  bool test(const Value& v) const override {
    if (!v.is_number()) return false;
    const auto n = whole_part(v);
    // The smallest long has no counterpart: dividing it by -1 traps.
    return n && (divisor_ == -1 ? 0 : *n % divisor_) == remainder_;
  }

 private:
  int64_t divisor_;
  int64_t remainder_;
};

class Matches final : public Predicate {
 public:
  Matches(Regex regex, std::string_view pattern, std::string_view flags) : regex_(std::move(regex)) {
    as_value_.append(pattern).push_back('\0');
    as_value_.append(flags).push_back('\0');
  }
  bool test(const Value& v) const override {
    if (v.type() == Type::kString || v.type() == Type::kSymbol) return regex_.matches(v.bytes());
    return v.type() == Type::kRegex && v.bytes() == as_value_;
  }

 private:
  Regex regex_;
  std::string as_value_;
};

class ElementTerms final : public Predicate {
 public:
  explicit ElementTerms(std::vector<Term> terms) : terms_(std::move(terms)) {}
  bool test(const Value& v) const override {
    if (!v.is_array()) return false;
    for (const Element& element : v.as_array()) {
      const auto holds = [&](const Predicate& predicate) { return predicate.test(element.value); };
      if (all_hold(terms_, holds)) return true;
    }
    return false;
  }
  bool expands() const override { return false; }

 private:
  std::vector<Term> terms_;
};

}  // namespace

std::unique_ptr<Predicate> make_comparison(Comparison comparison, const Value& operand) {
  const bool strict = comparison == Comparison::kGreater || comparison == Comparison::kLess;
  if (operand.type() == Type::kNull) {
    if (strict) return make_never();
    return std::make_unique<Null>();
  }
  if (operand.is_number() && is_nan(operand)) {
    if (strict) return make_never();
    return std::make_unique<NotANumber>();
  }
  if (comparison == Comparison::kEqual) return std::make_unique<Equal>(operand);
  return std::make_unique<Ordered>(comparison, operand);
}

std::unique_ptr<Predicate> make_in(std::vector<Value> values, std::vector<std::unique_ptr<Predicate>> regexes) {
  return std::make_unique<In>(std::move(values), std::move(regexes));
}

std::unique_ptr<Predicate> make_never() { return std::make_unique<Never>(); }
std::unique_ptr<Predicate> make_exists() { return std::make_unique<Exists>(); }
std::unique_ptr<Predicate> make_type(const std::bitset<256>& types) { return std::make_unique<OfType>(types); }
std::unique_ptr<Predicate> make_size(int64_t size) { return std::make_unique<Size>(size); }

std::unique_ptr<Predicate> make_mod(int64_t divisor, int64_t remainder) {
  return std::make_unique<Mod>(divisor, remainder);
}

std::unique_ptr<Predicate> make_regex(Regex regex, std::string_view pattern, std::string_view flags) {
  return std::make_unique<Matches>(std::move(regex), pattern, flags);
}

std::unique_ptr<Predicate> make_element_terms(std::vector<Term> terms) {
  return std::make_unique<ElementTerms>(std::move(terms));
}

std::optional<int64_t> whole_part(const Value& number) {
  if (number.type() == Type::kDouble) return to_integral(Value::number(std::trunc(number.as_double())));
  if (number.type() != Type::kDecimal) return number.as_integer();
  // Too large to have a fraction of 34 digits gives NaN, which has no whole part, as it should.
  const Decimal whole = quantize_decimal(number.as_decimal(), 0, DecimalRounding::kTowardZero);
  return to_integral(Value::decimal(&whole));
}

}  // namespace penstock
