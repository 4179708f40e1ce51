// The runner of the passes: order, rounds, choice, figures and notes.
#include "opt/pass_testing.h"

namespace verge::opt {
namespace {

using testing::Disagreement;
using testing::Read;

constexpr const char* kText =
    "input x: f32[1, 4, 4, 2]\n"
    "const h: f16[2, 1, 1, 2] = [1, -1, 0.5, 2]\n"
    "w = dequantize(h)\n"
    "p = pad(x) {before=[0, 1, 1, 0], after=[0, 0, 0, 0]}\n"
    "c = conv2d(p, w)\n"
    "y = relu(c)\n"
    "output y\n";

TEST(RunPasses, RunsAllInOrder) {
  ir::Graph graph = Read(kText);
  const auto outcomes = RunPasses(graph);
  ASSERT_TRUE(outcomes.ok()) << outcomes.status().ToString();
  const std::vector<Pass> passes = AllPasses();
  ASSERT_GE(outcomes->size(), passes.size());
  for (size_t i = 0; i < passes.size(); ++i) {
    EXPECT_STREQ((*outcomes)[i].name, passes[i].name) << "the first round lists all of them";
    EXPECT_EQ((*outcomes)[i].round, 0u);
  }
  EXPECT_EQ(ir::Print(graph),
            "graph \"\"\n"
            "input x: f32[1, 4, 4, 2]\n"
            "const w: f32[2, 1, 1, 2] = [1, -1, 0.5, 2]\n"
            "y: f32[1, 5, 5, 2] = conv2d(x, w) {pad_top=1, pad_left=1, activation=relu} \"c\"\n"
            "output y\n");
  EXPECT_EQ(Disagreement(Read(kText), graph, 7, 0), "");
}

TEST(RunPasses, LeavesOutWhatItIsTold) {
  ir::Graph unfused = Read(kText);
  ASSERT_TRUE(RunPasses(unfused, {.without = {"fuse_activation"}}).ok());
  EXPECT_EQ(unfused.nodes.size(), 2u);
  ir::Graph alone = Read(kText);
  const auto outcomes = RunPasses(alone, {.only = {"fold_pad", "fuse_activation"}, .without = {"fuse_activation"}});
  ASSERT_TRUE(outcomes.ok());
  ASSERT_EQ(outcomes->size(), 1u);
  EXPECT_STREQ((*outcomes)[0].name, "fold_pad");
  EXPECT_EQ(alone.nodes.size(), 3u);
}

TEST(RunPasses, RefusesUnknownNamesAndListsTheKnownOnes) {
  ir::Graph graph = Read(kText);
  for (const PassOptions& options :
       {PassOptions{.only = {"fold_everything"}}, PassOptions{.without = {"fold_everything"}}}) {
    const auto outcomes = RunPasses(graph, options);
    ASSERT_FALSE(outcomes.ok());
    EXPECT_EQ(outcomes.status().code(), StatusCode::kInvalidArgument);
    EXPECT_NE(outcomes.status().ToString().find("\"fold_everything\"; known are fold_constants, "), std::string::npos)
        << outcomes.status().ToString();
  }
  EXPECT_EQ(graph.nodes.size(), 4u);
}

TEST(RunPasses, CountsNodesAndMultiplications) {
  ir::Graph graph = Read(kText);
  EXPECT_EQ(SizeOf(graph).nodes, 4u);
  EXPECT_EQ(SizeOf(graph).macs, 5u * 5 * 2 * 2);
  const auto outcomes = RunPasses(graph, {.only = {"fold_constants"}});
  ASSERT_TRUE(outcomes.ok());
  EXPECT_EQ((*outcomes)[0].before.nodes, 4u);
  EXPECT_EQ((*outcomes)[0].after.nodes, 3u);
  EXPECT_EQ((*outcomes)[0].after.macs, (*outcomes)[0].before.macs);
  EXPECT_EQ((*outcomes)[0].notes, std::vector<std::string>{"dequantize 'w'"});
}

TEST(RunPasses, BoundsItsNotes) {
  std::string text = "input x: f32[2]\n";
  for (int i = 0; i < 40; ++i) text += "d" + std::to_string(i) + " = relu(x)\n";
  ir::Graph graph = Read(text + "y = logistic(x)\noutput y\n");
  const auto outcomes = RunPasses(graph, {.only = {"remove_dead"}});
  ASSERT_TRUE(outcomes.ok());
  EXPECT_EQ((*outcomes)[0].changes, 40u);
  EXPECT_EQ((*outcomes)[0].notes.size(), PassReport::kMaxNotes);
}

// The reshape stands between a layer and its activation until sink_reshapes has moved it, after which fold_batch_norm
// and fuse_activation find their patterns; the transposes' identity reshape goes in the second round.
TEST(RunPasses, RepeatsWhileSomethingChanges) {
  const std::string text =
      "input x: f32[1, 8, 2]\n"
      "const w: f32[2, 3, 2] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]\n"
      "const s: f32[2] = [2, 3]\n"
      "c = conv_nd(x, w) {strides=[1], dilations=[1], before=[1], after=[1]}\n"
      "m = mul(c, s)\n"
      "r = relu(m)\n"
      "d = conv_nd(r, w) {strides=[1], dilations=[1], before=[0], after=[0]}\n"
      "output d\n";
  ir::Graph graph = Read(text);
  const auto outcomes = RunPasses(graph);
  ASSERT_TRUE(outcomes.ok()) << outcomes.status().ToString();
  EXPECT_GT(outcomes->back().round, 0u);
  ASSERT_EQ(graph.nodes.size(), 4u) << ir::Print(graph);  // reshape, conv2d, conv2d, reshape
  EXPECT_EQ(Disagreement(Read(text), graph, 3, 1e-5f), "");
}

TEST(RunPasses, ReachesNestedGraphs) {
  const std::string text =
      "subgraph \"then\"\ninput a: f32[2]\nt = reshape(a) {shape=[2]}\nu = relu(t)\noutput u\nend\n"
      "subgraph \"else\"\ninput b: f32[2]\ne = logistic(b)\noutput e\nend\n"
      "input c: bool[1]\ninput x: f32[2]\ny = if(c, x) <0, 1>\noutput y\n";
  ir::Graph graph = Read(text);
  EXPECT_EQ(SizeOf(graph).nodes, 4u);
  const auto outcomes = RunPasses(graph, {.only = {"remove_identities"}});
  ASSERT_TRUE(outcomes.ok()) << outcomes.status().ToString();
  EXPECT_EQ((*outcomes)[0].changes, 1u);
  EXPECT_EQ(SizeOf(graph).nodes, 3u);
  EXPECT_EQ(Disagreement(Read(text), graph, 3, 0), "");
}

}  // namespace
}  // namespace verge::opt
