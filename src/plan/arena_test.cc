#include "plan/arena.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

namespace verge::plan {
namespace {

// Root of a buffer's alias chain: buffers of one chain may share memory whenever they like.
size_t Root(const std::vector<ArenaBuffer>& buffers, size_t i) {
  while (buffers[i].alias != kNoAlias) i = static_cast<size_t>(buffers[i].alias);
  return i;
}

void ExpectSound(const std::vector<ArenaBuffer>& buffers, const ArenaPlan& plan) {
  ASSERT_EQ(plan.offsets.size(), buffers.size());
  for (size_t i = 0; i < buffers.size(); ++i) {
    const ArenaBuffer& a = buffers[i];
    EXPECT_EQ(plan.offsets[i] % kArenaAlignment, 0U);
    EXPECT_LE(plan.offsets[i] + a.bytes, plan.total_bytes);
    if (a.alias != kNoAlias) {
      EXPECT_EQ(plan.offsets[i], plan.offsets[static_cast<size_t>(a.alias)]);
    }
    for (size_t j = 0; j < i; ++j) {
      const ArenaBuffer& b = buffers[j];
      if (Root(buffers, i) == Root(buffers, j) || a.bytes == 0 || b.bytes == 0) continue;
      const bool meet_in_time = a.first <= b.last && b.first <= a.last;
      const bool meet_in_space =
          plan.offsets[i] < plan.offsets[j] + b.bytes && plan.offsets[j] < plan.offsets[i] + a.bytes;
      ASSERT_FALSE(meet_in_time && meet_in_space) << "buffers " << i << " and " << j << " overlap";
    }
  }
  EXPECT_GE(plan.total_bytes, plan.lower_bound_bytes);
}

TEST(Arena, EmptyScheduleNeedsNothing) {
  const auto plan = PlanArena({});
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->total_bytes, 0U);
}

TEST(Arena, AChainNeedsTwoBuffers) {
  std::vector<ArenaBuffer> buffers;
  for (int i = 0; i < 10; ++i) buffers.push_back({.first = i, .last = i + 1, .bytes = 1000});
  const auto plan = PlanArena(buffers);
  ASSERT_TRUE(plan.ok());
  ExpectSound(buffers, *plan);
  EXPECT_EQ(plan->total_bytes, 2048U);
}

TEST(Arena, AnAliasSharesItsOffset) {
  const std::vector<ArenaBuffer> buffers = {{.first = 0, .last = 1, .bytes = 640},
                                            {.first = 1, .last = 2, .bytes = 640, .alias = 0},
                                            {.first = 2, .last = 3, .bytes = 640, .alias = 1}};
  const auto plan = PlanArena(buffers);
  ASSERT_TRUE(plan.ok());
  ExpectSound(buffers, *plan);
  EXPECT_EQ(plan->total_bytes, 640U);
}

TEST(Arena, RandomSchedulesNeverOverlap) {
  std::mt19937 random(42);
  double sum_ratio = 0;
  constexpr int kRounds = 300;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<ArenaBuffer> buffers;
    const size_t count = 1 + random() % 60;
    for (size_t i = 0; i < count; ++i) {
      const auto first = static_cast<int32_t>(random() % 40);
      const auto last = first + static_cast<int32_t>(random() % (random() % 4 == 0 ? 30 : 3));
      buffers.push_back({.first = first, .last = last, .bytes = random() % 8 == 0 ? 0 : random() % 5000});
      if (i == 0 || random() % 5 != 0) continue;
      const size_t owner = random() % i;
      buffers[i].alias = static_cast<int32_t>(owner);
      buffers[i].first = buffers[owner].last;
      buffers[i].last = std::max(buffers[i].last, buffers[i].first);
    }
    const auto plan = PlanArena(buffers);
    ASSERT_TRUE(plan.ok()) << plan.status().ToString();
    ExpectSound(buffers, *plan);
    if (HasFatalFailure()) return;
    sum_ratio += plan->lower_bound_bytes == 0
                     ? 1.0
                     : static_cast<double>(plan->total_bytes) / static_cast<double>(plan->lower_bound_bytes);
  }
  EXPECT_LT(sum_ratio / kRounds, 1.08) << "the plans got worse";
}

TEST(Arena, RefusesNonsense) {
  const ArenaBuffer backwards{.first = 2, .last = 1, .bytes = 4};
  EXPECT_EQ(PlanArena({&backwards, 1}).code(), StatusCode::kInvalidArgument);
  const ArenaBuffer self{.first = 0, .last = 1, .bytes = 4, .alias = 0};
  EXPECT_EQ(PlanArena({&self, 1}).code(), StatusCode::kInvalidArgument);
  const ArenaBuffer huge{.first = 0, .last = 1, .bytes = std::numeric_limits<size_t>::max() - 100};
  const std::vector<ArenaBuffer> two = {huge, huge};
  EXPECT_EQ(PlanArena(two).code(), StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace verge::plan
