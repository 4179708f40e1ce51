// One file with most of the operators that have converters: a seed of the fuzzer.
#include "import/tflite/model_builder.h"

namespace verge::tflite {
namespace {

using schema::BuiltinOperator;
using schema::BuiltinOptions;
using schema::Padding;
using schema::TensorType;

// Adds operators that all read the same input; each output is an output of the model.
class ManyBuilder {
 public:
  std::vector<uint8_t> Build() {
    AddElementwise();
    AddShapes();
    AddIndexing();
    AddWindows();
    return b_.Finish({x_}, outputs_, "most operators once");
  }

 private:
  int32_t Out(const std::vector<int32_t>& shape, TensorType type = TensorType::FLOAT32) {
    outputs_.push_back(b_.AddTensor("y" + std::to_string(outputs_.size()), shape, type));
    return outputs_.back();
  }
  int32_t Ints(const std::vector<int32_t>& values) {
    return b_.AddConstant("i", {static_cast<int32_t>(values.size())}, TensorType::INT32, values);
  }
  int32_t Int(int32_t value) { return b_.AddConstant<int32_t>("n", {}, TensorType::INT32, {value}); }
  int32_t Floats(const std::vector<int32_t>& shape, const std::vector<float>& values) {
    return b_.AddConstant("f", shape, TensorType::FLOAT32, values);
  }
  void Add(BuiltinOperator code, const std::vector<int32_t>& inputs, const std::vector<int32_t>& outputs,
           BuiltinOptions kind = BuiltinOptions::NONE, ModelBuilder::Offset options = 0) {
    b_.AddOperator(code, inputs, outputs, kind, options);
  }

  void AddElementwise() {
    for (const BuiltinOperator code : {BuiltinOperator::RSQRT, BuiltinOperator::SQUARE, BuiltinOperator::SIGN,
                                       BuiltinOperator::RELU_N1_TO_1, BuiltinOperator::GELU, BuiltinOperator::EXP}) {
      Add(code, {x_}, {Out(kShape)});
    }
    for (const BuiltinOperator code : {BuiltinOperator::FLOOR_DIV, BuiltinOperator::FLOOR_MOD, BuiltinOperator::ATAN2,
                                       BuiltinOperator::SQUARED_DIFFERENCE, BuiltinOperator::MAXIMUM}) {
      Add(code, {x_, x_}, {Out(kShape)});
    }
    const int32_t less = Out(kShape, TensorType::BOOL);
    Add(BuiltinOperator::LESS, {x_, Floats({}, {0.5f})}, {less});
    Add(BuiltinOperator::SELECT_V2, {less, x_, Floats({1}, {2})}, {Out(kShape)});
    Add(BuiltinOperator::ADD_N, {x_, x_, x_}, {Out(kShape)});
    Add(BuiltinOperator::FAKE_QUANT, {x_}, {Out(kShape)}, BuiltinOptions::FakeQuantOptions,
        schema::CreateFakeQuantOptions(b_.fbb(), -1, 1, 8).Union());
  }

  void AddShapes() {
    Add(BuiltinOperator::SHAPE, {x_}, {Out({4}, TensorType::INT32)});
    Add(BuiltinOperator::STRIDED_SLICE, {x_, Ints({0, 1}), Ints({0, 2}), Ints({1, 1})}, {Out({1, 2, 2})},
        BuiltinOptions::StridedSliceOptions, schema::CreateStridedSliceOptions(b_.fbb(), 0, 0, 1, 0, 2).Union());
    Add(BuiltinOperator::SPLIT, {Int(3), x_}, {Out({1, 2, 2, 2}), Out({1, 2, 2, 2})});
    Add(BuiltinOperator::PACK, {x_, x_}, {Out({2, 1, 2, 2, 4})}, BuiltinOptions::PackOptions,
        schema::CreatePackOptions(b_.fbb(), 2, 0).Union());
    Add(BuiltinOperator::TILE, {x_, Ints({1, 1, 2, 1})}, {Out({1, 2, 4, 4})});
    Add(BuiltinOperator::REVERSE_V2, {x_, Ints({1})}, {Out(kShape)});
    const int32_t edges = b_.AddConstant<int32_t>("e", {2, 2}, TensorType::INT32, {0, 0, 0, 0});
    Add(BuiltinOperator::SPACE_TO_BATCH_ND, {x_, Ints({2, 2}), edges}, {Out({4, 1, 1, 4})});
    Add(BuiltinOperator::DEPTH_TO_SPACE, {x_}, {Out({1, 4, 4, 1})}, BuiltinOptions::DepthToSpaceOptions,
        schema::CreateDepthToSpaceOptions(b_.fbb(), 2).Union());
    const int32_t widths = b_.AddConstant<int32_t>("w", {4, 2}, TensorType::INT32, {0, 0, 1, 1, 0, 0, 0, 0});
    Add(BuiltinOperator::MIRROR_PAD, {x_, widths}, {Out({1, 4, 2, 4})}, BuiltinOptions::MirrorPadOptions,
        schema::CreateMirrorPadOptions(b_.fbb(), schema::MirrorPadMode::SYMMETRIC).Union());
  }

