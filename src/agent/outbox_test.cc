#include "agent/outbox.h"

#include <gtest/gtest.h>

#include "sys/file/temp_dir.h"

namespace verge::agent {
namespace {

using proto::Priority;

class OutboxTest : public testing::Test {
 protected:
  Outbox Open(int64_t quota_bytes = 1 << 20) {
    return Outbox::Open(dir_.File("outbox.db"), 7, {.quota_bytes = quota_bytes}).value();
  }
  static proto::Event Make(Priority priority, const std::string& kind) {
    return {0, 0, "app", 1, priority, kind, 1, 2, {}};
  }
  // "1:a 2:b": number and kind of each event.
  static std::string Shown(const proto::EventBatch& batch) {
    std::string out;
    for (const proto::Event& e : batch.events) out += std::to_string(e.seq) + ":" + e.kind + " ";
    return out;
  }
  sys::TempDir dir_ = sys::TempDir::Create().value();
};

TEST_F(OutboxTest, SendsAlertsFirstAndTheSameBatchUntilAcknowledged) {
  Outbox outbox = Open();
  ASSERT_TRUE(
      outbox.Append({Make(Priority::kBulk, "b"), Make(Priority::kNormal, "n"), Make(Priority::kAlert, "a")}).ok());
  EXPECT_EQ(Shown(*outbox.NextBatch()), "1:a 2:n 3:b ");
  ASSERT_TRUE(outbox.Append({Make(Priority::kAlert, "late")}).ok());
  EXPECT_EQ(Shown(*outbox.NextBatch()), "1:a 2:n 3:b ") << "numbers that may be on their way do not change";
  ASSERT_TRUE(outbox.Acknowledge(7, 2).ok());
  EXPECT_EQ(Shown(*outbox.NextBatch()), "3:b ");
  ASSERT_TRUE(outbox.Acknowledge(7, 3).ok());
  EXPECT_EQ(Shown(*outbox.NextBatch()), "4:late ");
  ASSERT_TRUE(outbox.Acknowledge(7, 4).ok());
  EXPECT_TRUE(outbox.NextBatch()->events.empty());
  EXPECT_EQ(outbox.State()->next_seq, 5);
}

TEST_F(OutboxTest, GoesOnAfterAReopenAndKeepsItsEpoch) {
  {
    Outbox outbox = Open();
    ASSERT_TRUE(outbox.Append({Make(Priority::kNormal, "x"), Make(Priority::kNormal, "y")}).ok());
    EXPECT_EQ(Shown(*outbox.NextBatch()), "1:x 2:y ");
  }
  Outbox again = Outbox::Open(dir_.File("outbox.db"), 99, {}).value();
  EXPECT_EQ(again.epoch(), 7);
  EXPECT_EQ(Shown(*again.NextBatch()), "1:x 2:y ");
}

TEST_F(OutboxTest, AFullOutboxDropsBulkThenNormalAndLeavesNoHoles) {
  Outbox outbox = Open(1100);  // a little more than five events
  ASSERT_TRUE(outbox
                  .Append({Make(Priority::kBulk, "b1"), Make(Priority::kNormal, "n1"), Make(Priority::kAlert, "a1"),
                           Make(Priority::kBulk, "b2"), Make(Priority::kNormal, "n2")})
                  .ok());
  ASSERT_TRUE(
      outbox.Append({Make(Priority::kAlert, "a2"), Make(Priority::kAlert, "a3"), Make(Priority::kAlert, "a4")}).ok());
  EXPECT_EQ(outbox.State()->dropped, 3);
  EXPECT_EQ(Shown(*outbox.NextBatch()), "1:a1 2:a2 3:a3 4:a4 5:n2 ");
  ASSERT_TRUE(outbox.Append({Make(Priority::kAlert, "new")}).ok());
  EXPECT_EQ(Shown(*outbox.NextBatch()), "1:a1 2:a2 3:a3 4:a4 5:n2 ") << "what has a number stays";
}

TEST_F(OutboxTest, RefusesTheAcknowledgementOfAnotherEpoch) {
  Outbox outbox = Open();
  ASSERT_TRUE(outbox.Append({Make(Priority::kNormal, "x")}).ok());
  EXPECT_EQ(outbox.Acknowledge(6, 1).code(), StatusCode::kDataLoss);
  EXPECT_EQ(outbox.State()->pending, 1);
}

TEST_F(OutboxTest, ABatchHasLimits) {
  Outbox outbox = Open(64 << 20);
  const std::vector<proto::Event> many(1200, Make(Priority::kNormal, "x"));
  ASSERT_TRUE(outbox.Append(many).ok());
  EXPECT_EQ(outbox.NextBatch()->events.size(), proto::kMaxEventsPerBatch);
  proto::Event large = Make(Priority::kAlert, "large");
  large.data = *proto::JsonText::Parse(R"({"x":")" + std::string(15'000, 'y') + R"("})");
  ASSERT_TRUE(outbox.Acknowledge(7, 500).ok());
  ASSERT_TRUE(outbox.Append(std::vector<proto::Event>(100, large)).ok());
  const proto::EventBatch batch = *outbox.NextBatch();
  EXPECT_LT(proto::ToJson(batch).size(), size_t{1} << 20);
  EXPECT_GT(batch.events.size(), 10u);
}

}  // namespace
}  // namespace verge::agent
