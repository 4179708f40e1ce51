// Random graphs through all passes, each pass alone, and random choices of them: the graph stays valid, computes the
// same, and what is left is settled.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "ir/text.h"
#include "ir/verify.h"
#include "opt/pass.h"
#include "opt/testing/agree.h"
#include "opt/testing/random_graph.h"

namespace verge::opt {
namespace {

constexpr uint32_t kGraphs = 3000;
constexpr float kTolerance = 1e-3f;

ir::Graph GraphOf(uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<uint8_t> bytes(20 + random() % 180);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random() & 255);
  return testing::RandomGraph(bytes);
}

// How often each pass changed something.
using Counts = std::map<std::string, size_t>;

void Check(uint32_t seed, const PassOptions& options, Counts* counts) {
  const ir::Graph before = GraphOf(seed);
  ir::Graph after = before;
  const auto outcomes = RunPasses(after, options);
  ASSERT_TRUE(outcomes.ok()) << outcomes.status().ToString() << "\nseed " << seed << "\n" << ir::Print(before);
  for (const PassOutcome& outcome : *outcomes) {
    if (counts != nullptr && outcome.changes > 0) ++(*counts)[outcome.name];
  }
  ASSERT_EQ(testing::Disagreement(before, after, seed, kTolerance), "") << "seed " << seed << "\nbefore:\n"
                                                                        << ir::Print(before) << "\nafter:\n"
                                                                        << ir::Print(after);
}

TEST(RandomGraph, IsValidAndTheSameEveryTime) {
  std::set<std::string> texts;
  for (uint32_t seed = 0; seed < 200; ++seed) {
    const ir::Graph graph = GraphOf(seed);
    const Status status = ir::Verify(graph);
    ASSERT_TRUE(status.ok()) << status.ToString() << "\n" << ir::Print(graph);
    EXPECT_EQ(ir::Print(graph), ir::Print(GraphOf(seed)));
    texts.insert(ir::Print(graph));
  }
  EXPECT_GT(texts.size(), 190u) << "other bytes make other graphs";
}

TEST(RandomGraph, AllPassesKeepWhatItComputes) {
  Counts counts;
  for (uint32_t seed = 0; seed < kGraphs && !HasFatalFailure(); ++seed) Check(seed, {}, &counts);
  for (const Pass& pass : AllPasses()) EXPECT_GT(counts[pass.name], 5u) << pass.name << " hardly ever met its pattern";
}

TEST(RandomGraph, EachPassAloneKeepsWhatItComputes) {
  uint32_t seed = 0;
  for (const Pass& pass : AllPasses()) {
    for (uint32_t i = 0; i < kGraphs / 20 && !HasFatalFailure(); ++i) Check(seed++, {.only = {pass.name}}, nullptr);
  }
}

TEST(RandomGraph, AnyChoiceOfPassesKeepsWhatItComputes) {
  std::mt19937 random(5);
  for (uint32_t seed = 0; seed < kGraphs / 3 && !HasFatalFailure(); ++seed) {
    PassOptions options;
    for (const Pass& pass : AllPasses()) {
      if (random() % 3 == 0) options.without.push_back(pass.name);
    }
    Check(seed, options, nullptr);
  }
}

TEST(RandomGraph, ASecondRunOfAllPassesFindsNothing) {
  for (uint32_t seed = 0; seed < kGraphs / 3; ++seed) {
    ir::Graph graph = GraphOf(seed);
    ASSERT_TRUE(RunPasses(graph).ok());
    const std::string settled = ir::Print(graph);
    const auto again = RunPasses(graph);
    ASSERT_TRUE(again.ok());
    for (const PassOutcome& outcome : *again) {
      ASSERT_EQ(outcome.changes, 0u) << outcome.name << ", seed " << seed << "\n"
                                     << settled << "\n"
                                     << ir::Print(graph);
    }
  }
}

}  // namespace
}  // namespace verge::opt
