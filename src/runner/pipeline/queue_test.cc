#include "runner/pipeline/queue.h"

#include <gtest/gtest.h>

#include <thread>

namespace verge::runner::pipeline {
namespace {

Packet Numbered(int64_t frame) {
  Packet packet;
  packet.frame = frame;
  return packet;
}

TEST(Queue, BlockingLosesNothingAndKeepsOrder) {
  Queue queue(2, WhenFull::kBlock);
  std::thread producer([&queue] {
    for (int64_t i = 0; i < 1000; ++i) EXPECT_EQ(queue.Push(Numbered(i)), 0u);
    queue.Close();
  });
  int64_t expected = 0;
  while (const std::optional<Packet> packet = queue.Pop()) EXPECT_EQ(packet->frame, expected++);
  EXPECT_EQ(expected, 1000);
  producer.join();
}

TEST(Queue, DroppingKeepsTheNewest) {
  Queue queue(1, WhenFull::kDropOldest);
  EXPECT_EQ(queue.Push(Numbered(1)), 0u);
  EXPECT_EQ(queue.Push(Numbered(2)), 1u);
  EXPECT_EQ(queue.Push(Numbered(3)), 1u);
  queue.Close();
  EXPECT_EQ(queue.Pop()->frame, 3);
  EXPECT_FALSE(queue.Pop().has_value());
}

TEST(Queue, AbortWakesAWaitingProducer) {
  Queue queue(1, WhenFull::kBlock);
  queue.Push(Numbered(1));
  std::thread producer([&queue] { queue.Push(Numbered(2)); });
  queue.Abort();
  producer.join();
  EXPECT_FALSE(queue.Pop().has_value());
}

}  // namespace
}  // namespace verge::runner::pipeline
