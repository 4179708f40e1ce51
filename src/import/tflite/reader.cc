#include "import/tflite/reader.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/checked.h"
#include "import/tflite/sparse.h"

namespace verge::tflite {
namespace {

constexpr size_t kAlignment = 16;  // what the format promises of its buffers
constexpr int kMaxDepth = 32;
constexpr int kMaxTables = 1 << 20;

std::optional<DType> MapType(schema::TensorType type) {
  switch (type) {
    case schema::TensorType::FLOAT32: return DType::kF32;
    case schema::TensorType::FLOAT16: return DType::kF16;
    case schema::TensorType::BFLOAT16: return DType::kBF16;
    case schema::TensorType::FLOAT64: return DType::kF64;
    case schema::TensorType::COMPLEX64: return DType::kF32;  // pairs
    case schema::TensorType::INT8: return DType::kI8;
    case schema::TensorType::UINT8: return DType::kU8;
    case schema::TensorType::INT16: return DType::kI16;
    case schema::TensorType::UINT16: return DType::kU16;
    case schema::TensorType::UINT32: return DType::kU32;
    case schema::TensorType::UINT64: return DType::kU64;
    case schema::TensorType::INT32: return DType::kI32;
    case schema::TensorType::INT64: return DType::kI64;
    case schema::TensorType::BOOL: return DType::kBool;
    default: return std::nullopt;
  }
}

std::string TypeName(schema::TensorType type) {
  const std::string name = schema::EnumNameTensorType(type);
  return name.empty() ? std::to_string(static_cast<int>(type)) : name;
}

Status ReadQuant(const schema::QuantizationParameters* params, const Shape& shape, ir::Quant& quant) {
  if (params == nullptr || SizeOf(params->scale()) == 0) return Status::Ok();
  if (params->details() != nullptr) {
    return VERGE_ERROR(kUnsupported, "has a custom quantisation; only scales and zero points are supported");
  }
  const size_t count = params->scale()->size();
  const size_t zero_count = SizeOf(params->zero_point());
  // A list has one dimension, whatever number a file gives it.
  const int axis = shape.rank() == 1 ? 0 : params->quantized_dimension();
  const bool fits = count == 1 || (axis >= 0 && axis < shape.rank() && shape[axis] == static_cast<int64_t>(count));
  if (!fits || (zero_count != 0 && zero_count != 1 && zero_count != count)) {
    return VERGE_ERROR(kDataLoss, "has " + std::to_string(count) + " scales and " + std::to_string(zero_count) +
                                      " zero points along dimension " + std::to_string(axis) + " of shape " +
                                      ToString(shape));
  }
  for (size_t i = 0; i < count; ++i) {
    const auto at = static_cast<flatbuffers::uoffset_t>(i);
    const float scale = params->scale()->Get(at);
    const int64_t zero = zero_count == 0 ? 0 : params->zero_point()->Get(zero_count == 1 ? 0 : at);
    if (!std::isfinite(scale) || scale < 0 || zero < std::numeric_limits<int32_t>::min() ||
        zero > std::numeric_limits<int32_t>::max()) {
      return VERGE_ERROR(kDataLoss, "has the scale " + std::to_string(scale) + " and zero point " +
                                        std::to_string(zero) + ", which are out of range");
    }
    quant.scales.push_back(scale);
    quant.zero_points.push_back(static_cast<int32_t>(zero));
  }
  quant.axis = count == 1 ? 0 : axis;
  return Status::Ok();
}

Result<Shape> ReadShape(const schema::Tensor& tensor) {
  std::vector<int64_t> dims;
  if (tensor.shape() != nullptr) {
    if (tensor.shape()->size() > Shape::kMaxRank) {
      return VERGE_ERROR(kUnsupported, "has " + std::to_string(tensor.shape()->size()) + " dimensions, supported are " +
                                           std::to_string(Shape::kMaxRank));
    }
    dims.assign(tensor.shape()->begin(), tensor.shape()->end());
  }
  if (tensor.type() == schema::TensorType::COMPLEX64) dims.push_back(2);
  const std::optional<Shape> shape = Shape::FromSpan(dims);
  if (!shape) return VERGE_ERROR(kUnsupported, "has a dimension of unknown size; fix the sizes before export");
  return *shape;
}

Status CheckCount(const char* what, size_t count, size_t limit) {
  if (count <= limit) return Status::Ok();
  return VERGE_ERROR(kResourceExhausted,
                     "the model has " + std::to_string(count) + " " + what + ", the limit is " + std::to_string(limit));
}

}  // namespace

bool LooksLikeTflite(std::span<const std::byte> file) {
  constexpr size_t kIdentifierEnd = 8;  // root offset, then the identifier
  return file.size() >= kIdentifierEnd && schema::ModelBufferHasIdentifier(file.data());
}

schema::BuiltinOperator BuiltinOf(const schema::OperatorCode& code) {
  const auto old_number = static_cast<int32_t>(code.deprecated_builtin_code());
  return static_cast<schema::BuiltinOperator>(std::max(old_number, static_cast<int32_t>(code.builtin_code())));
}

Result<Reader> Reader::Open(std::span<const std::byte> file, const ImportLimits& limits) {
  VERGE_TRY(CheckCount("bytes", file.size(), limits.max_file_bytes));
  if (!LooksLikeTflite(file)) return VERGE_ERROR(kDataLoss, "not a TFLite model: the identifier TFL3 is missing");
  std::shared_ptr<ir::Buffer> copy;
  if (reinterpret_cast<uintptr_t>(file.data()) % kAlignment != 0) {
    copy = ir::Buffer::CopyOf(file.data(), file.size());
    file = {copy->data(), copy->size()};
  }
  flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t*>(file.data()), file.size(), kMaxDepth, kMaxTables);
  if (!schema::VerifyModelBuffer(verifier)) {
    return VERGE_ERROR(kDataLoss, "the file is damaged: its structure does not verify (truncated or altered?)");
  }
  Reader reader(file, std::move(copy), limits);
  reader.model_ = schema::GetModel(file.data());
  constexpr uint32_t kVersion = 3;
  if (reader.model_->version() != kVersion) {
    return VERGE_ERROR(kUnsupported, "the file has schema version " + std::to_string(reader.model_->version()) +
                                         ", supported is " + std::to_string(kVersion));
  }
  VERGE_TRY(CheckCount("subgraphs", reader.subgraphs(), limits.max_subgraphs));
  size_t tensors = 0;
  size_t operators = 0;
  for (size_t i = 0; i < reader.subgraphs(); ++i) {
    const schema::SubGraph& graph = *reader.model_->subgraphs()->Get(static_cast<flatbuffers::uoffset_t>(i));
    tensors += SizeOf(graph.tensors());
    operators += SizeOf(graph.operators());
  }
  VERGE_TRY(CheckCount("tensors", tensors, limits.max_tensors));
  VERGE_TRY(CheckCount("operators", operators, limits.max_operators));
  return reader.Subgraph(0);
}

