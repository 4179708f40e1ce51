// An ONNX model as plain structures while it is built: tensors by number, nodes, initialisers. Protobuf is known to
// write.cc alone.
//
// Memory    initialisers share the graph's buffers.
// Threads   plain values.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/tensor.h"
#include "ir/graph.h"

namespace verge::to_onnx {

using TensorId = int32_t;
inline constexpr TensorId kNoTensor = -1;  // an omitted optional input

struct NodeDef;

// What a control-flow node runs. It sees the tensors of the graph around it; its outputs are made inside.
struct BodyDef {
  std::string name;
  std::vector<TensorId> inputs;
  std::vector<TensorId> outputs;
  std::vector<NodeDef> nodes;
};

struct Attr {
  std::string name;
  std::variant<int64_t, float, std::string, std::vector<int64_t>, std::vector<float>, std::vector<std::string>,
               std::shared_ptr<BodyDef>>
      value;
};

struct TensorDef {
  std::string name;       // "": gets one when the model is finished
  bool is_bound = false;  // the name is promised to users: an input, an output, a value of the graph
  bool has_type = false;
  DType dtype = DType::kF32;
  Shape shape = {};                                  // -1: only a run knows
  std::shared_ptr<const ir::Buffer> data = nullptr;  // of an initialiser
};

struct NodeDef {
  std::string op;
  std::string name;
  std::vector<TensorId> inputs;
  std::vector<TensorId> outputs;
  std::vector<Attr> attrs;
};

struct ModelDef {
  std::string name;
  int opset = 0;
  std::vector<TensorDef> tensors;
  std::vector<NodeDef> nodes;
  std::vector<TensorId> inputs;
  std::vector<TensorId> outputs;
  std::vector<std::pair<std::string, std::string>> metadata;
};

// Gives every tensor that is used a name of its own, and takes initialisers and nodes away that nobody reads.
void Finish(ModelDef& model);

}  // namespace verge::to_onnx
