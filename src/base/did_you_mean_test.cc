// SPDX-License-Identifier: Apache-2.0
#include "base/did_you_mean.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(DidYouMean, FindsTypingMistakesOnly) {
  constexpr std::string_view kNames[] = {"$group", "$match", "$merge", "$project", "$tumblingWindow"};
  struct Case {
    const char* why;
    std::string_view wrong, found;
  };
  for (const Case& c : {
           Case{"one letter off", "$mach", "$match"},
           Case{"neighbours swapped count one", "$gruop", "$group"},
           Case{"case does not count", "$TUMBLINGwindow", "$tumblingWindow"},
           Case{"a letter too many", "$mergee", "$merge"},
           Case{"several slips in a long name", "$tumblngWndow", "$tumblingWindow"},
           Case{"too far away", "$limit", ""},
           Case{"nothing is like nothing", "", ""},
           Case{"a short name may have one slip", "$ma", ""},
       }) {
    EXPECT_EQ(nearest_name(c.wrong, kNames).value_or(""), c.found) << c.why;
  }
  EXPECT_EQ(did_you_mean("$mach", kNames), " Did you mean \"$match\"?");
  EXPECT_EQ(did_you_mean("$limit", kNames), "");
}

TEST(DidYouMean, TheFirstOfEquals) {
  constexpr std::string_view kNames[] = {"cat", "bat"};
  EXPECT_EQ(nearest_name("rat", kNames), "cat");
}

TEST(DidYouMean, EndlessNamesAreNotLookedAt) {
  const std::string_view names[] = {"a"};
  EXPECT_EQ(nearest_name(std::string(100'000, 'a'), names), std::nullopt);
}

}  // namespace
}  // namespace penstock
