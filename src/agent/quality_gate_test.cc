#include "agent/quality_gate.h"

#include <gtest/gtest.h>

#include "agent/agent_event.h"

namespace verge::agent {
namespace {

TEST(QualityGate, WaitsForEachMonitorAndKeepsTheFirstBadWindow) {
  QualityGate gate;
  EXPECT_EQ(gate.Missing(), "");
  gate.Reset({"scores", "brightness"});
  EXPECT_EQ(gate.Missing(), "scores, brightness");
  gate.Hear({"scores", 1, true, ""});
  EXPECT_EQ(gate.Missing(), "brightness");
  EXPECT_EQ(gate.trouble(), "");
  gate.Hear({"scores", 2, false, "psi 1.3 > 0.25"});
  gate.Hear({"scores", 3, true, ""});
  gate.Hear({"brightness", 1, false, "ks 0.9 > 0.2"});
  EXPECT_EQ(gate.trouble(), "monitor scores: psi 1.3 > 0.25 (window 2)");
  EXPECT_EQ(gate.Missing(), "");
  gate.Reset({"scores"});
  EXPECT_EQ(gate.trouble(), "");
  EXPECT_EQ(gate.Missing(), "scores");
}

TEST(QualityGate, IgnoresMonitorsThatTheReleaseDoesNotName) {
  QualityGate gate;
  gate.Reset({"scores"});
  gate.Hear({"other", 1, false, "bad"});
  EXPECT_EQ(gate.trouble(), "");
  EXPECT_EQ(gate.Missing(), "scores");
}

TEST(AgentEvent, SaysWhatHappenedAndFitsAnEventWhateverTheReason) {
  const proto::Event event = RolledBackEvent({"tiny", 2, 99}, "d-1", "psi 1.3 > 0.25");
  EXPECT_EQ(event.kind, "agent.rolled-back");
  EXPECT_EQ(event.priority, proto::Priority::kAlert);
  EXPECT_EQ(event.version, 2);
  EXPECT_EQ(event.data.text(), R"({"deployment":"d-1","reason":"psi 1.3 > 0.25"})");
  EXPECT_EQ(ServingAgainEvent({"tiny", 1, 99}, "d-1", 340).data.text(), R"({"after_ms":340,"deployment":"d-1"})");
  const proto::Event hostile = RunnerEndedEvent({"tiny", 2, 99}, std::string(100'000, '\x01') + "\xff");
  EXPECT_LT(hostile.data.text().size(), proto::kMaxEventDataBytes);
  EXPECT_GT(hostile.data.text().size(), 2000u);
}

}  // namespace
}  // namespace verge::agent
