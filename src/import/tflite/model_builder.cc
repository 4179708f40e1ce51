#include "import/tflite/model_builder.h"

#include "base/tensor.h"

namespace verge::tflite {
namespace {

using schema::ActivationFunctionType;
using schema::BuiltinOperator;
using schema::BuiltinOptions;
using schema::Padding;
using schema::TensorType;

std::vector<uint16_t> Halves(size_t count) {
  std::vector<uint16_t> out(count);
  for (size_t i = 0; i < count; ++i) out[i] = FloatToHalf(static_cast<float>(i % 7) / 8.0f - 0.25f);
  return out;
}

std::vector<float> Floats(size_t count) {
  std::vector<float> out(count);
  for (size_t i = 0; i < count; ++i) out[i] = static_cast<float>(i % 5) / 4.0f - 0.5f;
  return out;
}

// fp16 constant followed by DEQUANTIZE, as converters write it. Returns the f32 tensor.
int32_t AddHalfWeights(ModelBuilder& b, const std::string& name, const std::vector<int32_t>& shape) {
  size_t count = 1;
  for (const int32_t d : shape) count *= static_cast<size_t>(d);
  const int32_t half = b.AddConstant(name, shape, TensorType::FLOAT16, Halves(count));
  const int32_t full = b.AddTensor(name + "_dequantize", shape);
  b.AddOperator(BuiltinOperator::DEQUANTIZE, {half}, {full});
  return full;
}

}  // namespace

int32_t ModelBuilder::AddTensor(const std::string& name, const std::vector<int32_t>& shape, TensorType type,
                                const std::vector<uint8_t>& data) {
  uint32_t buffer = 0;
  if (!data.empty()) {
    fbb_.ForceVectorAlignment(data.size(), 1, 16);
    const auto bytes = fbb_.CreateVector(data);
    buffer = static_cast<uint32_t>(buffers_.size());
    buffers_.push_back(schema::CreateBuffer(fbb_, bytes));
  }
  if (next_.buffer != UINT32_MAX) buffer = next_.buffer;
  flatbuffers::Offset<schema::QuantizationParameters> quant;
  if (!next_.scales.empty()) {
    const auto scales = fbb_.CreateVector(next_.scales);
    const auto zeros = fbb_.CreateVector(next_.zero_points);
    schema::QuantizationParametersBuilder builder(fbb_);
    builder.add_scale(scales);
    builder.add_zero_point(zeros);
    builder.add_quantized_dimension(next_.axis);
    quant = builder.Finish();
  }
  const auto dims = fbb_.CreateVector(shape);
  const auto text = fbb_.CreateString(name);
  flatbuffers::Offset<flatbuffers::Vector<int32_t>> signature;
  if (!next_.signature.empty()) signature = fbb_.CreateVector(next_.signature);
  schema::TensorBuilder tensor(fbb_);
  tensor.add_shape(dims);
  tensor.add_type(type);
  tensor.add_buffer(buffer);
  tensor.add_name(text);
  if (!quant.IsNull()) tensor.add_quantization(quant);
  tensor.add_is_variable(next_.is_variable);
  if (!signature.IsNull()) tensor.add_shape_signature(signature);
  if (!next_.sparsity.IsNull()) tensor.add_sparsity(next_.sparsity);
  tensors_.push_back(tensor.Finish());
  next_ = {};
  return static_cast<int32_t>(tensors_.size()) - 1;
}

void ModelBuilder::AddOperator(BuiltinOperator code, const std::vector<int32_t>& inputs,
                               const std::vector<int32_t>& outputs, BuiltinOptions kind, Offset options,
                               const char* custom_code) {
  flatbuffers::Offset<flatbuffers::String> custom;
  if (custom_code != nullptr) custom = fbb_.CreateString(custom_code);
  schema::OperatorCodeBuilder code_builder(fbb_);
  code_builder.add_deprecated_builtin_code(static_cast<int8_t>(std::min(static_cast<int32_t>(code), 127)));
  code_builder.add_builtin_code(code);
  if (custom_code != nullptr) code_builder.add_custom_code(custom);
  codes_.push_back(code_builder.Finish());
  const auto in = fbb_.CreateVector(inputs);
  const auto out = fbb_.CreateVector(outputs);
  flatbuffers::Offset<flatbuffers::Vector<int32_t>> intermediates;
  if (!next_intermediates_.empty()) intermediates = fbb_.CreateVector(next_intermediates_);
  flatbuffers::Offset<flatbuffers::Vector<uint8_t>> bytes;
  if (!custom_options_.empty()) bytes = fbb_.CreateVector(custom_options_);
  custom_options_.clear();
  schema::OperatorBuilder op(fbb_);
  if (!bytes.IsNull()) op.add_custom_options(bytes);
  if (!intermediates.IsNull()) op.add_intermediates(intermediates);
  if (next_options_2_.first != schema::BuiltinOptions2::NONE) {
    op.add_builtin_options_2_type(next_options_2_.first);
    op.add_builtin_options_2(next_options_2_.second);
  }
  next_intermediates_.clear();
  next_options_2_ = {};
  op.add_opcode_index(static_cast<uint32_t>(codes_.size() - 1));
  op.add_inputs(in);
  op.add_outputs(out);
  if (kind != BuiltinOptions::NONE) {
    op.add_builtin_options_type(kind);
    op.add_builtin_options(options);
  }
  operators_.push_back(op.Finish());
}

void ModelBuilder::AddCustom(const char* name, const std::vector<int32_t>& inputs, const std::vector<int32_t>& outputs,
                             const std::vector<uint8_t>& options) {
  custom_options_ = options;
  AddOperator(BuiltinOperator::CUSTOM, inputs, outputs, BuiltinOptions::NONE, 0, name);
}

void ModelBuilder::AddMetadata(const char* name, const std::vector<uint8_t>& bytes) {
  const auto data = fbb_.CreateVector(bytes);
  metadata_.push_back(schema::CreateMetadata(fbb_, fbb_.CreateString(name), static_cast<uint32_t>(buffers_.size())));
  buffers_.push_back(schema::CreateBuffer(fbb_, data));
}

void ModelBuilder::EndSubgraph(const std::vector<int32_t>& inputs, const std::vector<int32_t>& outputs,
                               const char* subgraph_name) {
  const auto tensors = fbb_.CreateVector(tensors_);
  const auto in = fbb_.CreateVector(inputs);
  const auto out = fbb_.CreateVector(outputs);
  const auto operators = fbb_.CreateVector(operators_);
  const auto name = fbb_.CreateString(subgraph_name);
  subgraphs_.push_back(schema::CreateSubGraph(fbb_, tensors, in, out, operators, name));
  tensors_.clear();
  operators_.clear();
}

std::vector<uint8_t> ModelBuilder::Finish(const std::vector<int32_t>& inputs, const std::vector<int32_t>& outputs,
                                          const char* description, uint32_t version) {
  EndSubgraph(inputs, outputs, subgraphs_.empty() ? "main" : "part");
  const auto graphs = fbb_.CreateVector(subgraphs_);
  const auto codes = fbb_.CreateVector(codes_);
  const auto buffers = fbb_.CreateVector(buffers_);
  flatbuffers::Offset<flatbuffers::String> text;
  if (description != nullptr) text = fbb_.CreateString(description);
  flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<schema::Metadata>>> metadata;
  if (!metadata_.empty()) metadata = fbb_.CreateVector(metadata_);
  const auto model = schema::CreateModel(fbb_, version, codes, graphs, text, buffers, 0, metadata);
  schema::FinishModelBuffer(fbb_, model);
  return {fbb_.GetBufferPointer(), fbb_.GetBufferPointer() + fbb_.GetSize()};
}

std::vector<uint8_t> BuildSmallDetector() {
  ModelBuilder b;
  const int32_t image = b.AddTensor("image", {1, 8, 8, 3});
  const int32_t widths = b.AddConstant<int32_t>("widths", {4, 2}, TensorType::INT32, {0, 0, 0, 1, 0, 1, 0, 0});
  const int32_t padded = b.AddTensor("padded", {1, 9, 9, 3});
  b.AddOperator(BuiltinOperator::PAD, {image, widths}, {padded});
  const int32_t w = AddHalfWeights(b, "conv/w", {4, 3, 3, 3});
  const int32_t bias = b.AddConstant("conv/b", {4}, TensorType::FLOAT32, Floats(4));
  const int32_t conv = b.AddTensor("conv", {1, 4, 4, 4});
  b.AddOperator(BuiltinOperator::CONV_2D, {padded, w, bias}, {conv}, BuiltinOptions::Conv2DOptions,
                schema::CreateConv2DOptions(b.fbb(), Padding::VALID, 2, 2, ActivationFunctionType::RELU6).Union());
  const int32_t dw = AddHalfWeights(b, "depthwise/w", {1, 3, 3, 4});
  const int32_t depthwise = b.AddTensor("depthwise", {1, 2, 2, 4});
  b.AddOperator(BuiltinOperator::DEPTHWISE_CONV_2D, {conv, dw, -1}, {depthwise}, BuiltinOptions::DepthwiseConv2DOptions,
                schema::CreateDepthwiseConv2DOptions(b.fbb(), Padding::SAME, 2, 2, 1).Union());
  const int32_t active = b.AddTensor("active", {1, 2, 2, 4});
  b.AddOperator(BuiltinOperator::RELU6, {depthwise}, {active});
  const int32_t target = b.AddConstant<int32_t>("target", {3}, TensorType::INT32, {1, -1, 4});
  const int32_t far_boxes = b.AddTensor("far", {1, 4, 4});
  b.AddOperator(BuiltinOperator::RESHAPE, {active, target}, {far_boxes});
  const int32_t near_boxes = b.AddTensor("near", {1, 16, 4});
  b.AddOperator(BuiltinOperator::RESHAPE, {conv, target}, {near_boxes});
  const int32_t boxes = b.AddTensor("boxes", {1, 20, 4});
  b.AddOperator(BuiltinOperator::CONCATENATION, {near_boxes, far_boxes}, {boxes}, BuiltinOptions::ConcatenationOptions,
                schema::CreateConcatenationOptions(b.fbb(), 1).Union());
  return b.Finish({image}, {boxes}, "a very small detector");
}

namespace {

// x [1, 3, 4] through an LSTM of 5 cells: y [1, 3, 5].
int32_t AddLstm(ModelBuilder& b, int32_t x) {
  std::vector<int32_t> inputs(24, -1);
  inputs[0] = x;
  for (size_t k = 0; k < 4; ++k) {
    const std::string gate = std::to_string(k);
    inputs[1 + k] = b.AddConstant("w" + gate, {5, 4}, TensorType::FLOAT32, Floats(20));
    inputs[5 + k] = b.AddConstant("r" + gate, {5, 5}, TensorType::FLOAT32, Floats(25));
    inputs[12 + k] = b.AddConstant("b" + gate, {5}, TensorType::FLOAT32, Floats(5));
  }
  b.SetNext({.is_variable = true});
  inputs[18] = b.AddTensor("h", {1, 5});
  b.SetNext({.is_variable = true});
  inputs[19] = b.AddTensor("c", {1, 5});
  const int32_t y = b.AddTensor("lstm", {1, 3, 5});
  b.AddOperator(BuiltinOperator::UNIDIRECTIONAL_SEQUENCE_LSTM, inputs, {y},
                BuiltinOptions::UnidirectionalSequenceLSTMOptions,
                schema::CreateUnidirectionalSequenceLSTMOptions(b.fbb(), ActivationFunctionType::TANH, 10.0f).Union());
  return y;
}

// x [1, 15] through 4 filters of 3 places: y [1, 4].
int32_t AddSvdf(ModelBuilder& b, int32_t x) {
  const int32_t feature = b.AddConstant("feature", {4, 15}, TensorType::FLOAT32, Floats(60));
  const int32_t time = b.AddConstant("time", {4, 3}, TensorType::FLOAT32, Floats(12));
  b.SetNext({.is_variable = true});
  const int32_t memory = b.AddTensor("memory", {1, 12});
  const int32_t y = b.AddTensor("svdf", {1, 4});
  b.AddOperator(BuiltinOperator::SVDF, {x, feature, time, -1, memory}, {y}, BuiltinOptions::SVDFOptions,
                schema::CreateSVDFOptions(b.fbb(), 1, ActivationFunctionType::RELU).Union());
  return y;
}

int32_t AddHandle(ModelBuilder& b, const char* name) {
  const int32_t handle = b.AddTensor(std::string(name) + "_handle", {}, TensorType::RESOURCE);
  const auto key = b.fbb().CreateString(name);
  b.AddOperator(BuiltinOperator::VAR_HANDLE, {}, {handle}, BuiltinOptions::VarHandleOptions,
                schema::CreateVarHandleOptions(b.fbb(), 0, key).Union());
  return handle;
}

void AddAdd(ModelBuilder& b, int32_t x, int32_t y, int32_t sum) {
  b.AddOperator(BuiltinOperator::ADD, {x, y}, {sum}, BuiltinOptions::AddOptions,
                schema::CreateAddOptions(b.fbb()).Union());
}

}  // namespace

std::vector<uint8_t> BuildStream() {
  ModelBuilder b;
  const int32_t x = b.AddTensor("x", {1, 3, 4});
  const int32_t enough = b.AddTensor("enough", {1}, TensorType::BOOL);
  b.AddOperator(BuiltinOperator::CALL_ONCE, {}, {}, BuiltinOptions::CallOnceOptions,
                schema::CreateCallOnceOptions(b.fbb(), 1).Union());
  const int32_t lstm = AddLstm(b, x);
  const int32_t target = b.AddConstant<int32_t>("target", {2}, TensorType::INT32, {1, 15});
  const int32_t flat = b.AddTensor("flat", {1, 15});
  b.AddOperator(BuiltinOperator::RESHAPE, {lstm, target}, {flat});
  const int32_t svdf = AddSvdf(b, flat);
  const int32_t handle = AddHandle(b, "sum");
  const int32_t old_sum = b.AddTensor("old_sum", {1, 4});
  b.AddOperator(BuiltinOperator::READ_VARIABLE, {handle}, {old_sum});
  const int32_t sum = b.AddTensor("new_sum", {1, 4});
  AddAdd(b, svdf, old_sum, sum);
  b.AddOperator(BuiltinOperator::ASSIGN_VARIABLE, {handle, sum}, {});
  const int32_t chosen = b.AddTensor("chosen", {1, 4});
  b.AddOperator(BuiltinOperator::IF, {enough, sum}, {chosen}, BuiltinOptions::IfOptions,
                schema::CreateIfOptions(b.fbb(), 2, 3).Union());
  const int32_t flag = b.AddTensor("flag", {1}, TensorType::BOOL);
  const int32_t grown = b.AddTensor("grown", {1, 4});
  b.AddOperator(BuiltinOperator::WHILE, {enough, chosen}, {flag, grown}, BuiltinOptions::WhileOptions,
                schema::CreateWhileOptions(b.fbb(), 4, 5).Union());
  b.EndSubgraph({x, enough}, {grown});
  const int32_t once = AddHandle(b, "sum");
  const int32_t first = b.AddConstant<float>("first", {1, 4}, TensorType::FLOAT32, {1, 2, 3, 4});
  b.AddOperator(BuiltinOperator::ASSIGN_VARIABLE, {once, first}, {});
  b.EndSubgraph({}, {}, "once");
  for (const BuiltinOperator code : {BuiltinOperator::RELU, BuiltinOperator::RELU6}) {
    const int32_t in = b.AddTensor("in", {1, 4});
    const int32_t out = b.AddTensor("out", {1, 4});
    b.AddOperator(code, {in}, {out});
    b.EndSubgraph({in}, {out}, "branch");
  }
  const int32_t asked = b.AddTensor("asked", {1}, TensorType::BOOL);
  const int32_t unused = b.AddTensor("unused", {1, 4});
  b.EndSubgraph({asked, unused}, {asked}, "condition");
  const int32_t ignored = b.AddTensor("ignored", {1}, TensorType::BOOL);
  const int32_t in = b.AddTensor("in", {1, 4});
  const int32_t twice = b.AddTensor("twice", {1, 4});
  AddAdd(b, in, in, twice);
  const int32_t stop = b.AddConstant<uint8_t>("stop", {1}, TensorType::BOOL, {0});
  (void)ignored;  // the body does not look at it
  return b.Finish({ignored, in}, {stop, twice}, "a stream");
}

std::vector<uint8_t> BuildEveryOperator() {
  ModelBuilder b;
  const int32_t x = b.AddTensor("x", {1, 4, 4, 2});
  const auto pool = [&](BuiltinOperator code, int32_t in, const char* name) {
    const int32_t out = b.AddTensor(name, {1, 2, 2, 2});
    b.AddOperator(code, {in}, {out}, BuiltinOptions::Pool2DOptions,
                  schema::CreatePool2DOptions(b.fbb(), Padding::SAME, 2, 2, 3, 3).Union());
    return out;
  };
  const int32_t largest = pool(BuiltinOperator::MAX_POOL_2D, x, "largest");
  const int32_t mean = pool(BuiltinOperator::AVERAGE_POOL_2D, x, "mean");
  const int32_t sum = b.AddTensor("sum", {1, 2, 2, 2});
  b.AddOperator(BuiltinOperator::ADD, {largest, mean}, {sum}, BuiltinOptions::AddOptions,
                schema::CreateAddOptions(b.fbb(), ActivationFunctionType::RELU).Union());
  const int32_t product = b.AddTensor("product", {1, 2, 2, 2});
  const int32_t factor = b.AddConstant("factor", {2}, TensorType::FLOAT32, Floats(2));
  b.AddOperator(BuiltinOperator::MUL, {sum, factor}, {product}, BuiltinOptions::MulOptions,
                schema::CreateMulOptions(b.fbb()).Union());
  const int32_t difference = b.AddTensor("difference", {1, 2, 2, 2});
  b.AddOperator(BuiltinOperator::SUB, {product, mean}, {difference}, BuiltinOptions::SubOptions,
                schema::CreateSubOptions(b.fbb()).Union());
  const int32_t rectified = b.AddTensor("rectified", {1, 2, 2, 2});
  b.AddOperator(BuiltinOperator::RELU, {difference}, {rectified});
  const int32_t size = b.AddConstant<int32_t>("size", {2}, TensorType::INT32, {4, 4});
  const int32_t resized = b.AddTensor("resized", {1, 4, 4, 2});
  b.AddOperator(BuiltinOperator::RESIZE_BILINEAR, {rectified, size}, {resized}, BuiltinOptions::ResizeBilinearOptions,
                schema::CreateResizeBilinearOptions(b.fbb(), false, true).Union());
  const int32_t widths = b.AddConstant<int64_t>("widths", {4, 2}, TensorType::INT64, {0, 0, 1, 0, 0, 1, 0, 0});
  const int32_t border = b.AddConstant<float>("border", {}, TensorType::FLOAT32, {2.5f});
  const int32_t padded = b.AddTensor("padded", {1, 5, 5, 2});
  b.AddOperator(BuiltinOperator::PADV2, {resized, widths, border}, {padded});
  const int32_t w = AddHalfWeights(b, "w", {2, 2, 2, 2});
  const int32_t conv = b.AddTensor("conv", {1, 5, 5, 2});
  b.AddOperator(BuiltinOperator::CONV_2D, {padded, w}, {conv}, BuiltinOptions::Conv2DOptions,
                schema::CreateConv2DOptions(b.fbb(), Padding::SAME, 1, 1).Union());
  b.SetNext({.scales = {0.5f, 0.25f}, .zero_points = {1, -1}, .axis = 3});
  const int32_t stored = b.AddConstant<int8_t>("stored", {1, 1, 1, 4}, TensorType::INT8, {-128, 127, 3, 4});
  (void)stored;  // kept out of the graph: unused tensors are allowed
  const int32_t sigmoid = b.AddTensor("sigmoid", {1, 5, 5, 2});
  b.AddOperator(BuiltinOperator::LOGISTIC, {conv}, {sigmoid});
  return b.Finish({x}, {sigmoid}, "every operator once");
}

}  // namespace verge::tflite
