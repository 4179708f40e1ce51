#include "sys/clock/clock.h"

#include <gtest/gtest.h>

namespace verge::sys {
namespace {

TEST(SystemClock, MonotonicNeverGoesBackAndWallIsAfterTheProjectBegan) {
  const SystemClock clock;
  const int64_t first = clock.MonotonicMs();
  EXPECT_GE(clock.MonotonicMs(), first);
  EXPECT_GT(clock.WallMs(), 1'600'000'000'000);
}

TEST(FakeClock, AdvanceMovesBothAndJumpOnlyTheWall) {
  FakeClock clock(5000);
  const int64_t start = clock.MonotonicMs();
  clock.Advance(10);
  clock.JumpWall(-3000);
  EXPECT_EQ(clock.MonotonicMs(), start + 10);
  EXPECT_EQ(clock.WallMs(), 2010);
}

}  // namespace
}  // namespace verge::sys
