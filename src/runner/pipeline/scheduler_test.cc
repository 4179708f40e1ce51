#include "runner/pipeline/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "runner/pipeline/graph_for_test.h"

namespace verge::runner::pipeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<int64_t> Times(int64_t count, int64_t step_us, int64_t first_us = 0) {
  std::vector<int64_t> times;
  for (int64_t i = 0; i < count; ++i) times.push_back(first_us + i * step_us);
  return times;
}

FunctionStage::Function Nothing() {
  return [](const Packet&, Outlet&) { return Status::Ok(); };
}

using Seen = std::vector<std::pair<uint32_t, int64_t>>;

FunctionStage::Function Remember(Seen& seen) {
  return [&seen](const Packet& packet, Outlet&) {
    seen.emplace_back(packet.input, packet.media_us);
    return Status::Ok();
  };
}

TEST(Scheduler, AChainLosesNothingAndKeepsOrder) {
  for (const size_t workers : {1, 2, 4}) {
    TestGraph g;
    Seen seen;
    Node& source = g.AddSource("source", std::make_unique<ListSource>(Times(1000, 10)));
    Node& a = g.AddStage("a", {&source}, PassOn);
    Node& b = g.AddStage("b", {&a}, PassOn);
    Node& sink = g.AddStage("sink", {&b}, Remember(seen));
    ASSERT_TRUE(g.Run(workers).ok());
    ASSERT_EQ(seen.size(), 1000u);
    for (size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i].second, static_cast<int64_t>(i) * 10);
    EXPECT_EQ(g.frames().load(), 1000);
    EXPECT_EQ(sink.stats.Snapshot().count, 1000u);
    EXPECT_EQ(sink.stats.Snapshot().drops, 0u);
  }
}

TEST(Scheduler, SeveralSourcesAreMergedByMediaTimeWhateverTheSpeed) {
  Seen first;
  for (const size_t workers : {1, 2, 4}) {
    TestGraph g;
    Seen seen;
    Node& fast = g.AddSource("fast", std::make_unique<ListSource>(Times(300, 10)));
    Node& slow = g.AddSource("slow", std::make_unique<ListSource>(Times(30, 100)));
    Node& late = g.AddSource("late", std::make_unique<ListSource>(Times(10, 100, 5000)));
    Node& work = g.AddStage("work", {&slow}, [](Packet packet, Outlet& out) {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      return PassOn(std::move(packet), out);
    });
    g.AddStage("join", {&fast, &work, &late}, Remember(seen));
    ASSERT_TRUE(g.Run(workers).ok());
    ASSERT_EQ(seen.size(), 340u);
    for (size_t i = 1; i < seen.size(); ++i) {
      const bool is_in_order = seen[i - 1].second < seen[i].second ||
                               (seen[i - 1].second == seen[i].second && seen[i - 1].first < seen[i].first);
      EXPECT_TRUE(is_in_order) << i;
    }
    if (workers == 1) first = seen;
    EXPECT_EQ(seen, first);
  }
}

// One branch swallows everything: without marks the join would wait for it until the queues are full, and for ever.
TEST(Scheduler, ASilentBranchDoesNotHoldUpTheOther) {
  for (const size_t workers : {1, 3}) {
    TestGraph g;
    Seen seen;
    Node& source = g.AddSource("source", std::make_unique<ListSource>(Times(500, 10)));
    Node& silent = g.AddStage("silent", {&source}, Nothing());
    Node& join = g.AddStage("join", {&silent, &source}, Remember(seen));
    ASSERT_TRUE(g.Run(workers).ok());
    EXPECT_EQ(seen.size(), 500u);
    EXPECT_EQ(static_cast<FunctionStage&>(*join.stage).advanced_us, 4990);
  }
}

TEST(Scheduler, MorePacketsOfOneTimeThanAQueueHoldsGoThrough) {
  TestGraph g;
  Seen seen;
  Node& source = g.AddSource("source", std::make_unique<ListSource>(std::vector<int64_t>(50, 7)));
  Node& silent = g.AddStage("silent", {&source}, Nothing());
  g.AddStage("join", {&silent, &source}, Remember(seen));
  ASSERT_TRUE(g.Run(1).ok());
  EXPECT_EQ(seen.size(), 50u);
}

