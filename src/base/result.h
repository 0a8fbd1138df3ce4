// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value, or an Error with MongoDB's code and one sentence for a person.
// Bad data, a bad request, a failed peer are Errors. A mistake of ours is PS_CHECK. Nothing of ours throws.
// Cost: an Error is one pointer; success allocates nothing.
#pragma once

#include <fmt/core.h>

#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

#include "base/check.h"
#include "base/error_codes.h"

namespace penstock {

// Why something could not be done. Move-only; clone() copies.
class [[nodiscard]] Error {
 public:
  template <typename... Args>
  explicit Error(ErrorCode code, fmt::format_string<Args...> format, Args&&... args)
      : detail_(new Detail{code, fmt::format(format, std::forward<Args>(args)...), {}}) {}
  // A ready text: braces in it are not placeholders.
  static Error of(ErrorCode code, std::string message) { return Error(new Detail{code, std::move(message), {}}); }

  ErrorCode code() const { return detail_->code; }
  const std::string& message() const { return detail_->message; }
  // Where in the definition, e.g. "pipeline[1].$tumblingWindow.interval"; empty when it is not about a definition.
  const std::string& path() const { return detail_->path; }

  // Puts a path part before the path: at("interval") then at("$tumblingWindow") gives "$tumblingWindow.interval";
  // a part that starts with '[' is joined without a dot.
  Error at(std::string_view part) &&;
  // Puts `prefix` before the message: "Invalid $project :: caused by :: ".
  Error within(std::string_view prefix) &&;
  Error clone() const { return Error(new Detail(*detail_)); }

 private:
  struct Detail {
    ErrorCode code;
    std::string message;
    std::string path;
  };
  template <typename T>
  friend class Result;
  explicit Error(Detail* detail) : detail_(detail) {}
  explicit Error(std::nullptr_t) {}
  std::unique_ptr<Detail> detail_;  // Null only inside a Result that holds a value.
};

template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  Result(T value) : error_(nullptr), has_value_(true) { new (&value_) T(std::move(value)); }  // NOLINT
  Result(Error error) : error_(std::move(error)), has_value_(false) {}                        // NOLINT
  template <typename U>
    requires(std::is_convertible_v<U &&, T> && !std::is_same_v<std::remove_cvref_t<U>, T> &&
             !std::is_same_v<std::remove_cvref_t<U>, Error> && !std::is_same_v<std::remove_cvref_t<U>, Result>)
  Result(U&& value) : error_(nullptr), has_value_(true) {  // NOLINT
    new (&value_) T(std::forward<U>(value));
  }
  Result(Result&& other) noexcept : error_(std::move(other.error_)), has_value_(other.has_value_) {
    if (has_value_) new (&value_) T(std::move(other.value_));
  }
  Result& operator=(Result&& other) noexcept {
    if (this != &other) {
      this->~Result();
      new (this) Result(std::move(other));
    }
    return *this;
  }
  ~Result() {
    if constexpr (!std::is_trivially_destructible_v<T>) {
      if (has_value_) value_.~T();
    }
  }

  bool ok() const { return has_value_; }
  explicit operator bool() const { return has_value_; }
  T& value() & {
    check_value();
    return value_;
  }
  const T& value() const& {
    check_value();
    return value_;
  }
  T&& value() && {
    check_value();
    return std::move(value_);
  }
  T& operator*() & { return value_; }
  const T& operator*() const& { return value_; }
  T&& operator*() && { return std::move(value_); }
  T* operator->() { return &value_; }
  const T* operator->() const { return &value_; }
  const Error& error() const& { return error_; }
  // Moves the error out; the result holds nothing afterwards.
  Error&& error() && { return std::move(error_); }
  Error take_error() { return std::move(error_); }

 private:
  void check_value() const { PS_CHECK(has_value_, error_.detail_ ? std::string_view(error_.detail_->message) : ""); }
  Error error_;
  union {
    T value_;
  };
  bool has_value_;
};

// Success without a value.
struct Nothing {};
template <>
class [[nodiscard]] Result<void> : public Result<Nothing> {
 public:
  Result() : Result<Nothing>(Nothing{}) {}
  Result(Error error) : Result<Nothing>(std::move(error)) {}  // NOLINT
  static Result success() { return {}; }
};

}  // namespace penstock

#define PS_CONCAT_INNER(a, b) a##b
#define PS_CONCAT(a, b) PS_CONCAT_INNER(a, b)
#define PS_TRY_VALUE(result, declaration, expression)                \
  auto result = (expression);                                        \
  if (__builtin_expect(!result.ok(), 0)) return result.take_error(); \
  declaration = std::move(*result)
#define PS_TRY_VOID(result, expression)                                \
  do {                                                                 \
    auto result = (expression);                                        \
    if (__builtin_expect(!result.ok(), 0)) return result.take_error(); \
  } while (false)
#define PS_TRY_PICK(_1, _2, NAME, ...) NAME
#define PS_TRY_2(declaration, expression) PS_TRY_VALUE(PS_CONCAT(ps_result_, __COUNTER__), declaration, expression)
#define PS_TRY_1(expression) PS_TRY_VOID(PS_CONCAT(ps_result_, __COUNTER__), expression)
// PS_TRY(int64_t size, spec.get("size")): binds the value or hands the error to the caller.
// PS_TRY(check(spec)): the same for Result<void>. Commas in template arguments need parentheses or an alias.
#define PS_TRY(...) PS_TRY_PICK(__VA_ARGS__, PS_TRY_2, PS_TRY_1)(__VA_ARGS__)
