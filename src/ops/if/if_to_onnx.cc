#include "export/onnx/emitter.h"
#include "ops/if/if.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::TensorId;

void EmitIf(Emitter& e) {
  std::vector<TensorId> inputs;
  for (size_t i = 1; i < e.node.inputs.size(); ++i) inputs.push_back(e.GetStored(i));
  const auto branch = [&](size_t i) {
    return e.b.Body({}, [&] { return e.b.Run(e.b.graph().subgraphs[e.node.subgraphs[i]], inputs); });
  };
  const std::shared_ptr<to_onnx::BodyDef> then_body = branch(0);
  const std::vector<TensorId> out = e.b.EmitMany("If", {e.b.Reshape(e.Get(0), {})}, e.node.outputs.size(),
                                                 {{"then_branch", then_body}, {"else_branch", branch(1)}});
  for (size_t i = 0; i < out.size(); ++i) e.PutStored(i, out[i]);
}

}  // namespace

extern const to_onnx::Exporter kIfToOnnx = {.emit = EmitIf};

}  // namespace verge::ops
