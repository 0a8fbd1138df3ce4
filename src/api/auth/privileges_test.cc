// SPDX-License-Identifier: Apache-2.0
#include "api/auth/privileges.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace penstock {
namespace {

// Reference control-plane C1, row by row, then what MongoDB's roles of these names grant on collections.
TEST(Privileges, OfTheThreeRoles) {
  struct Case {
    std::string_view action;
    bool write, read;
  };
  for (const Case& c : {
           Case{"createStreamProcessor", true, false},
           Case{"processStreamProcessor", true, false},
           Case{"modifyStreamProcessor", true, false},
           Case{"startStreamProcessor", true, false},
           Case{"stopStreamProcessor", true, false},
           Case{"dropStreamProcessor", true, false},
           Case{"sampleStreamProcessor", true, false},
           Case{"getStreamProcessor", true, true},
           Case{"listStreamProcessors", true, true},
           Case{"streamProcessorStats", true, true},
           Case{"listStreamConnections", true, true},
           Case{"listConnections", true, true},
           Case{"find", true, true},
           Case{"listCollections", true, true},
           Case{"listDatabases", true, true},
           Case{"insert", true, false},
           Case{"update", true, false},
           Case{"remove", true, false},
           Case{"createIndex", true, false},
           Case{"dropCollection", true, false},
           Case{"dropDatabase", false, false},
           Case{"createUser", false, false},
           Case{"viewUser", false, false},
           Case{"penstockAdmin", false, false},
           Case{"noSuchAction", false, false},
       }) {
    EXPECT_TRUE(grants(std::array{Role::kAtlasAdmin}, c.action)) << c.action;
    EXPECT_EQ(grants(std::array{Role::kReadWriteAnyDatabase}, c.action), c.write) << c.action;
    EXPECT_EQ(grants(std::array{Role::kReadAnyDatabase}, c.action), c.read) << c.action;
    EXPECT_FALSE(grants({}, c.action)) << c.action;
    EXPECT_EQ(is_action(c.action), c.action != "noSuchAction") << c.action;
  }
  EXPECT_TRUE(grants(std::array{Role::kReadAnyDatabase, Role::kReadWriteAnyDatabase}, "insert"));
}

TEST(Privileges, ListedForConnectionStatus) {
  auto read = granted_actions(std::array{Role::kReadAnyDatabase});
  auto all = granted_actions(std::array{Role::kAtlasAdmin});
  EXPECT_LT(read.size(), all.size());
  EXPECT_EQ(std::ranges::count(read, "find"), 1);
  EXPECT_EQ(std::ranges::count(read, "insert"), 0);
  EXPECT_TRUE(granted_actions({}).empty());
}

}  // namespace
}  // namespace penstock
