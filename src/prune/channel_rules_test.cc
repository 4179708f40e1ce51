// Which channels are found to belong together, as text: one line a group, "layers: classes x channels each", and one a
// layer that is locked, with the reason.
#include <gtest/gtest.h>

#include "prune/channel_sets.h"
#include "prune/testing.h"

namespace verge::prune {
namespace {

std::string Groups(const std::string& text) {
  ir::Graph graph = testing::Read(text);
  SeparateVectors(graph);
  const ChannelSets sets = FindChannels(graph, FindRoles(graph));
  std::string told;
  for (const ChannelGroup& group : sets.groups) {
    for (const size_t node : group.producers) told += graph.nodes[node].name + " ";
    told += "x" + std::to_string(group.classes.size());
    if (group.channels_each != 1) told += " of " + std::to_string(group.channels_each);
    told += "\n";
  }
  for (const LockedLayer& locked : sets.locked)
    told += graph.nodes[locked.node].name + " stays: " + locked.reason + "\n";
  return told;
}

constexpr const char* kIn = "input x: f32[1, 4, 4, 2]\n";

TEST(ChannelRules, AChainHasAGroupALayer) {
  EXPECT_EQ(
      Groups(std::string(kIn) +
             "const a: f32[4, 1, 1, 2] = fill(1)\nconst b: f32[6, 3, 3, 4] = fill(1)\nconst c: f32[3, 24] = fill(1)\n"
             "p = conv2d(x, a) {activation=relu}\n"
             "q = conv2d(p, b)\n"
             "r = unary(q) {kind=hard_swish, alpha=0, beta=0}\n"
             "y = fully_connected(r, c)\n"
             "output y\n"),
      "p x4\nq x6\ny stays: output of the model\n");
}

TEST(ChannelRules, ASumTiesWhatItAdds) {
  EXPECT_EQ(Groups(std::string(kIn) + "const a: f32[4, 1, 1, 2] = fill(1)\nconst b: f32[4, 1, 1, 4] = fill(1)\n"
                                      "const c: f32[3, 1, 1, 4] = fill(1)\nconst g: f32[4] = fill(1)\n"
                                      "p = conv2d(x, a)\n"
                                      "q = conv2d(p, b)\n"
                                      "n = mul(q, g)\n"
                                      "s = add(p, n)\n"
                                      "y = conv2d(s, c)\n"
                                      "output y\n"),
            "p q x4\ny stays: output of the model\n");
}

TEST(ChannelRules, ASumWithTheInputLocks) {
  EXPECT_EQ(Groups(std::string(kIn) + "const a: f32[2, 1, 1, 2] = fill(1)\nconst c: f32[3, 1, 1, 2] = fill(1)\n"
                                      "p = conv2d(x, a)\ns = add(p, x)\ny = conv2d(s, c)\noutput y\n"),
            "p stays: input of the model\ny stays: output of the model\n");
}

TEST(ChannelRules, DepthwiseFollowsItsInput) {
  EXPECT_EQ(Groups(std::string(kIn) + "const a: f32[4, 1, 1, 2] = fill(1)\nconst d: f32[1, 3, 3, 8] = fill(1)\n"
                                      "const c: f32[3, 1, 1, 8] = fill(1)\n"
                                      "p = conv2d(x, a)\n"
                                      "q = depthwise_conv2d(p, d) {pad_top=1, pad_bottom=1, pad_left=1, pad_right=1}\n"
                                      "y = conv2d(q, c)\noutput y\n"),
            "p q x4\ny stays: output of the model\n");
}

TEST(ChannelRules, ConcatKeepsItsPartsApart) {
  EXPECT_EQ(Groups(std::string(kIn) +
                   "const a: f32[4, 1, 1, 2] = fill(1)\nconst b: f32[3, 1, 1, 2] = fill(1)\n"
                   "const c: f32[5, 1, 1, 7] = fill(1)\n"
                   "p = conv2d(x, a)\nq = conv2d(x, b)\nj = concat(p, q) {axis=-1}\ny = conv2d(j, c)\noutput y\n"),
            "p x4\nq x3\ny stays: output of the model\n");
}

TEST(ChannelRules, OneConsumerOfTwoTiesNothingElse) {
  // q reads p, r reads p too: p's channels are read by both, q and r stay apart.
  EXPECT_EQ(
      Groups(std::string(kIn) + "const a: f32[4, 1, 1, 2] = fill(1)\nconst b: f32[3, 1, 1, 4] = fill(1)\n"
                                "const c: f32[5, 1, 1, 4] = fill(1)\nconst d: f32[2, 1, 1, 8] = fill(1)\n"
                                "p = conv2d(x, a)\nq = conv2d(p, b)\nr = conv2d(p, c)\nj = concat(q, r) {axis=3}\n"
                                "y = conv2d(j, d)\noutput y\n"),
      "p x4\nq x3\nr x5\ny stays: output of the model\n");
}

TEST(ChannelRules, FlatteningKeepsChannelsWhole) {
  EXPECT_EQ(Groups(std::string(kIn) +
                   "const a: f32[4, 1, 1, 2] = fill(1)\nconst b: f32[5, 64] = fill(1)\nconst c: f32[3, 5] = fill(1)\n"
                   "p = conv2d(x, a)\nf = reshape(p) {shape=[1, -1]}\nq = fully_connected(f, b)\n"
                   "y = fully_connected(q, c)\noutput y\n"),
            "p x4\nq x5\ny stays: output of the model\n");
  // Through a transpose to channels first, as ONNX models flatten.
  EXPECT_EQ(Groups(std::string(kIn) +
                   "const a: f32[4, 1, 1, 2] = fill(1)\nconst b: f32[5, 64] = fill(1)\n"
                   "p = conv2d(x, a)\nt = transpose(p) {perm=[0, 3, 1, 2]}\nf = reshape(t) {shape=[1, 64]}\n"
                   "y = fully_connected(f, b)\noutput y\n"),
            "p x4\ny stays: output of the model\n");
}

TEST(ChannelRules, AGateFollowsWhatItScales) {
  EXPECT_EQ(Groups(std::string(kIn) +
                   "const a: f32[8, 1, 1, 2] = fill(1)\nconst s: f32[3, 8] = fill(1)\nconst e: f32[8, 3] = fill(1)\n"
                   "const c: f32[2, 1, 1, 8] = fill(1)\n"
                   "p = conv2d(x, a)\n"
                   "m = reduce(p) {kind=mean, axes=[1, 2], keep_dims=false}\n"
                   "q = fully_connected(m, s) {activation=relu}\n"
                   "g = fully_connected(q, e)\n"
                   "h = logistic(g)\n"
                   "i = reshape(h) {shape=[1, 1, 1, 8]}\n"
                   "k = mul(p, i)\n"
                   "y = conv2d(k, c)\noutput y\n"),
            "p g x8\nq x3\ny stays: output of the model\n");
}

TEST(ChannelRules, AShuffleTiesPositionsOfItsGroups) {
  EXPECT_EQ(Groups(std::string(kIn) +
                   "const a: f32[8, 1, 1, 2] = fill(1)\nconst c: f32[2, 1, 1, 8] = fill(1)\n"
                   "p = conv2d(x, a)\nr = reshape(p) {shape=[1, 4, 4, 2, 4]}\nt = transpose(r) {perm=[0, 1, 2, 4, 3]}\n"
                   "f = reshape(t) {shape=[1, 4, 4, 8]}\ny = conv2d(f, c)\noutput y\n"),
            "p x4 of 2\ny stays: output of the model\n");
}

TEST(ChannelRules, SlicesSplitAGroup) {
  EXPECT_EQ(Groups(std::string(kIn) + "const a: f32[6, 1, 1, 2] = fill(1)\nconst b: f32[2, 1, 1, 2] = fill(1)\n"
                                      "const c: f32[2, 1, 1, 4] = fill(1)\n"
                                      "p = conv2d(x, a)\n"
                                      "q = slice(p) {starts=[0, 0, 0, 0], sizes=[1, 4, 4, 2], steps=[1, 1, 1, 1]}\n"
                                      "r = slice(p) {starts=[0, 0, 0, 2], sizes=[1, 4, 4, 4], steps=[1, 1, 1, 1]}\n"
                                      "u = conv2d(q, b)\nv = conv2d(r, c)\noutput u\noutput v\n"),
            "p x6\nu stays: output of the model\nv stays: output of the model\n");
}

TEST(ChannelRules, GroupsStayAlike) {
  EXPECT_EQ(Groups(std::string(kIn) + "const a: f32[8, 1, 1, 2] = fill(1)\nconst b: f32[6, 1, 1, 4] = fill(1)\n"
                                      "const c: f32[2, 1, 1, 6] = fill(1)\n"
                                      "p = conv2d(x, a)\nq = conv2d(p, b) {groups=2}\ny = conv2d(q, c)\noutput y\n"),
            "p x4 of 2\nq x3 of 2\ny stays: output of the model\n");
}

TEST(ChannelRules, WhatReadsAcrossChannelsLocks) {
  const std::string head =
      std::string(kIn) + "const a: f32[4, 1, 1, 2] = fill(1)\nconst c: f32[2, 1, 1, 4] = fill(1)\np = conv2d(x, a)\n";
  const std::string tail = "y = conv2d(s, c)\noutput y\n";
  EXPECT_EQ(Groups(head + "s = softmax(p)\n" + tail), "p stays: op softmax\ny stays: output of the model\n");
  EXPECT_EQ(Groups(head + "s = lrn(p)\n" + tail), "p stays: op lrn\ny stays: output of the model\n");
  EXPECT_EQ(Groups(head + "m = reduce(p) {kind=mean, axes=[3]}\ns = sub(p, m)\n" + tail),
            "p stays: op reduce\ny stays: output of the model\n");
  EXPECT_EQ(Groups(head + "s = pad(p) {before=[0, 0, 0, 0], after=[0, 1, 1, 0]}\n" + tail),
            "p x4\ny stays: output of the model\n");
  EXPECT_EQ(Groups(head + "s = max_pool2d(p) {filter_h=2, filter_w=2}\n" + tail),
            "p x4\ny stays: output of the model\n");
  EXPECT_EQ(Groups(head + "s = resize_bilinear(p) {height=8, width=8}\n" + tail),
            "p x4\ny stays: output of the model\n");
  EXPECT_EQ(Groups(head + "s = logistic(p)\n" + tail + "output p\n"),
            "p stays: output of the model\ny stays: output of the model\n");
}

TEST(ChannelRules, ProductsOfComputedMatricesLockWhatTheySumOver) {
  EXPECT_EQ(
      Groups("input x: f32[3, 4]\n"
             "const q: f32[5, 4] = fill(1)\nconst k: f32[5, 4] = fill(1)\nconst v: f32[4, 6] = fill(1)\n"
             "const o: f32[6, 2] = fill(1)\n"
             "a = fully_connected(x, q)\nb = fully_connected(x, k)\nw = matmul(x, v)\n"
             "s = matmul(a, b) {transpose_b=true}\nt = softmax(s)\nu = matmul(t, w)\ny = matmul(u, o)\noutput y\n"),
      "w x6\na stays: op matmul\nb stays: op matmul\ny stays: output of the model\n");
}

TEST(ChannelRules, AVectorReadByTwoTiesNothing) {
  EXPECT_EQ(Groups(std::string(kIn) + "const a: f32[4, 1, 1, 2] = fill(1)\nconst b: f32[4, 1, 1, 4] = fill(1)\n"
                                      "const c: f32[2, 1, 1, 4] = fill(1)\nconst z: f32[4] = fill(0)\n"
                                      "p = conv2d(x, a, z)\nq = conv2d(p, b, z)\ny = conv2d(q, c)\noutput y\n"),
            "p x4\nq x4\ny stays: output of the model\n");
}

TEST(ChannelRules, StatesStay) {
  EXPECT_EQ(Groups("input x: f32[1, 2]\nstate h: f32[1, 4] = _\n"
                   "const a: f32[4, 2] = fill(1)\nconst c: f32[2, 4] = fill(1)\n"
                   "p = fully_connected(x, a)\ns = add(p, h)\nn = relu(s)\ny = fully_connected(n, c)\n"
                   "output y\nnext h = n\n"),
            "p stays: state of the model\ny stays: output of the model\n");
}

}  // namespace
}  // namespace verge::prune
