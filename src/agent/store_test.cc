#include "agent/store.h"

#include <gtest/gtest.h>

#include "agent/machine.h"
#include "sys/file/temp_dir.h"

namespace verge::agent {
namespace {

class StoreTest : public testing::Test {
 protected:
  Store Open() { return Store::Open(dir_.File("state.db"), fault_, clock_).value(); }
  static proto::DesiredApp Target(int64_t version) {
    return {"d-" + std::to_string(version), "app", version, "sha256:" + std::string(64, 'a'), 100};
  }
  // Brings an app to a committed version through every arrow.
  void Commit(Store& store, AppRecord& record, int64_t version) {
    ASSERT_TRUE(store.Begin(record, Target(version), UpdateEvent::kWanted, "").ok());
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(store.Advance(record, UpdateEvent::kDone, "").ok());
    ASSERT_EQ(record.update.state, UpdateState::kCommitted);
  }
  sys::TempDir dir_ = sys::TempDir::Create().value();
  sys::FakeClock clock_;
  FaultPoint fault_;
};

TEST_F(StoreTest, EachArrowIsOneDurableWriteAndSurvives) {
  Store store = Open();
  AppRecord record;
  record.app = "app";
  Commit(store, record, 1);
  EXPECT_EQ(fault_.count(), 6);
  EXPECT_EQ(record.committed->slot, "a");
  ASSERT_TRUE(store.Begin(record, Target(2), UpdateEvent::kWanted, "").ok());
  EXPECT_EQ(record.update.slot, "b") << "never over the committed one";
  const std::vector<AppRecord> loaded = *Open().Load();
  ASSERT_EQ(loaded.size(), 1u);
  EXPECT_EQ(loaded[0].committed->version, 1);
  EXPECT_EQ(loaded[0].update.state, UpdateState::kDownloading);
  EXPECT_EQ(loaded[0].update.target.version, 2);
}

TEST_F(StoreTest, ARollbackKeepsTheCommittedVersionAndTheReason) {
  Store store = Open();
  AppRecord record;
  record.app = "app";
  Commit(store, record, 1);
  ASSERT_TRUE(store.Begin(record, Target(2), UpdateEvent::kWanted, "").ok());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(store.Advance(record, UpdateEvent::kDone, "").ok());
  ASSERT_TRUE(store.Advance(record, UpdateEvent::kRefused, "golden[0]: wrong").ok());
  EXPECT_EQ(record.update.state, UpdateState::kRolledBack);
  EXPECT_EQ(record.committed->version, 1);
  const std::vector<proto::ReportedDeployment> reports = *store.Reports();
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_EQ(reports[1].state, proto::DeviceState::kRolledBack);
  EXPECT_EQ(reports[1].detail, "golden[0]: wrong");
}

TEST_F(StoreTest, ThereIsNoOtherArrow) {
  Store store = Open();
  AppRecord record;
  record.app = "app";
  EXPECT_EQ(store.Advance(record, UpdateEvent::kDone, "").code(), StatusCode::kInternal);
  Commit(store, record, 1);
  EXPECT_EQ(store.Advance(record, UpdateEvent::kDone, "").code(), StatusCode::kInternal);
  EXPECT_EQ(record.committed->version, 1);
}

TEST_F(StoreTest, RestartsAreCountedWithinAStep) {
  Store store = Open();
  AppRecord record;
  record.app = "app";
  ASSERT_TRUE(store.Begin(record, Target(1), UpdateEvent::kWanted, "").ok());
  ASSERT_TRUE(store.Advance(record, UpdateEvent::kRestarted, "").ok());
  ASSERT_TRUE(store.Advance(record, UpdateEvent::kRestarted, "").ok());
  EXPECT_EQ(record.update.restarts, 2);
  ASSERT_TRUE(store.Advance(record, UpdateEvent::kDone, "").ok());
  EXPECT_EQ(record.update.restarts, 0);
}

TEST(Machine, EveryWorkingStateCanGoOnEndBadlyAndRestart) {
  for (int i = 0; i <= static_cast<int>(UpdateState::kFailed); ++i) {
    const auto state = static_cast<UpdateState>(i);
    EXPECT_EQ(ParseState(StateName(state)), state);
    EXPECT_EQ(NextState(state, UpdateEvent::kDone).has_value(), IsWorking(state)) << StateName(state);
    EXPECT_EQ(NextState(state, UpdateEvent::kRestarted) == state, IsWorking(state)) << StateName(state);
    EXPECT_EQ(NextState(state, UpdateEvent::kWanted).has_value(), !IsWorking(state)) << StateName(state);
    EXPECT_TRUE(NextState(state, UpdateEvent::kRefused).has_value()) << StateName(state);
  }
  EXPECT_FALSE(ParseState("Nowhere").has_value());
}

}  // namespace
}  // namespace verge::agent
