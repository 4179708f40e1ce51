#include "export/onnx/emitter.h"
#include "ops/recurrent/recurrent.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::TensorId;

void EmitRecurrent(Emitter& e) {
  const auto& a = e.Attrs<RecurrentAttrs>();
  constexpr const char* kNames[] = {"RNN", "GRU", "LSTM"};
  std::vector<std::string> activations;
  for (const int64_t code : to_onnx::ToVector(a.activations))
    activations.emplace_back(kRecurrentFunctionNames[static_cast<size_t>(code)]);
  std::vector<to_onnx::Attr> attrs = {{"hidden_size", e.Dims(2)[2]},
                                      {"direction", std::string(kRecurrentDirectionNames[a.direction])},
                                      {"activations", activations}};
  if (a.clip != 0) attrs.push_back({"clip", a.clip});
  if (a.input_forget) attrs.push_back({"input_forget", int64_t{1}});
  if (a.linear_before_reset) attrs.push_back({"linear_before_reset", int64_t{1}});
  std::vector<TensorId> inputs;
  for (size_t i = 0; i < e.node.inputs.size(); ++i) inputs.push_back(e.Get(i));
  const std::vector<TensorId> out = e.b.EmitMany(kNames[a.kind], inputs, e.node.outputs.size(), attrs);
  for (size_t i = 0; i < out.size(); ++i) e.Put(i, out[i]);
}

}  // namespace

extern const to_onnx::Exporter kRecurrentToOnnx = {.emit = EmitRecurrent};

}  // namespace verge::ops