Result<Reader> Reader::Subgraph(int64_t index) const {
  if (index < 0 || static_cast<size_t>(index) >= subgraphs()) {
    return VERGE_ERROR(kDataLoss, "refers to subgraph " + std::to_string(index) + " of " + std::to_string(subgraphs()));
  }
  Reader reader = *this;
  reader.graph_ = model_->subgraphs()->Get(static_cast<flatbuffers::uoffset_t>(index));
  return reader;
}

Result<const schema::OperatorCode*> Reader::CodeOf(const schema::Operator& op) const {
  if (op.opcode_index() >= SizeOf(model_->operator_codes())) {
    return VERGE_ERROR(kDataLoss, "has operator code " + std::to_string(op.opcode_index()) + " of " +
                                      std::to_string(SizeOf(model_->operator_codes())));
  }
  return model_->operator_codes()->Get(op.opcode_index());
}

Result<const schema::Tensor*> Reader::TensorAt(int32_t index) const {
  if (index < 0 || static_cast<size_t>(index) >= SizeOf(graph_->tensors())) {
    return VERGE_ERROR(
        kDataLoss, "refers to tensor " + std::to_string(index) + " of " + std::to_string(SizeOf(graph_->tensors())));
  }
  return graph_->tensors()->Get(static_cast<flatbuffers::uoffset_t>(index));
}

Result<std::span<const std::byte>> Reader::DataOf(const schema::Tensor& tensor) const {
  if (tensor.buffer() == 0) return std::span<const std::byte>();  // by convention the empty one
  if (tensor.buffer() >= SizeOf(model_->buffers())) {
    return VERGE_ERROR(kDataLoss, "refers to buffer " + std::to_string(tensor.buffer()) + " of " +
                                      std::to_string(SizeOf(model_->buffers())));
  }
  const schema::Buffer& buffer = *model_->buffers()->Get(tensor.buffer());
  if (buffer.offset() > 1) {
    if (!RangeFits(buffer.offset(), buffer.size(), file_.size())) {
      return VERGE_ERROR(kDataLoss, "has its data at " + std::to_string(buffer.offset()) + ", outside the file of " +
                                        std::to_string(file_.size()) + " bytes");
    }
    return file_.subspan(buffer.offset(), buffer.size());
  }
  if (buffer.data() == nullptr) return std::span<const std::byte>();
  return std::as_bytes(std::span(buffer.data()->data(), buffer.data()->size()));
}

Result<ir::Value> Reader::ReadTensor(const schema::Tensor& tensor) const {
  ir::Value value;
  const std::optional<DType> dtype = MapType(tensor.type());
  if (!dtype) {
    const bool is_text = tensor.type() == schema::TensorType::STRING;
    return VERGE_ERROR(kUnsupported, "is of type " + TypeName(tensor.type()) + ", which is not supported" +
                                         (is_text ? ": turn text into numbers before the model" : ""));
  }
  value.dtype = *dtype;
  VERGE_TRY_ASSIGN(value.shape, ReadShape(tensor));
  const bool is_integer =
      *dtype == DType::kI8 || *dtype == DType::kU8 || *dtype == DType::kI16 || *dtype == DType::kI32;
  if (is_integer) VERGE_TRY(ReadQuant(tensor.quantization(), value.shape, value.quant));
  VERGE_TRY_ASSIGN(const std::span<const std::byte> data, DataOf(tensor));
  if (tensor.sparsity() != nullptr && !data.empty()) {
    VERGE_TRY_ASSIGN(value.constant, Densify(*tensor.sparsity(), value.type(), data, limits_.max_activation_bytes));
    return value;
  }
  // A list without entries (the target of a reshape to a scalar) has no bytes and is constant all the same.
  const bool is_empty_list = tensor.buffer() != 0 && value.shape == Shape{0} && value.dtype == DType::kI32;
  if (data.empty() && !is_empty_list) return value;
  const std::optional<size_t> bytes = value.type().CheckedBytes();
  if (!bytes || *bytes != data.size()) {
    return VERGE_ERROR(kDataLoss, "has " + std::to_string(data.size()) + " bytes of data, which do not fit " +
                                      DTypeName(value.dtype) + ToString(value.shape));
  }
  value.constant = ir::Buffer::CopyOf(data.data(), data.size());
  return value;
}

}  // namespace verge::tflite
