#include "runner/pipeline/inbox.h"

#include <gtest/gtest.h>

namespace verge::runner::pipeline {
namespace {

Packet At(int64_t media_us) {
  Packet packet;
  packet.media_us = media_us;
  return packet;
}

Packet Mark(int64_t media_us) {
  Packet packet = At(media_us);
  packet.is_mark = true;
  return packet;
}

TEST(Inbox, KeepsOrderAndSaysWhenItIsFull) {
  Inbox inbox(2, false);
  EXPECT_EQ(inbox.Push(At(1)), 0u);
  EXPECT_TRUE(inbox.HasRoom());
  EXPECT_EQ(inbox.Push(At(2)), 0u);
  EXPECT_FALSE(inbox.HasRoom());
  EXPECT_EQ(inbox.Pop().media_us, 1);
  EXPECT_TRUE(inbox.HasRoom());
  EXPECT_EQ(inbox.Pop().media_us, 2);
  EXPECT_TRUE(inbox.is_empty());
}

TEST(Inbox, DroppingKeepsTheNewest) {
  Inbox inbox(1, true);
  EXPECT_EQ(inbox.Push(At(1)), 0u);
  EXPECT_EQ(inbox.Push(At(2)), 1u);
  EXPECT_EQ(inbox.Push(Mark(3)), 0u);
  EXPECT_EQ(inbox.Push(At(4)), 1u);
  EXPECT_EQ(inbox.Pop().media_us, 3);  // a mark is never dropped
  EXPECT_EQ(inbox.Pop().media_us, 4);
  EXPECT_TRUE(inbox.is_empty());
}

TEST(Inbox, NeighbouringMarksTakeOnePlaceAndNoRoom) {
  Inbox inbox(1, false);
  for (int64_t us = 0; us < 1000; ++us) inbox.Push(Mark(us));
  EXPECT_TRUE(inbox.HasRoom());
  EXPECT_EQ(inbox.reached_us(), 999);
  EXPECT_EQ(inbox.Pop().media_us, 999);
  EXPECT_TRUE(inbox.is_empty());
}

}  // namespace
}  // namespace verge::runner::pipeline
