#include "profile/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/cpu.h"

namespace verge::profile {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Machine KnownMachine() { return {{"avx2", 50e9}, {"vnni", 200e9}, 10e9}; }

Node NodeOf(const char* name, double ms, uint64_t macs, uint64_t bytes, bool is_int8 = false) {
  return {name, "conv2d", "conv2d_f32__any", "1x2x2x8", ms, macs, bytes, is_int8, false};
}

size_t Count(const std::string& text, const std::string& what) {
  size_t count = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

TEST(Profile, PercentsAreOfTheRightPeak) {
  const Node f32 = NodeOf("a", 2, 50'000'000, 10'000'000);  // 25 GMAC/s, 5 GB/s
  EXPECT_DOUBLE_EQ(GmacsPerSecond(f32), 25);
  EXPECT_DOUBLE_EQ(PercentOfPeak(f32, KnownMachine()), 50);
  EXPECT_DOUBLE_EQ(PercentOfBandwidth(f32, KnownMachine()), 50);
  EXPECT_DOUBLE_EQ(PercentOfPeak(NodeOf("b", 2, 50'000'000, 1, true), KnownMachine()), 12.5);
}

TEST(Profile, NothingIsDividedByNothing) {
  const Node idle = NodeOf("a", 0, 1, 1);
  EXPECT_EQ(GmacsPerSecond(idle), 0);
  EXPECT_EQ(PercentOfPeak(NodeOf("a", 1, 1, 1), Machine{}), 0);
  const std::string page = Html({"m", 1, 1, Machine{}, {idle}});
  EXPECT_THAT(page, Not(HasSubstr("nan")));
  EXPECT_THAT(page, Not(HasSubstr("inf")));
}

TEST(Profile, PageHasADotForEachNodeThatMultipliesAndStandsAlone) {
  const Report report{"m<1>",
                      1,
                      5,
                      KnownMachine(),
                      {NodeOf("conv<&>", 2, 50'000'000, 10'000'000), NodeOf("copy", 1, 0, 1'000'000),
                       NodeOf("int", 1, 40'000'000, 1'000'000, true)}};
  const std::string page = Html(report);
  EXPECT_EQ(Count(page, "<circle"), 2U);
  EXPECT_EQ(Count(page, "<circle class=\"int8\""), 1U);
  EXPECT_EQ(Count(page, "<polyline class=\"roof"), 2U);
  EXPECT_EQ(Count(page, "<rect class=\"node\""), 3U);
  EXPECT_THAT(page, HasSubstr("conv&lt;&amp;&gt;"));
  EXPECT_THAT(page, HasSubstr("m&lt;1&gt;"));
  for (const char* foreign : {"src=", "href=", "url(", "<script", "conv<"}) EXPECT_THAT(page, Not(HasSubstr(foreign)));
}

TEST(Machine, EveryLoopDoesTheWorkItSays) {
  for (const char* isa : {"scalar", "avx2", "avx512", "vnni", "neon"}) {
    const CpuFeatures cpu = kernels::LimitCpu(kernels::DetectCpu(), isa);
    for (const Loop& loop : {F32Loop(cpu), Int8Loop(cpu)}) {
      float once = 1;
      float twice = 1;
      const double macs = loop.run(1, &once);
      EXPECT_GE(macs, 12) << loop.isa;
      EXPECT_EQ(loop.run(2, &twice), 2 * macs) << loop.isa;
      EXPECT_EQ(twice - 1, 2 * (once - 1)) << loop.isa;  // each round adds the same to every chain
      EXPECT_GT(once, 1) << loop.isa;
    }
  }
}

TEST(Machine, IsMeasured) {
  const Machine machine = MeasureMachine(kernels::Cpu(), nullptr);
  EXPECT_GT(machine.f32.per_second, 0);
  EXPECT_GT(machine.int8.per_second, 0);
  EXPECT_GT(machine.bytes_per_second, 0);
  EXPECT_STREQ(machine.f32.isa, F32Loop(kernels::Cpu()).isa);
}

}  // namespace
}  // namespace verge::profile
