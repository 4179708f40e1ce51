#include "agent/local_files.h"

#include <gtest/gtest.h>

#include <chrono>

#include "agent/throttle.h"
#include "delta/delta.h"
#include "sys/crypto/hash.h"
#include "sys/file/file.h"
#include "sys/file/temp_dir.h"

namespace verge::agent {
namespace {

const auto kGoOn = [] { return Status::Ok(); };

class LocalFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(sys::MakeDirs(dir_.File("slot-a/golden")).ok());
    Write("slot-a/golden/old.bin", old_);
  }
  void Write(const std::string& name, const std::string& bytes) {
    ASSERT_TRUE(sys::WriteFileAtomic(dir_.File(name), bytes).ok());
  }
  std::string Read(const std::string& name) { return sys::ReadFile(dir_.File(name), 1 << 20).value(); }

  sys::TempDir dir_ = sys::TempDir::Create().value();
  const std::string old_ = std::string(5000, 'x') + "the end";
  const std::string new_ = "a new " + old_;
};

TEST_F(LocalFilesTest, FindsByBytesNotByName) {
  Write("slot-a/other.bin", std::string(old_.size(), 'y'));
  LocalFiles files({dir_.File("slot-a"), dir_.File("slot-b")});
  EXPECT_FALSE(files.empty());
  const auto size = static_cast<int64_t>(old_.size());
  EXPECT_EQ(files.Find(sys::DigestNameOf(old_), size), dir_.File("slot-a/golden/old.bin"));
  EXPECT_EQ(files.Find(sys::DigestNameOf(old_), size + 1), "");
  EXPECT_EQ(files.Find(sys::DigestNameOf(new_), size), "");
  EXPECT_TRUE(LocalFiles({dir_.File("slot-b")}).empty());
}

TEST_F(LocalFilesTest, CopiesOnlyWhatIsStillTheSame) {
  const std::string from = dir_.File("slot-a/golden/old.bin");
  EXPECT_TRUE(CopyChecked(from, sys::DigestNameOf(old_), dir_.File("copy")).ok());
  EXPECT_EQ(Read("copy"), old_);
  EXPECT_EQ(CopyChecked(from, sys::DigestNameOf(new_), dir_.File("copy2")).code(), StatusCode::kDataLoss);
  EXPECT_FALSE(sys::Exists(dir_.File("copy2")));
}

TEST_F(LocalFilesTest, MakesTheTargetOrNothing) {
  const std::string base = dir_.File("slot-a/golden/old.bin");
  Write("delta", *delta::Make(old_, new_, {{}, delta::Method::kBytes}));
  EXPECT_TRUE(MakeByDelta(base, dir_.File("delta"), sys::DigestNameOf(new_), kGoOn, dir_.File("made")).ok());
  EXPECT_EQ(Read("made"), new_);
  EXPECT_EQ(MakeByDelta(base, dir_.File("delta"), sys::DigestNameOf(old_), kGoOn, dir_.File("wrong")).code(),
            StatusCode::kDataLoss);
  Write("slot-a/golden/old.bin", std::string(old_.size(), 'z'));
  EXPECT_EQ(MakeByDelta(base, dir_.File("delta"), sys::DigestNameOf(new_), kGoOn, dir_.File("wrong")).code(),
            StatusCode::kDataLoss);
  EXPECT_FALSE(sys::Exists(dir_.File("wrong")));
  const Status cancelled = MakeByDelta(
      base, dir_.File("delta"), sys::DigestNameOf(new_), [] { return VERGE_ERROR(kCancelled, "stop"); },
      dir_.File("wrong"));
  EXPECT_EQ(cancelled.code(), StatusCode::kCancelled);
}

TEST(ThrottleTest, IsNeverFasterThanItMayBe) {
  const auto start = std::chrono::steady_clock::now();
  Throttle throttle(100'000);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(throttle.Spend(4000, kGoOn).ok());
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(200));
  Throttle slow(1);
  EXPECT_EQ(slow.Spend(1000, [] { return VERGE_ERROR(kCancelled, "stop"); }).code(), StatusCode::kCancelled);
  EXPECT_TRUE(Throttle(0).Spend(1U << 30, kGoOn).ok());
}

}  // namespace
}  // namespace verge::agent
