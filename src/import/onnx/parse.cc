// From protobuf to plain structures. Beside expose.cc the only file that knows protobuf and the ONNX schema.
#include <onnx/onnx-data_pb.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstring>

#include "base/checked.h"
#include "import/onnx/message.h"
#include "import/onnx/model.h"

namespace verge::onnx {
namespace {

namespace pb = ::onnx;

// What one parse carries around.
struct Parser {
  const ExternalReader& external;
  const ParseLimits& limits;
  size_t nodes = 0;

  Result<GraphDef> ReadGraph(const pb::GraphProto& from);
  Result<NodeDef> ReadNode(const pb::NodeProto& from);
  Result<Attribute> ReadAttribute(const pb::AttributeProto& from);
  Result<TensorData> ReadTensor(const pb::TensorProto& from);
  Status ReadFourBit(const pb::TensorProto& from, TensorData& to);
  Result<std::shared_ptr<const ir::Buffer>> ReadExternal(const pb::TensorProto& from, size_t bytes);
};

std::string Quoted(const std::string& name) { return "'" + name.substr(0, 200) + "'"; }

// Copies a repeated field of numbers into elements of `T`; the count must fit.
template <typename T, typename Field>
Status CopyTyped(const Field& from, const std::string& name, std::span<std::byte> to) {
  if (static_cast<size_t>(from.size()) != to.size() / sizeof(T)) {
    return VERGE_ERROR(kDataLoss, "tensor " + Quoted(name) + " has " + std::to_string(from.size()) +
                                      " numbers, its shape wants " + std::to_string(to.size() / sizeof(T)));
  }
  for (int i = 0; i < from.size(); ++i) {
    const auto value = static_cast<T>(from.Get(i));
    std::memcpy(to.data() + static_cast<size_t>(i) * sizeof(T), &value, sizeof(T));
  }
  return Status::Ok();
}

Status CopyNumbers(const pb::TensorProto& from, DType dtype, std::span<std::byte> to) {
  const std::string& name = from.name();
  switch (dtype) {
    case DType::kF32: return CopyTyped<float>(from.float_data(), name, to);
    case DType::kF64: return CopyTyped<double>(from.double_data(), name, to);
    case DType::kI64: return CopyTyped<int64_t>(from.int64_data(), name, to);
    case DType::kU32: return CopyTyped<uint32_t>(from.uint64_data(), name, to);
    case DType::kU64: return CopyTyped<uint64_t>(from.uint64_data(), name, to);
    case DType::kI32: return CopyTyped<int32_t>(from.int32_data(), name, to);
    case DType::kI16: return CopyTyped<int16_t>(from.int32_data(), name, to);
    case DType::kU16:
    case DType::kF16:
    case DType::kBF16: return CopyTyped<uint16_t>(from.int32_data(), name, to);
    case DType::kI8: return CopyTyped<int8_t>(from.int32_data(), name, to);
    case DType::kU8: return CopyTyped<uint8_t>(from.int32_data(), name, to);
    case DType::kBool: break;
  }
  VERGE_TRY(CopyTyped<uint8_t>(from.int32_data(), name, to));
  return Status::Ok();
}

// A bool is one byte that is 0 or 1, whatever the file wrote.
void NormaliseBools(std::span<std::byte> bytes) {
  for (std::byte& b : bytes) b = b == std::byte{0} ? std::byte{0} : std::byte{1};
}

// Numbering of ONNX's 4-bit types, which are younger than the schema this is built with. Two elements a byte, the first
// in its low half; they become i8 and u8.
constexpr int32_t kUint4 = 21;
constexpr int32_t kInt4 = 22;
bool IsFourBit(int32_t code) { return code == kUint4 || code == kInt4; }

void Unpack(std::span<const std::byte> packed, bool is_signed, std::span<std::byte> to) {
  for (size_t i = 0; i < to.size(); ++i) {
    const auto pair = std::to_integer<unsigned>(packed[i / 2]);
    const unsigned bits = i % 2 == 0 ? pair & 15u : pair >> 4;
    to[i] = static_cast<std::byte>(is_signed && bits > 7 ? bits | 0xf0u : bits);
  }
}

bool IsInsideFolder(const std::string& path) {
  if (path.empty() || path.front() == '/' || path.find('\\') != std::string::npos ||
      path.find('\0') != std::string::npos) {
    return false;
  }
  for (size_t at = 0; at <= path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    if (path.substr(at, end - at) == "..") return false;
    at = end + 1;
  }
  return true;
}

Result<uint64_t> ReadCount(const std::string& text) {
  uint64_t value = 0;
  bool fits = !text.empty() && text.size() <= 18;
  for (const char c : text) {
    fits = fits && c >= '0' && c <= '9';
    value = value * 10 + static_cast<uint64_t>(c - '0');
  }
  if (!fits) return VERGE_ERROR(kDataLoss, "external data has an offset or length that is no number");
  return value;
}

Result<std::shared_ptr<const ir::Buffer>> Parser::ReadExternal(const pb::TensorProto& from, size_t bytes) {
  std::string location;
  uint64_t offset = 0;
  for (const auto& entry : from.external_data()) {
    if (entry.key() == "location") location = entry.value();
    if (entry.key() == "offset") {
      VERGE_TRY_ASSIGN(offset, ReadCount(entry.value()));
    }
    if (entry.key() == "length") {
      VERGE_TRY_ASSIGN(const uint64_t length, ReadCount(entry.value()));
      if (length != bytes)
        return VERGE_ERROR(
            kDataLoss, "tensor " + Quoted(from.name()) + ": its external data has another length than its shape wants");
    }
  }
  if (!IsInsideFolder(location)) {
    return VERGE_ERROR(kDataLoss, "tensor " + Quoted(from.name()) + " names the external file " + Quoted(location) +
                                      ", which is not inside the model's folder");
  }
  if (!external) {
    return VERGE_ERROR(kUnsupported, "tensor " + Quoted(from.name()) + " lies in the external file " +
                                         Quoted(location) + "; import the model from its folder");
  }
  VERGE_TRY_ASSIGN(std::shared_ptr<const ir::Buffer> data, external(location, offset, bytes));
  if (data == nullptr || data->size() != bytes)
    return VERGE_ERROR(kDataLoss, "external file " + Quoted(location) + " is too short");
  return data;
}

// The numbers of a 4-bit tensor, packed in raw_data, in int32_data or in an external file.
Status Parser::ReadFourBit(const pb::TensorProto& from, TensorData& to) {
  const size_t count = to.shape.elems();
  const size_t packed = (count + 1) / 2;
  std::vector<std::byte> bytes;
  if (from.data_location() == pb::TensorProto::EXTERNAL) {
    VERGE_TRY_ASSIGN(const std::shared_ptr<const ir::Buffer> data, ReadExternal(from, packed));
    bytes.assign(data->data(), data->data() + data->size());
  } else if (from.has_raw_data()) {
    const auto* raw = reinterpret_cast<const std::byte*>(from.raw_data().data());
    bytes.assign(raw, raw + from.raw_data().size());
  } else {
    for (const int32_t pair : from.int32_data()) bytes.push_back(static_cast<std::byte>(pair));
  }
  if (bytes.size() != packed) {
    return VERGE_ERROR(kDataLoss, "tensor " + Quoted(to.name) + " has " + std::to_string(bytes.size()) +
                                      " bytes of packed numbers, its shape wants " + std::to_string(packed));
  }
  const std::shared_ptr<ir::Buffer> buffer = ir::Buffer::Allocate(count);
  Unpack(bytes, to.dtype == DType::kI8, {buffer->mutable_data(), count});
  to.is_four_bit = true;
  to.data = buffer;
  return Status::Ok();
}

Result<TensorData> Parser::ReadTensor(const pb::TensorProto& from) {
  TensorData to;
  to.name = from.name();
  const std::optional<Shape> shape = Shape::FromSpan({from.dims().data(), static_cast<size_t>(from.dims_size())});
  if (!shape) {
    return VERGE_ERROR(kUnsupported, "tensor " + Quoted(to.name) + " has more than 8 dimensions or a negative one");
  }
  to.shape = *shape;
  if (from.data_type() == pb::TensorProto::STRING) {
    to.is_string = true;
    return to;
  }
  const bool is_four_bit = IsFourBit(from.data_type());
  const std::optional<DType> dtype =
      is_four_bit ? (from.data_type() == kInt4 ? DType::kI8 : DType::kU8) : DTypeFromOnnx(from.data_type());
  if (!dtype) {
    return VERGE_ERROR(kUnsupported, "tensor " + Quoted(to.name) + " has the element type " +
                                         std::to_string(from.data_type()) +
                                         " (ONNX numbering), which Verge does not have");
  }
  to.dtype = *dtype;
  const std::optional<size_t> bytes = TensorType{*dtype, *shape, {}}.CheckedBytes();
  if (!bytes || *bytes > limits.max_tensor_bytes) {
    return VERGE_ERROR(kResourceExhausted,
                       "tensor " + Quoted(to.name) + " of shape " + ToString(*shape) + " is too large");
  }
  if (is_four_bit) {
    VERGE_TRY(ReadFourBit(from, to));
    return to;
  }
  if (from.data_location() == pb::TensorProto::EXTERNAL) {
    VERGE_TRY_ASSIGN(to.data, ReadExternal(from, *bytes));
    return to;
  }
  // The file must hold the bytes before memory is taken for them.
  if (from.has_raw_data() && from.raw_data().size() != *bytes) {
    return VERGE_ERROR(kDataLoss, "tensor " + Quoted(to.name) + " has " + std::to_string(from.raw_data().size()) +
                                      " bytes, its shape wants " + std::to_string(*bytes));
  }
  if (!from.has_raw_data() && *bytes > from.ByteSizeLong() * 8 + 64) {
    return VERGE_ERROR(kDataLoss, "tensor " + Quoted(to.name) + " has fewer numbers than its shape wants");
  }
  const std::shared_ptr<ir::Buffer> buffer = ir::Buffer::Allocate(*bytes);
  if (from.has_raw_data()) {
    if (*bytes > 0) std::memcpy(buffer->mutable_data(), from.raw_data().data(), *bytes);
  } else {
    VERGE_TRY(CopyNumbers(from, *dtype, {buffer->mutable_data(), *bytes}));
  }
  if (*dtype == DType::kBool) NormaliseBools({buffer->mutable_data(), *bytes});
  to.data = buffer;
  return to;
}

// Types nest a few levels at most; deeper ones are no type Verge takes.
TypeInfo ReadType(const pb::TypeProto& from, int depth = 0) {
  TypeInfo to;
  if (from.has_sequence_type() || from.has_optional_type()) {
    const bool sequence = from.has_sequence_type();
    to.kind = sequence ? Datum::Kind::kSequence : Datum::Kind::kOptional;
    const pb::TypeProto& inner = sequence ? from.sequence_type().elem_type() : from.optional_type().elem_type();
    to.element = std::make_shared<TypeInfo>(depth < 4 ? ReadType(inner, depth + 1) : TypeInfo{});
    to.is_supported = depth < 4 && to.element->is_supported;
    return to;
  }
  const std::optional<DType> dtype =
      from.has_tensor_type() ? DTypeFromOnnx(from.tensor_type().elem_type()) : std::nullopt;
  to.is_supported = dtype.has_value();
  to.dtype = dtype.value_or(DType::kF32);
  to.has_shape = from.has_tensor_type() && from.tensor_type().has_shape();
  if (!to.has_shape) return to;
  for (const auto& dim : from.tensor_type().shape().dim()) {
    to.dims.push_back(dim.has_dim_value() && dim.dim_value() >= 0 ? dim.dim_value() : -1);
    to.dim_names.push_back(dim.dim_param());
  }
  return to;
}

Result<Attribute> Parser::ReadAttribute(const pb::AttributeProto& from) {
  Attribute to;
  if (!from.ref_attr_name().empty()) {
    return VERGE_ERROR(kUnsupported, "attribute " + Quoted(from.name()) + " refers to an attribute of a function");
  }
  to.i = from.i();
  to.f = from.f();
  to.s = from.s();
  to.ints.assign(from.ints().begin(), from.ints().end());
  to.floats.assign(from.floats().begin(), from.floats().end());
  to.strings.assign(from.strings().begin(), from.strings().end());
  if (from.has_t()) {
    VERGE_TRY_ASSIGN(TensorData tensor, ReadTensor(from.t()));
    to.tensor = std::make_shared<TensorData>(std::move(tensor));
  }
  if (from.has_g()) {
    VERGE_TRY_ASSIGN(GraphDef graph, ReadGraph(from.g()));
    to.graph = std::make_shared<GraphDef>(std::move(graph));
  }
  if (from.has_tp()) to.type = std::make_shared<TypeInfo>(ReadType(from.tp()));
  return to;
}

Result<NodeDef> Parser::ReadNode(const pb::NodeProto& from) {
  if (++nodes > limits.max_nodes) return VERGE_ERROR(kResourceExhausted, "the model has too many nodes");
  NodeDef to;
  to.name = from.name();
  to.op = from.op_type();
  to.domain = from.domain() == "ai.onnx" ? "" : from.domain();
  to.inputs.assign(from.input().begin(), from.input().end());
  to.outputs.assign(from.output().begin(), from.output().end());
  for (const auto& attribute : from.attribute()) {
    Result<Attribute> read = ReadAttribute(attribute);
    if (!read.ok())
      return std::move(read).status().WithContext("node " + Quoted(to.name) + " (" + to.op.substr(0, 100) + ")");
    to.attributes[attribute.name()] = std::move(*read);
  }
  return to;
}

Result<GraphDef> Parser::ReadGraph(const pb::GraphProto& from) {
  GraphDef to;
  to.name = from.name();
  if (from.sparse_initializer_size() > 0)
    return VERGE_ERROR(kUnsupported, "sparse initializers are not supported; store them dense");
  for (const auto& tensor : from.initializer()) {
    VERGE_TRY_ASSIGN(TensorData data, ReadTensor(tensor));
    to.initializers.push_back(std::move(data));
  }
  for (const auto& input : from.input()) to.inputs.push_back({input.name(), ReadType(input.type())});
  for (const auto& output : from.output()) to.outputs.push_back({output.name(), ReadType(output.type())});
  for (const auto& value : from.value_info()) to.types.push_back({value.name(), ReadType(value.type())});
  for (const auto& node : from.node()) {
    VERGE_TRY_ASSIGN(NodeDef read, ReadNode(node));
    to.nodes.push_back(std::move(read));
  }
  return to;
}

Result<Datum> FromTensor(Parser& parser, const pb::TensorProto& from) {
  Datum to;
  to.name = from.name();
  VERGE_TRY_ASSIGN(to.tensor, parser.ReadTensor(from));
  return to;
}

// The depth is that of the message, which the stream has limited.
Result<Datum> FromSequence(Parser& parser, const pb::SequenceProto& from) {
  Datum to;
  to.kind = Datum::Kind::kSequence;
  to.name = from.name();
  for (const auto& tensor : from.tensor_values()) {
    VERGE_TRY_ASSIGN(Datum element, FromTensor(parser, tensor));
    to.elements.push_back(std::move(element));
  }
  for (const auto& inner : from.sequence_values()) {
    VERGE_TRY_ASSIGN(Datum element, FromSequence(parser, inner));
    to.elements.push_back(std::move(element));
  }
  return to;
}

Result<Datum> FromOptional(Parser& parser, const pb::OptionalProto& from) {
  Datum to;
  to.kind = Datum::Kind::kOptional;
  to.name = from.name();
  if (from.has_tensor_value()) {
    VERGE_TRY_ASSIGN(Datum element, FromTensor(parser, from.tensor_value()));
    to.elements.push_back(std::move(element));
  } else if (from.has_sequence_value()) {
    VERGE_TRY_ASSIGN(Datum element, FromSequence(parser, from.sequence_value()));
    to.elements.push_back(std::move(element));
  }
  return to;
}

}  // namespace

std::optional<DType> DTypeFromOnnx(int64_t code) {
  switch (code) {
    case pb::TensorProto::FLOAT: return DType::kF32;
    case pb::TensorProto::UINT8: return DType::kU8;
    case pb::TensorProto::INT8: return DType::kI8;
    case pb::TensorProto::UINT16: return DType::kU16;
    case pb::TensorProto::INT16: return DType::kI16;
    case pb::TensorProto::INT32: return DType::kI32;
    case pb::TensorProto::INT64: return DType::kI64;
    case pb::TensorProto::BOOL: return DType::kBool;
    case pb::TensorProto::FLOAT16: return DType::kF16;
    case pb::TensorProto::DOUBLE: return DType::kF64;
    case pb::TensorProto::UINT32: return DType::kU32;
    case pb::TensorProto::UINT64: return DType::kU64;
    case pb::TensorProto::BFLOAT16: return DType::kBF16;
    default: return std::nullopt;
  }
}

bool LooksLikeOnnx(std::span<const std::byte> file) {
  // Field 1 (ir_version) as a varint of one byte, then the tag of another field of ModelProto: strings and messages 2
  // to 25, or the number in field 5.
  if (file.size() < 3 || file[0] != std::byte{0x08} || file[1] == std::byte{0} || file[1] > std::byte{0x40})
    return false;
  const auto tag = std::to_integer<unsigned>(file[2]);
  const unsigned field = tag >> 3;
  const unsigned wire = tag & 7u;
  return (tag & 0x80u) != 0 ? wire == 2 : (wire == 2 && field >= 2) || (wire == 0 && field == 5);
}

Result<ModelDef> ParseModel(std::span<const std::byte> file, const ExternalReader& external,
                            const ParseLimits& limits) {
  pb::ModelProto model;
  VERGE_TRY(ParseMessage(file, limits, "ONNX model", model));
  if (!model.has_graph()) return VERGE_ERROR(kDataLoss, "the bytes are no ONNX model: there is no graph");
  if (model.functions_size() > 0) {
    return VERGE_ERROR(kUnsupported, "the model defines functions of its own; inline them when exporting");
  }
  ModelDef to;
  for (const auto& opset : model.opset_import()) {
    if (opset.domain().empty() || opset.domain() == "ai.onnx") {
      to.opset = static_cast<int>(std::clamp<int64_t>(opset.version(), 0, 1000));
    }
  }
  Parser parser{external, limits};
  VERGE_TRY_ASSIGN(to.graph, parser.ReadGraph(model.graph()));
  for (const auto& entry : model.metadata_props()) to.metadata.emplace_back(entry.key(), entry.value());
  return to;
}

Result<Datum> ParseDatum(std::span<const std::byte> file, const TypeInfo& type, const ParseLimits& limits) {
  const ExternalReader none;
  Parser parser{none, limits};
  if (type.kind == Datum::Kind::kTensor) {
    pb::TensorProto message;
    VERGE_TRY(ParseMessage(file, limits, "ONNX tensor", message));
    return FromTensor(parser, message);
  }
  if (type.kind == Datum::Kind::kSequence) {
    pb::SequenceProto message;
    VERGE_TRY(ParseMessage(file, limits, "ONNX sequence", message));
    return FromSequence(parser, message);
  }
  pb::OptionalProto message;
  VERGE_TRY(ParseMessage(file, limits, "ONNX optional", message));
  return FromOptional(parser, message);
}

}  // namespace verge::onnx
