// SPDX-License-Identifier: Apache-2.0
#include "runtime/definition_change.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(DefinitionChange, NamesThePlaces) {
  struct Case {
    std::string_view before, after, change;
  };
  for (const Case& c : {
           Case{R"({"pipeline":[{"a":{"size":30}}]})", R"({"pipeline":[{"a":{"size":30}}]})", ""},
           Case{R"({"pipeline":[{"a":{"size":30}}]})", R"({"pipeline":[{"a":{"size":60}}]})",
                "pipeline[0].a.size: 30 -> 60"},
           Case{R"({"p":[{"a":1}]})", R"({"p":[{"a":1},{"b":2}]})", R"(p[1]: nothing -> {"b":2})"},
           Case{R"({"p":{"a":1,"b":2}})", R"({"p":{"b":2,"a":1}})", "p: the order of the fields"},
           Case{R"({"p":{"a":1}})", R"({"p":{}})", "p.a: 1 -> nothing"},
           Case{R"({"p":1})", R"({"p":{"$numberLong":"1"}})", "p: 1 -> 1"},
           Case{R"({"a":1,"b":1,"c":1,"d":1})", R"({"a":2,"b":2,"c":2,"d":2})",
                "a: 1 -> 2; b: 1 -> 2; c: 1 -> 2; and 1 more"},
       }) {
    EXPECT_EQ(definition_change(c.before, c.after), c.change) << c.before << " " << c.after;
  }
}

}  // namespace
}  // namespace penstock
