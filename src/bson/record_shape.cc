// SPDX-License-Identifier: Apache-2.0
#include "bson/record_shape.h"

#include <algorithm>
#include <utility>

namespace penstock::record {
namespace {

// Good enough to spread a few hundred names: length, first and last bytes.
uint32_t bucket_of(std::string_view text, uint32_t buckets) {
  uint64_t h = text.size() * 0x9e3779b97f4a7c15;
  for (size_t i = 0; i < text.size(); i += 8) {
    uint64_t word = 0;
    std::memcpy(&word, text.data() + i, std::min<size_t>(8, text.size() - i));
    h = (h ^ word) * 0xff51afd7ed558ccd;
    h ^= h >> 32;
  }
  return static_cast<uint32_t>(h) % buckets;
}

}  // namespace

Shapes::Shapes(std::vector<std::string> wanted) : wanted_(std::move(wanted)), steps_(new Step[kSteps]) {
  PS_CHECK(wanted_.size() <= 64);
  wanted_bits_ = wanted_.size() == 64 ? ~uint64_t{0} : (uint64_t{1} << wanted_.size()) - 1;
  forget();
}

void Shapes::forget() {
  used_ = 0;
  buckets_.fill(0);
  start_.next = start_.next_but_one = &never_;
  passing_.next = passing_.next_but_one = &never_;
}

Found Shapes::read_step(RecordScanner& scanner, const char* p, Step* before) {
  if (before->next_but_one->matches(p, scanner.end())) {
    std::swap(before->next, before->next_but_one);
    return {p + before->next->length, before->next};
  }
  StringSpan name;
  bool closes = false;
  const char* const next = read_text(scanner, p, before == &start_, name, closes);
  if (next == nullptr) return {};
  Step* const step = find_or_learn({p, static_cast<size_t>(next - p)}, closes ? nullptr : &name);
  if (step != &passing_) {
    before->next_but_one = before->next;
    before->next = step;
  }
  return {next, step};
}

// The rules of the text between two values: a comma, a name, a colon; before the first value a brace instead of the
// comma; or the closing brace.
const char* Shapes::read_text(RecordScanner& scanner, const char* p, bool first, StringSpan& name, bool& closes) {
  const char* const end = scanner.end();
  p = scanner.skip_space(p);
  if (p < end && *p == '}' && !first) {
    closes = true;
    return p + 1;
  }
  if (p >= end || *p != (first ? '{' : ',')) return scanner.expected(p, first ? "'{'" : "',' or '}'");
  p = scanner.skip_space(p + 1);
  if (p < end && *p == '}' && first) {
    closes = true;
    return p + 1;
  }
  if (p >= end || *p != '"') return scanner.expected(p, "a name in quotes");
  const char* const quote = p;
  p = scanner.string(p + 1, name);
  if (p == nullptr) return nullptr;
  if (name.has_nul) return scanner.fail(quote, "a name must not contain \\u0000");
  p = scanner.skip_space(p);
  if (p >= end || *p != ':') return scanner.expected(p, "':'");
  return scanner.skip_space(p + 1);
}

// `name` is null for the closing brace.
Step* Shapes::find_or_learn(std::string_view text, const StringSpan* name) {
  if (name != nullptr && name->escaped) {
    passing_name_.resize(name->size);
    passing_name_.resize(static_cast<size_t>(unescape(*name, passing_name_.data()) - passing_name_.data()));
    return passing(passing_name_);
  }
  uint32_t bucket = bucket_of(text, kBuckets);
  for (; buckets_[bucket] != 0; bucket = (bucket + 1) % kBuckets) {
    Step& known = steps_[buckets_[bucket] - 1];
    if (std::string_view(known.text, static_cast<size_t>(known.length)) == text) return &known;
  }
  if (text.size() > Step::kTextMax || used_ == kSteps) {
    if (name != nullptr) return passing({name->begin, name->size});
    passing_.closes = true;
    return &passing_;
  }
  Step& step = steps_[used_++];
  buckets_[bucket] = static_cast<uint16_t>(used_);
  step = Step();
  std::memcpy(step.text, text.data(), text.size());
  step.length = static_cast<ptrdiff_t>(text.size());
  step.compare = text.size() >= 32 ? ~uint32_t{0} : (uint32_t{1} << text.size()) - 1;
  step.closes = name == nullptr;
  step.next = step.next_but_one = &never_;
  if (name != nullptr) name_step(step, step.text + (name->begin - text.data()), name->size);
  return &step;
}

// For names that are not worth or not able to be remembered.
Step* Shapes::passing(std::string_view name) {
  if (name.data() != passing_name_.data()) passing_name_.assign(name);
  passing_name_.reserve(name.size() + 32);
  passing_.closes = false;
  name_step(passing_, passing_name_.data(), name.size());
  return &passing_;
}

void Shapes::name_step(Step& step, const char* name, size_t size) const {
  step.name = name;
  step.name_size = static_cast<uint32_t>(size);
  step.slot = -1;
  step.slot_bit = 0;
  for (size_t i = 0; i < wanted_.size(); ++i) {
    if (wanted_[i] != std::string_view(name, size)) continue;
    step.slot = static_cast<int32_t>(i);
    step.slot_bit = uint64_t{1} << i;
  }
}

}  // namespace penstock::record
