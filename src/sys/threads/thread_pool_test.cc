#include "sys/threads/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <numeric>
#include <thread>
#include <vector>

namespace verge::sys {
namespace {

struct Sums {
  std::vector<int> hits;
};

void Hit(void* context, int task) { ++static_cast<Sums*>(context)->hits[static_cast<size_t>(task)]; }

void ExpectAllOnce(ThreadPool& pool, int count) {
  Sums sums{std::vector<int>(static_cast<size_t>(count), 0)};
  pool.Run(count, &Hit, &sums);
  for (int i = 0; i < count; ++i) ASSERT_EQ(sums.hits[static_cast<size_t>(i)], 1) << "task " << i << " of " << count;
}

TEST(ThreadPool, RefusesBadThreadCounts) {
  EXPECT_EQ(ThreadPool::Create(0).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(ThreadPool::Create(ThreadPool::kMaxThreads + 1).code(), StatusCode::kInvalidArgument);
}

TEST(ThreadPool, RunsEveryTaskOnce) {
  for (const int threads : {1, 2, 4}) {
    auto pool = ThreadPool::Create(threads);
    ASSERT_TRUE(pool.ok()) << pool.status().ToString();
    EXPECT_EQ((*pool)->threads(), threads);
    for (const int count : {0, 1, 2, 3, 7, 64, 1000}) ExpectAllOnce(**pool, count);
  }
}

TEST(ThreadPool, SplitsJobsLargerThanItsCounter) {
  auto pool = ThreadPool::Create(3);
  ASSERT_TRUE(pool.ok());
  ExpectAllOnce(**pool, 200'001);
}

TEST(ThreadPool, ManySmallJobsBackToBack) {
  auto pool = ThreadPool::Create(4);
  ASSERT_TRUE(pool.ok());
  for (int i = 0; i < 5000; ++i) ExpectAllOnce(**pool, 1 + i % 9);
}

TEST(ThreadPool, WorksAfterItsWorkersFellAsleep) {
  auto pool = ThreadPool::Create(3);
  ASSERT_TRUE(pool.ok());
  for (int i = 0; i < 5; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    ExpectAllOnce(**pool, 16);
  }
}

// The caller's own share is over long before the others': it has to sleep and be woken.
TEST(ThreadPool, CallerWaitsForSlowTasks) {
  auto pool = ThreadPool::Create(2);
  ASSERT_TRUE(pool.ok());
  std::atomic<int> finished{0};
  (*pool)->Run(
      4,
      [](void* context, int) {
        std::this_thread::sleep_for(std::chrono::milliseconds(3));
        static_cast<std::atomic<int>*>(context)->fetch_add(1);
      },
      &finished);
  EXPECT_EQ(finished.load(), 4);
}

TEST(ThreadPool, UsesItsWorkers) {
  auto pool = ThreadPool::Create(2);
  ASSERT_TRUE(pool.ok());
  // Both tasks wait for each other, so one thread alone would never come back.
  std::atomic<int> arrived{0};
  (*pool)->Run(
      2,
      [](void* context, int) {
        auto& count = *static_cast<std::atomic<int>*>(context);
        count.fetch_add(1);
        while (count.load() < 2) std::this_thread::yield();
      },
      &arrived);
  EXPECT_EQ(arrived.load(), 2);
}

struct Nested {
  ThreadPool* pool;
  std::atomic<int> inner{0};
};

TEST(ThreadPool, NestedRunIsDoneInline) {
  auto pool = ThreadPool::Create(3);
  ASSERT_TRUE(pool.ok());
  Nested nested{.pool = pool->get()};
  (*pool)->Run(
      6,
      [](void* context, int) {
        auto* n = static_cast<Nested*>(context);
        n->pool->Run(5, [](void* c, int) { static_cast<Nested*>(c)->inner.fetch_add(1); }, n);
      },
      &nested);
  EXPECT_EQ(nested.inner.load(), 30);
}

TEST(ThreadPool, CallersOnSeveralThreads) {
  auto pool = ThreadPool::Create(3);
  ASSERT_TRUE(pool.ok());
  std::vector<std::thread> callers;
  for (int t = 0; t < 3; ++t) {
    callers.emplace_back([&] {
      for (int i = 0; i < 500; ++i) ExpectAllOnce(**pool, 8);
    });
  }
  for (std::thread& caller : callers) caller.join();
}

}  // namespace
}  // namespace verge::sys
