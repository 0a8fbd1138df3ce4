// SPDX-License-Identifier: Apache-2.0
// A mongod of the tests' own, with fail points, that may be killed and started again. The binary is
// PENSTOCK_TEST_MONGOD or the one that scripts/services/mongod.sh has fetched; without one the tests are skipped.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "connectors/mongodb/mongodb_client.h"
#include "docstore/documents_for_test.h"

namespace penstock {

enum class MongodKind { kReplicaSet, kStandalone };

class MongodForTest {
 public:
  static std::string binary() {
    if (const char* given = std::getenv("PENSTOCK_TEST_MONGOD")) return given;
    const char* cache = std::getenv("PENSTOCK_CACHE");
    const char* home = std::getenv("HOME");
    const std::string folder = cache != nullptr ? cache : std::string(home != nullptr ? home : "") + "/.cache/penstock";
    const std::string path = folder + "/mongod-6.0.5/mongod";
    return std::filesystem::exists(path) ? path : "";
  }

  explicit MongodForTest(MongodKind kind) : kind_(kind), port_(free_port()) {
    start();
    if (kind_ == MongodKind::kReplicaSet) {
      run("admin",
          fmt::format(R"({{"replSetInitiate": {{"_id": "rs0", "members": [{{"_id": 0, "host": "{}"}}]}}}})", host()));
    }
    wait_until_writable();
  }
  ~MongodForTest() { kill(); }
  MongodForTest(const MongodForTest&) = delete;
  MongodForTest& operator=(const MongodForTest&) = delete;

  void start() {
    std::vector<std::string> words = {binary(),
                                      "--dbpath",
                                      folder_.path(),
                                      "--port",
                                      std::to_string(port_),
                                      "--bind_ip",
                                      "127.0.0.1",
                                      "--logpath",
                                      folder_.path() + "/log",
                                      "--setParameter",
                                      "enableTestCommands=1",
                                      "--wiredTigerCacheSizeGB",
                                      "0.25"};
    if (kind_ == MongodKind::kReplicaSet) words.insert(words.end(), {"--replSet", "rs0"});
    std::vector<char*> arguments;
    for (std::string& word : words)
      arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ != 0) return;
    const int quiet = ::open("/dev/null", O_WRONLY);
    ::dup2(quiet, STDOUT_FILENO);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
    client_.reset();
  }
  void restart() {
    kill();
    start();
    wait_until_writable();
  }

  std::string host() const { return fmt::format("127.0.0.1:{}", port_); }
  std::string uri() const {
    return fmt::format("mongodb://{}/?{}", host(),
                       kind_ == MongodKind::kReplicaSet ? "replicaSet=rs0&directConnection=true" : "");
  }
  // The reply; an error fails the test.
  OwnedDocument run(const std::string& db, std::string_view command) {
    auto reply = try_run(db, command);
    EXPECT_TRUE(reply.ok()) << command << ": " << (reply.ok() ? "" : reply.error().message());
    return reply.ok() ? std::move(*reply) : OwnedDocument();
  }
  Result<OwnedDocument> try_run(const std::string& db, std::string_view command) {
    const mongo::LibraryScope library(log_);
    if (client_ == nullptr) {
      const mongo::UriHandle uri(mongoc_uri_new(fmt::format("mongodb://{}/?directConnection=true", host()).c_str()));
      PS_TRY(client_, mongo::Client::make(*uri, {host(), "", "test"}, {Duration{30'000}, Duration{20'000}}));
    }
    return client_->read(db, doc(command));
  }
  void fail_command(std::string_view mode, std::string_view data) {
    run("admin", fmt::format(R"({{"configureFailPoint": "failCommand", "mode": {}, "data": {}}})", mode, data));
  }
  void no_fail_point() { run("admin", R"({"configureFailPoint": "failCommand", "mode": "off"})"); }

  void wait_until_writable() {
    for (int attempt = 0; attempt < 600; ++attempt) {
      auto hello = try_run("admin", R"({"hello": 1})");
      if (hello.ok() && is_true(hello->view().get("isWritablePrimary"))) return;
      ::usleep(50'000);
    }
    FAIL() << "mongod at " << host() << " takes no writes";
  }

 private:
  static int free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
    ::close(fd);
    return ntohs(address.sin_port);
  }

  MongodKind kind_;
  int port_;
  pid_t pid_ = -1;
  TemporaryFolder folder_;
  MemoryLogger log_;
  std::unique_ptr<mongo::Client> client_;
};

}  // namespace penstock
