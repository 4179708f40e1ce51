// Passes that make the layers that have fast kernels.
#include "opt/pass_testing.h"

namespace verge::opt {
namespace {

using testing::ExpectNoChange;
using testing::ExpectPass;

TEST(UseFullyConnected, RowsTimesAConstantMatrix) {
  ExpectPass(UseFullyConnected,
             "input x: f32[2, 3, 2]\nconst w: f32[2, 3] = [1, 2, 3, 4, 5, 6]\ny = matmul(x, w)\noutput y\n",
             "input x: f32[2, 3, 2]\nconst w.turned: f32[3, 2] = [1, 4, 2, 5, 3, 6]\n"
             "y = fully_connected(x, w.turned) {keep_num_dims=true}\noutput y\n",
             1);
  ExpectPass(UseFullyConnected,
             "input x: f32[2, 1, 2]\nconst w: f32[1, 3, 2] = [1, 2, 3, 4, 5, 6]\ny = matmul(x, w) {transpose_b=true}\n"
             "output y\n",
             "input x: f32[2, 1, 2]\nconst w.reshaped: f32[3, 2] = [1, 2, 3, 4, 5, 6]\n"
             "y = fully_connected(x, w.reshaped) {keep_num_dims=true}\noutput y\n",
             1);
}

TEST(UseFullyConnected, LeavesOtherProductsAlone) {
  ExpectNoChange(UseFullyConnected, "input x: f32[2, 2]\ny = matmul(x, x)\noutput y\n");
  ExpectNoChange(UseFullyConnected, "input x: f32[2, 2]\nconst w: f32[2, 2] = fill(1)\ny = matmul(w, x)\noutput y\n");
  ExpectNoChange(UseFullyConnected,
                 "input x: f32[3, 2]\nconst w: f32[3, 2] = fill(1)\ny = matmul(x, w) {transpose_a=true}\noutput y\n");
  ExpectNoChange(UseFullyConnected,
                 "input x: f32[2, 2, 2]\nconst w: f32[2, 2, 2] = fill(1)\ny = matmul(x, w)\noutput y\n");
  ExpectNoChange(UseFullyConnected,
                 "input x: f32[2, 2]\nconst w: f32[1, 2, 2] = fill(1)\ny = matmul(x, w)\noutput y\n");
  ExpectNoChange(UseFullyConnected, "input x: i32[2, 2]\nconst w: i32[2, 2] = fill(1)\ny = matmul(x, w)\noutput y\n");
}

TEST(Use2d, ConvolutionOfOneDimensionIsAnImageOfHeightOne) {
  ExpectPass(Use2d,
             "input x: f32[1, 6, 2]\nconst w: f32[2, 3, 2] = fill(0.5)\n"
             "y = conv_nd(x, w) {strides=[2], dilations=[1], before=[1], after=[0]}\noutput y\n",
             "input x: f32[1, 6, 2]\nconst w.reshaped: f32[2, 1, 3, 2] = fill(0.5)\n"
             "x.image = reshape(x) {shape=[1, 1, 6, 2]} \"y.image\"\n"
             "y.image = conv2d(x.image, w.reshaped) {stride_w=2, pad_left=1} \"y\"\n"
             "y = reshape(y.image) {shape=[1, 3, 2]} \"y.row\"\noutput y\n",
             1);
}

TEST(Use2d, ConvolutionOfTwoDimensions) {
  ExpectPass(
      Use2d,
      "input x: f32[1, 6, 5, 4]\nconst w: f32[4, 2, 3, 2] = fill(0.5)\nconst b: f32[4] = [1, 2, 3, 4]\n"
      "y = conv_nd(x, w, b) {strides=[1, 2], dilations=[2, 1], before=[1, 0], after=[0, 1], groups=2}\noutput y\n",
      "input x: f32[1, 6, 5, 4]\nconst w: f32[4, 2, 3, 2] = fill(0.5)\nconst b: f32[4] = [1, 2, 3, 4]\n"
      "y = conv2d(x, w, b) {stride_w=2, dilation_h=2, pad_top=1, pad_right=1, groups=2}\noutput y\n",
      1);
}

TEST(Use2d, ChannelsByThemselvesAreDepthwise) {
  ExpectPass(Use2d,
             "input x: f32[1, 3, 3, 2]\nconst w: f32[4, 1, 2, 1] = [1, 2, 3, 4, 5, 6, 7, 8]\n"
             "y = conv2d(x, w) {groups=2, activation=relu}\noutput y\n",
             "input x: f32[1, 3, 3, 2]\nconst w.separate: f32[1, 1, 2, 4] = [1, 3, 5, 7, 2, 4, 6, 8]\n"
             "y = depthwise_conv2d(x, w.separate) {activation=relu}\noutput y\n",
             1);
  ExpectNoChange(
      Use2d, "input x: f32[1, 3, 3, 4]\nconst w: f32[4, 1, 2, 2] = fill(1)\ny = conv2d(x, w) {groups=2}\noutput y\n");
}

TEST(Use2d, PoolsWithALastWindowThatIsCutShort) {
  ExpectPass(
      Use2d,
      "input x: f32[1, 6, 2]\n"
      "y = pool_nd(x) {strides=[2], dilations=[1], before=[0], after=[0], kernel=[3], kind=max, ceil=true}\noutput y\n",
      "input x: f32[1, 6, 2]\nx.image = reshape(x) {shape=[1, 1, 6, 2]} \"y.image\"\n"
      "y.image = max_pool2d(x.image) {filter_w=3, stride_w=2, pad_right=1} \"y\"\n"
      "y = reshape(y.image) {shape=[1, 3, 2]} \"y.row\"\noutput y\n",
      1, 0);
  ExpectPass(Use2d,
             "input x: f32[1, 5, 5, 2]\ny = pool_nd(x) {strides=[2, 2], dilations=[1, 1], before=[1, 1], after=[1, 1], "
             "kernel=[2, 2], kind=avg}\noutput y\n",
             "input x: f32[1, 5, 5, 2]\n"
             "y = avg_pool2d(x) {filter_h=2, filter_w=2, stride_h=2, stride_w=2, pad_top=1, pad_bottom=1, pad_left=1, "
             "pad_right=1}\noutput y\n",
             1);
}

TEST(Use2d, LeavesPoolsThatCannotBeSaid) {
  const std::string x = "input x: f32[1, 6, 2]\n";
  ExpectNoChange(Use2d,
                 x + "y = pool_nd(x) {strides=[1], dilations=[2], before=[0], after=[0], kernel=[3]}\noutput y\n");
  ExpectNoChange(Use2d, x + "y = pool_nd(x) {strides=[1], dilations=[1], before=[1], after=[0], kernel=[3], kind=avg, "
                            "count_pads=true}\noutput y\n");
  ExpectNoChange(Use2d,
                 x + "y = pool_nd(x) {strides=[1], dilations=[1], before=[2], after=[0], kernel=[2]}\noutput y\n");
  ExpectNoChange(Use2d, x + "y, i = pool_nd(x) {strides=[1], dilations=[1], before=[0], after=[0], kernel=[2]}\n"
                            "output y\noutput i\n");
  ExpectNoChange(
      Use2d, x + "y = pool_nd(x) {strides=[1], dilations=[1], before=[0], after=[0], kernel=[2], kind=lp}\noutput y\n");
}

TEST(Use2d, MeanOfAnImageIsAPool) {
  ExpectPass(Use2d, "input x: f32[2, 3, 4, 5]\ny = reduce(x) {kind=mean, axes=[2, 1]}\noutput y\n",
             "input x: f32[2, 3, 4, 5]\ny = avg_pool2d(x) {filter_h=3, filter_w=4}\noutput y\n", 1);
  ExpectPass(Use2d, "input x: f32[2, 3, 4, 5]\ny = reduce(x) {kind=max, axes=[1, -2], keep_dims=false}\noutput y\n",
             "input x: f32[2, 3, 4, 5]\ny.pooled = max_pool2d(x) {filter_h=3, filter_w=4} \"y\"\n"
             "y = reshape(y.pooled) {shape=[2, 5]} \"y.flat\"\noutput y\n",
             1, 0);
  ExpectNoChange(Use2d, "input x: f32[2, 3, 4, 5]\ny = reduce(x) {kind=mean, axes=[1, 3]}\noutput y\n");
  ExpectNoChange(Use2d, "input x: f32[2, 3, 4, 5]\ny = reduce(x) {kind=sum, axes=[1, 2]}\noutput y\n");
}

}  // namespace
}  // namespace verge::opt
