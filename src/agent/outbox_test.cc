#include "agent/outbox.h"

#include <gtest/gtest.h>

#include "sys/file/file.h"
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

TEST_F(OutboxTest, OldBulkAndNormalEventsGoAndAlertsStay) {
  sys::FakeClock clock;
  Outbox::Options options{.max_age_ms = {0, 5000, 1000}, .clock = &clock};
  Outbox outbox = Outbox::Open(dir_.File("outbox.db"), 7, options).value();
  const auto append = [&](const std::string& name) {
    ASSERT_TRUE(outbox
                    .Append({Make(Priority::kBulk, "b" + name), Make(Priority::kNormal, "n" + name),
                             Make(Priority::kAlert, "a" + name)})
                    .ok());
  };
  append("1");
  clock.Advance(2000);
  append("2");
  EXPECT_EQ(outbox.State()->dropped, 1);
  clock.Advance(4000);
  append("3");
  EXPECT_EQ(Shown(*outbox.NextBatch()), "1:a1 2:a2 3:a3 4:n2 5:n3 6:b3 ");
}

TEST_F(OutboxTest, AClockThatJumpsNeitherAgesNorReorders) {
  sys::FakeClock clock;
  constexpr int64_t kFiveYearsMs = int64_t{5} * 365 * 24 * 3600 * 1000;
  for (const int64_t jump_ms : {int64_t{0}, kFiveYearsMs, -2 * kFiveYearsMs, -clock.WallMs()}) {
    clock.JumpWall(jump_ms);
    // A restart as well: the monotonic clock of a new boot says less than that of the last.
    sys::FakeClock of_this_boot(clock.WallMs());
    Outbox outbox =
        Outbox::Open(dir_.File("outbox.db"), 7, {.max_age_ms = {1000, 1000, 1000}, .clock = &of_this_boot}).value();
    of_this_boot.Advance(200);
    proto::Event event = Make(Priority::kBulk, "e" + std::to_string(outbox.State()->pending));
    event.time_ms = clock.WallMs();
    ASSERT_TRUE(outbox.Append({event}).ok());
  }
  Outbox outbox = Open();
  EXPECT_EQ(outbox.State()->dropped, 0);
  EXPECT_EQ(Shown(*outbox.NextBatch()), "1:e0 2:e1 3:e2 4:e3 ");
}

TEST_F(OutboxTest, AFullDiskCostsBulkAndNormalEventsButNoAlert) {
  const sys::FakeClock clock;
  Outbox::Options options{.clock = &clock, .max_file_bytes = 400 * 1024};
  Outbox outbox = Outbox::Open(dir_.File("outbox.db"), 7, options).value();
  EXPECT_TRUE(sys::Exists(dir_.File("outbox.db.reserve")));
  int alerts = 0;
  for (int i = 0; i < 300; ++i) {
    std::vector<proto::Event> batch(9, Make(i % 2 == 0 ? Priority::kBulk : Priority::kNormal, "other"));
    batch.push_back(Make(Priority::kAlert, "a" + std::to_string(i)));
    for (proto::Event& e : batch) e.data = *proto::JsonText::Parse(R"({"x":")" + std::string(300, 'y') + R"("})");
    ASSERT_TRUE(outbox.Append(batch).ok()) << i;
    ++alerts;
  }
  EXPECT_FALSE(sys::Exists(dir_.File("outbox.db.reserve"))) << "given up for the events";
  const proto::OutboxState state = *outbox.State();
  EXPECT_EQ(state.pending + state.dropped, 3000);
  EXPECT_GT(state.dropped, 1500);
  int64_t seq = 0;
  while (true) {
    const proto::EventBatch batch = *outbox.NextBatch();
    if (batch.events.empty()) break;
    for (const proto::Event& e : batch.events) {
      EXPECT_EQ(e.seq, ++seq);
      if (e.priority == Priority::kAlert) --alerts;
    }
    ASSERT_TRUE(outbox.Acknowledge(7, seq).ok());
  }
  EXPECT_EQ(alerts, 0);
}

TEST_F(OutboxTest, WhenAlertsAloneFillTheDiskTheCallerKeepsThem) {
  const sys::FakeClock clock;
  Outbox::Options options{.clock = &clock, .max_file_bytes = 200 * 1024};
  Outbox outbox = Outbox::Open(dir_.File("outbox.db"), 7, options).value();
  const std::vector<proto::Event> batch(100, Make(Priority::kAlert, "a"));
  Status stored;
  int count = 0;
  for (; stored.ok() && count < 100; ++count) stored = outbox.Append(batch);
  EXPECT_EQ(stored.code(), StatusCode::kResourceExhausted) << stored.ToString();
  EXPECT_EQ(outbox.State()->pending, (count - 1) * 100);
  EXPECT_EQ(outbox.State()->dropped, 0);
  const proto::EventBatch sent = outbox.NextBatch().value();
  EXPECT_EQ(sent.events.size(), proto::kMaxEventsPerBatch);
  ASSERT_TRUE(outbox.Acknowledge(7, sent.events.back().seq).ok());
  EXPECT_TRUE(outbox.Append(batch).ok()) << "there is room again";
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
