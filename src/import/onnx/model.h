// An ONNX model as plain structures, after every number in the file has been checked: what the converters read.
// Protobuf is known to parse.cc alone.
//
// Threads   plain values.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "ir/graph.h"

namespace verge::onnx {

// A tensor with its bytes. Tensors of strings have no bytes; only their presence is known.
struct TensorData {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  std::shared_ptr<const ir::Buffer> data;
  bool is_string = false;
  bool is_four_bit = false;  // INT4 or UINT4 in the file, one element a byte here
};

// A value of any ONNX type: a tensor, a sequence of values, or an optional (no element: none).
struct Datum {
  enum class Kind { kTensor, kSequence, kOptional };
  Kind kind = Kind::kTensor;
  std::string name;
  TensorData tensor;
  std::vector<Datum> elements;
};

struct TypeInfo {
  Datum::Kind kind = Datum::Kind::kTensor;
  DType dtype = DType::kF32;
  bool is_supported = true;  // false: strings, complex numbers, maps, sparse tensors
  bool has_shape = false;
  std::vector<int64_t> dims;                // -1: unknown
  std::vector<std::string> dim_names;       // of unknown dimensions, "" without a name
  std::shared_ptr<const TypeInfo> element;  // of a sequence or optional
};

struct ValueInfo {
  std::string name;
  TypeInfo type;
};

struct GraphDef;

struct Attribute {
  int64_t i = 0;
  float f = 0;
  std::string s;
  std::vector<int64_t> ints;
  std::vector<float> floats;
  std::vector<std::string> strings;
  std::shared_ptr<const TensorData> tensor;
  std::shared_ptr<const GraphDef> graph;
  std::shared_ptr<const TypeInfo> type;
};

struct NodeDef {
  std::string name;
  std::string op;
  std::string domain;  // "" is ONNX's own
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::map<std::string, Attribute, std::less<>> attributes;
};

struct GraphDef {
  std::string name;
  std::vector<NodeDef> nodes;
  std::vector<TensorData> initializers;
  std::vector<ValueInfo> inputs;
  std::vector<ValueInfo> outputs;
  std::vector<ValueInfo> types;  // of values in between, as far as the exporter stated them
};

struct ModelDef {
  int opset = 0;  // of ONNX's own domain; 0 when the model does not import it
  GraphDef graph;
  std::vector<std::pair<std::string, std::string>> metadata;
};

// The element type of ONNX's numbering (TensorProto.DataType); empty for strings, complex numbers and unknown ones.
std::optional<DType> DTypeFromOnnx(int64_t code);

// Gives `length` bytes (0: to the end) at `offset` of the file `name`, which lies beside the model. The importer has
// checked that `name` is relative and does not leave the folder.
using ExternalReader =
    std::function<Result<std::shared_ptr<const ir::Buffer>>(const std::string& name, uint64_t offset, uint64_t length)>;

struct ParseLimits {
  size_t max_file_bytes = (size_t{2} << 30) - 1;  // protobuf's own limit
  size_t max_nodes = 1u << 18;                    // in all graphs together
  size_t max_tensor_bytes = size_t{8} << 30;
  int max_depth = 100;  // of messages inside messages
};

// True when the bytes begin as an ONNX model does: its first field is a small version number. ONNX files carry no mark
// of their own, so ask this after the formats that do.
bool LooksLikeOnnx(std::span<const std::byte> file);

// Errors: kDataLoss the bytes are no ONNX model or contradict themselves; kUnsupported what is named.
Result<ModelDef> ParseModel(std::span<const std::byte> file, const ExternalReader& external = nullptr,
                            const ParseLimits& limits = {});

// One input or output of a test data set: a TensorProto, SequenceProto or OptionalProto, as `type` says.
Result<Datum> ParseDatum(std::span<const std::byte> file, const TypeInfo& type, const ParseLimits& limits = {});

}  // namespace verge::onnx
