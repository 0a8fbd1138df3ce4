// SPDX-License-Identifier: Apache-2.0
// A server of one-line requests for tests of StreamServer, and a folder that goes away.
//
//   known        the peer has shown who it is; "known"
//   later        paused until the test answers
//   big N        N bytes 'x' in answers of 64 KiB
//   bye          "bye", then the end
//   other text   comes back
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "net/client_for_test.h"
#include "net/stream_server.h"

namespace penstock {

class LineServer {
 public:
  explicit LineServer(const ListenOptions& options = {}) : server_(StreamServer::start(log).value()) {
    port = server_->listen(options, factory()).value();
  }

  HandlerFactory factory() {
    return [this](const PeerInfo& peer, std::shared_ptr<StreamSender> sender) {
      const std::lock_guard lock(mutex_);
      peers_.push_back(peer);
      changed_.notify_all();
      return std::make_unique<Handler>(*this, std::move(sender));
    };
  }

  StreamServer& server() { return *server_; }
  void end() { server_.reset(); }

  // Waits for what has been asked to be answered later.
  std::shared_ptr<StreamSender> asked_later() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, kPatience, [this] { return !later_.empty(); }));
    if (later_.empty()) return nullptr;
    std::shared_ptr<StreamSender> sender = later_.front();
    later_.erase(later_.begin());
    return sender;
  }
  void wait_closed(size_t connections) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return closed_ >= connections; }));
  }
  PeerInfo peer(size_t number) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return peers_.size() > number; }));
    return peers_.size() > number ? peers_[number] : PeerInfo();
  }
  size_t peers_seen() {
    const std::lock_guard lock(mutex_);
    return peers_.size();
  }

  MemoryLogger log;
  uint16_t port = 0;

 private:
  static constexpr std::chrono::seconds kPatience{30};

  class Handler final : public StreamHandler {
   public:
    Handler(LineServer& owner, std::shared_ptr<StreamSender> sender) : owner_(owner), sender_(std::move(sender)) {}
    size_t on_bytes(std::string_view bytes) override {
      size_t used = 0;
      for (size_t end; !paused_ && (end = bytes.find('\n', used)) != std::string_view::npos; used = end + 1) {
        request(std::string(bytes.substr(used, end - used)));
      }
      paused_ = false;
      return used;
    }
    void on_closed() override {
      const std::lock_guard lock(owner_.mutex_);
      ++owner_.closed_;
      owner_.changed_.notify_all();
    }

   private:
    void request(const std::string& line) {
      if (line == "later") {
        sender_->pause(true);
        paused_ = true;
        const std::lock_guard lock(owner_.mutex_);
        owner_.later_.push_back(sender_);
        owner_.changed_.notify_all();
        return;
      }
      if (line.starts_with("big ")) {
        for (size_t left = std::stoul(line.substr(4)); left > 0;) {
          const size_t part = std::min(left, size_t{64} << 10);
          sender_->send(std::string(part, 'x'));
          left -= part;
        }
        return;
      }
      if (line == "known") sender_->set_authenticated();
      sender_->send(line + "\n");
      if (line == "bye") sender_->close();
    }

    LineServer& owner_;
    std::shared_ptr<StreamSender> sender_;
    bool paused_ = false;
  };

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<PeerInfo> peers_;
  std::vector<std::shared_ptr<StreamSender>> later_;
  size_t closed_ = 0;
  std::unique_ptr<StreamServer> server_;  // Last: its end calls handlers.
};

class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "penstock_net_XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    path = name;
  }
  ~TestFolder() { std::filesystem::remove_all(path); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  std::string path;
};

inline size_t lines_with(const MemoryLogger& log, std::string_view part) {
  const std::string text = log.text();
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

}  // namespace penstock
