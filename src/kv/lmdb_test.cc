// SPDX-License-Identifier: Apache-2.0
#include "kv/lmdb.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <map>

#include "base/random.h"

namespace penstock {
namespace {

constexpr Table kFirst{0};
constexpr Table kSecond{1};

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "penstock-kv-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

EnvironmentOptions options(bool read_only = false) {
  return {.tables = {"first", "second"}, .map_bytes = uint64_t{1} << 40, .read_only = read_only};
}

std::unique_ptr<Environment> open(const TemporaryFolder& folder, bool read_only = false) {
  auto environment = Environment::open(folder.path(), options(read_only));
  EXPECT_TRUE(environment.ok()) << (environment.ok() ? "" : environment.error().message());
  return environment.ok() ? std::move(*environment) : nullptr;
}

void put(Environment& environment, Table table, std::string_view key, std::string_view value) {
  auto txn = environment.write();
  ASSERT_TRUE(txn.ok());
  ASSERT_TRUE(txn->put(table, key, value).ok());
  ASSERT_TRUE(txn->commit().ok());
}

std::string get(const Environment& environment, Table table, std::string_view key) {
  auto txn = environment.read();
  EXPECT_TRUE(txn.ok());
  auto value = txn->get(table, key);
  EXPECT_TRUE(value.ok());
  return value->has_value() ? std::string(**value) : "(none)";
}

std::string keys_from(const Environment& environment, Table table, std::string_view from) {
  auto txn = environment.read();
  EXPECT_TRUE(txn.ok());
  auto cursor = txn->scan(table, from);
  EXPECT_TRUE(cursor.ok());
  std::string keys;
  while (cursor->valid()) {
    keys.append(cursor->key()).append("=").append(cursor->value()).append(" ");
    EXPECT_TRUE(cursor->next().ok());
  }
  return keys;
}

// Runs `body` in another process; its result is the exit status.
int in_another_process(const std::function<int()>& body) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(body());
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

TEST(Lmdb, KeepsWhatWasCommittedAndNothingElse) {
  const TemporaryFolder folder;
  {
    auto environment = open(folder);
    put(*environment, kFirst, "a", "1");
    put(*environment, kSecond, "a", "2");
    auto txn = environment->write();
    ASSERT_TRUE(txn.ok());
    ASSERT_TRUE(txn->put(kFirst, "b", "never").ok());
    ASSERT_TRUE(txn->erase(kFirst, "a").ok());
  }
  auto environment = open(folder);
  EXPECT_EQ(get(*environment, kFirst, "a"), "1");
  EXPECT_EQ(get(*environment, kSecond, "a"), "2");
  EXPECT_EQ(get(*environment, kFirst, "b"), "(none)");
}

TEST(Lmdb, WalksForwardInTheOrderOfBytes) {
  const TemporaryFolder folder;
  auto environment = open(folder);
  for (std::string_view key : {"b", "\xff", "a", "ab", "c"})
    put(*environment, kFirst, key, "v");
  EXPECT_EQ(keys_from(*environment, kFirst, ""), "a=v ab=v b=v c=v \xff=v ");
  EXPECT_EQ(keys_from(*environment, kFirst, "ab"), "ab=v b=v c=v \xff=v ");
  EXPECT_EQ(keys_from(*environment, kFirst, "ac"), "b=v c=v \xff=v ");
  EXPECT_EQ(keys_from(*environment, kFirst, "\xff\x01"), "");
  EXPECT_EQ(keys_from(*environment, kSecond, ""), "");
}

TEST(Lmdb, ReadsItsOwnChangesBeforeTheCommit) {
  const TemporaryFolder folder;
  auto environment = open(folder);
  put(*environment, kFirst, "a", "1");
  auto txn = environment->write();
  ASSERT_TRUE(txn.ok());
  ASSERT_TRUE(txn->put(kFirst, "b", "2").ok());
  EXPECT_EQ(txn->get(kFirst, "b")->value(), "2");
  auto erased = txn->erase(kFirst, "a");
  EXPECT_TRUE(erased.ok() && *erased);
  auto again = txn->erase(kFirst, "a");
  EXPECT_TRUE(again.ok() && !*again);
  EXPECT_FALSE(txn->get(kFirst, "a")->has_value());
  EXPECT_EQ(get(*environment, kFirst, "a"), "1") << "a reader sees the last commit";
  ASSERT_TRUE(txn->commit().ok());
  EXPECT_EQ(get(*environment, kFirst, "a"), "(none)");
}

// The reader is the process that was here first: a forked child would inherit the writer's open environment.
TEST(Lmdb, AnotherProcessReadsBesideTheWriter) {
  const TemporaryFolder folder;
  int to_writer[2];
  int to_reader[2];
  ASSERT_EQ(::pipe(to_writer), 0);
  ASSERT_EQ(::pipe(to_reader), 0);
  const pid_t writer = ::fork();
  if (writer == 0) {
    char step = 0;
    auto environment = Environment::open(folder.path(), options());
    if (!environment.ok()) ::_exit(1);
    put(**environment, kFirst, "a", "1");
    auto txn = (*environment)->write();
    if (!txn.ok() || !txn->put(kFirst, "a", "2").ok()) ::_exit(2);
    if (::write(to_reader[1], "x", 1) != 1 || ::read(to_writer[0], &step, 1) != 1) ::_exit(3);
    if (!txn->commit().ok()) ::_exit(4);
    if (::write(to_reader[1], "x", 1) != 1 || ::read(to_writer[0], &step, 1) != 1) ::_exit(5);
    ::_exit(0);
  }
  char step = 0;
  ASSERT_EQ(::read(to_reader[0], &step, 1), 1);
  auto environment = open(folder, true);
  EXPECT_EQ(get(*environment, kFirst, "a"), "1") << "while the other writes";
  ASSERT_EQ(::write(to_writer[1], "x", 1), 1);
  ASSERT_EQ(::read(to_reader[0], &step, 1), 1);
  EXPECT_EQ(get(*environment, kFirst, "a"), "2") << "after its commit";
  ASSERT_EQ(::write(to_writer[1], "x", 1), 1);
  int status = 0;
  ASSERT_EQ(::waitpid(writer, &status, 0), writer);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  for (int fd : {to_writer[0], to_writer[1], to_reader[0], to_reader[1]})
    ::close(fd);
}

TEST(Lmdb, RefusesASecondEnvironmentOnTheFolderInOneProcess) {
  const TemporaryFolder folder;
  auto environment = open(folder);
  auto second = Environment::open(folder.path() + "/", options(true));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), ErrorCode::kStateRefused);
  put(*environment, kFirst, "a", "1");
  environment.reset();
  EXPECT_EQ(get(*open(folder), kFirst, "a"), "1");
}

