#include "export/tflite/emitter.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "ops/activation.h"

namespace verge::to_tflite {

std::optional<schema::TensorType> TypeOf(DType dtype) {
  switch (dtype) {
    case DType::kF32: return schema::TensorType::FLOAT32;
    case DType::kF16: return schema::TensorType::FLOAT16;
    case DType::kBF16: return schema::TensorType::BFLOAT16;
    case DType::kI8: return schema::TensorType::INT8;
    case DType::kU8: return schema::TensorType::UINT8;
    case DType::kI16: return schema::TensorType::INT16;
    case DType::kI32: return schema::TensorType::INT32;
    case DType::kI64: return schema::TensorType::INT64;
    case DType::kBool: return schema::TensorType::BOOL;
    case DType::kF64: return schema::TensorType::FLOAT64;
    case DType::kU16: return schema::TensorType::UINT16;
    case DType::kU32: return schema::TensorType::UINT32;
    case DType::kU64: return schema::TensorType::UINT64;
  }
  return std::nullopt;
}

int VersionFor(DType dtype) { return dtype == DType::kI16 ? 3 : dtype == DType::kI8 ? 2 : 1; }

schema::ActivationFunctionType ActivationOf(int32_t activation) {
  if (activation == ops::kActivationRelu) return schema::ActivationFunctionType::RELU;
  if (activation == ops::kActivationRelu6) return schema::ActivationFunctionType::RELU6;
  if (activation == ops::kActivationReluN1To1) return schema::ActivationFunctionType::RELU_N1_TO_1;
  return schema::ActivationFunctionType::NONE;
}

TensorId Builder::TensorOf(ir::ValueId id) {
  if (tensors_of_[id] == kNoTensor) {
    const ir::Value& value = graph_.value(id);
    tensors_of_[id] = AddTensor(value.name, value.type(), value.constant);
  }
  return tensors_of_[id];
}

TensorId Builder::AddTensor(const std::string& name, const TensorType& type,
                            const std::shared_ptr<const ir::Buffer>& data) {
  const std::optional<schema::TensorType> dtype = TypeOf(type.dtype);
  if (!dtype) problems_.push_back("'" + name + "' is of type " + DTypeName(type.dtype) + ", which TFLite has not");
  uint32_t buffer = 0;
  if (data != nullptr) {
    const auto known = buffer_of_.find(data.get());
    if (known != buffer_of_.end()) {
      buffer = known->second;
    } else {
      fbb_.ForceVectorAlignment(data->size(), 1, 16);
      const auto bytes = fbb_.CreateVector(reinterpret_cast<const uint8_t*>(data->data()), data->size());
      buffers_.push_back(schema::CreateBuffer(fbb_, bytes));
      buffer = buffer_of_[data.get()] = static_cast<uint32_t>(buffers_.size() - 1);
      kept_.push_back(data);
    }
  }
  std::vector<int32_t> dims;
  for (const int64_t d : type.shape.dims()) dims.push_back(static_cast<int32_t>(d));
  flatbuffers::Offset<schema::QuantizationParameters> quant;
  if (type.quant.is_quantised()) {
    const std::vector<float> scales(type.quant.scales.begin(), type.quant.scales.end());
    const std::vector<int64_t> zeros(type.quant.zero_points.begin(), type.quant.zero_points.end());
    quant = schema::CreateQuantizationParametersDirect(fbb_, nullptr, nullptr, &scales, &zeros,
                                                       schema::QuantizationDetails::NONE, 0, type.quant.axis);
  }
  const auto name_text = fbb_.CreateString(name);
  const auto shape = fbb_.CreateVector(dims);
  tensors_.push_back(
      schema::CreateTensor(fbb_, shape, dtype.value_or(schema::TensorType::FLOAT32), buffer, name_text, quant));
  return static_cast<TensorId>(tensors_.size() - 1);
}

void Builder::AddOperator(BuiltinOperator code, int version, const std::vector<TensorId>& inputs,
                          const std::vector<TensorId>& outputs, schema::BuiltinOptions kind,
                          flatbuffers::Offset<void> options) {
  const auto [entry, is_new] = code_of_.try_emplace({code, version}, static_cast<uint32_t>(codes_.size()));
  if (is_new) {
    // Numbers from 127 on are in the newer field alone.
    const auto old_code = static_cast<int8_t>(std::min(static_cast<int32_t>(code), 127));
    codes_.push_back(schema::CreateOperatorCode(fbb_, old_code, 0, version, code));
  }
  const auto in = fbb_.CreateVector(inputs);
  const auto out = fbb_.CreateVector(outputs);
  operators_.push_back(schema::CreateOperator(fbb_, entry->second, in, out, kind, options));
}

std::string Builder::Finish() {
  std::vector<TensorId> inputs;
  std::vector<TensorId> outputs;
  for (const ir::ValueId id : graph_.inputs) inputs.push_back(TensorOf(id));
  for (const ir::ValueId id : graph_.outputs) outputs.push_back(TensorOf(id));
  const auto subgraph = schema::CreateSubGraphDirect(fbb_, &tensors_, &inputs, &outputs, &operators_, "main");
  std::vector<flatbuffers::Offset<schema::Metadata>> metadata;
  for (const auto& [key, text] : graph_.metadata) {
    fbb_.ForceVectorAlignment(text.size(), 1, 16);
    const auto bytes = fbb_.CreateVector(reinterpret_cast<const uint8_t*>(text.data()), text.size());
    buffers_.push_back(schema::CreateBuffer(fbb_, bytes));
    metadata.push_back(schema::CreateMetadataDirect(fbb_, key.c_str(), static_cast<uint32_t>(buffers_.size() - 1)));
  }
  const std::vector<flatbuffers::Offset<schema::SubGraph>> subgraphs = {subgraph};
  const auto model = schema::CreateModelDirect(fbb_, 3, &codes_, &subgraphs, graph_.name.c_str(), &buffers_, nullptr,
                                               metadata.empty() ? nullptr : &metadata);
  schema::FinishModelBuffer(fbb_, model);
  return {reinterpret_cast<const char*>(fbb_.GetBufferPointer()), fbb_.GetSize()};
}

TensorId Emitter::Temporary(const ir::Value& like, const Shape& shape) {
  return b.AddTensor(node.name + "/made", {like.dtype, shape, like.quant.view()}, nullptr);
}

TensorId Emitter::Ints(const std::vector<int64_t>& values, int64_t columns) {
  const std::shared_ptr<ir::Buffer> data = ir::Buffer::Allocate(values.size() * sizeof(int32_t));
  for (size_t i = 0; i < values.size(); ++i) {
    const auto number = static_cast<int32_t>(values[i]);
    std::memcpy(data->mutable_data() + i * sizeof(number), &number, sizeof(number));
  }
  const auto count = static_cast<int64_t>(values.size());
  const Shape shape = columns == 0 ? Shape{count} : Shape{count / columns, columns};
  return b.AddTensor(node.name + "/numbers", {DType::kI32, shape, {}}, data);
}

TensorId Emitter::Scalar(const ir::Value& like, const void* data) {
  return b.AddTensor(node.name + "/number", {like.dtype, Shape(), like.quant.view()},
                     ir::Buffer::CopyOf(data, DTypeBytes(like.dtype)));
}

TensorId Emitter::Bias() {
  const ir::Value& bias = In(2);
  const std::vector<float>& x = In(0).quant.scales;
  const bool is_counted = bias.dtype == DType::kI32 || bias.dtype == DType::kI64;
  if (!is_counted || !bias.is_constant() || !bias.quant.scales.empty() || x.size() != 1) return Get(2);
  ir::Quant quant{In(1).quant.scales, {}, 0};
  for (float& scale : quant.scales) scale *= x[0];
  quant.zero_points.assign(quant.scales.size(), 0);
  return b.AddTensor(bias.name, {bias.dtype, bias.shape, quant.view()}, bias.constant);
}

TensorId Emitter::Transposed(size_t i, const std::vector<int>& perm, const Shape& shape) {
  const ir::Value& value = In(i);
  const int rank = value.shape.rank();
  const size_t element = DTypeBytes(value.dtype);
  std::array<size_t, Shape::kMaxRank> strides{};
  size_t stride = element;
  for (int d = rank - 1; d >= 0; --d) {
    strides[static_cast<size_t>(d)] = stride;
    stride *= static_cast<size_t>(value.shape[d]);
  }
  const std::shared_ptr<ir::Buffer> data = ir::Buffer::Allocate(stride);
  std::array<int64_t, Shape::kMaxRank> at{};
  for (size_t k = 0; k < value.shape.elems(); ++k) {
    size_t from = 0;
    for (size_t d = 0; d < perm.size(); ++d) from += static_cast<size_t>(at[d]) * strides[static_cast<size_t>(perm[d])];
    std::memcpy(data->mutable_data() + k * element, value.constant->data() + from, element);
    for (int d = rank - 1; d >= 0; --d) {
      if (++at[static_cast<size_t>(d)] < value.shape[perm[static_cast<size_t>(d)]]) break;
      at[static_cast<size_t>(d)] = 0;
    }
  }
  ir::Quant quant = value.quant;
  for (size_t d = 0; d < perm.size() && quant.scales.size() > 1; ++d) {
    if (perm[d] == value.quant.axis) quant.axis = static_cast<int>(d);
  }
  return b.AddTensor(value.name, {value.dtype, shape, quant.view()}, data);
}

}  // namespace verge::to_tflite
