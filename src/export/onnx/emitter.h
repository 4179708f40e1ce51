// How an op's folder says what it is in ONNX: <op>_to_onnx.cc exports k<Op>ToOnnx, which cmake/ops.cmake collects into
// AllExporters().
//
// An exporter sees the node's values and emits ONNX nodes in which real numbers are real: quantised inputs arrive
// dequantised, and a quantised output is quantised again behind it. Ops that only move elements set `moves_data`: they
// work on what is stored, as long as inputs and outputs agree on what the numbers mean.
//
// Errors    sticky: Unsupported may be called several times; the exporter goes on with any tensor
// Threads   pure functions and constant data
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "export/onnx/builder.h"
#include "ops/activation.h"
#include "ops/op_def.h"

namespace verge::to_onnx {

class Emitter {
 public:
  Emitter(Builder& builder, const ir::Node& node, int opset, bool moves_data);

  Builder& b;
  const ir::Node& node;
  const int opset;

  template <typename T>
  const T& Attrs() const {
    return node.attrs.As<T>();
  }
  bool Has(size_t i) const { return i < node.inputs.size() && node.inputs[i] != ir::kNoValue; }
  const ir::Value& In(size_t i) const { return b.graph().value(node.inputs[i]); }
  const ir::Value& Out(size_t i = 0) const { return b.graph().value(node.outputs[i]); }
  const Shape& Dims(size_t i) const { return In(i).shape; }

  // Input `i` in the order of dimensions of the graph, or in another; an omitted one is kNoTensor.
  TensorId Get(size_t i);
  TensorId Get(size_t i, const Perm& perm);
  // For control flow: what a subgraph takes is what is stored.
  TensorId GetStored(size_t i);
  void PutStored(size_t i, TensorId tensor);
  void Put(size_t i, TensorId tensor);
  void Put(size_t i, TensorId tensor, const Perm& perm);
  // The order in which input `i` is held already.
  Perm Native(size_t i = 0) const { return b.Native(node.inputs[i]); }
  // For elementwise ops: the order of the output's dimensions that needs the fewest transposes.
  Perm Agree() const;
  // Input `i` of an elementwise op, broadcast to the output's rank when the order matters.
  TensorId GetBroadcast(size_t i, const Perm& perm);

  TensorId Emit(const char* op, std::vector<TensorId> inputs, std::vector<Attr> attrs = {}) {
    return b.Emit(op, std::move(inputs), std::move(attrs));
  }
  TensorId Cast(TensorId x, DType to);
  TensorId Activate(TensorId x, int32_t activation);
  // One input, one output, elementwise.
  void Map(const char* op, std::vector<Attr> attrs = {});
  // Two inputs that broadcast, and an activation.
  void MapTwo(const char* op, int32_t activation = ops::kNoActivation);

  // What ONNX cannot say; `what` follows the op's name.
  void Unsupported(const std::string& what) { problems_.push_back(what); }
  // The node wants at least this opset.
  void NeedOpset(int version) { needed_ = std::max(needed_, version); }
  const std::vector<std::string>& problems() const { return problems_; }
  int needed_opset() const { return needed_; }

 private:
  bool stored_ = false;
  std::vector<std::string> problems_;
  int needed_ = 0;
};

struct Exporter {
  void (*emit)(Emitter& e);
  bool moves_data = false;
};

// In the order of ops.def; null for ops without one. Generated.
std::span<const Exporter* const> AllExporters();

// TensorProto.DataType of an element type.
int64_t OnnxType(DType dtype);

// An IntList as a vector.
std::vector<int64_t> ToVector(const ops::IntList& list);

}  // namespace verge::to_onnx
