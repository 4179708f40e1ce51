// concat of 8-bit integers in different steps: at load the reference rescales all 256 values of each input, at run they
// are looked up.
#include <algorithm>
#include <array>
#include <cstring>

#include "kernels/parallel_range.h"
#include "ops/concat/concat.h"
#include "ops/kernel.h"
#include "ops/nd_walk.h"
#include "ops/quant_elementwise.h"
#include "ops/rule_checks.h"

namespace verge::ops {

extern const Kernel kConcatRef;

namespace {

constexpr size_t kBytes = 256;

bool HasQuantOf(const TensorType& x, const TensorType& y) {
  return ScaleOf(x).scale == ScaleOf(y).scale && ScaleOf(x).zero_point == ScaleOf(y).zero_point;
}

bool Supports(const PrepareArgs& args) {
  const TensorType& y = args.outputs[0];
  if ((y.dtype != DType::kI8 && y.dtype != DType::kU8) || !IsQuantised(y)) return false;
  bool differs = false;
  for (const InferInput& input : args.inputs) {
    if (!IsQuantised(input.type)) return false;
    differs = differs || !HasQuantOf(input.type, y);
  }
  return differs;
}

Result<KernelNeeds> Prepare(const PrepareArgs& args) {
  return KernelNeeds{.packed_bytes = args.inputs.size() * kBytes};
}

Status Pack(const PrepareArgs& args, std::span<std::byte> packed) {
  alignas(64) std::array<uint8_t, kBytes> all{};
  for (size_t i = 0; i < kBytes; ++i) all[i] = static_cast<uint8_t>(i);
  OpAttrs attrs = args.attrs;
  attrs.As<ConcatAttrs>().axis = 0;
  for (size_t i = 0; i < args.inputs.size(); ++i) {
    Tensor x, y;
    x.type = args.inputs[i].type;
    y.type = args.outputs[0];
    x.type.shape = y.type.shape = Shape{static_cast<int64_t>(kBytes)};
    x.data = all.data();
    y.data = packed.data() + i * kBytes;
    kConcatRef.run({.attrs = attrs, .inputs = {&x, 1}, .outputs = {&y, 1}});
  }
  return Status::Ok();
}

void Run(const RunArgs& args) {
  const Tensor& y = args.outputs[0];
  const int axis = NormaliseAxis(args.attrs.As<ConcatAttrs>().axis, y.shape().rank()).value();
  const AxisSplit split = SplitAtAxis(y.shape(), axis);
  auto* to = y.as<uint8_t>();
  for (size_t o = 0; o < split.outer; ++o) {
    for (size_t i = 0; i < args.inputs.size(); ++i) {
      const Tensor& x = args.inputs[i];
      const size_t run = static_cast<size_t>(x.shape()[axis]) * split.inner;
      const auto* from = x.as<const uint8_t>() + o * run;
      if (HasQuantOf(x.type, y.type)) {
        std::memcpy(to, from, run);
      } else {
        const auto* table = reinterpret_cast<const uint8_t*>(args.packed) + i * kBytes;
        for (size_t k = 0; k < run; ++k) to[k] = table[from[k]];
      }
      to += run;
    }
  }
}

// Inputs whose bytes are those of the output: moved, by threads that take neighbouring positions.
bool SupportsMove(const PrepareArgs& args) {
  if (args.outputs[0].shape.elems() == 0) return false;
  return std::ranges::all_of(args.inputs, [&](const InferInput& input) {
    return !IsQuantised(input.type) || !IsQuantised(args.outputs[0]) || HasQuantOf(input.type, args.outputs[0]);
  });
}

void RunMove(const RunArgs& args) {
  constexpr size_t kGrainBytes = 32768;  // of the output, that a thread takes at least
  const Tensor& y = args.outputs[0];
  const int axis = NormaliseAxis(args.attrs.As<ConcatAttrs>().axis, y.shape().rank()).value();
  const AxisSplit split = SplitAtAxis(y.shape(), axis);
  const size_t unit = split.inner * DTypeBytes(y.dtype());
  const size_t row = static_cast<size_t>(y.shape()[axis]) * unit;
  kernels::ParallelRange(args.parallel, split.outer, kGrainBytes / row + 1, [&](size_t begin, size_t end) {
    std::byte* to = y.as<std::byte>() + begin * row;
    for (size_t o = begin; o < end; ++o) {
      for (const Tensor& x : args.inputs) {
        const size_t run = static_cast<size_t>(x.shape()[axis]) * unit;
        std::memcpy(to, x.as<const std::byte>() + o * run, run);
        to += run;
      }
    }
  });
}

constexpr Kernel kMove = {"concat_any_move__any", SupportsMove, nullptr, nullptr, RunMove};
constexpr Kernel kTables = {"concat_int8_table__any", Supports, Prepare, Pack, Run};
constexpr const Kernel* kKernels[] = {&kTables, &kMove};

}  // namespace

extern const std::span<const Kernel* const> kConcatFast = kKernels;

}  // namespace verge::ops
