#include "export/onnx/emitter.h"
#include "ops/while/while.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::TensorId;

// ONNX's Loop asks at the end of each round whether there is another one, and is told before the first.
void EmitWhile(Emitter& e) {
  const ir::Graph& condition = e.b.graph().subgraphs[e.node.subgraphs[0]];
  const ir::Graph& body = e.b.graph().subgraphs[e.node.subgraphs[1]];
  const auto go_on = [&](const std::vector<TensorId>& states) {
    return e.b.Reshape(e.b.Run(condition, states)[0], {});
  };
  std::vector<TensorId> first;
  std::vector<TensorId> taken = {e.b.BodyInput(DType::kI64, Shape()), e.b.BodyInput(DType::kBool, Shape())};
  for (size_t i = 0; i < e.node.inputs.size(); ++i) {
    first.push_back(e.GetStored(i));
    taken.push_back(e.b.BodyInput(e.In(i).dtype, e.Dims(i)));
  }
  const std::shared_ptr<to_onnx::BodyDef> round = e.b.Body(taken, [&] {
    std::vector<TensorId> next = e.b.Run(body, {taken.begin() + 2, taken.end()});
    next.insert(next.begin(), go_on(next));
    return next;
  });
  std::vector<TensorId> inputs = {to_onnx::kNoTensor, go_on(first)};
  inputs.insert(inputs.end(), first.begin(), first.end());
  const std::vector<TensorId> out = e.b.EmitMany("Loop", inputs, e.node.outputs.size(), {{"body", round}});
  for (size_t i = 0; i < out.size(); ++i) e.PutStored(i, out[i]);
}

}  // namespace

extern const to_onnx::Exporter kWhileToOnnx = {.emit = EmitWhile};

}  // namespace verge::ops
