#include <algorithm>
#include <utility>

#include "ops/hybrid_product.h"
#include "ops/kernel.h"
#include "ops/rnn/rnn.h"
#include "ops/sequence.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

size_t Width(const Shape& shape) { return static_cast<size_t>(shape[shape.rank() - 1]); }

// The state before a step and after it, and the quantised forms of what the matrices multiply.
struct Memory {
  std::span<float> h;
  std::span<float> next;
  std::span<int8_t> x;
  std::span<int8_t> state;
  std::span<int8_t> aux;

  Memory(Scratch& scratch, DType weights, size_t in, size_t units, size_t aux_width)
      : h(scratch.Take<float>(units)),
        next(scratch.Take<float>(units)),
        x(TakeHybrid(scratch, in, weights)),
        state(TakeHybrid(scratch, units, weights)),
        aux(TakeHybrid(scratch, aux_width, weights)) {}
};

Result<KernelNeeds> Prepare(const PrepareArgs& args) {
  const bool has_aux = args.inputs.size() > kRnnAux && args.inputs[kRnnAux].is_present;
  Scratch scratch(nullptr);
  Memory(scratch, args.inputs[kRnnW].type.dtype, Width(args.inputs[kRnnX].type.shape), Width(args.outputs[0].shape),
         has_aux ? Width(args.inputs[kRnnAux].type.shape) : 0);
  return KernelNeeds{.scratch_bytes = scratch.bytes()};
}

// Computes the state after one step from the state before it.
void Step(const RunArgs& args, size_t row, Memory& memory) {
  const auto& attrs = args.attrs.As<RnnAttrs>();
  const DType weights = args.inputs[kRnnW].dtype();
  const auto rows_of = [&](const Tensor& t, std::span<int8_t> quantised) {
    const size_t width = Width(t.shape());
    return HybridVector(t.as<const float>() + row * width, width, weights, attrs.asymmetric_inputs, quantised);
  };
  const bool has_aux = args.inputs.size() > kRnnAuxW && args.inputs[kRnnAux].data != nullptr;
  const HybridVector x = rows_of(args.inputs[kRnnX], memory.x);
  const HybridVector state(memory.h.data(), memory.h.size(), weights, attrs.asymmetric_inputs, memory.state);
  const std::span<float> next = memory.next;
  for (size_t j = 0; j < next.size(); ++j) {
    next[j] = args.inputs[kRnnBias].as<const float>()[j] + x.Row(args.inputs[kRnnW], j);
  }
  if (has_aux) {
    const HybridVector aux = rows_of(args.inputs[kRnnAux], memory.aux);
    for (size_t j = 0; j < next.size(); ++j) next[j] += aux.Row(args.inputs[kRnnAuxW], j);
  }
  for (size_t j = 0; j < next.size(); ++j) {
    next[j] = ApplyCellActivation(attrs.activation, next[j] + state.Row(args.inputs[kRnnR], j));
  }
  std::swap(memory.h, memory.next);
}

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<RnnAttrs>();
  const Shape& x = args.inputs[kRnnX].shape();
  const size_t units = Width(args.outputs[0].shape());
  SequenceLayout layout = {attrs.is_time_major, attrs.is_reversed, 1, static_cast<size_t>(args.outputs[1].shape()[0])};
  if (x.rank() == 3) layout.steps = static_cast<size_t>(attrs.is_time_major ? x[0] : x[1]);
  const bool has_aux = args.inputs.size() > kRnnAux && args.inputs[kRnnAux].data != nullptr;
  Scratch scratch(args.scratch);
  Memory memory(scratch, args.inputs[kRnnW].dtype(), Width(x), units,
                has_aux ? Width(args.inputs[kRnnAux].shape()) : 0);
  for (size_t b = 0; b < layout.batch; ++b) {
    std::copy_n(args.inputs[kRnnH].as<const float>() + b * units, units, memory.h.begin());
    for (size_t k = 0; k < layout.steps; ++k) {
      const size_t row = layout.Row(k, b);
      Step(args, row, memory);
      std::copy(memory.h.begin(), memory.h.end(), args.outputs[0].as<float>() + row * units);
    }
    std::copy(memory.h.begin(), memory.h.end(), args.outputs[1].as<float>() + b * units);
  }
}

}  // namespace

extern const Kernel kRnnRef = {"rnn_f32__ref", Supports, Prepare, nullptr, Run};

}  // namespace verge::ops
