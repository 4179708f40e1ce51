// Passes that fold nodes into constants and into layers.
#include "opt/pass_testing.h"

namespace verge::opt {
namespace {

using testing::ExpectNoChange;
using testing::ExpectPass;

TEST(FoldConstants, ComputesWhatIsKnown) {
  ExpectPass(FoldConstants,
             "input x: f32[2]\nconst h: f16[2] = [1.5, -2]\nconst c: f32[2] = [1, 1]\n"
             "w = dequantize(h)\ns = add(w, c)\ny = add(x, s)\noutput y\n",
             "input x: f32[2]\nconst s: f32[2] = [2.5, -1]\ny = add(x, s)\noutput y\n", 2, 0);
}

TEST(FoldConstants, KeepsAConstantThatIsAnOutput) {
  ExpectPass(FoldConstants, "const c: f32[1] = [-3]\ny = relu(c)\noutput y\n", "const y: f32[1] = [0]\noutput y\n", 1,
             0);
}

TEST(RemoveDead, TakesWholeChains) {
  ExpectPass(RemoveDead, "input x: f32[2]\na = relu(x)\nb = relu6(a)\ny = logistic(x)\noutput y\n",
             "input x: f32[2]\ny = logistic(x)\noutput y\n", 2, 0);
}

TEST(FoldPad, MovesTheBorderIntoTheConvolution) {
  const std::string head =
      "input x: f32[1, 5, 6, 2]\n"
      "const w: f32[3, 3, 3, 2] = fill(0.5)\n"
      "const d: f32[1, 3, 3, 3] = fill(0.25)\n";
  ExpectPass(FoldPad,
             head +
                 "p = pad(x) {before=[0, 0, 1, 0], after=[0, 1, 1, 0]}\n"
                 "c = conv2d(p, w) {stride_h=2, stride_w=2}\n"
                 "q = pad(c) {before=[0, 1, 1, 0], after=[0, 1, 1, 0]}\n"
                 "y = depthwise_conv2d(q, d) {pad_top=1}\n"
                 "output y\n",
             head +
                 "c = conv2d(x, w) {stride_h=2, stride_w=2, pad_bottom=1, pad_left=1, pad_right=1}\n"
                 "y = depthwise_conv2d(c, d) {pad_top=2, pad_bottom=1, pad_left=1, pad_right=1}\n"
                 "output y\n",
             2, 0);
}

TEST(FoldPad, LeavesOtherBordersAlone) {
  const std::string head = "input x: f32[1, 4, 4, 2]\nconst w: f32[3, 3, 3, 2] = fill(0.5)\n";
  const std::string border = head + "p = pad(x) {before=[0, 1, 1, 0], after=[0, 0, 0, 0]}\n";
  const std::string conv = "y = conv2d(p, w)\noutput y\n";
  ExpectNoChange(FoldPad, head + "p = pad(x) {before=[0, 1, 1, 0], after=[0, 0, 0, 0], value=1}\n" + conv);
  ExpectNoChange(FoldPad, head + "p = pad(x) {before=[1, 1, 1, 0], after=[0, 0, 0, 0]}\n" + conv);
  ExpectNoChange(FoldPad, border + "r = relu(p)\n" + conv + "output r\n");
  ExpectNoChange(FoldPad, border + conv + "output p\n");
}

constexpr const char* kConvolution =
    "input x: f32[1, 3, 3, 1]\nconst w: f32[2, 1, 1, 1] = [1, 3]\nconst s: f32[2] = [2, 4]\n"
    "const o: f32[1, 1, 1, 2] = [5, 6]\n";

TEST(FoldBatchNorm, FactorAndOffsetGoIntoTheConvolution) {
  ExpectPass(FoldBatchNorm, std::string(kConvolution) + "c = conv2d(x, w)\nm = mul(c, s)\ny = add(o, m)\noutput y\n",
             "input x: f32[1, 3, 3, 1]\n"
             "const c.weights: f32[2, 1, 1, 1] = [2, 12]\n"
             "const c.bias: f32[2] = [5, 6]\n"
             "y = conv2d(x, c.weights, c.bias) \"c\"\n"
             "output y\n",
             2);
}

TEST(FoldBatchNorm, DifferencesBothWays) {
  ExpectPass(FoldBatchNorm, std::string(kConvolution) + "c = conv2d(x, w)\ny = sub(c, o)\noutput y\n",
             "input x: f32[1, 3, 3, 1]\nconst w: f32[2, 1, 1, 1] = [1, 3]\nconst c.bias: f32[2] = [-5, -6]\n"
             "y = conv2d(x, w, c.bias) \"c\"\noutput y\n",
             1);
  ExpectPass(FoldBatchNorm, std::string(kConvolution) + "c = conv2d(x, w)\ny = sub(o, c)\noutput y\n",
             "input x: f32[1, 3, 3, 1]\nconst c.weights: f32[2, 1, 1, 1] = [-1, -3]\nconst c.bias: f32[2] = [5, 6]\n"
             "y = conv2d(x, c.weights, c.bias) \"c\"\noutput y\n",
             1);
}

TEST(FoldBatchNorm, DepthwiseWeightsAreScaledByTheirLastDimension) {
  ExpectPass(FoldBatchNorm,
             "input x: f32[1, 3, 3, 2]\nconst w: f32[1, 1, 2, 2] = [1, 2, 3, 4]\nconst b: f32[2] = [10, 20]\n"
             "const s: f32[2] = [2, 3]\nc = depthwise_conv2d(x, w, b)\ny = mul(c, s)\noutput y\n",
             "input x: f32[1, 3, 3, 2]\nconst c.weights: f32[1, 1, 2, 2] = [2, 6, 6, 12]\n"
             "const c.bias: f32[2] = [20, 60]\ny = depthwise_conv2d(x, c.weights, c.bias) \"c\"\noutput y\n",
             1);
}

TEST(FoldBatchNorm, BiasOfAFullyConnectedWithItsActivation) {
  ExpectPass(FoldBatchNorm,
             "input x: f32[3, 2]\nconst w: f32[2, 2] = [1, 2, 3, 4]\nconst b: f32[2] = [0.5, -1]\n"
             "c = fully_connected(x, w)\ny = add(c, b) {activation=relu}\noutput y\n",
             "input x: f32[3, 2]\nconst w: f32[2, 2] = [1, 2, 3, 4]\nconst c.bias: f32[2] = [0.5, -1]\n"
             "y = fully_connected(x, w, c.bias) {activation=relu} \"c\"\noutput y\n",
             1);
}

TEST(FoldBatchNorm, LeavesOtherReadersActivationsAndShapesAlone) {
  const std::string head = kConvolution;
  ExpectNoChange(FoldBatchNorm,
                 "input x: f32[1, 3, 3, 1]\nconst w: f32[2, 1, 1, 1] = [1, 3]\nconst s: f32[2] = [2, 4]\n"
                 "c = conv2d(x, w)\nm = mul(c, s)\ny = add(m, c)\noutput y\n");
  ExpectNoChange(FoldBatchNorm,
                 "input x: f32[1, 3, 3, 1]\nconst w: f32[2, 1, 1, 1] = [1, 3]\nconst s: f32[2] = [2, 4]\n"
                 "c = conv2d(x, w) {activation=relu}\ny = mul(c, s)\noutput y\n");
  ExpectNoChange(FoldBatchNorm,
                 "input x: f32[1, 3, 3, 1]\nconst w: f32[3, 1, 1, 1] = [1, 3, 5]\nconst s: f32[3, 1] = [2, 4, 8]\n"
                 "c = conv2d(x, w)\ny = mul(c, s)\noutput y\n");
  // conv_nd has no activation to which that of the sum could move.
  ExpectNoChange(FoldBatchNorm,
                 "input x: f32[1, 3, 1]\nconst w: f32[2, 1, 1] = [1, 3]\nconst o: f32[2] = [2, 4]\n"
                 "c = conv_nd(x, w) {strides=[1], dilations=[1], before=[0], after=[0]}\n"
                 "y = add(c, o) {activation=relu}\noutput y\n");
}

}  // namespace
}  // namespace verge::opt
