// SPDX-License-Identifier: Apache-2.0
// What $match asks of one candidate value (match_path.h finds the candidates), and how such questions are joined.
// Invariants: immutable once parsed; operands are views into the filter's own copy of its definition.
#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "bson/document.h"
#include "expression/regex.h"

namespace penstock {

class Predicate {
 public:
  virtual ~Predicate() = default;
  virtual bool test(const Value& candidate) const = 0;
  // False for those that look at an array as a whole only: its elements are no candidates then.
  virtual bool expands() const { return true; }
};

// One predicate, or several that must all hold; perhaps the opposite of it.
struct Term {
  std::unique_ptr<Predicate> predicate;  // Null: `group` counts.
  std::vector<Term> group;
  bool negated = false;
};

// `holds(predicate)` says whether any candidate passes; negation turns that, so {$ne: 1} fails on [1, 2].
template <typename Holds>
bool all_hold(std::span<const Term> terms, const Holds& holds) {
  for (const Term& term : terms) {
    const bool positive = term.predicate ? holds(*term.predicate) : all_hold<Holds>(term.group, holds);
    if (positive == term.negated) return false;
  }
  return true;
}

enum class Comparison { kEqual, kGreater, kGreaterOrEqual, kLess, kLessOrEqual };

// The operand is not undefined. Null means null or missing, NaN equals NaN only, MinKey and MaxKey compare with all
// types, every other operand only with values of its class (reference mql-semantics 1.3).
std::unique_ptr<Predicate> make_comparison(Comparison comparison, const Value& operand);
// Equal to one of `values`, or matched by one of `regexes`.
std::unique_ptr<Predicate> make_in(std::vector<Value> values, std::vector<std::unique_ptr<Predicate>> regexes);
std::unique_ptr<Predicate> make_never();
std::unique_ptr<Predicate> make_exists();
// Bit n: BSON type number n; MinKey is 255.
std::unique_ptr<Predicate> make_type(const std::bitset<256>& types);
std::unique_ptr<Predicate> make_size(int64_t size);
// `divisor` is not 0.
std::unique_ptr<Predicate> make_mod(int64_t divisor, int64_t remainder);
// `value`: the regex as a BSON value; a candidate equal to it passes too.
std::unique_ptr<Predicate> make_regex(Regex regex, std::string_view pattern, std::string_view flags);
// $elemMatch with operators: one element for which all terms hold.
std::unique_ptr<Predicate> make_element_terms(std::vector<Term> terms);

// Whole part of a number as a long; empty when it has none (NaN, infinite, too large).
std::optional<int64_t> whole_part(const Value& number);

}  // namespace penstock
