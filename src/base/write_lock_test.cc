// SPDX-License-Identifier: Apache-2.0
#include "base/write_lock.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

namespace penstock {
namespace {

class WriteLockTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "penstock-lock-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
};

// Another process that holds the lock until it is killed.
class Holder {
 public:
  explicit Holder(const std::string& folder) {
    int ready[2];
    EXPECT_EQ(::pipe(ready), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      auto lock = WriteLock::acquire(folder, "it");
      if (!lock.ok() || ::write(ready[1], "x", 1) != 1) ::_exit(1);
      while (true)
        ::pause();
    }
    ::close(ready[1]);
    char step = 0;
    EXPECT_EQ(::read(ready[0], &step, 1), 1);
    ::close(ready[0]);
  }
  ~Holder() { kill(); }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
};

TEST_F(WriteLockTest, AnotherProcessIsRefusedUntilTheHolderDies) {
  Holder holder(folder_);
  auto refused = WriteLock::acquire(folder_, "the state of processor vwap");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::kStateRefused);
  EXPECT_EQ(refused.error().message(),
            fmt::format("the state of processor vwap is in use by process {}: one process writes to it at a time; stop "
                        "that one or choose another folder with --data",
                        holder.pid()));
  holder.kill();
  EXPECT_TRUE(WriteLock::acquire(folder_, "the state of processor vwap").ok());
}

TEST_F(WriteLockTest, ASecondHolderInOneProcessIsRefusedToo) {
  auto first = WriteLock::acquire(folder_, "it");
  ASSERT_TRUE(first.ok());
  std::optional<WriteLock> moved(std::move(*first));
  EXPECT_FALSE(WriteLock::acquire(folder_, "it").ok());
  moved.reset();
  EXPECT_TRUE(WriteLock::acquire(folder_, "it").ok());
}

TEST_F(WriteLockTest, AFolderThatIsNotThere) {
  auto lock = WriteLock::acquire(folder_ + "/none", "it");
  ASSERT_FALSE(lock.ok());
  EXPECT_EQ(lock.error().code(), ErrorCode::kDisk);
}

}  // namespace
}  // namespace penstock
