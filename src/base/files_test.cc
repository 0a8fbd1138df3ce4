// SPDX-License-Identifier: Apache-2.0
#include "base/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace penstock {
namespace {

class FilesTest : public testing::Test {
 protected:
  FilesTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "penstock-files-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~FilesTest() override { std::filesystem::remove_all(folder_); }
  std::string in(const std::string& name) const { return folder_ + "/" + name; }

  std::string folder_;
  SystemFiles files_;
};

TEST_F(FilesTest, WritesReadsReplacesRemoves) {
  const std::string path = in("state");
  ASSERT_TRUE(files_.write_atomically(path, "old").ok());
  const std::string binary("new \0 bytes", 11);
  ASSERT_TRUE(files_.write_atomically(path, binary).ok());
  EXPECT_EQ(files_.read(path, 100).value(), binary);
  EXPECT_EQ(files_.list(folder_).value(), std::vector<std::string>{"state"});  // No temporary file is left.
  EXPECT_TRUE(files_.exists(path));
  EXPECT_TRUE(files_.remove(path).ok());
  EXPECT_TRUE(files_.remove(path).ok());
  EXPECT_FALSE(files_.exists(path));
}

TEST_F(FilesTest, NobodyElseReadsWhatIsWritten) {
  ASSERT_TRUE(files_.write_atomically(in("secret"), "x").ok());
  ASSERT_TRUE(files_.make_folders(in("a/b")).ok());
  struct stat status{};
  ASSERT_EQ(::stat(in("secret").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  ASSERT_EQ(::stat(in("a/b").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
}

TEST_F(FilesTest, ErrorsNamePathAndReason) {
  const auto missing = files_.read(in("missing"), 100);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code(), ErrorCode::kBadInput);
  EXPECT_EQ(missing.error().message(), "cannot open " + in("missing") + ": No such file or directory");

  ASSERT_TRUE(files_.write_atomically(in("large"), std::string(101, 'x')).ok());
  EXPECT_EQ(files_.read(in("large"), 100).error().message(), in("large") + " is larger than the 100 bytes allowed");
  EXPECT_EQ(files_.read(folder_, 100).error().code(), ErrorCode::kBadInput);
  EXPECT_EQ(files_.write_atomically(in("no/folder"), "x").error().code(), ErrorCode::kDisk);
  EXPECT_EQ(files_.list(in("nowhere")).error().code(), ErrorCode::kDisk);
  EXPECT_EQ(files_.make_folders(in("large") + "/x").error().code(), ErrorCode::kDisk);
}

}  // namespace
}  // namespace penstock
