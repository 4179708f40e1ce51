#include "import/tflite/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "import/tflite/model_builder.h"
#include "ir/text.h"

namespace verge::tflite {
namespace {

using schema::ActivationFunctionType;
using schema::BuiltinOperator;
using schema::BuiltinOptions;
using schema::Padding;
using schema::TensorType;
using testing::HasSubstr;

Result<ir::Graph> ImportBytes(const std::vector<uint8_t>& file, const ImportLimits& limits = {}) {
  return Import(std::as_bytes(std::span(file)), limits);
}

void ExpectError(const std::vector<uint8_t>& file, StatusCode code, const char* part) {
  const Result<ir::Graph> graph = ImportBytes(file);
  ASSERT_FALSE(graph.ok()) << ir::Print(*graph);
  EXPECT_EQ(graph.code(), code) << graph.status().ToString();
  EXPECT_THAT(graph.status().ToString(), HasSubstr(part));
}

TEST(Import, SmallDetector) {
  const Result<ir::Graph> graph = ImportBytes(BuildSmallDetector());
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  std::string text = ir::Print(*graph, {.max_inline_elems = 0});
  EXPECT_EQ(text.substr(text.find("padded:")),
            "padded: f32[1, 9, 9, 3] = pad(image) {before=[0, 0, 0, 0], after=[0, 1, 1, 0]} \"pad_0\"\n"
            "conv/w_dequantize: f32[4, 3, 3, 3] = dequantize(conv/w) \"dequantize_1\"\n"
            "conv: f32[1, 4, 4, 4] = conv2d(padded, conv/w_dequantize, conv/b) {stride_h=2, stride_w=2, "
            "activation=relu6} \"conv2d_2\"\n"
            "depthwise/w_dequantize: f32[1, 3, 3, 4] = dequantize(depthwise/w) \"dequantize_3\"\n"
            "depthwise: f32[1, 2, 2, 4] = depthwise_conv2d(conv, depthwise/w_dequantize, _) {stride_h=2, stride_w=2, "
            "pad_bottom=1, pad_right=1} \"depthwise_conv2d_4\"\n"
            "active: f32[1, 2, 2, 4] = relu6(depthwise) \"relu6_5\"\n"
            "far: f32[1, 4, 4] = reshape(active) {shape=[1, -1, 4]} \"reshape_6\"\n"
            "near: f32[1, 16, 4] = reshape(conv) {shape=[1, -1, 4]} \"reshape_7\"\n"
            "boxes: f32[1, 20, 4] = concat(near, far) {axis=1} \"concat_8\"\n"
            "output boxes\n");
  EXPECT_THAT(text, HasSubstr("meta \"description\" = \"a very small detector\"\ninput image: f32[1, 8, 8, 3]\n"));
}

TEST(Import, EveryOperator) {
  const Result<ir::Graph> graph = ImportBytes(BuildEveryOperator());
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  const std::string text = ir::Print(*graph);
  EXPECT_THAT(text,
              HasSubstr("max_pool2d(x) {filter_h=3, filter_w=3, stride_h=2, stride_w=2, pad_bottom=1, pad_right=1}"));
  EXPECT_THAT(text, HasSubstr("add(largest, mean) {activation=relu}"));
  EXPECT_THAT(text, HasSubstr("resize_bilinear(rectified) {height=4, width=4, half_pixel_centers=true}"));
  EXPECT_THAT(text, HasSubstr("pad(resized) {before=[0, 1, 0, 0], after=[0, 0, 1, 0], value=2.5}"));
  EXPECT_THAT(text, HasSubstr("conv2d(padded, w_dequantize) {pad_bottom=1, pad_right=1}"));
}

TEST(Import, ManyOperators) {
  const Result<ir::Graph> graph = ImportBytes(BuildManyOperators());
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  EXPECT_GT(graph->nodes.size(), 60u);
}

// A hostile byte anywhere in the larger model is an error or leaves a good graph.
TEST(Import, AnyChangedByteOfManyOperators) {
  std::vector<uint8_t> file = BuildManyOperators();
  for (size_t i = 0; i < file.size(); i += 5) {
    file[i] ^= 0xff;
    const Result<ir::Graph> graph = ImportBytes(file, {.max_activation_bytes = 1 << 24});
    EXPECT_TRUE(graph.ok() || graph.code() != StatusCode::kInternal) << graph.status().ToString();
    file[i] ^= 0xff;
  }
}

TEST(Import, TakesBytesAtAnyAddress) {
  const std::vector<uint8_t> file = BuildSmallDetector();
  std::vector<uint8_t> shifted(file.size() + 1);
  std::memcpy(shifted.data() + 1, file.data(), file.size());
  const Result<ir::Graph> graph = Import(std::as_bytes(std::span(shifted)).subspan(1));
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  EXPECT_EQ(ir::Print(*graph), ir::Print(*ImportBytes(file)));
}

TEST(Import, RefusesWhatIsNotAModel) {
  ExpectError({}, StatusCode::kDataLoss, "not a TFLite model");
  ExpectError(std::vector<uint8_t>(100, 0x42), StatusCode::kDataLoss, "not a TFLite model");
  ModelBuilder b;
  ExpectError(b.Finish({}, {}, nullptr, 2), StatusCode::kUnsupported, "schema version 2");
}

TEST(Import, EveryTruncationIsAnError) {
  const std::vector<uint8_t> file = BuildSmallDetector();
  for (size_t size = 0; size < file.size(); ++size) {
    const std::vector<uint8_t> cut(file.begin(), file.begin() + static_cast<ptrdiff_t>(size));
    ASSERT_FALSE(ImportBytes(cut).ok()) << size << " of " << file.size() << " bytes";
  }
}

// A changed bit may leave the model meaningful; it must never do worse than an error.
TEST(Import, EveryFlippedBitIsAnErrorOrAGoodGraph) {
  std::vector<uint8_t> file = BuildEveryOperator();
  size_t refused = 0;
  for (size_t i = 0; i < file.size() * 8; ++i) {
    file[i / 8] = static_cast<uint8_t>(file[i / 8] ^ (1u << (i % 8)));
    const Result<ir::Graph> graph = ImportBytes(file, {.max_activation_bytes = 1 << 24});
    if (!graph.ok()) {
      ++refused;
      ASSERT_NE(graph.code(), StatusCode::kInternal) << graph.status().ToString();
      ASSERT_FALSE(graph.status().message().empty());
    }
    file[i / 8] = static_cast<uint8_t>(file[i / 8] ^ (1u << (i % 8)));
  }
  EXPECT_GT(refused, file.size());  // most structural bits matter
}

TEST(Import, NamesAllUnsupportedOperatorsAtOnce) {
  ModelBuilder b;
  const int32_t x = b.AddTensor("x", {1, 4});
  const int32_t y = b.AddTensor("y", {1, 4});
  const int32_t z = b.AddTensor("z", {1, 4});
  const int32_t v = b.AddTensor("v", {1, 4});
  b.AddOperator(BuiltinOperator::CUSTOM, {x}, {y}, BuiltinOptions::NONE, 0, "My_Post\x1b[31mProcess");
  b.AddOperator(BuiltinOperator::RANDOM_UNIFORM, {y}, {z});
  b.AddOperator(BuiltinOperator::RANDOM_UNIFORM, {z}, {v});
  const Result<ir::Graph> graph = ImportBytes(b.Finish({x}, {v}));
  ASSERT_FALSE(graph.ok());
  EXPECT_EQ(graph.code(), StatusCode::kUnsupported);
  const std::string text = graph.status().ToString();
  EXPECT_THAT(text,
              HasSubstr("CUSTOM My_Post?[31mProcess (operator 0 'y': replace it by builtin operators before the "
                        "conversion, or cut the model before it), RANDOM_UNIFORM (operators 1 'z', 2 'v': make the "
                        "random numbers an input of the model: runs must be repeatable); supported are ADD, "));
  EXPECT_THAT(text, HasSubstr("CONV_2D"));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(Import, RefusesNumbersOutOfRange) {
  {
    ModelBuilder b;
    const int32_t x = b.AddTensor("x", {1, 4});
    b.AddOperator(BuiltinOperator::RELU, {x}, {55});
    ExpectError(b.Finish({x}, {x}), StatusCode::kDataLoss, "operator 0 (RELU): refers to tensor 55 of 1");
  }
  {
    ModelBuilder b;
    const int32_t x = b.AddTensor("x", {1, 4});
    ExpectError(b.Finish({x}, {-1}), StatusCode::kDataLoss, "refers to tensor -1");
  }
  {
    ModelBuilder b;
    b.SetNext({.buffer = 9});
    const int32_t x = b.AddTensor("x", {1, 4});
    ExpectError(b.Finish({x}, {x}), StatusCode::kDataLoss, "tensor 0 'x': refers to buffer 9 of 1");
  }
  {
    ModelBuilder b;
    const int32_t x = b.AddTensor("x", {1, 4});
    const int32_t c = b.AddConstant<float>("c", {5}, TensorType::FLOAT32, {1, 2, 3});
    const int32_t y = b.AddTensor("y", {1, 4});
    b.AddOperator(BuiltinOperator::ADD, {x, c}, {y});
    ExpectError(b.Finish({x}, {y}), StatusCode::kDataLoss, "'c': has 12 bytes of data, which do not fit f32[5]");
  }
}

TEST(Import, RefusesDisorder) {
  ModelBuilder b;
  const int32_t x = b.AddTensor("x", {1, 4});
  const int32_t y = b.AddTensor("y", {1, 4});
  const int32_t z = b.AddTensor("z", {1, 4});
  b.AddOperator(BuiltinOperator::RELU, {y}, {z});
  b.AddOperator(BuiltinOperator::RELU, {x}, {y});
  ExpectError(b.Finish({x}, {z}), StatusCode::kDataLoss, "operator 0 (RELU 'z'): uses 'y' before anything computes it");
  ModelBuilder twice;
  const int32_t in = twice.AddTensor("in", {1, 4});
  twice.AddOperator(BuiltinOperator::RELU, {in}, {in});
  ExpectError(twice.Finish({in}, {in}), StatusCode::kDataLoss, "computes 'in', which something else defines");
}

TEST(Import, RefusesAFileThatContradictsItsOperators) {
  ModelBuilder b;
  const int32_t x = b.AddTensor("x", {1, 4});
  const int32_t y = b.AddTensor("y", {1, 5});
  b.AddOperator(BuiltinOperator::RELU, {x}, {y});
  ExpectError(b.Finish({x}, {y}), StatusCode::kDataLoss, "makes f32[1, 4] but the file says f32[1, 5]");
}

TEST(Import, TakesShapesThatTheFileLeavesOpen) {
  ModelBuilder b;
  const int32_t x = b.AddTensor("x", {1, 4});
  b.SetNext({.signature = {-1, 5}});
  const int32_t y = b.AddTensor("y", {1, 5});
  b.AddOperator(BuiltinOperator::RELU, {x}, {y});
  const Result<ir::Graph> graph = ImportBytes(b.Finish({x}, {y}));
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  EXPECT_EQ(graph->value(graph->outputs[0]).shape, (Shape{1, 4}));
}

TEST(Import, NamesWhatItCannotDo) {
  {
    ModelBuilder b;
    const int32_t x = b.AddTensor("x", {1, 4});
    const int32_t y = b.AddTensor("y", {1, 4});
    b.AddOperator(BuiltinOperator::ADD, {x, x}, {y}, BuiltinOptions::AddOptions,
                  schema::CreateAddOptions(b.fbb(), static_cast<ActivationFunctionType>(9)).Union());
    ExpectError(b.Finish({x}, {y}), StatusCode::kUnsupported, "operator 0 (ADD 'y'): has the fused activation 9 ()");
  }
  {
    ModelBuilder b;
    const int32_t x = b.AddTensor("text", {1}, TensorType::STRING);
    ExpectError(b.Finish({x}, {x}), StatusCode::kUnsupported, "'text': is of type STRING");
  }
  {
    ModelBuilder b;
    const int32_t x = b.AddTensor("x", {-1, 4});
    ExpectError(b.Finish({x}, {x}), StatusCode::kUnsupported, "dimension of unknown size");
  }
}

TEST(Import, ReadsQuantisation) {
  ModelBuilder b;
  b.SetNext({.scales = {0.5f, 0.25f}, .zero_points = {1, -1}, .axis = 1});
  const int32_t q = b.AddConstant<int8_t>("q", {1, 2}, TensorType::INT8, {3, 7});
  const int32_t y = b.AddTensor("y", {1, 2});
  b.AddOperator(BuiltinOperator::DEQUANTIZE, {q}, {y});
  const Result<ir::Graph> graph = ImportBytes(b.Finish({}, {y}));
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  EXPECT_THAT(ir::Print(*graph),
              HasSubstr("const q: i8[1, 2] quant(scales=[0.5, 0.25], zero_points=[1, -1], axis=1) = [3, 7]"));
  ModelBuilder bad;
  bad.SetNext({.scales = {0.5f, 0.25f, 1}, .zero_points = {1, -1, 0}, .axis = 1});
  const int32_t c = bad.AddConstant<int8_t>("c", {1, 2}, TensorType::INT8, {3, 7});
  ExpectError(bad.Finish({}, {c}), StatusCode::kDataLoss, "'c': has 3 scales and 3 zero points along dimension 1");
}

TEST(Import, KeepsNamesUnique) {
  ModelBuilder b;
  const int32_t x = b.AddTensor("same", {1});
  const int32_t y = b.AddTensor("same", {1});
  const int32_t z = b.AddTensor("", {1});
  b.AddOperator(BuiltinOperator::RELU, {x}, {y});
  b.AddOperator(BuiltinOperator::RELU, {y}, {z});
  const Result<ir::Graph> graph = ImportBytes(b.Finish({x}, {z}));
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  EXPECT_EQ(graph->value(0).name, "same");
  EXPECT_EQ(graph->value(1).name, "same#1");
  EXPECT_EQ(graph->value(2).name, "tensor_2");
}

TEST(Import, LimitsAreLimits) {
  const std::vector<uint8_t> file = BuildSmallDetector();
  EXPECT_EQ(ImportBytes(file, {.max_file_bytes = 100}).code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(ImportBytes(file, {.max_tensors = 3}).code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(ImportBytes(file, {.max_operators = 3}).code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(ImportBytes(file, {.max_activation_bytes = 64}).code(), StatusCode::kResourceExhausted);
}

// Four tensors of 64 TiB each: no machine has the memory, so whoever took it would fail otherwise.
TEST(Import, TensorsThatClaimMoreThanTheFileHoldsAreRefusedBeforeMemoryIsTaken) {
  const std::vector<int32_t> huge = {1 << 22, 1 << 22};
  {
    ModelBuilder b;
    const int32_t x = b.AddTensor("x", huge);
    const int32_t y = b.AddTensor("y", huge);
    b.AddOperator(BuiltinOperator::RELU, {x}, {y});
    EXPECT_FALSE(ImportBytes(b.Finish({x}, {y})).ok());
  }
  {
    ModelBuilder b;
    const int32_t x = b.AddTensor("x", {1, 4});
    const int32_t c = b.AddConstant<float>("c", huge, TensorType::FLOAT32, {1, 2, 3, 4});
    const int32_t y = b.AddTensor("y", huge);
    b.AddOperator(BuiltinOperator::ADD, {x, c}, {y});
    ExpectError(b.Finish({x}, {y}), StatusCode::kDataLoss, "'c': has 16 bytes of data");
  }
}

}  // namespace
}  // namespace verge::tflite
