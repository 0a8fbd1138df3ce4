// SPDX-License-Identifier: Apache-2.0
#include "app/password_input.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace penstock {
namespace {

TEST(Password, IsTheOneLineOfAFile) {
  SystemFiles files;
  const std::string folder = testing::TempDir() + "penstock_password_test";
  ASSERT_TRUE(files.make_folders(folder).ok());
  const std::string path = folder + "/password";
  struct Case {
    std::string_view content, password;  // "": refused.
  };
  for (const Case& c : {Case{"secret", "secret"}, Case{"secret\n", "secret"}, Case{"secret\r\n", "secret"},
                        Case{" with blanks \n", " with blanks "}, Case{"", ""}, Case{"\n", ""}, Case{"a\nb\n", ""},
                        Case{"a\n\n", ""}}) {
    ASSERT_TRUE(files.write_file(path, c.content).ok());
    const auto password = read_password(files, path);
    ASSERT_EQ(password.ok(), !c.password.empty()) << c.content;
    if (password.ok()) {
      EXPECT_EQ(*password, c.password);
    } else {
      EXPECT_EQ(password.error().code(), ErrorCode::kUsage);
    }
  }
  EXPECT_EQ(read_password(files, folder + "/missing").error().code(), ErrorCode::kBadInput);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace penstock
