// SPDX-License-Identifier: Apache-2.0
#include "base/secret.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace penstock {
namespace {

template <typename T>
concept Streams = requires(std::ostream& out, const T& value) { out << value; };
template <typename T>
concept Prints = fmt::is_formattable<T>::value;

static_assert(Streams<std::string> && Prints<std::string>, "the concepts can hold");
static_assert(!Streams<Secret> && !Prints<Secret>, "a secret is not printed by accident");
static_assert(!std::is_convertible_v<Secret, std::string> && !std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_convertible_v<std::string, Secret>, "who makes one says so");

TEST(SecretTest, ValuesMoveAndCopy) {
  Secret secret("hunter2");
  const Secret copy = secret;
  const Secret moved = std::move(secret);
  EXPECT_EQ(copy.reveal(), "hunter2");
  EXPECT_EQ(moved.reveal(), "hunter2");
  EXPECT_TRUE(Secret().empty());
  EXPECT_EQ(Secret("").reveal(), "");
  Secret assigned("old");
  assigned = moved;
  EXPECT_EQ(assigned.reveal(), "hunter2");
}

TEST(SecretTest, Comparison) {
  const Secret secret("hunter2");
  for (const char* text : {"", "hunter", "hunter3", "hunter22", "hunter2hunter2"})
    EXPECT_FALSE(secret.equals(text)) << text;
  EXPECT_TRUE(secret.equals("hunter2"));
  EXPECT_TRUE(Secret().equals(""));
  EXPECT_FALSE(Secret().equals("a"));
}

// The flags of the mapping that holds it, as the kernel tells them: "dd" is "not in a core dump".
TEST(SecretTest, IsLeftOutOfCoreDumps) {
  const Secret secret("hunter2");
  std::ifstream maps("/proc/self/smaps");
  if (!maps) GTEST_SKIP() << "no /proc/self/smaps here";
  const std::string begin = fmt::format("{:x}-", reinterpret_cast<uintptr_t>(secret.reveal().data()));
  std::string line;
  while (std::getline(maps, line) && line.find(begin) == std::string::npos) {
  }
  while (std::getline(maps, line) && !line.starts_with("VmFlags:")) {
  }
  EXPECT_NE(line.find(" dd"), std::string::npos) << line;
}

}  // namespace
}  // namespace penstock
