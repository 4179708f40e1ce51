// Passes that take away what computes nothing, or nothing new.
#include "opt/pass_testing.h"

namespace verge::opt {
namespace {

using testing::ExpectNoChange;
using testing::ExpectPass;

TEST(PlainOps, ClampsAreActivations) {
  const std::string head =
      "input x: f32[3]\nconst zero: f32[1] = [0]\nconst six: f32[1] = [6]\nconst one: f32[1] = [1]\n"
      "const minus: f32[1] = [-1]\n";
  ExpectPass(PlainOps, head + "y = binary(zero, x) {kind=max}\noutput y\n", "input x: f32[3]\ny = relu(x)\noutput y\n",
             1, 0);
  ExpectPass(PlainOps, head + "a = binary(x, zero) {kind=max}\ny = binary(a, six) {kind=min}\noutput y\n",
             "input x: f32[3]\ny = relu6(x)\noutput y\n", 2, 0);
  ExpectPass(PlainOps, head + "a = binary(x, six) {kind=min}\ny = binary(zero, a) {kind=max}\noutput y\n",
             "input x: f32[3]\ny = relu6(x)\noutput y\n", 1, 0);
  ExpectPass(PlainOps, head + "a = binary(x, minus) {kind=max}\ny = binary(a, one) {kind=min}\noutput y\n",
             "input x: f32[3]\ny = unary(x) {kind=relu_n1_to_1}\noutput y\n", 1, 0);
  ExpectNoChange(PlainOps, head + "y = binary(x, one) {kind=min}\noutput y\n");
}

TEST(PlainOps, ArithmeticGetsTheOpsWithFastKernels) {
  ExpectPass(PlainOps, "input x: f32[3]\ny = binary(x, x) {kind=add}\noutput y\n",
             "input x: f32[3]\ny = add(x, x)\noutput y\n", 1, 0);
  ExpectPass(PlainOps, "input x: f32[3]\nconst c: f32[1] = [4]\ny = binary(x, c) {kind=div}\noutput y\n",
             "input x: f32[3]\nconst c.inverse: f32[1] = [0.25]\ny = mul(x, c.inverse)\noutput y\n", 1, 0);
  ExpectPass(PlainOps, "input x: f32[3]\ny = unary(x) {kind=neg}\noutput y\n",
             "input x: f32[3]\nconst y.factor: f32[1] = [-1]\ny = mul(x, y.factor)\noutput y\n", 1, 0);
  ExpectPass(PlainOps, "input x: f32[3]\nconst c: f32[1] = [2]\ny = binary(x, c) {kind=pow}\noutput y\n",
             "input x: f32[3]\ny = mul(x, x)\noutput y\n", 1, 0);
  // No reciprocal; integers, which divide differently; a base.
  ExpectNoChange(PlainOps, "input x: f32[3]\nconst c: f32[1] = [0]\ny = binary(x, c) {kind=div}\noutput y\n");
  ExpectNoChange(PlainOps, "input x: i32[3]\nconst c: i32[1] = [2]\ny = binary(x, c) {kind=div}\noutput y\n");
  ExpectNoChange(PlainOps, "input x: f32[3]\nconst c: f32[1] = [2]\ny = binary(c, x) {kind=pow}\noutput y\n");
}

TEST(RemoveIdentities, WhatGivesBackWhatItGets) {
  ExpectPass(RemoveIdentities,
             "input x: f32[2, 3]\nconst one: f32[1] = [1]\nconst none: f32[3] = fill(0)\n"
             "a = reshape(x) {shape=[2, 3]}\nb = transpose(a) {perm=[0, 1]}\n"
             "c = slice(b) {starts=[0, 0], sizes=[2, 3], steps=[1, 1]}\nd = pad(c) {before=[0, 0], after=[0, 0]}\n"
             "e = concat(d) {axis=1}\nf = cast(e) {to=f32}\ng = mul(f, one)\nh = add(none, g)\n"
             "i = expand(h) {shape=[1, 3]}\ny = logistic(i)\noutput y\n",
             "input x: f32[2, 3]\ny = logistic(x)\noutput y\n", 9, 0);
}

TEST(RemoveIdentities, ClampsOfWhatIsWithin) {
  ExpectPass(RemoveIdentities,
             "input x: f32[2]\na = relu6(x)\nb = relu(a)\nc = relu6(b)\nd = logistic(c)\ne = relu(d)\n"
             "f = add(e, x) {activation=relu}\ny = relu(f)\noutput y\n",
             "input x: f32[2]\na = relu6(x)\nd = logistic(a)\ny = add(d, x) {activation=relu} \"f\"\noutput y\n", 4, 0);
  ExpectNoChange(RemoveIdentities, "input x: f32[2]\na = relu(x)\ny = relu6(a)\noutput y\n");
}

TEST(RemoveIdentities, IntegersThroughRealNumbersAndBack) {
  const std::string head = "input x: i8[4] quant(scales=[0.1], zero_points=[3], axis=0)\n";
  ExpectPass(
      RemoveIdentities,
      head +
          "d = dequantize(x)\nq: i8[4] quant(scales=[0.1], zero_points=[3], axis=0) = quantize(d)\ny = dequantize(q)\n"
          "output y\n",
      head + "y = dequantize(x)\noutput y\n", 1, 0);
  ExpectNoChange(RemoveIdentities,
                 head +
                     "d = dequantize(x)\nq: i8[4] quant(scales=[0.1], zero_points=[4], axis=0) = quantize(d)\n"
                     "y = dequantize(q)\noutput y\n");
}

TEST(RemoveIdentities, OutputsKeepTheirNames) {
  ExpectPass(RemoveIdentities,
             "input x: f32[2]\na = relu(x)\nb = logistic(a)\ny = reshape(a) {shape=[2]}\noutput y\noutput b\n",
             "input x: f32[2]\ny = relu(x) \"a\"\nb = logistic(y)\noutput y\noutput b\n", 1, 0);
  // Both names are needed: of an input and an output, of two outputs, of a state and its next value.
  ExpectNoChange(RemoveIdentities, "input x: f32[2]\ny = reshape(x) {shape=[2]}\noutput y\n");
  ExpectNoChange(RemoveIdentities, "input x: f32[2]\na = relu(x)\ny = reshape(a) {shape=[2]}\noutput a\noutput y\n");
  ExpectNoChange(RemoveIdentities,
                 "input x: f32[2]\nstate h: f32[2] = _\ny = add(x, h)\nn = reshape(h) {shape=[2]}\n"
                 "output y\nnext h = n\n");
}

TEST(RemoveIdentities, LeavesWhatMovesSomething) {
  ExpectNoChange(RemoveIdentities, "input x: f32[2, 2]\ny = transpose(x) {perm=[1, 0]}\noutput y\n");
  ExpectNoChange(RemoveIdentities, "input x: f32[3]\ny = slice(x) {starts=[2], sizes=[3], steps=[-1]}\noutput y\n");
  ExpectNoChange(RemoveIdentities, "input x: f32[2]\nconst c: f32[2] = [1, 2]\ny = mul(x, c)\noutput y\n");
  ExpectNoChange(RemoveIdentities, "input x: f32[1]\nconst c: f32[2] = [0, 0]\ny = add(x, c)\noutput y\n");
  ExpectNoChange(RemoveIdentities, "input x: f32[2]\nconst c: f32[2] = [0, 0]\ny = sub(c, x)\noutput y\n");
}

TEST(MergeEqual, NodesAndConstants) {
  ExpectPass(MergeEqual,
             "input x: f32[2]\nconst a: f32[2] = [1, 2]\nconst b: f32[2] = [1, 2]\np = add(x, a)\nq = add(x, b)\n"
             "r = relu(p)\ns = relu(q)\ny = mul(r, s)\noutput y\n",
             "input x: f32[2]\nconst a: f32[2] = [1, 2]\np = add(x, a)\nr = relu(p)\ny = mul(r, r)\noutput y\n", 3, 0);
}

TEST(MergeEqual, LeavesWhatDiffers) {
  ExpectNoChange(MergeEqual,
                 "input x: f32[2]\na = add(x, x)\nb = add(x, x) {activation=relu}\ny = mul(a, b)\noutput y\n");
  ExpectNoChange(MergeEqual, "input x: f32[2]\ninput z: f32[2]\na = relu(x)\nb = relu(z)\ny = mul(a, b)\noutput y\n");
  ExpectNoChange(MergeEqual, "input x: f32[2]\na = relu(x)\nb = relu(x)\noutput a\noutput b\n");
  // The same bits, which are not the same numbers.
  ExpectNoChange(
      MergeEqual,
      "input x: f32[2]\na: i8[2] quant(scales=[0.5], zero_points=[0], axis=0) = quantize(x)\n"
      "b: i8[2] quant(scales=[0.25], zero_points=[0], axis=0) = quantize(x)\nc = dequantize(a)\nd = dequantize(b)\n"
      "y = add(c, d)\noutput y\n");
  ExpectNoChange(MergeEqual,
                 "const a: f32[2] = [1, 2]\nconst b: f32[1, 2] = [1, 2]\ninput x: f32[2]\np = add(x, a)\n"
                 "q = add(x, b)\noutput p\noutput q\n");
}

TEST(MergeReshapes, OneOfSeveral) {
  ExpectPass(MergeReshapes,
             "input x: f32[2, 6]\na = reshape(x) {shape=[12]}\nb = reshape(a) {shape=[3, -1]}\ny = relu(b)\noutput y\n",
             "input x: f32[2, 6]\nb = reshape(x) {shape=[3, 4]}\ny = relu(b)\noutput y\n", 1, 0);
  ExpectPass(
      MergeReshapes,
      "input x: f32[2, 1, 3]\na = transpose(x) {perm=[1, 0, 2]}\nb = reduce(a) {kind=mean, axes=[0], keep_dims=false}\n"
      "y = relu(b)\noutput y\n",
      "input x: f32[2, 1, 3]\nb = reshape(x) {shape=[2, 3]}\ny = relu(b)\noutput y\n", 3, 0);
  ExpectPass(MergeReshapes,
             "input x: f32[2, 1, 3]\nconst w: f32[2, 3] = fill(0.5)\na = reshape(x) {shape=[2, 3]}\n"
             "y = fully_connected(a, w)\noutput y\n",
             "input x: f32[2, 1, 3]\nconst w: f32[2, 3] = fill(0.5)\ny = fully_connected(x, w)\noutput y\n", 1, 0);
  ExpectNoChange(MergeReshapes,
                 "input x: f32[2, 1, 3]\nconst w: f32[2, 3] = fill(0.5)\na = reshape(x) {shape=[2, 3]}\n"
                 "y = fully_connected(a, w) {keep_num_dims=true}\noutput y\n");
  ExpectNoChange(MergeReshapes, "input x: f32[2, 2, 3]\ny = transpose(x) {perm=[1, 0, 2]}\noutput y\n");
}

TEST(MergeReshapes, SlicesAndConcats) {
  ExpectPass(MergeReshapes,
             "input x: f32[9]\na = slice(x) {starts=[1], sizes=[4], steps=[2]}\n"
             "y = slice(a) {starts=[1], sizes=[2], steps=[2]}\noutput y\n",
             "input x: f32[9]\ny = slice(x) {starts=[3], sizes=[2], steps=[4]}\noutput y\n", 1, 0);
  ExpectPass(MergeReshapes, "input x: f32[2, 1]\na = concat(x, x) {axis=1}\ny = concat(x, a) {axis=-1}\noutput y\n",
             "input x: f32[2, 1]\ny = concat(x, x, x) {axis=-1}\noutput y\n", 1, 0);
  ExpectNoChange(MergeReshapes,
                 "input x: f32[2, 2]\na = concat(x, x) {axis=0}\nb = concat(x, x) {axis=0}\n"
                 "y = concat(a, b) {axis=1}\noutput y\n");
}

TEST(SinkReshapes, BehindElementwiseNodes) {
  ExpectPass(
      SinkReshapes, "input x: f32[2, 6]\na = reshape(x) {shape=[3, 4]}\ny = relu(a)\noutput y\n",
      "input x: f32[2, 6]\ny.before = relu(x) \"y\"\ny = reshape(y.before) {shape=[3, 4]} \"y.reshape\"\noutput y\n", 1,
      0);
  ExpectPass(
      SinkReshapes,
      "input x: f32[2, 3]\nconst c: f32[3] = [1, 2, 3]\na = reshape(x) {shape=[2, 1, 3]}\ny = sub(c, a)\noutput y\n",
      "input x: f32[2, 3]\nconst c: f32[3] = [1, 2, 3]\ny.before = sub(c, x) \"y\"\n"
      "y = reshape(y.before) {shape=[2, 1, 3]} \"y.reshape\"\noutput y\n",
      1, 0);
  ExpectPass(SinkReshapes,
             "input x: f32[2, 6]\ninput z: f32[2, 6]\na = reshape(x) {shape=[12]}\nb = reshape(z) {shape=[12]}\n"
             "y = add(a, b)\noutput y\n",
             "input x: f32[2, 6]\ninput z: f32[2, 6]\ny.before = add(x, z) \"y\"\n"
             "y = reshape(y.before) {shape=[12]} \"y.reshape\"\noutput y\n",
             1, 0);
}

TEST(SinkReshapes, LeavesWhatTheShapeMattersTo) {
  ExpectNoChange(
      SinkReshapes,
      "input x: f32[2, 6]\nconst c: f32[4] = [1, 2, 3, 4]\na = reshape(x) {shape=[3, 4]}\ny = add(a, c)\noutput y\n");
  ExpectNoChange(SinkReshapes, "input x: f32[2, 6]\na = reshape(x) {shape=[3, 4]}\ny = softmax(a)\noutput y\n");
  ExpectNoChange(SinkReshapes, "input x: f32[2, 6]\na = reshape(x) {shape=[3, 4]}\ny = relu(a)\noutput y\noutput a\n");
  ExpectNoChange(
      SinkReshapes,
      "input x: f32[4]\nconst c: f32[1, 1, 1] = [2]\na = reshape(x) {shape=[2, 2]}\ny = mul(a, c)\noutput y\n");
}

TEST(OrderOperands, TheOneThatEndsComesFirst) {
  ExpectPass(OrderOperands,
             "input x: f32[2]\na = relu(x)\nb = logistic(a)\nc = add(a, b)\nd = logistic(a)\ny = add(c, d)\noutput y\n",
             "input x: f32[2]\na = relu(x)\nb = logistic(a)\nc = add(b, a)\nd = logistic(a)\ny = add(c, d)\noutput y\n",
             1, 0);
  ExpectPass(OrderOperands, "input x: f32[2]\nconst c: f32[2] = [1, 2]\na = relu(x)\ny = mul(c, a)\noutput y\n",
             "input x: f32[2]\nconst c: f32[2] = [1, 2]\na = relu(x)\ny = mul(a, c)\noutput y\n", 1, 0);
  // Too small; an output; sub, which does not commute.
  ExpectNoChange(OrderOperands, "input x: f32[2, 2]\ninput z: f32[2]\na = relu(z)\ny = add(x, a)\noutput y\n");
  ExpectNoChange(OrderOperands, "input x: f32[2]\na = relu(x)\ny = add(x, a)\noutput y\noutput a\n");
  ExpectNoChange(OrderOperands, "input x: f32[2]\na = relu(x)\ny = sub(x, a)\noutput y\n");
}

}  // namespace
}  // namespace verge::opt
