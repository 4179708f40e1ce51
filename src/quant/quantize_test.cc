// Each group of rules: the graph before and after as text; what is refused or left in f32 and why; that the result
// computes nearly the same.
#include "quant/quantize.h"

#include <gtest/gtest.h>

#include <string>

#include "quant/test_graphs.h"

namespace verge::quant {
namespace {

// Numbers from -128 to 127 give i8 activations the scale 1 and the zero point 0.
const std::vector<float> kBytes = {-128, 127, 3, -50};

std::string Quantised(const std::string& text, const QuantizeOptions& options = {},
                      const std::vector<float>& numbers = kBytes) {
  const ir::Graph graph = Read(text);
  EvaluatedActivations activations({SampleOf(graph, numbers)});
  return ir::Print(QuantizeOrFail(graph, &activations, options).graph);
}

void ExpectQuantised(const std::string& before, const std::string& after, const QuantizeOptions& options = {},
                     const std::vector<float>& numbers = kBytes) {
  EXPECT_EQ(Quantised(before, options, numbers), ir::Print(Read(after)));
}

const std::string kLayer =
    "input x: f32[1, 2, 2, 1]\n"
    "const w: f32[2, 1, 1, 1] = [127, -63.5]\n"
    "const b: f32[2] = [3, -5]\n"
    "y = conv2d(x, w, b) {activation=relu} \"layer\"\n"
    "output y\n";
// Of kLayer: the output reaches 127 * 127 + 3 = 16132.
const std::string kWeights8 =
    "const w: i8[2, 1, 1, 1] quant(scales=[1, 0.5], zero_points=[0, 0], axis=0) = [127, -127]\n"
    "const b: i32[2] = [3, -10]\n";

TEST(Quantize, LayerKeepsNamesAndFloatBorders) {
  ExpectQuantised(kLayer, "input x: f32[1, 2, 2, 1]\n" + kWeights8 +
                              "x.i8: i8[1, 2, 2, 1] quant(scales=[1], zero_points=[0], axis=0) = quantize(x)\n"
                              "y.i8: i8[1, 2, 2, 2] quant(scales=[63.262745], zero_points=[-128], axis=0) = "
                              "conv2d(x.i8, w, b) {activation=relu} \"layer\"\n"
                              "y: f32[1, 2, 2, 2] = dequantize(y.i8) \"y.i8.f32\"\n"
                              "output y\n");
}

TEST(Quantize, BordersBecomeIntegersWhenAsked) {
  ExpectQuantised(kLayer,
                  "input x: i8[1, 2, 2, 1] quant(scales=[1], zero_points=[0], axis=0)\n" + kWeights8 +
                      "y: i8[1, 2, 2, 2] quant(scales=[63.262745], zero_points=[-128], axis=0) = "
                      "conv2d(x, w, b) {activation=relu} \"layer\"\n"
                      "output y\n",
                  {.io = IntegerIo::kI8});
  ExpectQuantised(kLayer,
                  "input x: u8[1, 2, 2, 1] quant(scales=[1], zero_points=[128], axis=0)\n" + kWeights8 +
                      "x.i8: i8[1, 2, 2, 1] quant(scales=[1], zero_points=[0], axis=0) = quantize(x)\n"
                      "y.i8: i8[1, 2, 2, 2] quant(scales=[63.262745], zero_points=[-128], axis=0) = "
                      "conv2d(x.i8, w, b) {activation=relu} \"layer\"\n"
                      "y: u8[1, 2, 2, 2] quant(scales=[63.262745], zero_points=[0], axis=0) = quantize(y.i8) "
                      "{dtype=u8} \"y.i8.u8\"\n"
                      "output y\n",
                  {.io = IntegerIo::kU8});
}

TEST(Quantize, SixteenBitActivations) {
  ExpectQuantised(kLayer,
                  "input x: f32[1, 2, 2, 1]\n"
                  "const w: i8[2, 1, 1, 1] quant(scales=[1, 0.5], zero_points=[0, 0], axis=0) = [127, -127]\n"
                  "const b: i64[2] = [768, -2560]\n"
                  "x.i16: i16[1, 2, 2, 1] quant(scales=[0.003906369], zero_points=[0], axis=0) = quantize(x) "
                  "{dtype=i16}\n"
                  "y.i16: i16[1, 2, 2, 2] quant(scales=[0.4923246], zero_points=[0], axis=0) = conv2d(x.i16, w, b) "
                  "{activation=relu} \"layer\"\n"
                  "y: f32[1, 2, 2, 2] = dequantize(y.i16) \"y.i16.f32\"\n"
                  "output y\n",
                  {.scheme = Precision::kInt16x8});
}

TEST(Quantize, FourBitWeightsAreStoredIn8) {
  const std::string text =
      "input x: f32[1, 4]\n"
      "const w: f32[2, 4] = [7, -3, 1, 0, 1, 1, 1, 0.5]\n"
      "y = fully_connected(x, w)\n"
      "output y\n";
  const ir::Graph graph = Read(text);
  EvaluatedActivations activations({SampleOf(graph, kBytes)});
  const Quantized result = QuantizeOrFail(graph, &activations, {.scheme = Precision::kW4A8});
  // 7 steps of 1 for the first channel; of the second 1 is 7 steps and 0.5 is 3.5 of them.
  EXPECT_NE(ir::Print(result.graph).find("= [7, -3, 1, 0, 7, 7, 7, 4]"), std::string::npos) << ir::Print(result.graph);
  EXPECT_EQ(ReportOf(result, "y").weight_bytes_before, 32u);
  EXPECT_EQ(ReportOf(result, "y").weight_bytes_after, 4u);
  EXPECT_EQ(ReportOf(result, "y").precision, Precision::kW4A8);
}

TEST(Quantize, DynamicNeedsNoSamples) {
  const ir::Graph graph = Read(kLayer);
  const Quantized result = QuantizeOrFail(graph, nullptr, {.scheme = Precision::kDynamic});
  EXPECT_EQ(ir::Print(result.graph),
            ir::Print(Read("input x: f32[1, 2, 2, 1]\n"
                           "const b: f32[2] = [3, -5]\n"
                           "const w: i8[2, 1, 1, 1] quant(scales=[1, 0.5], zero_points=[0, 0], axis=0) = [127, -127]\n"
                           "y: f32[1, 2, 2, 2] = conv2d(x, w, b) {activation=relu} \"layer\"\n"
                           "output y\n")));
  EXPECT_EQ(ReportOf(result, "layer").precision, Precision::kDynamic);
  EXPECT_EQ(ReportOf(result, "layer").weight_sqnr_db, INFINITY);
}

TEST(Quantize, StaticPrecisionsNeedSamples) {
  const ir::Graph graph = Read(kLayer);
  EvaluatedActivations none({});
  for (Activations* activations : {static_cast<Activations*>(nullptr), static_cast<Activations*>(&none)}) {
    const Result<Quantized> result = Quantize(graph, activations);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.code(), StatusCode::kInvalidArgument);
    EXPECT_NE(result.status().ToString().find("give calibration data"), std::string::npos);
  }
  // Nothing static is asked for, or possible.
  EXPECT_TRUE(Quantize(graph, nullptr, {.precision = {{"layer", Precision::kF32}}}).ok());
}

TEST(Quantize, RefusesWhatItDoesNotKnow) {
  const ir::Graph graph = Read(kLayer);
  EvaluatedActivations activations({SampleOf(graph, kBytes)});
  const Result<Quantized> unknown = Quantize(graph, &activations, {.precision = {{"lair", Precision::kInt8}}});
  ASSERT_FALSE(unknown.ok());
  EXPECT_NE(unknown.status().ToString().find("'lair'"), std::string::npos);
  EXPECT_EQ(Quantize(graph, &activations, {.percentile = 0}).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(ParsePrecision("int16x8").value(), Precision::kInt16x8);
  EXPECT_NE(ParsePrecision("int4").status().ToString().find("w4a8"), std::string::npos);
  EXPECT_EQ(ParseCalibrator("mse").value(), Calibrator::kMse);
}

TEST(Quantize, MoversShareTheirScale) {
  ExpectQuantised(
      "input x: f32[1, 2, 2, 1]\n"
      "const w: f32[1, 1, 1, 1] = [1]\n"
      "c = conv2d(x, w)\n"
      "m = max_pool2d(c) {filter_h=2, filter_w=1}\n"
      "p = pad(m) {before=[0, 1, 0, 0], after=[0, 0, 0, 0], value=-9}\n"
      "y = reshape(p) {shape=[4]}\n"
      "output y\n",
      "input x: f32[1, 2, 2, 1]\n"
      "const w: i8[1, 1, 1, 1] quant(scales=[0.007874016], zero_points=[0], axis=0) = [127]\n"
      "x.i8: i8[1, 2, 2, 1] quant(scales=[1], zero_points=[0], axis=0) = quantize(x)\n"
      "c: i8[1, 2, 2, 1] quant(scales=[1], zero_points=[0], axis=0) = conv2d(x.i8, w)\n"
      "m: i8[1, 1, 2, 1] quant(scales=[1], zero_points=[0], axis=0) = max_pool2d(c) {filter_h=2}\n"
      "p: i8[1, 2, 2, 1] quant(scales=[1], zero_points=[0], axis=0) = pad(m) {before=[0, 1, 0, 0], after=[0, 0, 0, 0], "
      "value=-9}\n"
      "y.i8: i8[4] quant(scales=[1], zero_points=[0], axis=0) = reshape(p) {shape=[4]} \"y\"\n"
      "y: f32[4] = dequantize(y.i8) \"y.i8.f32\"\n"
      "output y\n");
}

TEST(Quantize, PadsWithTheZeroPoint) {
  const std::string after = Quantised(
      "input x: f32[1, 2, 2, 1]\n"
      "const w: f32[1, 1, 1, 1] = [1]\n"
      "c = conv2d(x, w) {activation=relu}\n"
      "y = pad(c) {before=[0, 1, 0, 0], after=[0, 0, 0, 0]}\n"
      "output y\n");
  EXPECT_NE(after.find("value=-128"), std::string::npos) << after;
}

// What is joined is brought to one scale, that of the widest: -256 to 254.
TEST(Quantize, JoinedValuesShareTheWidestScale) {
  ExpectQuantised(
      "input x: f32[1, 2, 2, 1]\n"
      "const w: f32[1, 1, 1, 1] = [1]\n"
      "const v: f32[1, 1, 1, 1] = [2]\n"
      "a = conv2d(x, w)\n"
      "b = conv2d(x, v)\n"
      "y = concat(a, b) {axis=3}\n"
      "output y\n",
      "input x: f32[1, 2, 2, 1]\n"
      "const w: i8[1, 1, 1, 1] quant(scales=[0.007874016], zero_points=[0], axis=0) = [127]\n"
      "const v: i8[1, 1, 1, 1] quant(scales=[0.015748031], zero_points=[0], axis=0) = [127]\n"
      "x.i8: i8[1, 2, 2, 1] quant(scales=[1], zero_points=[0], axis=0) = quantize(x)\n"
      "a: i8[1, 2, 2, 1] quant(scales=[2], zero_points=[0], axis=0) = conv2d(x.i8, w)\n"
      "b: i8[1, 2, 2, 1] quant(scales=[2], zero_points=[0], axis=0) = conv2d(x.i8, v)\n"
      "y.i8: i8[1, 2, 2, 2] quant(scales=[2], zero_points=[0], axis=0) = concat(a, b) {axis=3} \"y\"\n"
      "y: f32[1, 2, 2, 2] = dequantize(y.i8) \"y.i8.f32\"\n"
      "output y\n");
}

TEST(Quantize, FunctionsOfAFixedRangeHaveTheirOwnScale) {
  const std::string text =
      "input x: f32[1, 4]\n"
      "const w: f32[4, 4] = [0.1, 0, 0, 0, 0, 0.1, 0, 0, 0, 0, 0.1, 0, 0, 0, 0, 0.1]\n"
      "c = fully_connected(x, w)\n"
      "s = softmax(c)\n"
      "l = logistic(c)\n"
      "t = unary(c) {kind=tanh}\n"
      "y = concat(s, l, t) {axis=1}\n"
      "z = concat(s, l) {axis=1}\n"
      "output y\n"
      "output z\n";
  const std::string eight = Quantised(text);
  const std::string share = " quant(scales=[0.00390625], zero_points=[-128], axis=0)";
  EXPECT_NE(eight.find("s: i8[1, 4]" + share), std::string::npos) << eight;
  EXPECT_NE(eight.find("l: i8[1, 4]" + share), std::string::npos) << eight;
  EXPECT_NE(eight.find("t: i8[1, 4] quant(scales=[0.0078125], zero_points=[0], axis=0)"), std::string::npos) << eight;
  EXPECT_NE(eight.find("z.i8: i8[1, 8]" + share), std::string::npos) << eight;
  const std::string sixteen = Quantised(text, {.scheme = Precision::kInt16x8});
  EXPECT_NE(sixteen.find("s: i16[1, 4] quant(scales=[3.0517578e-05], zero_points=[0], axis=0)"), std::string::npos)
      << sixteen;
}

TEST(Quantize, ArithmeticTakesConstantsAlong) {
  ExpectQuantised(
      "input x: f32[1, 2, 2, 1]\n"
      "const w: f32[1, 1, 1, 1] = [1]\n"
      "const k: f32[1] = [25.5]\n"
      "c = conv2d(x, w)\n"
      "y = mul(c, k)\n"
      "output y\n",
      "input x: f32[1, 2, 2, 1]\n"
      "const w: i8[1, 1, 1, 1] quant(scales=[0.007874016], zero_points=[0], axis=0) = [127]\n"
      "const k: i8[1] quant(scales=[0.1], zero_points=[-128], axis=0) = [127]\n"
      "x.i8: i8[1, 2, 2, 1] quant(scales=[1], zero_points=[0], axis=0) = quantize(x)\n"
      "c: i8[1, 2, 2, 1] quant(scales=[1], zero_points=[0], axis=0) = conv2d(x.i8, w)\n"
      "y.i8: i8[1, 2, 2, 1] quant(scales=[25.5], zero_points=[0], axis=0) = mul(c, k) \"y\"\n"
      "y: f32[1, 2, 2, 1] = dequantize(y.i8) \"y.i8.f32\"\n"
      "output y\n");
}

// sin has no integer form; what is behind it is only moved, and stays f32 until the next layer.
TEST(Quantize, LeavesIslandsOfFloat) {
  const std::string text =
      "input x: f32[1, 2, 2, 1]\n"
      "const w: f32[1, 1, 1, 1] = [1]\n"
      "c = conv2d(x, w)\n"
      "s = unary(c) {kind=sin}\n"
      "a = add(s, s)\n"
      "t = transpose(a) {perm=[0, 2, 1, 3]}\n"
      "d = conv2d(t, w)\n"
      "e = conv2d(t, w)\n"
      "y = add(d, e)\n"
      "output y\n";
  const ir::Graph graph = Read(text);
  EvaluatedActivations activations({SampleOf(graph, kBytes)});
  const Quantized result = QuantizeOrFail(graph, &activations);
  EXPECT_EQ(ReportOf(result, "s").precision, Precision::kF32);
  EXPECT_EQ(ReportOf(result, "s").reason, "has no integer form");
  EXPECT_EQ(ReportOf(result, "a").reason, "is between f32 nodes");
  EXPECT_EQ(ReportOf(result, "t").precision, Precision::kInt8);
  EXPECT_EQ(ReportOf(result, "y").precision, Precision::kInt8);
  size_t quantises = 0, dequantises = 0, weights = 0;
  for (const ir::Node& node : result.graph.nodes) {
    quantises += ops::GetOp(node.op).name == std::string("quantize") ? 1 : 0;
    dequantises += ops::GetOp(node.op).name == std::string("dequantize") ? 1 : 0;
  }
  for (const ir::Value& value : result.graph.values) weights += value.is_constant() ? 1 : 0;
  EXPECT_EQ(quantises, 2u);    // of x and of a
  EXPECT_EQ(dequantises, 2u);  // of c and of y
  EXPECT_EQ(weights, 1u);      // all three layers share theirs
}

TEST(Quantize, ArithmeticBeforeTheFirstLayerIsInteger) {
  const std::string text =
      "input x: f32[1, 2, 2, 1]\n"
      "const m: f32[1] = [64]\n"
      "const w: f32[1, 1, 1, 1] = [1]\n"
      "n = sub(x, m)\n"
      "y = conv2d(n, w)\n"
      "output y\n";
  const ir::Graph graph = Read(text);
  EvaluatedActivations activations({SampleOf(graph, kBytes)});
  EXPECT_EQ(ReportOf(QuantizeOrFail(graph, &activations), "n").precision, Precision::kInt8);
  const Quantized behind = QuantizeOrFail(graph, &activations, {.precision = {{"y", Precision::kF32}}});
  EXPECT_EQ(ReportOf(behind, "n").precision, Precision::kF32);
  EXPECT_EQ(ReportOf(behind, "y").reason, "was asked to stay f32");
}

TEST(Quantize, MixesPrecisionsByName) {
  const std::string text =
      "input x: f32[1, 2, 2, 1]\n"
      "const w: f32[1, 1, 1, 1] = [1]\n"
      "a = conv2d(x, w)\n"
      "b = conv2d(a, w)\n"
      "c = conv2d(b, w)\n"
      "y = conv2d(c, w)\n"
      "output y\n";
  const std::string after = Quantised(text, {.precision = {{"b", Precision::kInt16x8}, {"c", Precision::kF32}}});
  EXPECT_NE(after.find("a.i16: i16[1, 2, 2, 1] quant(scales=[0.003906369], zero_points=[0], axis=0) = quantize(a) "
                       "{dtype=i16}"),
            std::string::npos)
      << after;
  EXPECT_NE(after.find("b: i16[1, 2, 2, 1]"), std::string::npos) << after;
  EXPECT_NE(after.find("c: f32[1, 2, 2, 1] = conv2d(b.f32, w.f32)"), std::string::npos) << after;
  const std::string one = Quantised(text, {.scheme = Precision::kF32, .precision = {{"a", Precision::kInt8}}});
  EXPECT_NE(one.find("a: i8["), std::string::npos) << one;
  EXPECT_NE(one.find("b: f32["), std::string::npos) << one;
}

TEST(Quantize, StatesStayFloatAndTheReportSaysSo) {
  const std::string text =
      "input x: f32[1, 2, 2, 1]\n"
      "state h: f32[1, 2, 2, 1] = _\n"
      "const w: f32[1, 1, 1, 1] = [0.5]\n"
      "s = add(x, h)\n"
      "y = conv2d(s, w)\n"
      "output y\n"
      "next h = y\n";
  const ir::Graph graph = Read(text);
  TestSample sample = SampleOf(graph, kBytes);
  sample.push_back(sample[0]);
  sample.push_back(sample[0]);
  EvaluatedActivations activations({sample});
  const Quantized result = QuantizeOrFail(graph, &activations, {.io = IntegerIo::kI8});
  EXPECT_EQ(result.notes, std::vector<std::string>{"what the model keeps between runs stays f32"});
  ASSERT_EQ(result.graph.states.size(), 1u);
  EXPECT_EQ(result.graph.value(result.graph.states[0].output).dtype, DType::kF32);
  EXPECT_EQ(result.graph.value(result.graph.outputs[0]).dtype, DType::kI8);
  EXPECT_EQ(result.graph.value(result.graph.outputs[0]).name, "y");
  const Quantized real = QuantizeOrFail(graph, &activations);
  EXPECT_GT(SqnrOf(graph, real.graph, {sample}), 30);
}

TEST(Quantize, GathersWithTheirIndices) {
  const std::string text =
      "input x: f32[1, 4]\n"
      "const w: f32[4, 4] = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]\n"
      "const i: i64[2] = [3, 0]\n"
      "c = fully_connected(x, w)\n"
      "y = gather(c, i) {axis=1}\n"
      "output y\n";
  const std::string after = Quantised(text);
  EXPECT_NE(after.find("y.i8: i8[1, 2] quant(scales=[1], zero_points=[0], axis=0) = gather(c, i) {axis=1}"),
            std::string::npos)
      << after;
}

TEST(Quantize, LayersWithComputedWeightsStayFloat) {
  const std::string text =
      "input x: f32[2, 2]\n"
      "w = relu(x)\n"
      "y = fully_connected(x, w)\n"
      "output y\n";
  const ir::Graph graph = Read(text);
  EvaluatedActivations activations({SampleOf(graph, kBytes)});
  const Quantized result = QuantizeOrFail(graph, &activations);
  EXPECT_EQ(ReportOf(result, "y").reason, "its weight 'w' is no constant of f32");
  EXPECT_EQ(result.notes, std::vector<std::string>{"nothing was quantised; the layers say why"});
}

TEST(Quantize, NodesThatWereNeverFiniteStayFloat) {
  const ir::Graph graph = Read(kLayer);
  EvaluatedActivations activations({SampleOf(graph, {NAN})});
  const Quantized result = QuantizeOrFail(graph, &activations);
  EXPECT_NE(ReportOf(result, "layer").reason.find("never finite"), std::string::npos);
}

TEST(Quantize, GivesTheSameBytesTwice) {
  const ir::Graph graph = Read(kLayer);
  EvaluatedActivations activations(NormalSamples(graph, 5));
  for (const Calibrator calibrator :
       {Calibrator::kMinMax, Calibrator::kPercentile, Calibrator::kMse, Calibrator::kEntropy}) {
    const QuantizeOptions options = {.calibrator = calibrator};
    EXPECT_EQ(ir::Print(QuantizeOrFail(graph, &activations, options).graph),
              ir::Print(QuantizeOrFail(graph, &activations, options).graph));
  }
}

TEST(Quantize, ReportsProgressAndStopsWhenAsked) {
  const ir::Graph graph = Read(kLayer);
  EvaluatedActivations activations(NormalSamples(graph, 3));
  std::vector<size_t> done;
  QuantizeOptions options;
  options.progress = [&](const Progress& p) {
    done.push_back(p.done);
    EXPECT_EQ(p.total, 3u);
    return Status::Ok();
  };
  QuantizeOrFail(graph, &activations, options);
  EXPECT_EQ(done, (std::vector<size_t>{1, 2, 3}));
  options.progress = [](const Progress&) { return VERGE_ERROR(kCancelled, "enough"); };
  EXPECT_EQ(Quantize(graph, &activations, options).code(), StatusCode::kCancelled);
}

// Three layers with everything between them, on samples the calibration has not seen.
TEST(Quantize, ComputesNearlyTheSame) {
  const std::string text =
      "input x: f32[1, 6, 6, 2]\n"
      "const w: f32[3, 3, 3, 2] = fill(0.1)\n"
      "const b: f32[3] = [0.5, -0.5, 0]\n"
      "const d: f32[1, 3, 3, 3] = fill(-0.2)\n"
      "const f: f32[4, 12] = fill(0.3)\n"
      "c = conv2d(x, w, b) {pad_top=1, pad_bottom=1, pad_left=1, pad_right=1, activation=relu}\n"
      "e = depthwise_conv2d(c, d) {pad_top=1, pad_bottom=1, pad_left=1, pad_right=1}\n"
      "s = unary(e) {kind=hard_swish}\n"
      "r = add(c, s)\n"
      "p = avg_pool2d(r) {filter_h=3, filter_w=3, stride_h=3, stride_w=3}\n"
      "q = reshape(p) {shape=[1, 12]}\n"
      "y = fully_connected(q, f)\n"
      "output y\n";
  const ir::Graph graph = Read(text);
  EvaluatedActivations activations(NormalSamples(graph, 32));
  const std::vector<TestSample> fresh = NormalSamples(graph, 8, 0, 1, 77);
  EXPECT_GT(SqnrOf(graph, QuantizeOrFail(graph, &activations).graph, fresh), 28);
  EXPECT_GT(SqnrOf(graph, QuantizeOrFail(graph, &activations, {.scheme = Precision::kInt16x8}).graph, fresh), 60);
  EXPECT_GT(SqnrOf(graph, QuantizeOrFail(graph, &activations, {.scheme = Precision::kDynamic}).graph, fresh), 35);
}

// conv -> relu'd conv -> reshape -> softmax: the last convolution gives f32, and the softmax stays what it was.
TEST(Quantize, RealOutputsAreNotRoundedAtTheEnd) {
  const ir::Graph graph = Read(
      "input x: f32[1, 4, 4, 2]\n"
      "const w: f32[3, 1, 1, 2] = [1, -2, 0.5, 0.25, -1, 0.75]\n"
      "const v: f32[4, 1, 1, 3] = [1, -2, 0.5, 0.25, -1, 0.75, 2, -0.5, 1, 0.1, 0.2, 0.3]\n"
      "a = conv2d(x, w) {activation=relu} \"first\"\n"
      "b = conv2d(a, v) \"last\"\n"
      "r = reshape(b) {shape=[1, 64]} \"shape\"\n"
      "y = softmax(r) \"softmax\"\n"
      "output y\n");
  EvaluatedActivations activations(NormalSamples(graph, 8));
  const Quantized rounded = QuantizeOrFail(graph, &activations);
  const Quantized real = QuantizeOrFail(graph, &activations, {.real_outputs = true});
  EXPECT_EQ(ReportOf(real, "last").precision, Precision::kInt8);
  EXPECT_EQ(ReportOf(real, "last").scale, 0);
  EXPECT_GT(ReportOf(real, "first").scale, 0);
  EXPECT_EQ(ReportOf(real, "softmax").precision, Precision::kF32);
  EXPECT_EQ(ReportOf(real, "softmax").reason, "stands behind the last layers");
  EXPECT_EQ(ir::Print(real.graph).find("dequantize"), std::string::npos);
  EXPECT_NE(ir::Print(rounded.graph).find("dequantize"), std::string::npos);
  EXPECT_GT(SqnrOf(graph, real.graph, NormalSamples(graph, 8, 0, 1, 7)), 30);
  // Integers outside want integers at the end.
  const Quantized io = QuantizeOrFail(graph, &activations, {.io = IntegerIo::kI8, .real_outputs = true});
  EXPECT_EQ(io.graph.value(io.graph.outputs[0]).dtype, DType::kI8);
}

}  // namespace
}  // namespace verge::quant
