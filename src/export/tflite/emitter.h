// What a converter of the TFLite exporter sees: one node of the graph, and a file under construction.
//
// Errors    sticky: Unsupported may be called several times; the exporter goes on
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "import/tflite/tflite_generated.h"
#include "ir/graph.h"

namespace verge::to_tflite {

inline constexpr const char* kRealOutput =
    "makes f32 of 8-bit integers, which TFLite's operator does not do; optimise the model with --io int8";

namespace schema = tflite::schema;
using schema::BuiltinOperator;
using TensorId = int32_t;
inline constexpr TensorId kNoTensor = -1;  // an omitted optional input

// The file: tensors in the order in which they are asked for, operators in the order of the calls.
class Builder {
 public:
  explicit Builder(const ir::Graph& graph) : graph_(graph), tensors_of_(graph.values.size(), kNoTensor) {}

  const ir::Graph& graph() const { return graph_; }
  flatbuffers::FlatBufferBuilder& fbb() { return fbb_; }
  TensorId TensorOf(ir::ValueId id);
  // A tensor that is no value of the graph. `data` null: computed.
  TensorId AddTensor(const std::string& name, const TensorType& type, const std::shared_ptr<const ir::Buffer>& data);
  void AddOperator(BuiltinOperator code, int version, const std::vector<TensorId>& inputs,
                   const std::vector<TensorId>& outputs, schema::BuiltinOptions kind,
                   flatbuffers::Offset<void> options);
  // Ends the file.
  std::string Finish();
  size_t operator_count() const { return operators_.size(); }
  // Types that TFLite has not, by value.
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  const ir::Graph& graph_;
  flatbuffers::FlatBufferBuilder fbb_;
  std::vector<TensorId> tensors_of_;
  std::vector<flatbuffers::Offset<schema::Tensor>> tensors_;
  std::vector<flatbuffers::Offset<schema::Operator>> operators_;
  std::vector<flatbuffers::Offset<schema::OperatorCode>> codes_;
  std::map<std::pair<BuiltinOperator, int>, uint32_t> code_of_;
  std::vector<flatbuffers::Offset<schema::Buffer>> buffers_ = {schema::CreateBuffer(fbb_)};  // 0: the empty one
  std::map<const ir::Buffer*, uint32_t> buffer_of_;
  std::vector<std::shared_ptr<const ir::Buffer>> kept_;  // so that addresses stay different
  std::vector<std::string> problems_;
};

class Emitter {
 public:
  Emitter(Builder& builder, const ir::Node& emitted) : b(builder), node(emitted) {}

  Builder& b;
  const ir::Node& node;

  template <typename T>
  const T& Attrs() const {
    return node.attrs.As<T>();
  }
  bool Has(size_t i) const { return i < node.inputs.size() && node.inputs[i] != ir::kNoValue; }
  const ir::Value& In(size_t i) const { return b.graph().value(node.inputs[i]); }
  const ir::Value& Out(size_t i = 0) const { return b.graph().value(node.outputs[i]); }
  // An integer layer that makes f32 (ops/quant_layer.h), which TFLite has not: kRealOutput says so.
  bool HasRealOutput() const { return In(0).dtype == DType::kI8 && Out(0).dtype == DType::kF32; }
  const Shape& Dims(size_t i) const { return In(i).shape; }
  TensorId Get(size_t i) { return Has(i) ? b.TensorOf(node.inputs[i]) : kNoTensor; }
  // Bias 2 of a layer, with the scales that TFLite wants of a counted one: those of input and weights multiplied.
  TensorId Bias();
  TensorId Result(size_t i = 0) { return b.TensorOf(node.outputs[i]); }
  // A computed tensor of the type of `like` under another shape.
  TensorId Temporary(const ir::Value& like, const Shape& shape);
  // i32, of one dimension, or in rows of `columns`.
  TensorId Ints(const std::vector<int64_t>& values, int64_t columns = 0);
  TensorId Scalar(const ir::Value& like, const void* data);
  // Constant input `i` in another order of dimensions.
  TensorId Transposed(size_t i, const std::vector<int>& perm, const Shape& shape);

  // An operator with options made by schema::Create...Options.
  template <typename T>
  void Op(BuiltinOperator code, int version, const std::vector<TensorId>& inputs, const std::vector<TensorId>& outputs,
          flatbuffers::Offset<T> options) {
    b.AddOperator(code, version, inputs, outputs, schema::BuiltinOptionsTraits<T>::enum_value, options.Union());
  }
  void Op(BuiltinOperator code, int version, const std::vector<TensorId>& inputs,
          const std::vector<TensorId>& outputs) {
    b.AddOperator(code, version, inputs, outputs, schema::BuiltinOptions::NONE, 0);
  }

  void Unsupported(const std::string& what) { problems_.push_back(what); }
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  std::vector<std::string> problems_;
};

// The version that most operators want for a type: i16 3, i8 2, else 1.
int VersionFor(DType dtype);
schema::ActivationFunctionType ActivationOf(int32_t activation);
// Empty for the types TFLite has not.
std::optional<schema::TensorType> TypeOf(DType dtype);

struct Converter {
  ops::OpId op;
  void (*convert)(Emitter& e);
};

}  // namespace verge::to_tflite