TEST(Lmdb, SaysWhatIsWrongWithTheFolder) {
  const TemporaryFolder folder;
  auto missing = Environment::open(folder.path() + "/none", options());
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code(), ErrorCode::kDisk);
  EXPECT_NE(missing.error().message().find(folder.path() + "/none"), std::string::npos) << missing.error().message();
  const int fd = ::open((folder.path() + "/data.mdb").c_str(), O_CREAT | O_WRONLY, 0600);
  const std::string junk(8192, 'x');
  ASSERT_EQ(::write(fd, junk.data(), junk.size()), static_cast<ssize_t>(junk.size()));
  ::close(fd);
  auto foreign = Environment::open(folder.path(), options());
  ASSERT_FALSE(foreign.ok());
  EXPECT_NE(foreign.error().message().find("not a store of this program"), std::string::npos)
      << foreign.error().message();
}

TEST(Lmdb, AFullMapIsAnErrorAndLosesNothing) {
  const TemporaryFolder folder;
  EnvironmentOptions small = options();
  small.map_bytes = 256 * 1024;
  auto environment = Environment::open(folder.path(), small);
  ASSERT_TRUE(environment.ok());
  put(**environment, kFirst, "a", "1");
  {
    auto txn = (*environment)->write();
    ASSERT_TRUE(txn.ok());
    auto written = txn->put(kFirst, "b", std::string(1024 * 1024, 'x'));
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().code(), ErrorCode::kDiskFull);
  }
  EXPECT_EQ(get(**environment, kFirst, "a"), "1");
}

TEST(Lmdb, AProcessThatDiesInTheMiddleLosesOnlyItsOpenTransaction) {
  const TemporaryFolder folder;
  EXPECT_EQ(in_another_process([&] {
              auto environment = Environment::open(folder.path(), options());
              if (!environment.ok()) return 1;
              auto first = (*environment)->write();
              if (!first.ok() || !first->put(kFirst, "a", "1").ok() || !first->commit().ok()) return 2;
              auto second = (*environment)->write();
              if (!second.ok() || !second->put(kFirst, "b", "2").ok()) return 3;
              ::_exit(0);  // Neither commit nor close.
            }),
            0);
  auto environment = open(folder);
  EXPECT_EQ(keys_from(*environment, kFirst, ""), "a=1 ");
  put(*environment, kFirst, "b", "3");
}

TEST(Lmdb, BehavesAsASortedMap) {
  const uint64_t seed = SystemRandom().next();
  SCOPED_TRACE(seed);
  SeededRandom random(seed);
  const TemporaryFolder folder;
  auto environment = open(folder);
  std::map<std::string, std::string> model;
  for (int round = 0; round < 30; ++round) {
    auto txn = environment->write();
    ASSERT_TRUE(txn.ok());
    for (int i = 0; i < 200; ++i) {
      const std::string key = "k" + std::to_string(random.below(500));
      if (random.below(3) == 0) {
        auto erased = txn->erase(kFirst, key);
        ASSERT_TRUE(erased.ok());
        EXPECT_EQ(*erased, model.erase(key) == 1);
      } else {
        const std::string value(random.below(300), 'v');
        ASSERT_TRUE(txn->put(kFirst, key, value).ok());
        model[key] = value;
      }
    }
    ASSERT_TRUE(txn->commit().ok());
  }
  std::string wanted;
  for (const auto& [key, value] : model)
    wanted += key + "=" + value + " ";
  EXPECT_EQ(keys_from(*environment, kFirst, ""), wanted);
}

}  // namespace
}  // namespace penstock
