// SPDX-License-Identifier: Apache-2.0
#include "state/crc32c.h"

#include <gtest/gtest.h>

#include <string>

namespace penstock {
namespace {

TEST(Crc32c, TheVectorsOfTheRfc) {
  struct Case {
    std::string bytes;
    uint32_t crc;
  };
  std::string ascending;
  for (char c = 0; c < 32; ++c)
    ascending += c;
  for (const Case& c : {Case{"", 0}, Case{"123456789", 0xe3069283}, Case{std::string(32, '\0'), 0x8a9136aa},
                        Case{std::string(32, '\xff'), 0x62a8ab43}, Case{ascending, 0x46dd794e}}) {
    EXPECT_EQ(crc32c(c.bytes), c.crc);
    for (size_t cut = 0; cut <= c.bytes.size(); ++cut)
      EXPECT_EQ(crc32c(c.bytes.substr(cut), crc32c(c.bytes.substr(0, cut))), c.crc) << cut;
  }
}

}  // namespace
}  // namespace penstock
