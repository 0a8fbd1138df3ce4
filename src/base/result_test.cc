// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace penstock {
namespace {

// Counts how many are alive, so that a Result that forgets one is seen.
struct Counted {
  static inline int alive = 0;
  Counted() { ++alive; }
  Counted(Counted&&) noexcept { ++alive; }
  Counted& operator=(Counted&&) noexcept = default;
  ~Counted() { --alive; }
};

Result<int> half(int n) {
  if (n % 2 != 0) return Error(ErrorCode::kBadValue, "{} is odd", n);
  return n / 2;
}

Result<std::string> quarter_text(int n) {
  PS_TRY(const int once, half(n));
  PS_TRY(const int twice, half(once));
  return std::to_string(twice);
}

Result<void> needs_even(int n) {
  PS_TRY(half(n));
  return {};
}

TEST(Result, HandsErrorsOn) {
  EXPECT_EQ(*quarter_text(8), "2");
  EXPECT_EQ(quarter_text(6).error().message(), "3 is odd");
  EXPECT_TRUE(needs_even(4).ok());
  EXPECT_EQ(needs_even(5).error().code(), ErrorCode::kBadValue);
}

TEST(Result, MovesAndDestroysItsValue) {
  {
    Result<Counted> one = Counted();
    Result<Counted> moved = std::move(one);
    moved = Counted();
    moved = Result<Counted>(Error(ErrorCode::kBadValue, "gone"));
    EXPECT_FALSE(moved.ok());
    moved = Counted();
    EXPECT_TRUE(moved.ok());
  }
  EXPECT_EQ(Counted::alive, 0);
}

TEST(Result, TakesWhatConverts) {
  struct Base {
    virtual ~Base() = default;
  };
  struct Derived : Base {};
  const Result<std::unique_ptr<Base>> result = std::make_unique<Derived>();
  EXPECT_TRUE(result.ok());
  const Result<std::string> text = "literal";
  EXPECT_EQ(text.value(), "literal");
}

TEST(Result, ValueOfAnErrorIsOurBug) { EXPECT_DEATH(half(3).value(), "3 is odd"); }

TEST(ErrorPath, IsBuiltFromTheInside) {
  const auto path = [](std::initializer_list<std::string_view> parts) {
    Error error(ErrorCode::kBadValue, "x");
    for (const std::string_view part : parts)
      error = std::move(error).at(part);
    return error.path();
  };
  EXPECT_EQ(path({}), "");
  EXPECT_EQ(path({"interval", "$tumblingWindow", "[1]", "pipeline"}), "pipeline[1].$tumblingWindow.interval");
  EXPECT_EQ(path({"[2]", "on", "$merge"}), "$merge.on[2]");
}

TEST(Error, TextsAreNotFormats) {
  EXPECT_EQ(Error::of(ErrorCode::kBadValue, "a {brace}").message(), "a {brace}");
  const Error error = Error(ErrorCode{16020}, "cause").within("Invalid $project :: ");
  EXPECT_EQ(error.message(), "Invalid $project :: cause");
  const Error copy = error.clone();
  EXPECT_EQ(copy.message(), error.message());
  EXPECT_EQ(copy.code(), ErrorCode{16020});
}

TEST(ErrorCodeName, AsMongoDBPrintsThem) {
  EXPECT_EQ(error_code_name(ErrorCode::kBadValue), "BadValue");
  EXPECT_EQ(error_code_name(ErrorCode{16020}), "Location16020");
  EXPECT_EQ(error_code_name(ErrorCode::kConnectionError), "StreamProcessorKafkaConnectionError");
  EXPECT_EQ(error_code_name(ErrorCode::kMissingField), "IDLFailedToParse");
  EXPECT_EQ(error_code_name(ErrorCode::kUserExists), "Location51003");
}

TEST(ClientCode, NoneOfOursReachesAClient) {
  for (ErrorCode code : {ErrorCode::kUsage, ErrorCode::kPeerUnreachable, ErrorCode::kCredentialsRefused,
                         ErrorCode::kDisk, ErrorCode::kStateRefused, ErrorCode::kBadInput, ErrorCode::kDiskFull}) {
    EXPECT_LT(static_cast<int32_t>(client_code(code)), 900'000) << error_code_name(code);
    EXPECT_FALSE(error_code_name(client_code(code)).starts_with("Location")) << error_code_name(code);
  }
  EXPECT_EQ(client_code(ErrorCode::kBadValue), ErrorCode::kBadValue);
  EXPECT_EQ(client_code(ErrorCode{16020}), ErrorCode{16020});
}

}  // namespace
}  // namespace penstock