  void AddIndexing() {
    Add(BuiltinOperator::GATHER, {x_, Ints({1, 0})}, {Out(kShape)}, BuiltinOptions::GatherOptions,
        schema::CreateGatherOptions(b_.fbb(), 1).Union());
    Add(BuiltinOperator::TOPK_V2, {x_, Int(2)}, {Out({1, 2, 2, 2}), Out({1, 2, 2, 2}, TensorType::INT32)});
    Add(BuiltinOperator::ARG_MAX, {x_, Int(3)}, {Out({1, 2, 2}, TensorType::INT64)});
    Add(BuiltinOperator::CUMSUM, {x_, Int(1)}, {Out(kShape)});
    Add(BuiltinOperator::UNSORTED_SEGMENT_MAX, {x_, Ints({0}), Int(1)}, {Out(kShape)});
    Add(BuiltinOperator::DYNAMIC_UPDATE_SLICE, {x_, Floats({1, 1, 1, 1}, {1}), Ints({0, 1, 1, 1})}, {Out(kShape)});
    Add(BuiltinOperator::BITCAST, {x_}, {Out(kShape, TensorType::INT32)});
    Add(BuiltinOperator::RESIZE_NEAREST_NEIGHBOR, {x_, Ints({3, 3})}, {Out({1, 3, 3, 4})},
        BuiltinOptions::ResizeNearestNeighborOptions, schema::CreateResizeNearestNeighborOptions(b_.fbb()).Union());
    const int32_t boxes = Floats({2, 4}, {0, 0, 1, 1, 0, 0, 1, 2});
    Add(BuiltinOperator::NON_MAX_SUPPRESSION_V4,
        {boxes, Floats({2}, {1, 2}), Int(2), Floats({}, {0.5f}), Floats({}, {0})},
        {Out({2}, TensorType::INT32), Out({}, TensorType::INT32)});
  }

  void AddWindows() {
    Add(BuiltinOperator::FULLY_CONNECTED, {x_, Floats({1, 4}, {1, 2, 3, 4})}, {Out({4, 1})},
        BuiltinOptions::FullyConnectedOptions, schema::CreateFullyConnectedOptions(b_.fbb()).Union());
    Add(BuiltinOperator::BATCH_MATMUL, {x_, x_}, {Out({1, 2, 2, 2})}, BuiltinOptions::BatchMatMulOptions,
        schema::CreateBatchMatMulOptions(b_.fbb(), false, true).Union());
    Add(BuiltinOperator::TRANSPOSE_CONV, {Ints({1, 4, 4, 1}), Floats({1, 1, 1, 4}, {1, 2, 3, 4}), x_},
        {Out({1, 4, 4, 1})}, BuiltinOptions::TransposeConvOptions,
        schema::CreateTransposeConvOptions(b_.fbb(), Padding::SAME, 2, 2).Union());
    Add(BuiltinOperator::L2_POOL_2D, {x_}, {Out({1, 1, 1, 4})}, BuiltinOptions::Pool2DOptions,
        schema::CreatePool2DOptions(b_.fbb(), Padding::VALID, 1, 1, 2, 2).Union());
    const int32_t spectrum = b_.AddTensor("spectrum", {1, 2, 2, 3}, TensorType::COMPLEX64);
    Add(BuiltinOperator::RFFT2D, {x_, Ints({2, 4})}, {spectrum});
    Add(BuiltinOperator::COMPLEX_ABS, {spectrum}, {Out({1, 2, 2, 3})});
    b_.AddCustom("MaxPoolingWithArgmax2D", {x_}, {Out({1, 1, 1, 4}), Out({1, 1, 1, 4})},
                 {1, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0});
    const int32_t whole = Out(kShape, TensorType::UINT32);
    Add(BuiltinOperator::CAST, {x_}, {whole});
    const int32_t table = b_.AddConstant("t", {125}, TensorType::INT16, std::vector<int16_t>(125, 3));
    // The FlexBuffer of {"snr_shift": 6}.
    b_.AddCustom("SignalPCAN", {whole, whole, table}, {Out(kShape, TensorType::UINT32)},
                 {'s', 'n', 'r', '_', 's', 'h', 'i', 'f', 't', 0, 1, 0x0b, 1, 1, 1, 6, 4, 2, 0x24, 1});
  }

  inline static const std::vector<int32_t> kShape = {1, 2, 2, 4};
  ModelBuilder b_;
  int32_t x_ = b_.AddTensor("x", kShape);
  std::vector<int32_t> outputs_;
};

}  // namespace

std::vector<uint8_t> BuildManyOperators() { return ManyBuilder().Build(); }

}  // namespace verge::tflite
