// The small parts: backoff, fault points, health reports, tokens, parameters, inventory.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdio>

#include "agent/backoff.h"
#include "agent/enrol.h"
#include "agent/fault.h"
#include "agent/identity.h"
#include "agent/inventory.h"
#include "agent/prove.h"
#include "sys/file/file.h"
#include "sys/file/temp_dir.h"

namespace verge::agent {
namespace {

TEST(BackoffTest, DoublesUpToItsLimitWithJitterAndStartsAnew) {
  Backoff backoff(100, 400);
  for (const int64_t whole : {100, 200, 400, 400}) {
    const int64_t wait = backoff.NextMs();
    EXPECT_GE(wait, whole / 2);
    EXPECT_LE(wait, whole);
  }
  backoff.Reset();
  EXPECT_LE(backoff.NextMs(), 100);
}

TEST(FaultPointTest, KillsRightAfterOrRightBeforeItsWrite) {
  const auto writes = [](const char* text, int* done) {
    FaultPoint fault = FaultPoint::Parse(text).value();
    for (int i = 0; i < 3; ++i) {
      const Status status = fault.Write([&] {
        ++*done;
        std::fprintf(stderr, "wrote %d.", *done);
        return Status::Ok();
      });
      (void)status;
    }
  };
  int done = 0;
  writes("", &done);
  EXPECT_EQ(done, 3);
  EXPECT_EXIT(
      {
        int n = 0;
        writes("after:2", &n);
      },
      testing::KilledBySignal(SIGKILL), "wrote 1.wrote 2.$");
  EXPECT_EXIT(
      {
        int n = 0;
        writes("before:2", &n);
      },
      testing::KilledBySignal(SIGKILL), "wrote 1.$");
  for (const char* bad : {"after", "after:0", "after:x", "during:1", "after:1x"})
    EXPECT_FALSE(FaultPoint::Parse(bad).ok()) << bad;
}

TEST(JudgeReportTest, OnlyAHealthyReportAndStatusZeroPass) {
  const std::string good = R"({"healthy":true,"checks":[{"name":"latency","ok":true,"detail":"fine"}]})";
  const std::string bad =
      R"({"healthy":false,"checks":[{"name":"golden[0].y","ok":false,"detail":"max error 1 > 0"}]})";
  EXPECT_TRUE(JudgeReport(0, good, "").ok());
  EXPECT_EQ(JudgeReport(3, bad, "").message(), "golden[0].y: max error 1 > 0");
  EXPECT_FALSE(JudgeReport(0, bad, "").ok());
  EXPECT_FALSE(JudgeReport(3, good, "").ok());
  EXPECT_FALSE(JudgeReport(0, "", "").ok());
  EXPECT_NE(JudgeReport(1, "", "a\nno such file\n").message().find("no such file"), std::string_view::npos);
}

TEST(TokenTest, NamesTheHubAndPerhapsTheRoot) {
  const std::string pin(32, 'a');
  const std::string root(64, 'b');
  EXPECT_EQ(SplitToken("vet1.secret." + pin)->ca_pin, pin);
  EXPECT_EQ(SplitToken("vet1.secret." + pin)->root_sha256, "");
  EXPECT_EQ(SplitToken("vet1.secret." + pin + "." + root)->root_sha256, root);
  EXPECT_EQ(SplitToken("vet1.secret." + pin + "." + root)->for_hub, "vet1.secret." + pin);
  for (const std::string& bad :
       {std::string("vet1.secret"), "vet2.secret." + pin, "vet1.." + pin, "vet1.secret.A" + pin.substr(1),
        "vet1.secret." + pin + "a", "vet1.secret." + pin + ".", "vet1.secret." + pin + "." + pin,
        "vet1.secret." + pin + "." + root + ".x", std::string()}) {
    EXPECT_EQ(SplitToken(bad).code(), StatusCode::kInvalidArgument) << bad;
  }
}

TEST(ParamsTest, ComeFromTheFileAndTheFlags) {
  const sys::TempDir dir = sys::TempDir::Create().value();
  const StatePaths paths(dir.path());
  EXPECT_TRUE(LoadOwnerConfig(paths)->params.empty());
  ASSERT_TRUE(sys::WriteFileAtomic(paths.File("agent.yaml"), "params:\n  app: {video: /dev/video0}\n").ok());
  AppParams params = LoadOwnerConfig(paths)->params;
  EXPECT_EQ(params["app"]["video"], "/dev/video0");
  ASSERT_TRUE(AddParam(params, "app.video=a=b.c").ok());
  EXPECT_EQ(params["app"]["video"], "a=b.c");
  for (const char* bad : {"app", "app.x", "app=x.y", ".x=1", "app.=1"}) EXPECT_FALSE(AddParam(params, bad).ok()) << bad;
  ASSERT_TRUE(sys::WriteFileAtomic(paths.File("agent.yaml"), "parms: {}\n").ok());
  EXPECT_NE(LoadOwnerConfig(paths).status().message().find("parms"), std::string_view::npos);
}

TEST(InventoryTest, ReadsWhatTheKernelWrites) {
  EXPECT_EQ(CpuModel("processor\t: 0\nmodel name\t: Fast 9000\n"), "Fast 9000");
  EXPECT_EQ(CpuFlags("flags\t\t: fpu avx2 fma\n"), (std::vector<std::string>{"avx2", "fma"}));
  EXPECT_EQ(CpuFlags("Features\t: fp asimd asimddp\n"), (std::vector<std::string>{"asimd", "asimddp"}));
  EXPECT_EQ(MemoryBytes("MemTotal:       2048 kB\n"), 2048 * 1024);
  EXPECT_EQ(OsName("NAME=x\nPRETTY_NAME=\"Some OS 12\"\n"), "Some OS 12");
  EXPECT_EQ(CpuModel(""), "");
  EXPECT_GT(ReadInventory().cores, 0);
}

}  // namespace
}  // namespace verge::agent