TEST(Scheduler, AStageMayGiveSeveralAndTimesNeverGoBack) {
  TestGraph g;
  Seen seen;
  Node& source = g.AddSource("source", std::make_unique<ListSource>(Times(3, 1000)));
  Node& split = g.AddStage("split", {&source}, [](const Packet& packet, Outlet& out) {
    Packet early;
    early.media_us = packet.media_us - 500;  // known only now
    out.Give(std::move(early));
    out.Give(packet);
    return Status::Ok();
  });
  g.AddStage("sink", {&split}, Remember(seen));
  ASSERT_TRUE(g.Run(2).ok());
  EXPECT_THAT(seen, ElementsAre(std::pair(0u, 0), std::pair(0u, 0), std::pair(0u, 1000), std::pair(0u, 1000),
                                std::pair(0u, 2000), std::pair(0u, 2000)));
}

TEST(Scheduler, ALiveSourceDropsToTheNewest) {
  TestGraph g;
  Seen seen;
  Node& source = g.AddSource("camera", std::make_unique<ListSource>(Times(2000, 10)), true);
  Node& slow = g.AddStage(
      "slow", {&source},
      [&seen](const Packet& packet, Outlet&) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        seen.emplace_back(packet.input, packet.media_us);
        return Status::Ok();
      },
      1, true);
  ASSERT_TRUE(g.Run(1).ok());
  const ElementStats stats = slow.stats.Snapshot();
  EXPECT_GT(stats.drops, 0u);
  EXPECT_EQ(stats.drops + stats.count, 2000u);
  EXPECT_EQ(seen.back().second, 19990);
}

TEST(Scheduler, ASourceWithItsOwnThreadWaitsForRoom) {
  TestGraph g;
  Seen seen;
  Node& source = g.AddSource("tape", std::make_unique<ListSource>(Times(300, 10)), true);
  g.AddStage("sink", {&source}, Remember(seen));
  ASSERT_TRUE(g.Run(2).ok());
  EXPECT_EQ(seen.size(), 300u);
}

TEST(Scheduler, TheFirstErrorEndsItAndIsNamed) {
  for (const size_t workers : {1, 3}) {
    TestGraph g;
    Node& source = g.AddSource("source", std::make_unique<ListSource>(Times(1000000, 10)), workers == 3);
    g.AddStage("broken", {&source}, [](const Packet& packet, Outlet&) {
      return packet.frame == 20 ? VERGE_ERROR(kDataLoss, "no good") : Status::Ok();
    });
    const Status status = g.Run(workers);
    ASSERT_FALSE(status.ok());
    EXPECT_THAT(std::string(status.message()), HasSubstr("broken: no good"));
    EXPECT_LT(g.frames().load(), 1000);
  }
}

TEST(Scheduler, StopAndMaxFramesEndTheSourcesAndFinishTheRest) {
  TestGraph g;
  Seen seen;
  Node& source = g.AddSource("source", std::make_unique<ListSource>(Times(1000, 10)));
  g.AddStage("sink", {&source}, Remember(seen));
  ASSERT_TRUE(g.Run(2, 17).ok());
  EXPECT_EQ(seen.size(), 17u);

  TestGraph endless;
  Node& tape = endless.AddSource("tape", std::make_unique<ListSource>(Times(1 << 22, 10)));
  Scheduler* running = nullptr;
  std::atomic<int64_t> count{0};
  endless.AddStage("sink", {&tape}, [&](const Packet&, Outlet&) {
    if (count.fetch_add(1) == 5) std::thread([running] { running->Stop(); }).detach();
    return Status::Ok();
  });
  Scheduler scheduler(endless.nodes(), endless.frames());
  running = &scheduler;
  ASSERT_TRUE(scheduler.Run(0, 1).ok());
  EXPECT_EQ(count.load(), endless.frames().load());
  EXPECT_LT(count.load(), 1 << 22);
}

}  // namespace
}  // namespace verge::runner::pipeline
