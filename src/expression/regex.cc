// SPDX-License-Identifier: Apache-2.0
#include "expression/regex.h"

#include <algorithm>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace penstock {
namespace {

// What a search works in. It holds nothing between two searches; one per thread, so that a search allocates nothing.
class Scratch {
 public:
  Scratch()
      : offsets_(pcre2_match_data_create(pairs_, nullptr)),
        limits_(pcre2_match_context_create(nullptr)),
        stack_(pcre2_jit_stack_create(kStackBytesFirst, kStackBytesMax, nullptr)) {
    PS_CHECK(offsets_ != nullptr && limits_ != nullptr, "out of memory");
    pcre2_jit_stack_assign(limits_, nullptr, stack_);
  }
  ~Scratch() {
    pcre2_jit_stack_free(stack_);
    pcre2_match_context_free(limits_);
    pcre2_match_data_free(offsets_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  // Room for the match and pairs - 1 groups.
  pcre2_match_data* offsets(size_t pairs) {
    if (pairs > pairs_) {
      pcre2_match_data_free(offsets_);
      pairs_ = static_cast<uint32_t>(pairs);
      offsets_ = pcre2_match_data_create(pairs_, nullptr);
      PS_CHECK(offsets_ != nullptr, "out of memory");
    }
    return offsets_;
  }
  pcre2_match_context* limits() const { return limits_; }

  static Scratch& of_this_thread() {
    thread_local Scratch scratch;
    return scratch;
  }

 private:
  static constexpr size_t kStackBytesFirst = 32 * 1024;
  static constexpr size_t kStackBytesMax = 1024 * 1024;
  uint32_t pairs_ = 1;
  pcre2_match_data* offsets_;
  pcre2_match_context* limits_;
  pcre2_jit_stack* stack_;
};

Result<uint32_t> options_of(std::string_view flags) {
  // Strings are checked where they enter; MATCH_INVALID_UTF costs little and keeps us from depending on it.
  uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
  for (const char flag : flags) {
    switch (flag) {
      case 'i': options |= PCRE2_CASELESS; break;
      case 'm': options |= PCRE2_MULTILINE; break;
      case 's': options |= PCRE2_DOTALL; break;
      case 'x': options |= PCRE2_EXTENDED; break;
      case 'u': break;  // UTF-8 is always on.
      default: return Error(ErrorCode{51108}, "invalid flag in regex options: {}", flag);
    }
  }
  return options;
}

}  // namespace

struct Regex::Compiled {
  explicit Compiled(pcre2_code* c) : code(c) {}
  ~Compiled() { pcre2_code_free(code); }
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;
  pcre2_code* code;
};

Regex::Regex(std::unique_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

Result<Regex> Regex::compile(std::string_view pattern, std::string_view flags) {
  PS_TRY(const uint32_t options, options_of(flags));
  int error = 0;
  PCRE2_SIZE offset = 0;
  pcre2_code* code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), options, &error, &offset, nullptr);
  if (code == nullptr) {
    PCRE2_UCHAR text[128] = {};
    pcre2_get_error_message(error, text, sizeof text);
    return Error(ErrorCode{51091}, "Regular expression is invalid: {} (at byte {} of \"{}\")",
                 reinterpret_cast<const char*>(text), offset, pattern);
  }
  // Where there is no just-in-time compiler the pattern is interpreted.
  pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
  return Regex(std::make_unique<const Compiled>(code));
}

bool Regex::matches(std::string_view text) const {
  const auto found = find(text, 0, {});
  return found.ok() && *found;
}

size_t Regex::group_count() const {
  uint32_t count = 0;
  pcre2_pattern_info(compiled_->code, PCRE2_INFO_CAPTURECOUNT, &count);
  return count;
}

Result<bool> Regex::find(std::string_view text, size_t from, std::span<Part> parts) const {
  Scratch& scratch = Scratch::of_this_thread();
  pcre2_match_data* offsets = scratch.offsets(parts.size());
  // 0: matched, but not all groups had room; nobody asked for them.
  const int count = pcre2_match(compiled_->code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from, 0,
                                offsets, scratch.limits());
  if (count == PCRE2_ERROR_NOMATCH) return false;
  if (count < 0) {
    return Error(ErrorCode{51156}, "Error occurred while executing the regular expression. Result code: {}", count);
  }
  const PCRE2_SIZE* found = pcre2_get_ovector_pointer(offsets);
  const size_t known = count == 0 ? parts.size() : std::min(parts.size(), static_cast<size_t>(count));
  for (size_t i = 0; i < parts.size(); ++i)
    parts[i] = i < known && found[2 * i] != PCRE2_UNSET ? Part{found[2 * i], found[2 * i + 1]} : Part{};
  return true;
}

}  // namespace penstock
