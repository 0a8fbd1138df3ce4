// SPDX-License-Identifier: Apache-2.0
#include "net/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>

namespace penstock {
namespace {

TEST(WorkerPool, RunsManyAtOnceAndRefusesWhatDoesNotFit) {
  std::promise<void> go;
  const std::shared_future<void> gone = go.get_future().share();
  std::atomic<int> ran = 0;
  std::promise<void> both_run;
  std::atomic<int> running = 0;
  {
    WorkerPool pool(2, 3);
    const auto job = [&] {
      if (++running == 2) both_run.set_value();
      gone.wait();
      ++ran;
    };
    EXPECT_TRUE(pool.submit(job));
    EXPECT_TRUE(pool.submit(job));
    both_run.get_future().wait();
    std::promise<void> last_ran;
    for (int i = 0; i < 2; ++i)
      EXPECT_TRUE(pool.submit([&] { ++ran; }));
    EXPECT_TRUE(pool.submit([&] { last_ran.set_value(); }));
    EXPECT_FALSE(pool.submit([&] { ++ran; })) << "two run, three wait";
    go.set_value();
    last_ran.get_future().wait();
  }
  EXPECT_EQ(ran, 4);
}

TEST(WorkerPool, OneThreadKeepsTheOrder) {
  std::string order;
  std::promise<void> end;
  WorkerPool pool(1, 100);
  for (char c = 'a'; c <= 'z'; ++c)
    EXPECT_TRUE(pool.submit([&order, c] { order += c; }));
  EXPECT_TRUE(pool.submit([&] { end.set_value(); }));
  end.get_future().wait();
  EXPECT_EQ(order, "abcdefghijklmnopqrstuvwxyz");
}

TEST(WorkerPool, EndDestroysWhatNeverRan) {
  std::promise<void> started;
  std::promise<void> go;
  bool ran = false;
  auto pool = std::make_unique<WorkerPool>(1, 10);
  EXPECT_TRUE(pool->submit([&] {
    started.set_value();
    go.get_future().wait();
  }));
  started.get_future().wait();
  struct Watch {
    std::promise<void>* destroyed;
    ~Watch() { destroyed->set_value(); }
  };
  std::promise<void> destroyed;
  auto watch = std::make_shared<Watch>(&destroyed);
  EXPECT_TRUE(pool->submit([watch, &ran] { ran = true; }));
  watch.reset();
  auto end = std::async(std::launch::async, [&] { pool.reset(); });
  destroyed.get_future().wait();  // While the first still runs.
  go.set_value();
  end.wait();
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace penstock
