#include <algorithm>
#include <vector>

#include "ops/hybrid_product.h"
#include "ops/kernel.h"
#include "ops/rnn/rnn.h"
#include "ops/sequence.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

size_t Width(const Tensor& t) { return static_cast<size_t>(t.shape()[t.shape().rank() - 1]); }

// Computes the state after one step from the state `h` before it.
void Step(const RunArgs& args, size_t row, std::vector<float>& h) {
  const auto& attrs = args.attrs.As<RnnAttrs>();
  const DType weights = args.inputs[kRnnW].dtype();
  const auto rows_of = [&](const Tensor& t) {
    return HybridVector(t.as<const float>() + row * Width(t), Width(t), weights, attrs.asymmetric_inputs);
  };
  const bool has_aux = args.inputs.size() > kRnnAuxW && args.inputs[kRnnAux].data != nullptr;
  const HybridVector x = rows_of(args.inputs[kRnnX]);
  const HybridVector state(h.data(), h.size(), weights, attrs.asymmetric_inputs);
  std::vector<float> next(h.size());
  for (size_t j = 0; j < next.size(); ++j) {
    next[j] = args.inputs[kRnnBias].as<const float>()[j] + x.Row(args.inputs[kRnnW], j);
  }
  if (has_aux) {
    const HybridVector aux = rows_of(args.inputs[kRnnAux]);
    for (size_t j = 0; j < next.size(); ++j) next[j] += aux.Row(args.inputs[kRnnAuxW], j);
  }
  for (size_t j = 0; j < next.size(); ++j) {
    next[j] = ApplyCellActivation(attrs.activation, next[j] + state.Row(args.inputs[kRnnR], j));
  }
  h = next;
}

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<RnnAttrs>();
  const Shape& x = args.inputs[kRnnX].shape();
  const size_t units = Width(args.outputs[0]);
  SequenceLayout layout = {attrs.is_time_major, attrs.is_reversed, 1, static_cast<size_t>(args.outputs[1].shape()[0])};
  if (x.rank() == 3) layout.steps = static_cast<size_t>(attrs.is_time_major ? x[0] : x[1]);
  for (size_t b = 0; b < layout.batch; ++b) {
    const float* h0 = args.inputs[kRnnH].as<const float>() + b * units;
    std::vector<float> h(h0, h0 + units);
    for (size_t k = 0; k < layout.steps; ++k) {
      const size_t row = layout.Row(k, b);
      Step(args, row, h);
      std::copy(h.begin(), h.end(), args.outputs[0].as<float>() + row * units);
    }
    std::copy(h.begin(), h.end(), args.outputs[1].as<float>() + b * units);
  }
}

}  // namespace

extern const Kernel kRnnRef = {"rnn_f32__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
