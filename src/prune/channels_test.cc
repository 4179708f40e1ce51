// Removing channels: graphs as text before and after, and that what is left computes what zeros in the weights would.
#include "prune/channels.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ir/verify.h"
#include "prune/channel_sets.h"
#include "prune/testing.h"

namespace verge::prune {
namespace {

using testing::EvaluatedActivations;
using testing::RandomSamples;
using testing::Read;

// A residual block whose third channel is the weakest, then flattened.
TEST(PruneChannels, RewritesConstantsTypesAndAttributes) {
  ir::Graph graph = Read(
      "input x: f32[1, 1, 2, 1]\n"
      "const a: f32[3, 1, 1, 1] = [3, 4, 1]\nconst z: f32[3] = [7, 8, 9]\n"
      "const b: f32[3, 1, 1, 3] = [1, 2, 0, 4, 5, 0, 0, 0, 1]\n"
      "const w: f32[2, 6] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]\n"
      "p = conv2d(x, a, z)\n"
      "q = conv2d(p, b, z)\n"
      "s = add(p, q)\n"
      "f = reshape(s) {shape=[1, 6]}\n"
      "y = fully_connected(f, w)\n"
      "output y\n");
  const auto report = PruneChannels(graph, {.share = 0.4, .min_channels = 1}, nullptr);
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_EQ(ir::Print(graph), ir::Print(Read("input x: f32[1, 1, 2, 1]\n"
                                             "const a: f32[2, 1, 1, 1] = [3, 4]\n"
                                             "const z: f32[2] = [7, 8]\n"
                                             "const b: f32[2, 1, 1, 2] = [1, 2, 4, 5]\n"
                                             "const w: f32[2, 4] = [1, 2, 4, 5, 7, 8, 10, 11]\n"
                                             "const z.copy10: f32[2] = [7, 8]\n"
                                             "p = conv2d(x, a, z)\n"
                                             "q = conv2d(p, b, z.copy10)\n"
                                             "s = add(p, q)\n"
                                             "f = reshape(s) {shape=[1, 4]}\n"
                                             "y = fully_connected(f, w)\n"
                                             "output y\n")));
  EXPECT_EQ(report->macs_before, 3u * 2 + 9 * 2 + 12);
  EXPECT_EQ(report->macs, 2u * 2 + 4 * 2 + 8);
  EXPECT_EQ(report->parameters_before, 3u + 3 + 9 + 12);
  EXPECT_EQ(report->kept_outputs.at("q"), (std::vector<int64_t>{0, 1}));
  ASSERT_EQ(report->groups.size(), 2u);
  EXPECT_EQ(report->groups[0].layers, (std::vector<std::string>{"p", "q"}));
  EXPECT_EQ(report->groups[0].channels, 3);
  EXPECT_EQ(report->groups[0].kept, 2);
  EXPECT_EQ(report->groups[1].reason, "output of the model");
  EXPECT_EQ(report->groups[1].kept, 2);
}

TEST(PruneChannels, SharedVectorsThatLoseNothingStayShared) {
  const std::string text =
      "input x: f32[1, 2]\nconst a: f32[4, 2] = fill(1)\nconst b: f32[4, 4] = fill(1)\nconst z: f32[4] = fill(0)\n"
      "p = fully_connected(x, a, z)\ny = fully_connected(p, b, z)\noutput y\n";
  ir::Graph graph = Read(text);
  ASSERT_TRUE(PruneChannels(graph, {.share = 0}, nullptr).ok());
  EXPECT_EQ(ir::Print(graph), ir::Print(Read(text)));
}

constexpr const char* kTwoLayers =
    "input x: f32[1, 6, 6, 3]\n"
    "const a: f32[16, 3, 3, 3] = fill(0)\nconst b: f32[12, 1, 1, 16] = fill(0)\nconst c: f32[4, 1, 1, 12] = fill(0)\n"
    "p = conv2d(x, a) {activation=relu}\nq = conv2d(p, b) {activation=relu}\ny = conv2d(q, c)\noutput y\n";

int64_t KeptOf(const ChannelReport& report, const std::string& layer) {
  for (const ChannelGroupReport& group : report.groups) {
    if (group.layers[0] == layer) return group.kept;
  }
  ADD_FAILURE() << layer;
  return -1;
}

TEST(PruneChannels, KeepsMinimaMultiplesAndExceptions) {
  const auto run = [](const ChannelPruning& options) {
    ir::Graph graph = Read(kTwoLayers);
    testing::Randomise(graph);
    const auto report = PruneChannels(graph, options, nullptr);
    EXPECT_TRUE(report.ok()) << report.status().ToString();
    return report.ok() ? *report : ChannelReport();
  };
  const ChannelReport plain = run({.share = 0.3});
  EXPECT_EQ(KeptOf(plain, "p"), 12);
  EXPECT_EQ(KeptOf(plain, "q"), 9);
  const ChannelReport multiple = run({.share = 0.3, .multiple_of = 4});
  EXPECT_EQ(KeptOf(multiple, "p"), 12);
  EXPECT_EQ(KeptOf(multiple, "q"), 12);
  const ChannelReport minimum = run({.share = 0.9, .min_channels = 5});
  EXPECT_EQ(KeptOf(minimum, "p"), 5);
  EXPECT_EQ(KeptOf(minimum, "q"), 5);
  const ChannelReport own = run({.share = 0.5, .shares = {{"q", 0.25}}, .except = {"p"}});
  EXPECT_EQ(KeptOf(own, "p"), 16);
  EXPECT_EQ(KeptOf(own, "q"), 9);
  const ChannelReport global = run({.share = 0.5, .is_global = true, .max_share = 0.6, .multiple_of = 2});
  EXPECT_GE(KeptOf(global, "p"), 8);
  EXPECT_EQ(KeptOf(global, "p") % 2 + KeptOf(global, "q") % 2, 0);
  EXPECT_LT(KeptOf(global, "p") + KeptOf(global, "q"), 18);
}

// Activations see what magnitudes cannot: a channel that is always nearly 0.
TEST(PruneChannels, EnergyFindsTheSilentChannel) {
  ir::Graph graph = Read(
      "input x: f32[1, 2]\nconst a: f32[4, 2] = [1, 1, -9, -9, 1, -1, 2, 1]\nconst n: f32[4] = [3, -30, 3, 3]\n"
      "const b: f32[2, 4] = [1, 9, 1, 1, 1, 9, 1, 1]\n"
      "p = fully_connected(x, a, n) {activation=relu}\ny = fully_connected(p, b)\noutput y\n");
  EvaluatedActivations activations(RandomSamples(graph, 10));
  for (const ChannelScore score : {ChannelScore::kEnergy, ChannelScore::kVariance}) {
    ir::Graph pruned = graph;
    const auto report = PruneChannels(pruned, {.score = score, .share = 0.25, .min_channels = 1}, &activations);
    ASSERT_TRUE(report.ok()) << report.status().ToString();
    EXPECT_EQ(report->kept_outputs.at("p"), (std::vector<int64_t>{0, 2, 3}));
  }
  const auto report = PruneChannels(graph, {.share = 0.25, .min_channels = 1}, nullptr);
  ASSERT_TRUE(report.ok());
  EXPECT_NE(report->kept_outputs.at("p"), (std::vector<int64_t>{0, 2, 3}));
}

TEST(PruneChannels, RefusesBadOptions) {
  ir::Graph graph = Read(kTwoLayers);
  EXPECT_EQ(PruneChannels(graph, {.share = -1}, nullptr).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(PruneChannels(graph, {.score = ChannelScore::kEnergy}, nullptr).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(PruneChannels(graph, {.except = {"nobody"}}, nullptr).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(PruneChannels(graph, {.is_global = true, .shares = {{"p", 0.5}}}, nullptr).code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(PruneChannels(graph, {.min_channels = 0}, nullptr).code(), StatusCode::kInvalidArgument);
}

// Writes random networks of the blocks that channels meet in practice.
class NetWriter {
 public:
  explicit NetWriter(uint32_t seed) : random_(seed) {}

  std::string Write() {
    text_ = "input x: f32[1, 6, 6, 3]\n";
    name_ = "x";
    Conv(4 + 4 * random_.Below(3));
    for (int block = 0; block < 5; ++block) Block();
    const size_t inputs = size_ * size_ * channels_;
    nodes_ += "flat = reshape(" + name_ + ") {shape=[1, -1]}\n";
    text_ += "const wf: f32[9, " + std::to_string(inputs) + "] = fill(0)\nconst wy: f32[5, 9] = fill(0)\n";
    nodes_ += "fc = fully_connected(flat, wf) {activation=relu}\ny = fully_connected(fc, wy)\noutput y\n";
    return text_ + nodes_;
  }

 private:
  std::string Next() { return "v" + std::to_string(count_++); }
  std::string Constant(const std::string& shape) {
    const std::string name = "k" + std::to_string(count_++);
    text_ += "const " + name + ": f32[" + shape + "] = fill(0)\n";
    return name;
  }
  void Node(const std::string& rest) {
    name_ = Next();
    nodes_ += name_ + " = " + rest + "\n";
  }
  void Conv(size_t outputs, size_t groups = 1) {
    const std::string o = std::to_string(outputs);
    const std::string w = Constant(o + ", 3, 3, " + std::to_string(channels_ / groups));
    const std::string b = Constant(o);
    Node("conv2d(" + name_ + ", " + w + ", " + b + ") {pad_top=1, pad_bottom=1, pad_left=1, pad_right=1, groups=" +
         std::to_string(groups) + ", activation=relu}");
    channels_ = outputs;
  }
  void Depthwise() {
    const std::string w = Constant("1, 3, 3, " + std::to_string(channels_));
    Node("depthwise_conv2d(" + name_ + ", " + w + ") {pad_top=1, pad_bottom=1, pad_left=1, pad_right=1}");
  }
  void Residual() {
    const std::string before = name_;
    Conv(channels_);
    Depthwise();
    Node("add(" + before + ", " + name_ + ") {activation=relu}");
  }
  void Gate() {
    const std::string before = name_;
    const std::string c = std::to_string(channels_);
    Node("reduce(" + before + ") {kind=mean, axes=[1, 2]}");
    Node("conv2d(" + name_ + ", " + Constant("4, 1, 1, " + c) + ") {activation=relu}");
    Node("conv2d(" + name_ + ", " + Constant(c + ", 1, 1, 4") + ")");
    Node("logistic(" + name_ + ")");
    Node("mul(" + before + ", " + name_ + ")");
  }
  void Branches() {
    const std::string before = name_;
    const size_t channels = channels_;
    Conv(4);
    const std::string one = name_;
    name_ = before;
    channels_ = channels;
    Conv(6);
    Node("concat(" + one + ", " + name_ + ", " + before + ") {axis=3}");
    channels_ += 4 + channels;
    Conv(8);
  }
  void Shuffle() {
    Conv(8, channels_ % 2 == 0 ? 2 : 1);
    const std::string s = "1, " + std::to_string(size_) + ", " + std::to_string(size_);
    Node("reshape(" + name_ + ") {shape=[" + s + ", 2, 4]}");
    Node("transpose(" + name_ + ") {perm=[0, 1, 2, 4, 3]}");
    Node("reshape(" + name_ + ") {shape=[" + s + ", 8]}");
  }
  void Split() {
    Conv(10);
    const std::string before = name_;
    const std::string s = "1, " + std::to_string(size_) + ", " + std::to_string(size_);
    Node("slice(" + before + ") {starts=[0, 0, 0, 0], sizes=[" + s + ", 4], steps=[1, 1, 1, 1]}");
    channels_ = 4;
    Conv(6);
    const std::string one = name_;
    Node("slice(" + before + ") {starts=[0, 0, 0, 4], sizes=[" + s + ", 6], steps=[1, 1, 1, 1]}");
    Node("add(" + one + ", " + name_ + ")");
    channels_ = 6;
  }
  void Normalise() {
    Node("mul(" + name_ + ", " + Constant(std::to_string(channels_)) + ")");
    Node("add(" + Constant("1, 1, 1, " + std::to_string(channels_)) + ", " + name_ + ")");
    Node("unary(" + name_ + ") {kind=hard_swish}");
  }
  void Pool() {
    if (size_ < 4) return;
    Node("max_pool2d(" + name_ + ") {filter_h=2, filter_w=2, stride_h=2, stride_w=2}");
    size_ /= 2;
    Node("pad(" + name_ + ") {before=[0, 1, 0, 0], after=[0, 0, 1, 0]}");
    size_ += 1;
  }
  void Block() {
    switch (random_.Below(8)) {
      case 0: Residual(); break;
      case 1: Gate(); break;
      case 2: Branches(); break;
      case 3: Shuffle(); break;
      case 4: Split(); break;
      case 5: Normalise(); break;
      case 6: Pool(); break;
      default: Conv(4 + random_.Below(6)); break;
    }
  }

  testing::Random random_;
  std::string text_;
  std::string nodes_;
  std::string name_;
  size_t channels_ = 3;
  size_t size_ = 6;
  int count_ = 0;
};

// Zeros in all constants where channels would go.
void Mask(ir::Graph& graph, const ChannelClass& channels) {
  for (const Place& place : channels.places) {
    ir::Value& value = graph.values[place.value];
    if (!value.is_constant()) continue;
    std::vector<float> data = testing::FloatsOf(value);
    size_t inner = 1;
    for (int d = place.dim + 1; d < value.shape.rank(); ++d) inner *= static_cast<size_t>(value.shape[d]);
    const auto size = static_cast<size_t>(value.shape[place.dim]);
    for (size_t i = 0; i < data.size(); ++i) {
      if (i / inner % size == static_cast<size_t>(place.index)) data[i] = 0;
    }
    value.constant = ir::Buffer::CopyOf(data.data(), data.size() * sizeof(float));
  }
}

TEST(RemoveChannels, IsTheSameAsZerosInTheWeights) {
  size_t removed_in_all = 0;
  for (uint32_t seed = 1; seed <= 40; ++seed) {
    const std::string text = NetWriter(seed).Write();
    ir::Graph graph = Read(text);
    ASSERT_FALSE(graph.nodes.empty()) << text;
    testing::Randomise(graph, seed);
    const std::vector<ir::ValueId> originals = SeparateVectors(graph);
    const ChannelSets sets = FindChannels(graph, FindRoles(graph));
    ir::Graph masked = graph;
    ir::Graph smaller = graph;
    Removal removal = NoRemoval(graph);
    testing::Random random(seed + 1000);
    for (const ChannelGroup& group : sets.groups) {
      // The first of each group stays; a slice keeps one of each half that way or is rarely emptied.
      for (size_t i = 1; i < group.classes.size(); ++i) {
        if (i % 4 == 0 || random.Below(2) == 0) continue;
        Mask(masked, sets.classes[group.classes[i]]);
        Remove(graph, sets.classes[group.classes[i]], removal);
        ++removed_in_all;
      }
    }
    const Status status = RemoveChannels(smaller, removal, originals);
    ASSERT_TRUE(status.ok()) << status.ToString() << "\n" << text;
    EXPECT_LT(CountMacs(smaller), CountMacs(graph));
    const auto inputs = RandomSamples(graph, 1, seed);
    const auto want = ir::Evaluate(masked, inputs[0][0]);
    const auto got = ir::Evaluate(smaller, inputs[0][0]);
    ASSERT_TRUE(want.ok() && got.ok());
    const auto* a = reinterpret_cast<const float*>((*want)[0]->data());
    const auto* b = reinterpret_cast<const float*>((*got)[0]->data());
    float scale = 1e-6f;
    for (size_t i = 0; i < 5; ++i) scale = std::max(scale, std::abs(a[i]));
    for (size_t i = 0; i < 5; ++i) EXPECT_NEAR(a[i], b[i], 1e-5f * scale) << "seed " << seed << "\n" << text;
  }
  EXPECT_GT(removed_in_all, 400u);
}

}  // namespace
}  // namespace verge::prune
